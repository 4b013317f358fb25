"""Who plays in the demo, and where they meet."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from uuid import UUID

from interfaces.demo.words import OPENINGS, Line

Language = Literal["fr", "en"]

PEOPLE = {
    "demo-camille": "Camille Roux",
    "demo-ines": "Inès Haddad",
    "demo-noe": "Noé Lambert",
    "demo-theo": "Théo Marchand",
    "demo-maud": "Maud Fairley",
    "demo-oliver": "Oliver Quince",
    "demo-priya": "Priya Nair",
    "demo-sam": "Sam Whitlock",
}
"""Names by user_id."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation. The first of its people starts it; into an `open` one newcomers are taken."""

    key: str
    language: Language
    people: tuple[str, ...]
    title: str | None = None
    open: bool = False

    @property
    def kind(self) -> Literal["direct", "group"]:
        return "group" if self.title else "direct"

    @property
    def opening(self) -> tuple[Line, ...]:
        return OPENINGS[self.key]


SCENES = (
    Scene("cafe", "fr", ("demo-camille", "demo-noe", "demo-ines", "demo-theo"), "Le café des lecteurs", open=True),
    Scene("atelier", "fr", ("demo-ines", "demo-theo", "demo-camille"), "Atelier d’écriture du jeudi"),
    Scene("slow", "en", ("demo-maud", "demo-oliver", "demo-priya", "demo-sam"), "The Slow Readers’ Club", open=True),
    Scene("swap", "en", ("demo-oliver", "demo-camille", "demo-priya"), "Manuscript swap"),
    Scene("pages", "fr", ("demo-noe", "demo-ines")),
    Scene("margins", "en", ("demo-maud", "demo-sam")),
)


def stable_id(*key: object) -> str:
    """An id of version 4 that is the same in every run: what has been said already is not said again."""
    digest = sha256("\n".join(map(str, ("litspark demo", *key))).encode()).digest()
    return str(UUID(bytes=digest[:16], version=4))
