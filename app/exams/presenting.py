"""What the exam page is given: items without their keys, as the bank shows them to candidates."""

from app.bank.candidate import shown_item as shown_item
