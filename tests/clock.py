"""A clock that stands still until a test moves it."""


class Clock:
    now = 100.0
    """In seconds."""

    def __call__(self) -> float:
        return self.now
