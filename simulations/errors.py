"""Errors of the rooms; every message is English, for the log, and names what was wrong."""


class RoomError(Exception):
    """Base of every error of this package."""


class ScenarioError(RoomError):
    """Raised when scenario content is unusable.

    `problems` lists every fault found at once, each as `file: id: field: what is wrong`.
    """

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ActionError(RoomError):
    """Raised when a mapping is not an action at all, whatever the room's state.

    `code` is a key of `simulations.labels.MESSAGES`; `field` names the offending field.
    """

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{code}: {field}")
        self.code = code
        self.field = field


class ActionRefusedError(RoomError):
    """Raised when a well-formed action is not allowed in the room's present state.

    Nothing has been changed. `code` is a key of `simulations.labels.MESSAGES`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LogOrderError(RoomError):
    """Raised when an action log is not sorted by tick, or contradicts a snapshot."""


class SnapshotError(RoomError):
    """Raised when snapshot bytes do not belong to the engine that is asked to read them."""


class UnknownEngineError(RoomError):
    """Raised when a room asks for an engine version that this program does not have."""


class EngineError(RoomError):
    """Raised when compiled code cannot be built, or ends with a fault."""


class GoldenMismatchError(RoomError):
    """Raised when the engine does not reproduce its golden hash: its scores cannot be trusted."""


class ReferenceMissingError(RoomError):
    """Raised when a scenario has no reference policy, so that no score can be formed."""


class PlanRefusedError(RoomError):
    """Raised when a plan breaks rules of its scenario; nothing has been changed.

    `codes` are keys of `simulations.labels.MESSAGES`, one for each rule.
    """

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class PlanError(RoomError):
    """Raised when data is no plan at all, whatever the scenario.

    `faults` are (field, kind of fault).
    """

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {kind}" for field, kind in faults))
        self.faults = faults


class ForecastError(RoomError):
    """Raised when a forecast does not rise, or its moment is not inside the session."""
