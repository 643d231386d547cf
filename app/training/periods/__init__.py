"""练习室: a 营期 of linked sessions, what is done of it, and what to practise next."""
