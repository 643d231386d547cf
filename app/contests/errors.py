"""Errors of contest content; messages are English, for the log and the shell."""

from __future__ import annotations


class ContestRulesError(Exception):
    """Raised when rules cannot be used; `problems` lists every fault as `file: field: what`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
