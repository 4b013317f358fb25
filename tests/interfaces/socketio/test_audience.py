from uuid import UUID, uuid4

import pytest

from interfaces.socketio.audience import Audience, Learning, Push, Receiver
from interfaces.socketio.frames import Frame
from projections.people import PersonRow

ROOM, OTHER = uuid4(), uuid4()


class Recording:
    """An outlet that remembers what was put into it, write by write."""

    unsent = 0

    def __init__(self) -> None:
        self.writes: list[list[str]] = []

    def put(self, frames: list[Frame]) -> None:
        self.writes.append([frame.text for frame in frames])

    @property
    def frames(self) -> list[str]:
        return [text for write in self.writes for text in write]


@pytest.fixture
def audience() -> Audience:
    return Audience()


def here(audience: Audience, user_id: str = "alice", *conversation_ids: UUID) -> tuple[Receiver, Recording]:
    outlet = Recording()
    receiver = Receiver(user_id, outlet)
    come(audience, receiver, audience.learn(user_id), *conversation_ids)
    return receiver, outlet


def come(audience: Audience, receiver: Receiver, learning: Learning, *conversation_ids: UUID) -> None:
    """Lets a socket in, once what its user takes part in has been looked up, where it was not known."""
    learning.found = learning.found if learning.found is not None else conversation_ids
    audience.add(receiver, learning)


def push(position: int, room: UUID | None = None) -> Push:
    return Push(position, Frame(str(position)), room)


