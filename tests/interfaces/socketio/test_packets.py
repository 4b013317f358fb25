"""JSON as packets hold it."""

import pytest

from interfaces.socketio.packets import loads


@pytest.mark.parametrize("text", ["[1e999]", "[" * 10_000, "[NaN]", '["\\ud800",NaN]'])
def test_what_is_none_is_refused_at_once(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|JSON"):
        loads(text)


def test_a_lone_surrogate_is_read_for_its_field_to_be_named() -> None:
    assert loads('{"body":"\\ud83d"}') == {"body": "\ud83d"}
    assert loads('{"body":"\\uD83D\\uDE42"}') == {"body": "🙂"}
