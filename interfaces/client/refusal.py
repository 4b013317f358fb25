"""Requests that were refused."""

from interfaces.shapes import Error


class Refused(Exception):
    """An ack that is not ok."""

    def __init__(self, error: Error) -> None:
        super().__init__(f"{error.code}: {error.message}")
        self.code = error.code
        self.error = error

    @property
    def passes(self) -> bool:
        """Whether the same request may be granted later. A room too many is refused without a `retry_after`."""
        return self.code == "unavailable" or self.error.retry_after is not None