def test_of_the_room_being_joined_only_what_lies_after_the_snapshot_goes_out(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    receiver.deliver([push(4, ROOM), push(5, ROOM), push(6, ROOM), push(7)])
    audience.flush(receiver, 5)
    audience.release(receiver, 5, watch=True)
    assert outlet.frames == ["6", "7"]
    assert receiver.watching == {ROOM}


def test_what_an_answer_reflects_goes_out_before_it_and_the_rest_after(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver)
    receiver.deliver([push(4), push(5, OTHER)])
    receiver.deliver([push(6)])
    assert outlet.writes == []
    audience.flush(receiver, 5)
    assert outlet.writes == [["4", "5"]]
    audience.release(receiver, 5, watch=False)
    assert outlet.writes == [["4", "5"], ["6"]]


def test_who_is_removed_while_joining_gets_what_came_before_and_watches_no_more(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    receiver.deliver([push(9, ROOM)])
    audience.end_watches(ROOM, "alice", 10)
    receiver.deliver([push(10, ROOM), push(10), push(11, ROOM)])
    audience.flush(receiver, 8)
    audience.release(receiver, 8, watch=True)
    assert outlet.frames == ["9", "10"]
    assert receiver.watching == set()
    assert ROOM not in audience.rooms


def test_a_removal_that_the_snapshot_reflects_does_nothing_to_the_watch(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    audience.end_watches(ROOM, "alice", 10)
    receiver.deliver([push(12, ROOM)])
    audience.flush(receiver, 11)
    audience.release(receiver, 11, watch=True)
    assert outlet.frames == ["12"]
    assert receiver.watching == {ROOM}


def test_a_refused_join_leaves_the_watch_that_was(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    audience.release(receiver, 1, watch=True)
    watched = audience.hold(receiver, ROOM).watched
    receiver.deliver([push(4, ROOM), push(5)])
    audience.release(receiver, 0, watch=watched)
    receiver.deliver([push(6, ROOM)])
    assert outlet.frames == ["4", "5", "6"]
    assert receiver.watching == {ROOM}


def test_a_refused_join_throws_the_rooms_frames_away(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    receiver.deliver([push(4, ROOM), push(5)])
    audience.release(receiver, 0, watch=False)
    assert outlet.frames == ["5"]
    assert ROOM not in audience.rooms


def test_a_repeated_join_begins_anew(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    audience.release(receiver, 1, watch=True)
    audience.hold(receiver, ROOM)
    receiver.deliver([push(2, ROOM)])
    audience.flush(receiver, 3)
    audience.release(receiver, 3, watch=False)
    assert outlet.frames == []
    assert receiver.watching == set()


def test_who_has_gone_while_joining_leaves_no_trace(audience: Audience) -> None:
    receiver, outlet = here(audience)
    audience.hold(receiver, ROOM)
    audience.discard(receiver)
    audience.release(receiver, 3, watch=True)
    assert (outlet.frames, audience.users, dict(audience.rooms)) == ([], {}, {})


def test_what_is_held_back_counts_as_unsent(audience: Audience) -> None:
    receiver, _ = here(audience)
    audience.hold(receiver)
    receiver.deliver([Push(1, Frame("é" * 50))])
    assert receiver.unsent == len(Frame("é" * 50).wire) > 100


def test_members_are_those_here_who_take_part(audience: Audience) -> None:
    here(audience, "alice", ROOM)
    here(audience, "bob", ROOM, OTHER)
    audience.came(ROOM, ["carol"])
    audience.went(ROOM, "alice")
    assert (audience.members(ROOM), audience.members(OTHER)) == ({"bob"}, {"bob"})


def test_what_happens_while_memberships_are_looked_up_comes_on_top(audience: Audience) -> None:
    alice, learning = Receiver("alice", Recording()), audience.learn("alice")
    audience.came(ROOM, ["alice"])
    audience.went(OTHER, "alice")
    assert (audience.members(ROOM), audience.members(OTHER)) == (set(), set()), "nobody is here yet"
    come(audience, alice, learning, OTHER)
    assert (audience.members(ROOM), audience.members(OTHER)) == ({"alice"}, set())


def test_what_was_looked_up_for_a_socket_that_has_gone_says_nothing_to_a_later_one(audience: Audience) -> None:
    before = audience.learn("alice")
    audience.forget(before)
    audience.came(ROOM, ["alice"])
    here(audience, "alice", ROOM)
    assert (audience.members(ROOM), audience.members(OTHER)) == ({"alice"}, set())


def test_a_second_socket_knows_what_the_first_does_even_if_that_goes_before_it_is_there(audience: Audience) -> None:
    first, _ = here(audience, "alice", ROOM)
    second, learning = Receiver("alice", Recording()), audience.learn("alice")
    assert learning.found == [ROOM]
    audience.came(OTHER, ["alice"])
    audience.discard(first)
    audience.went(ROOM, "alice")
    assert audience.members(ROOM) == audience.members(OTHER) == set()
    come(audience, second, learning)
    assert (audience.members(ROOM), audience.members(OTHER)) == (set(), {"alice"})


def test_of_two_sockets_that_look_up_at_once_each_knows_what_happened(audience: Audience) -> None:
    early, late = audience.learn("alice"), audience.learn("alice")
    come(audience, Receiver("alice", Recording()), early, ROOM)
    audience.came(OTHER, ["alice"])
    come(audience, Receiver("alice", Recording()), late, ROOM)
    assert (audience.members(ROOM), audience.members(OTHER)) == ({"alice"}, {"alice"})


def test_somebody_is_about_to_be_here_until_it_is_known_that_nobody_comes(audience: Audience) -> None:
    learnings = [audience.learn("alice") for _ in range(2)]
    for learning in learnings:
        assert audience
        audience.forget(learning)
    assert not audience


def test_the_last_socket_of_a_user_takes_the_memberships_with_it(audience: Audience) -> None:
    first, _ = here(audience, "alice", ROOM)
    second, _ = here(audience, "alice")
    audience.discard(first)
    assert audience.members(ROOM) == {"alice"}
    audience.discard(second)
    assert audience.members(ROOM) == set()


def test_what_somebody_is_called_is_known_as_long_as_one_of_their_sockets_is_there(audience: Audience) -> None:
    assert audience.learn("alice").name == "alice"
    learning = audience.learn("alice")
    audience.told(PersonRow("alice", "Alicia", 3))
    learning.tell(PersonRow("alice", "Alice", 2))  # looked up before
    assert learning.name == "Alicia"
    receiver = Receiver("alice", Recording())
    come(audience, receiver, learning)
    audience.told(PersonRow("alice", "Alice", 2))
    audience.told(PersonRow("bob", "Bob", 4))
    assert (audience.learn("alice").name, audience.learn("bob").name) == ("Alicia", "bob")
    second = audience.learn("alice")
    second.tell(PersonRow("alice", "Al", 4))  # looked up when that had not passed by yet
    come(audience, Receiver("alice", Recording()), second)
    assert audience.learn("alice").name == "Al"
    audience.told(PersonRow("alice", "Ali", 5))
    assert audience.learn("alice").name == "Ali"
    for one in list(audience.users["alice"]):
        audience.discard(one)
    assert audience.learn("alice").name == "alice"
