"""What does not fit, where, and how."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["changed", "missing", "inserted", "reordered", "truncated", "rewritten", "forged"]
What = Literal["event", "ledger row", "checkpoint", "log", "ledger", "bundle"]


@dataclass(frozen=True, slots=True)
class Problem:
    """The first place that does not fit. `rewritten` is a log that was made to fit a ledger that was made anew."""

    position: int
    kind: Kind
    what: What
    detail: str

    def __str__(self) -> str:
        return f"position {self.position}: {self.kind} {self.what}: {self.detail}"

    def written(self) -> dict[str, Any]:
        return asdict(self)


class DoesNotFit(Exception):
    """Ends a verification."""

    def __init__(self, position: int, kind: Kind, what: What, detail: str) -> None:
        self.problem = Problem(position, kind, what, detail)
        super().__init__(str(self.problem))
