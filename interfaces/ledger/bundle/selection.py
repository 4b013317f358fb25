"""What of the log a bundle shows. The rest stands in it by hashes, so that it is still verified as a whole."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import orjson

from application.store import Raw
from domain.ledger import LedgerKeyTold

PEOPLE = ("actor", "sender_id", "user_id", "owner_id")
GROUPS = ("participant_ids", "user_ids")
OF_CONVERSATIONS = ("conversation.", "timeline.", "reading.")


@dataclass(frozen=True, slots=True)
class Selection:
    """The events from position `first` to `last`, and of those, those of a conversation, or of a person.

    Of a person: whatever they did, or is about them. The keys of the ledger are always shown.
    """

    first: int = 1
    last: int | None = None
    conversation_id: UUID | None = None
    user_id: str | None = None

    def written(self) -> dict[str, Any]:
        return asdict(self) | {"conversation_id": self.conversation_id and str(self.conversation_id)}

    @property
    def whole_streams(self) -> bool:
        """Whether each stream that it shows is shown from its first event on, without gaps."""
        return self.user_id is None and self.first == 1

    def wants(self, raw: Raw) -> bool:
        if raw.topic == LedgerKeyTold.TOPIC:
            return True
        if raw.position < self.first or raw.position > (self.last or raw.position):
            return False
        if self.conversation_id:
            return raw.topic.startswith(OF_CONVERSATIONS) and self._of_conversation(raw)
        return self.user_id is None or self._of_person(raw)

    def _of_conversation(self, raw: Raw) -> bool:
        wanted = str(self.conversation_id)
        return wanted.encode() in raw.state and _fields(raw).get("conversation_id") == wanted

    def _of_person(self, raw: Raw) -> bool:
        wanted = self.user_id
        assert wanted is not None
        if orjson.dumps(wanted)[1:-1] not in raw.state:  # cheaper than to read all the others, too
            return False
        fields = _fields(raw)
        alone = (fields.get(name) for name in PEOPLE)
        return wanted in alone or any(wanted in fields.get(name, ()) for name in GROUPS)


def _fields(raw: Raw) -> dict[str, Any]:
    try:
        fields = orjson.loads(raw.state)
    except orjson.JSONDecodeError:  # tampered with; what it was nobody can tell
        return {}
    return fields if isinstance(fields, dict) else {}
