"""What a superuser does to the log, to the ledger or to both: each is found, at the right place, and named."""

from dataclasses import replace
from uuid import uuid4

import pytest

from application.store import Offered
from domain.ledger import LedgerKeyTold, stream
from interfaces.ledger.keys import SigningKey
from interfaces.ledger.problem import Problem
from projections.ledger.checkpoint import Checkpoint
from tests.database import open_pools
from tests.interfaces.ledger.stage import KEY, OTHER, Superuser, verified


async def found(url: str, *, outside: list[Checkpoint] | None = None, keys: tuple[str, ...] = ()) -> Problem:
    report = await verified(url, outside=outside or [], keys=keys)
    assert report.problem, report
    return report.problem


async def test_a_log_that_was_not_touched_fits(talked_in: str, checkpoints: list[Checkpoint]) -> None:
    for keys in ((), (KEY.public_key,), (OTHER.public_key, KEY.public_key)):
        report = await verified(talked_in, keys=keys, outside=checkpoints)
        assert report.fits, report.problem
        assert (report.events, report.recorded) == (44, 44)
        assert report.signed == checkpoints[-1]
        assert report.keys == [KEY.public_key]
        assert report.root == checkpoints[-1].root.hex()
        assert report.chain == checkpoints[-1].chain.hex()


