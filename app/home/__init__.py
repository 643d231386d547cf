"""The candidate’s first page, and the visitor’s."""
