"""Signs of dishonesty in exams: a file for people, with a statement and a decision by two."""