class TestAChangedEvent:
    async def test_by_a_byte_of_a_body(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events SET state = replace(convert_from(state, 'UTF8'), 'Bonjour 7', 'Bonjour 8')::bytea "
            "WHERE notification_id = 20"
        )
        assert await found(talked_in) == Problem(20, "changed", "event", "its body is not what it was")

    async def test_by_its_sender(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events SET state = replace(convert_from(state, 'UTF8'), '\"bob\"', '\"alice\"')::bytea "
            "WHERE notification_id = 20"
        )
        assert await found(talked_in) == Problem(20, "changed", "event", "its sender was bob, and is alice")

    async def test_by_its_time(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("UPDATE events SET recorded_at = recorded_at + interval '1 us' WHERE notification_id = 20")
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (20, "changed", "event")
        assert problem.detail.startswith("its time of record was 20")

    async def test_by_its_position(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("UPDATE events SET notification_id = 45 WHERE notification_id = 20")
        problem = await found(talked_in)
        assert problem == Problem(20, "reordered", "event", "it stands at position 45 now")

    @pytest.mark.parametrize(
        ("change", "detail"),
        [
            ("state = '\\xff'", "it can't even be read any more"),
            ("topic = 'antigravity'", "it holds something else than it did"),
            ("originator_version = 999", "its sender and its body are what they were, the rest is not"),
            ("originator_id = gen_random_uuid()", "its sender and its body are what they were, the rest is not"),
            ("recorded_at = 'infinity'", "its time of record was 20"),
            ("recorded_at = '290000-01-01'", "its time of record was 20"),
        ],
    )
    async def test_by_whatever_else(self, talked_in: str, superuser: Superuser, change: str, detail: str) -> None:
        superuser.does(f"UPDATE events SET {change} WHERE notification_id = 20")
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (20, "changed", "event")
        assert detail in problem.detail

    @pytest.mark.parametrize("position", [1, 44])
    async def test_at_either_end(self, talked_in: str, superuser: Superuser, position: int) -> None:
        superuser.does(f"UPDATE events SET state = state || ' '::bytea WHERE notification_id = {position}")
        assert (await found(talked_in)).position == position


class TestADeletedEvent:
    async def test_leaves_its_position(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM events WHERE notification_id = 20")
        problem = await found(talked_in)
        assert problem == Problem(20, "missing", "event", "the next one stands at position 21")

    async def test_leaves_no_position_where_the_later_ones_moved_up(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM events WHERE notification_id = 20")
        superuser.moves(21, -1)
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (20, "missing", "event")
        assert problem.detail == "what stands here belongs to position 21: 1 are gone"


INSERTED = """INSERT INTO events SELECT {position}, gen_random_uuid(), 1, topic, state, recorded_at
    FROM events WHERE notification_id = 20"""


class TestAnInsertedEvent:
    async def test_in_the_middle(self, talked_in: str, superuser: Superuser) -> None:
        superuser.moves(20, 1)
        superuser.does(INSERTED.format(position=20).replace("= 20", "= 21"))
        problem = await found(talked_in)
        assert problem == Problem(20, "inserted", "event", "what belongs here stands at position 21 now")

    async def test_before_the_first(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(INSERTED.format(position=-3))
        assert await found(talked_in) == Problem(-3, "inserted", "event", "positions begin with 1")

    async def test_behind_the_last(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(INSERTED.format(position=45))
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (45, "inserted", "event")

    async def test_behind_a_gap(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(INSERTED.format(position=50))
        assert (await found(talked_in)).position == 45


class TestTwoSwappedEvents:
    async def test_by_their_positions(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events SET notification_id = -20 WHERE notification_id = 20",
            "UPDATE events SET notification_id = 20 WHERE notification_id = 30",
            "UPDATE events SET notification_id = 30 WHERE notification_id = -20",
        )
        problem = await found(talked_in)
        assert problem == Problem(20, "reordered", "event", "what belongs here stands at position 30 now")

    async def test_that_are_neighbours(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events SET notification_id = -20 WHERE notification_id = 20",
            "UPDATE events SET notification_id = 20 WHERE notification_id = 21",
            "UPDATE events SET notification_id = 21 WHERE notification_id = -20",
        )
        problem = await found(talked_in)
        assert problem == Problem(20, "reordered", "event", "what belongs here stands at position 21 now")

    async def test_but_for_their_times(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events SET notification_id = -20 WHERE notification_id = 20",
            "UPDATE events SET notification_id = 20 WHERE notification_id = 30",
            "UPDATE events SET notification_id = 30 WHERE notification_id = -20",
            "UPDATE events e SET recorded_at = x.at "
            "FROM (SELECT notification_id AS id, recorded_at AS at FROM events) x "
            "WHERE (e.notification_id, x.id) IN ((20, 30), (30, 20))",
        )
        assert (await found(talked_in)).kind == "reordered"

    async def test_by_what_they_hold(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events e SET state = x.state FROM (SELECT notification_id AS id, state FROM events) x "
            "WHERE (e.notification_id, x.id) IN ((20, 30), (30, 20))"
        )
        problem = await found(talked_in)
        assert problem == Problem(20, "reordered", "event", "what it should hold is held by position 30 now")


class TestATruncatedTail:
    async def test_of_the_log(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM events WHERE notification_id > 40")
        problem = await found(talked_in)
        assert problem == Problem(41, "truncated", "log", "it ends at position 40, and the ledger had come to 44")

    async def test_of_both(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM events WHERE notification_id > 40")
        await superuser.makes_the_ledger_fit()
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (40, "truncated", "log")
        assert " events were signed" in problem.detail

    async def test_of_everything_that_is_here(
        self, talked_in: str, superuser: Superuser, checkpoints: list[Checkpoint]
    ) -> None:
        superuser.does("DELETE FROM events WHERE notification_id > 40", "DELETE FROM checkpoints WHERE size > 40")
        await superuser.makes_the_ledger_fit()
        assert (await found(talked_in)).kind == "truncated"
        superuser.does("DELETE FROM message_ids WHERE position > 40")
        await superuser.makes_the_ledger_fit()
        assert (await verified(talked_in)).fits  # as far as anybody can tell from here
        problem = await found(talked_in, outside=checkpoints)
        assert (problem.position, problem.kind, problem.what) == (40, "truncated", "log")
        assert problem.detail.endswith("(a checkpoint from outside)")

    async def test_of_all_events(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM events")
        assert (await found(talked_in)).kind == "truncated"


class TestALedgerRow:
    async def test_that_was_dropped(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM ledger_1.entries WHERE position = 20")
        problem = await found(talked_in)
        assert problem == Problem(20, "missing", "ledger row", "the next one is of position 21")

    async def test_and_all_after_it_that_were_dropped(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM ledger_1.entries WHERE position >= 20")
        problem = await found(talked_in)
        assert problem == Problem(20, "truncated", "ledger", "it ends at position 19, and had come to 44")

    @pytest.mark.parametrize(
        "change",
        [
            "chain = sha256(chain)",
            "nodes = sha256(nodes) || substr(nodes, 33)",
            "nodes = substr(nodes, 1, 32) || sha256(nodes)",
            "nodes = nodes || sha256(nodes)",
            "nodes = ''",
            "recorded_at = recorded_at + 1",
        ],
    )
    @pytest.mark.parametrize("position", [20, 19])
    async def test_that_was_changed(self, talked_in: str, superuser: Superuser, change: str, position: int) -> None:
        superuser.does(f"UPDATE ledger_1.entries SET {change} WHERE position = {position}")
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (position, "changed", "ledger row")

    async def test_that_was_inserted(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("INSERT INTO ledger_1.entries SELECT 99, chain, nodes, 0 FROM ledger_1.entries LIMIT 1")
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (99, "inserted", "ledger row")


class TestALogThatWasRewrittenFromTheMiddle:
    def around(self, checkpoints: list[Checkpoint]) -> tuple[int, int]:
        """The positions of which a checkpoint can tell that something in them has been changed."""
        sizes = [one.size for one in checkpoints]
        return max(size for size in sizes if size < 20) + 1, min(size for size in sizes if size >= 20)

    async def rewritten(self, superuser: Superuser) -> None:
        superuser.does(
            "UPDATE events SET state = replace(convert_from(state, 'UTF8'), 'Bonjour', 'Bonsoir')::bytea "
            "WHERE notification_id = 20"
        )
        await superuser.makes_the_ledger_fit()

    async def test_is_not_what_was_signed(
        self, talked_in: str, superuser: Superuser, checkpoints: list[Checkpoint]
    ) -> None:
        await self.rewritten(superuser)
        problem = await found(talked_in)
        first, last = self.around(checkpoints)
        assert (problem.position, problem.kind, problem.what) == (first, "rewritten", "log")
        assert f"something in positions {first} to {last} has been changed" in problem.detail

    async def test_is_not_what_was_signed_and_kept_outside(
        self, talked_in: str, superuser: Superuser, checkpoints: list[Checkpoint]
    ) -> None:
        await self.rewritten(superuser)
        superuser.does("DELETE FROM checkpoints WHERE size >= 20")
        assert (await verified(talked_in)).fits  # as far as anybody can tell from here
        first, _ = self.around(checkpoints)
        for outside in (checkpoints, checkpoints[-1:]):
            problem = await found(talked_in, outside=outside)
            assert (problem.position, problem.kind, problem.what) == (first, "rewritten", "log")
            assert problem.detail.endswith("(a checkpoint from outside)")

    async def test_is_found_where_it_looks_impossible(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "DELETE FROM checkpoints",
            "UPDATE events SET recorded_at = recorded_at + interval '1 day' WHERE notification_id = 20",
        )
        await superuser.makes_the_ledger_fit()
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (21, "rewritten", "event")
        assert "before that of the one before it" in problem.detail

    async def test_is_found_where_a_number_is_missing(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM checkpoints", "DELETE FROM events WHERE notification_id = 20")
        superuser.moves(21, -1)
        await superuser.makes_the_ledger_fit()
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (20, "rewritten", "event")
        assert problem.detail.startswith("its version in its stream is")

    async def test_is_found_where_a_key_is_told_that_is_none(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("UPDATE events SET state = '{}' WHERE topic = 'ledger.key-told'", "DELETE FROM checkpoints")
        await superuser.makes_the_ledger_fit()
        problem = await found(talked_in)
        assert (problem.kind, problem.what) == ("rewritten", "event")


def values(made: Checkpoint) -> str:
    """A row of checkpoints."""
    hashes = ", ".join(f"'\\x{value.hex()}'" for value in (made.root, made.chain))
    return f"({made.size}, {hashes}, '{made.signed_at.isoformat()}', '{made.key_id}', '\\x{made.signature.hex()}')"


class TestACheckpoint:
    def by_another_key(self, one: Checkpoint, key: SigningKey = OTHER) -> Checkpoint:
        return key.sign(one.size, one.root, one.chain)

    def replace(self, superuser: Superuser, made: Checkpoint) -> None:
        superuser.does(
            f"DELETE FROM checkpoints WHERE size = {made.size}", f"INSERT INTO checkpoints VALUES {values(made)}"
        )

    async def test_that_another_key_has_signed(
        self, talked_in: str, superuser: Superuser, checkpoints: list[Checkpoint]
    ) -> None:
        made = self.by_another_key(checkpoints[1])
        self.replace(superuser, made)
        for keys in ((), (KEY.public_key,)):
            problem = await found(talked_in, keys=keys)
            assert (problem.position, problem.kind, problem.what) == (made.size, "forged", "checkpoint")
            assert f"signed by the key {OTHER.key_id}" in problem.detail

    async def test_that_another_key_has_signed_in_the_name_of_ours(
        self, talked_in: str, superuser: Superuser, checkpoints: list[Checkpoint]
    ) -> None:
        made = self.by_another_key(checkpoints[1])
        self.replace(superuser, replace(made, key_id=KEY.key_id))
        problem = await found(talked_in)
        assert problem == Problem(made.size, "forged", "checkpoint", f"the key {KEY.key_id} has not signed it")

    async def test_by_a_key_that_was_put_into_the_log(self, talked_in: str, superuser: Superuser) -> None:
        async with open_pools(talked_in) as pools:
            told = LedgerKeyTold(actor=None, public_key=OTHER.public_key)
            await pools.store().append(uuid4(), [Offered(stream(), told)], {})
        await superuser.makes_the_ledger_fit()
        report = await verified(talked_in)
        made = OTHER.sign(report.events, bytes.fromhex(report.root), bytes.fromhex(report.chain or ""))
        superuser.does(f"INSERT INTO checkpoints VALUES {values(made)}")
        assert sorted((await verified(talked_in)).keys) == sorted([KEY.public_key, OTHER.public_key])
        problem = await found(talked_in, keys=(KEY.public_key,))
        assert (problem.position, problem.kind, problem.what) == (45, "forged", "checkpoint")

    @pytest.mark.parametrize(
        "change",
        [
            "root = sha256(root)",
            "chain = sha256(chain)",
            "signed_at = signed_at - interval '1 hour'",
            "signature = sha512(signature)",
            "signature = ''",
            "size = 0",
            "size = 99",
            "size = 7",
        ],
    )
    async def test_that_was_changed(self, talked_in: str, superuser: Superuser, change: str) -> None:
        superuser.does(f"UPDATE checkpoints SET {change} WHERE size = 44")
        problem = await found(talked_in)
        assert (problem.kind, problem.what) == ("forged", "checkpoint")

    async def test_from_outside_that_is_forged(self, talked_in: str, checkpoints: list[Checkpoint]) -> None:
        problem = await found(talked_in, outside=[self.by_another_key(checkpoints[1])])
        assert (problem.position, problem.kind) == (checkpoints[1].size, "forged")


class TestWhatElseTheDatabaseKnows:
    """Of a log that was rewritten so that it fits, and of which nothing was signed."""

    async def test_tells_a_message_that_was_put_in(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM message_ids WHERE position = 30")
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (30, "inserted", "event")

    async def test_tells_a_message_that_was_taken_out(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does(
            "DELETE FROM checkpoints",
            "UPDATE events SET topic = 'profile.name-told' WHERE notification_id = 30",
        )
        await superuser.makes_the_ledger_fit()
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (30, "missing", "event")

    async def test_tells_a_version_that_is_none(self, talked_in: str, superuser: Superuser) -> None:
        superuser.does("DELETE FROM checkpoints", "UPDATE events SET originator_version = 0 WHERE notification_id = 1")
        await superuser.makes_the_ledger_fit()
        problem = await found(talked_in)
        assert (problem.position, problem.kind, problem.what) == (1, "rewritten", "event")
        assert problem.detail == "its version in its stream is 0, and should be 1"
