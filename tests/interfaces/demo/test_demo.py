"""Whoever signs in sees life: the demo, on a real server, at a hundredth of the time that people take."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from interfaces.client import Client
from interfaces.demo.cast import PEOPLE, SCENES, stable_id
from interfaces.demo.play import Play
from interfaces.demo.words import OPENINGS, TALKS, language
from interfaces.shapes import MessagesRead, NewConversation, NewMessage
from tests.serving import Node, serving

pytestmark = pytest.mark.slow

PATIENCE = 20.0


@pytest.fixture
async def node(database_url: str) -> AsyncIterator[Node]:
    async with serving(database_url, commands_per_second=500, command_burst=500) as running:
        yield running


def play(node: Node) -> Play:
    return Play(node.url, lambda user_id, name: node.token(user_id, name), pace=0.01)


@asynccontextmanager
async def playing(node: Node, *guests: str) -> AsyncIterator[None]:
    ready = asyncio.Event()
    running = asyncio.create_task(play(node).run(guests, ready.set))
    try:
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        if running.done():
            await running
        yield
        assert not running.done(), running.exception()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def heard(client: Client, wanted: Callable[[Any], bool]) -> Any:
    """The first push that is wanted; conversations are joined as they come, and what was said before is heard, too."""
    async with asyncio.timeout(PATIENCE):
        async for push in client:
            said = [push]
            if isinstance(push, NewConversation):
                conversation_id = push.conversation.conversation_id
                before = (await client.join(conversation_id)).messages.values()
                said += [NewMessage(conversation_id=conversation_id, message=message) for message in before]
            for one in said:
                if wanted(one):
                    return one
    raise AssertionError("the client has ended")


async def test_it_fills_the_conversations_once_and_stops_and_run_again_adds_nothing(node: Node) -> None:
    for _ in range(2):
        await asyncio.wait_for(play(node).fill(["alice"]), PATIENCE)
    async with Client(node.url, node.token("demo-camille")) as camille, Client(node.url, node.token("alice")) as alice:
        titles = {summary.title for summary in camille.view.summaries.values()}
        assert titles == {scene.title for scene in SCENES if scene.title and "demo-camille" in scene.people}
        cafe = await alice.join(stable_id("cafe"))
        said = [cafe.messages[number].body for number in sorted(cafe.messages)]
        assert said[:-1] == [body for _, body in OPENINGS["cafe"]]
        assert said[-1].startswith("Bienvenue, alice")
        assert len(alice.view.summaries) == 2


async def test_they_go_on_talking_and_read_what_is_said(node: Node) -> None:
    async with playing(node, "alice"), Client(node.url, node.token("alice", "Alice")) as alice:
        for summary in list(alice.view.summaries.values()):
            await alice.join(summary.conversation_id)
        lines = {line for talks in TALKS.values() for talk in talks for line in talk}
        push = await heard(alice, lambda push: isinstance(push, NewMessage) and push.message.body in lines)
        assert push.message.sender_id in PEOPLE
        await heard(alice, lambda push: isinstance(push, MessagesRead) and push.user_id in PEOPLE)


async def test_they_answer_whoever_writes_to_them_in_their_language(node: Node) -> None:
    async with playing(node), Client(node.url, node.token(f"bob-{uuid4()}", "Bob")) as bob:
        for user_id, body, spoken in (
            ("demo-sam", "Bonjour, tu lis quoi ?", "fr"),
            ("demo-noe", "Do you write?", "en"),
        ):
            direct = await bob.start(user_id, kind="direct")
            await bob.join(direct)
            await bob.send(direct, body)
            push = await heard(
                bob,
                lambda push, direct=direct, user_id=user_id: (
                    isinstance(push, NewMessage) and (push.conversation_id, push.message.sender_id) == (direct, user_id)
                ),
            )
            assert language(push.message.body, "") == spoken


async def test_whoever_signs_in_while_it_runs_is_taken_into_the_open_conversations(node: Node) -> None:
    async with playing(node), Client(node.url, node.token("carol", "Carol")) as carol:
        greeting = await heard(
            carol, lambda push: isinstance(push, NewMessage) and push.message.body.startswith("Bienvenue, Carol")
        )
        assert greeting.conversation_id == stable_id("cafe")


def test_every_line_belongs_to_somebody_who_is_there() -> None:
    for scene in SCENES:
        assert {f"demo-{who}" for who, _ in scene.opening} <= set(scene.people)
        assert set(scene.people) <= PEOPLE.keys()
