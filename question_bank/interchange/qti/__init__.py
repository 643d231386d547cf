"""QTI packages of 1EdTech: versions 2.1, 2.2 and 3.0, one assessment item in a file.

Items are built once in the words of version 2; version 3 writes the same elements as
`qti-kebab-case`. What stands beside a question is kept as LOM keywords of its resource, named
mistakes as feedback of their choice, a rubric as a `rubricBlock` for scorers.
"""

from question_bank.interchange.qti.reading import read
from question_bank.interchange.qti.writing import can_write, write

__all__ = ["can_write", "read", "write"]
