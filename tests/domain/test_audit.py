"""What is recorded of auditors."""

import pytest
from pydantic import ValidationError

from domain.audit import AuditorRead, AuditorRefused, RecordReading, RecordRefusal
from tests.spec import GROUP, given


def reading(**changes: object) -> RecordReading:
    asked = {"actor": "carla", "auditor": "carla", "what": "replay", "reason": "complaint 411", "position": 12}
    return RecordReading.model_validate(asked | changes)


def test_who_reads_what_and_why_is_recorded() -> None:
    given().when(reading(conversation_id=GROUP, user_id="bob")).then(
        AuditorRead(
            actor="carla",
            auditor="carla",
            what="replay",
            reason="complaint 411",
            position=12,
            conversation_id=GROUP,
            user_id="bob",
        )
    )


def test_at_the_command_line_nobody_has_a_token() -> None:
    given().when(reading(actor=None, auditor="root", what="find", query="lunch")).then(
        AuditorRead(actor=None, auditor="root", what="find", reason="complaint 411", position=12, query="lunch")
    )


def test_who_is_no_auditor_is_recorded_too() -> None:
    given().when(RecordRefusal(actor="mallory", asked="/api/audit/readings", unrecorded=3)).then(
        AuditorRefused(actor="mallory", asked="/api/audit/readings", unrecorded=3)
    )


@pytest.mark.parametrize("reason", ["", " \n", "a" * 501, "\0", None])
def test_a_reason_that_is_none_is_refused(reason: str | None) -> None:
    with pytest.raises(ValidationError, match="reason"):
        reading(reason=reason)
