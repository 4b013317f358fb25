"""On an imported history with live talk on top, a replay is what a system shows that was stopped there."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from domain.conversation import AddParticipants, RemoveParticipant, RenameConversation, StartConversation
from domain.profile import TellName
from domain.reading import MarkRead, Place
from domain.timeline import SendMessage
from interfaces.chat import Chat
from migrations import migrate
from tests.interfaces.cli.histories import Tally, bring_into, crowd, running, write
from tests.projections.histories import START
from tests.projections.second_system import run


async def talk(whole: Chat) -> None:
    """What no import holds: names, titles, people who go and come, and what is unread."""
    group = uuid4()
    handle = whole.writer.handle
    await handle(StartConversation(actor="user1", conversation_id=group, kind="group", participant_ids=["user2"]))
    await handle(StartConversation(actor="user1", conversation_id=uuid4(), kind="direct", participant_ids=["user3"]))
    for number in range(1, 30):
        speaker = f"user{1 + number % 2}"
        await handle(SendMessage(actor=speaker, conversation_id=group, message_id=uuid4(), body=f"n {number}"))
        await handle(RenameConversation(actor="user2", conversation_id=group, title=f"Title {number}"))
        await handle(TellName(actor="user1", name=f"User {number}", told_at=START + timedelta(seconds=number)))
        await handle(AddParticipants(actor="user1", conversation_id=group, user_ids=["user4"]))
        if number % 3 == 0:
            await handle(MarkRead(actor="user4", conversation_id=group, number=number - 1), Place(0, number))
        if number % 5 == 0:
            await handle(RemoveParticipant(actor="user1", conversation_id=group, user_id="user4"))


@pytest.mark.slow
async def test_replay_is_what_a_second_system_shows_that_was_stopped_there(
    database_url: str, empty_database_url: str, tmp_path: Path
) -> None:
    async with running(database_url) as whole:
        await bring_into(whole, write(tmp_path / "history.jsonl", *crowd(1_500)), Tally(skip_bad=False))
        await talk(whole)
    migrate(empty_database_url)
    compared = await run(database_url, empty_database_url, positions=25, seed=1, lists=100)
    assert compared.positions == 25
    assert compared.summaries > 100 and compared.lists > 100
