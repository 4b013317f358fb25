"""Bundles: complete by position, verified by the public key alone, and gone on with where they were stopped."""

import json
import shutil
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.audit import AuditorRead
from domain.base import Rejected
from interfaces.audit.record import Auditor
from interfaces.chat import Chat, projecting_pool
from interfaces.ledger import written
from interfaces.ledger.bundle import content, writer
from interfaces.ledger.bundle.export import Export, NothingSigned, selected
from interfaces.ledger.bundle.reader import NoBundle, Reader
from interfaces.ledger.bundle.selection import Selection
from interfaces.ledger.bundle.writer import NotHere
from interfaces.ledger.keys import SigningKey
from interfaces.ledger.problem import Problem
from interfaces.ledger.walk import Report
from projections.ledger.checkpoint import Checkpoint
from projections.ledger.frame import frame
from projections.ledger.merkle import leaf_hash
from tests.interfaces.cli.histories import running
from tests.interfaces.ledger.stage import GROUP, KEY, OTHER, Superuser, raw, send, silent, start, verified

AUDITOR = Auditor("carol", "complaint 411")
ALL = Selection()
SECOND = UUID("22222222-2222-4222-8222-222222222222")


async def export(
    whole: Chat, folder: Path, selection: Selection = ALL, key: SigningKey | None = KEY, progress: Any = silent
) -> dict[str, Any]:
    async with projecting_pool(whole.settings, whole.database_url, "ledger") as ledger:
        return await Export(whole, ledger, key, folder, progress).run(AUDITOR, selection)


async def exported(url: str, folder: Path, selection: Selection = ALL, **more: Any) -> dict[str, Any]:
    async with running(url) as whole:
        return await export(whole, folder, selection, **more)


def read(folder: Path, *, keys: tuple[str, ...] = (KEY.public_key,), outside: tuple[Checkpoint, ...] = ()) -> Report:
    return Reader(folder, keys, outside).run(silent)


def lines(folder: Path, name: str = "events.jsonl") -> list[bytes]:
    return (folder / name).read_bytes().splitlines(keepends=True)


def shown(folder: Path) -> list[dict[str, Any]]:
    return [fields for fields in map(json.loads, lines(folder)) if "position" in fields]


@pytest.fixture
async def bundle(talked_in: str, tmp_path: Path) -> Path:
    """Of everything: 44 events, and the record of the export itself."""
    await exported(talked_in, tmp_path / "bundle")
    return tmp_path / "bundle"


class TestABundleOfAll:
    async def test_holds_every_event_and_what_was_signed(
        self, bundle: Path, talked_in: str, checkpoints: list[Checkpoint]
    ) -> None:
        events = [written.read_event({k: v for k, v in fields.items() if k != "leaf"}) for fields in shown(bundle)]
        assert events == await raw(talked_in)
        assert events[-1].topic == AuditorRead.TOPIC
        report = read(bundle)
        assert report.fits, report.problem
        assert (report.events, report.shown, report.keys) == (45, 45, [KEY.public_key])
        assert report.checkpoints == len(checkpoints) + 1
        online = await verified(talked_in)
        assert (report.root, report.chain, report.signed) == (online.root, online.chain, online.signed)

    async def test_tells_events_exactly(self, bundle: Path, talked_in: str) -> None:
        first = lines(bundle)[0]
        event = (await raw(talked_in))[0]
        assert first.startswith(b'{"position":1,"stream":"')
        fields = json.loads(first)
        assert fields["state"].encode() == event.state
        assert fields["recorded_at"].endswith("Z") and len(fields["recorded_at"]) == len("2026-11-23T09:00:00.123456Z")

    async def test_is_described_by_its_manifest(self, bundle: Path) -> None:
        manifest = json.loads((bundle / "manifest.json").read_bytes())
        assert manifest["files"] == [writer.described(bundle / name) for name in ("events.jsonl", "checkpoints.jsonl")]
        assert manifest["files"][0]["lines"] == 45
        assert sorted(path.name for path in bundle.iterdir()) == ["checkpoints.jsonl", "events.jsonl", "manifest.json"]

    async def test_is_not_written_twice(self, bundle: Path, talked_in: str) -> None:
        before = {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in bundle.iterdir()}
        manifest = await exported(talked_in, bundle)
        assert manifest["checkpoint"]["size"] == 45
        assert {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in bundle.iterdir()} == before
        assert len(await raw(talked_in)) == 45  # and that nothing was shown is not recorded

    async def test_agrees_with_what_was_kept_elsewhere(self, bundle: Path, checkpoints: list[Checkpoint]) -> None:
        assert read(bundle, outside=tuple(checkpoints)).fits
        other = KEY.sign(20, b"\0" * 32, b"\0" * 32)
        problem = read(bundle, outside=(other,)).problem
        assert problem
        assert (problem.kind, problem.what) == ("rewritten", "log")


async def two_conversations(url: str) -> None:
    async with running(url) as whole:
        await start(whole, SECOND)
        await send(whole, 5, to=SECOND, sender="bob")
        await send(whole, 5)


class TestABundleOfAPart:
    async def test_shows_one_conversation(self, talked_in: str, tmp_path: Path) -> None:
        await two_conversations(talked_in)
        await exported(talked_in, tmp_path / "b", Selection(conversation_id=SECOND))
        states = [json.loads(fields["state"]) for fields in shown(tmp_path / "b")]
        assert {state.get("conversation_id", str(SECOND)) for state in states} == {str(SECOND)}
        assert [fields["topic"] for fields in shown(tmp_path / "b")] == [
            "ledger.key-told",
            "conversation.started",
            *["timeline.message-sent"] * 5,
        ]
        report = read(tmp_path / "b")
        assert report.fits, report.problem
        assert (report.events, report.shown, report.chain, report.checkpoints) == (56, 7, None, 1)
        assert b"Bonjour" not in b"".join(line for line in lines(tmp_path / "b") if b'"node"' in line)

    async def test_shows_one_person(self, talked_in: str, tmp_path: Path) -> None:
        await two_conversations(talked_in)
        await exported(talked_in, tmp_path / "b", Selection(user_id="bob"))
        found = shown(tmp_path / "b")
        # The key, what bob was brought into, what bob said, and that somebody has asked for all this.
        assert len(found) == 1 + 2 + (16 + 5) + 1
        assert all(b"bob" in fields["state"].encode() for fields in found if fields["topic"] != "ledger.key-told")
        assert read(tmp_path / "b").fits

    async def test_shows_a_span(self, talked_in: str, tmp_path: Path) -> None:
        await exported(talked_in, tmp_path / "b", Selection(20, 30))
        positions = [fields["position"] for fields in shown(tmp_path / "b") if fields["topic"] != "ledger.key-told"]
        assert positions == list(range(20, 31))
        assert read(tmp_path / "b").fits

    @pytest.mark.parametrize("span", [(1, 1), (44, 44), (45, 99), (1, 44)])
    async def test_shows_a_span_at_an_edge(self, talked_in: str, tmp_path: Path, span: tuple[int, int]) -> None:
        await exported(talked_in, tmp_path / "b", Selection(*span))
        report = read(tmp_path / "b")
        assert report.fits, report.problem
        assert report.events == 45

    async def test_shows_no_message_of_a_name_in_passing(self, talked_in: str, tmp_path: Path) -> None:
        async with running(talked_in) as whole:
            await send(whole, 1, body='bob said "actor":"bob" to')
            await export(whole, tmp_path / "b", Selection(user_id="bob"))
        assert not [fields for fields in shown(tmp_path / "b") if "bob said" in fields["state"]]


class TestWhatIsAskedFor:
    async def test_has_to_exist(self, talked_in: str) -> None:
        asked: list[tuple[Any, str]] = [
            ((uuid4(), None, None, None), "not_found"),
            ((None, "nobody", None, None), "not_found"),
            ((None, None, "99", None), "invalid_payload"),
            ((None, None, None, "99"), "invalid_payload"),
            ((None, None, "20", "19"), "invalid_payload"),
            ((None, None, "2999-01-01T00:00:00Z", None), "invalid_payload"),
            ((None, None, None, "2999-01-01T00:00:00Z"), "invalid_payload"),
            ((None, None, None, "1999-01-01T00:00:00Z"), "invalid_payload"),
            ((None, None, "yesterday", None), "invalid_payload"),
        ]
        async with running(talked_in) as whole:
            for words, code in asked:
                with pytest.raises(Rejected) as caught:
                    await selected(whole, *words)
                assert caught.value.code == code, words

    async def test_is_found_by_position_or_by_instant(self, talked_in: str) -> None:
        events = await raw(talked_in)
        at = str(written.instant(events[19].recorded_at))
        later = str(written.instant(events[19].recorded_at + 1))
        async with running(talked_in) as whole:
            assert await selected(whole, None, None, "20", "30") == Selection(20, 30)
            assert await selected(whole, GROUP, None, None, None) == Selection(conversation_id=GROUP)
            assert await selected(whole, None, "bob", None, None) == Selection(user_id="bob")
            assert await selected(whole, None, None, at, at) == Selection(20, 20)
            assert await selected(whole, None, None, later, None) == Selection(21)
            assert await selected(whole, None, None, "1999-01-01T00:00:00Z", None) == Selection()

    async def test_is_recorded(self, talked_in: str, tmp_path: Path) -> None:
        await exported(talked_in, tmp_path / "b", Selection(5, 20, GROUP))
        record = json.loads((await raw(talked_in))[-1].state)
        assert record == {
            "actor": None,
            "auditor": "carol",
            "what": "export",
            "reason": "complaint 411",
            "position": 20,
            "conversation_id": str(GROUP),
            "after": 4,
        }


class TestWithoutAKey:
    async def test_it_ends_where_others_have_signed(self, talked_in: str, tmp_path: Path) -> None:
        await exported(talked_in, tmp_path / "b", key=None)
        report = read(tmp_path / "b")
        assert report.fits and report.events == 44

    async def test_nothing_is_exported_that_nobody_has_signed(self, database_url: str, tmp_path: Path) -> None:
        async with running(database_url) as whole:
            await start(whole)
            with pytest.raises(NothingSigned):
                await export(whole, tmp_path / "b", key=None)
        assert not (tmp_path / "b").exists()


class Stopped(Exception):
    pass


def stopping(at: int) -> Any:
    """Progress that stops what it is told of."""

    @contextmanager
    def progress(label: str, _: int) -> Any:
        def told(done: int) -> None:
            if label == "events" and done >= at:
                raise Stopped

        yield told

    return progress


SELECTIONS = [Selection(), Selection(conversation_id=GROUP), Selection(user_id="bob"), Selection(7, 33)]


class TestAnExportThatIsStopped:
    @pytest.fixture(autouse=True)
    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(content, "PAGE", 5)

    @pytest.mark.parametrize("selection", SELECTIONS, ids=["all", "conversation", "person", "span"])
    async def test_goes_on_and_comes_to_the_same(self, talked_in: str, tmp_path: Path, selection: Selection) -> None:
        async with running(talked_in) as whole:
            with pytest.raises(Stopped):
                await export(whole, tmp_path / "b", selection, progress=stopping(17))
            first = (tmp_path / "b" / "events.jsonl").read_bytes()
            assert first and not (tmp_path / "b" / "manifest.json").exists()
            with pytest.raises(NoBundle, match="not finished"):
                read(tmp_path / "b")
            await send(whole, 3)  # the log grows meanwhile
            manifest = await export(whole, tmp_path / "b", selection)
            assert (tmp_path / "b" / "events.jsonl").read_bytes().startswith(first)
            assert manifest["checkpoint"]["size"] == 45
            assert read(tmp_path / "b").fits
            other = await self.at_once(whole, tmp_path / "other", selection, manifest)
        assert (tmp_path / "b" / "events.jsonl").read_bytes() == (other / "events.jsonl").read_bytes()

    async def at_once(self, whole: Chat, folder: Path, selection: Selection, manifest: dict[str, Any]) -> Path:
        """Written in one go, up to the same checkpoint."""
        upto = Checkpoint.read(manifest["checkpoint"])
        await writer.Writer(whole.store, whole.pool, "ledger_1", folder).run(selection, upto, silent)
        return folder

    @pytest.mark.parametrize("cut", [1, 40, 200, 2_000])
    async def test_goes_on_after_a_line_that_a_crash_has_cut(self, talked_in: str, tmp_path: Path, cut: int) -> None:
        async with running(talked_in) as whole:
            with pytest.raises(Stopped):
                await export(whole, tmp_path / "b", progress=stopping(17))
            path = tmp_path / "b" / "events.jsonl"
            path.write_bytes(path.read_bytes()[:-cut])
            await export(whole, tmp_path / "b")
        report = read(tmp_path / "b")
        assert report.fits and report.events == 45

    async def test_goes_on_where_nothing_was_written_yet(self, talked_in: str, tmp_path: Path) -> None:
        async with running(talked_in) as whole:
            with pytest.raises(Stopped):
                await export(whole, tmp_path / "b", progress=stopping(1))
            (tmp_path / "b" / "events.jsonl").unlink()
            await export(whole, tmp_path / "b")
        assert read(tmp_path / "b").fits

    async def test_does_not_go_on_with_something_else(self, talked_in: str, tmp_path: Path) -> None:
        async with running(talked_in) as whole:
            with pytest.raises(Stopped):
                await export(whole, tmp_path / "b", progress=stopping(17))
            with pytest.raises(NotHere, match="something else"):
                await export(whole, tmp_path / "b", Selection(2))
            (tmp_path / "full").mkdir()
            (tmp_path / "full" / "notes.txt").touch()
            with pytest.raises(NotHere, match="something else"):
                await export(whole, tmp_path / "full")
            (tmp_path / "b" / "manifest.unfinished.json").write_text("{")
            with pytest.raises(NotHere, match="damaged"):
                await export(whole, tmp_path / "b")


def with_lines(change: Callable[[list[bytes]], Any], name: str = "events.jsonl") -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        found = lines(folder, name)
        change(found)
        (folder / name).write_bytes(b"".join(found))

    return changed


def edit(number: int, old: bytes, new: bytes) -> Callable[[list[bytes]], None]:
    def change(found: list[bytes]) -> None:
        assert old in found[number - 1]
        found[number - 1] = found[number - 1].replace(old, new)

    return change


def swap(found: list[bytes]) -> None:
    found[19], found[29] = found[29], found[19]


def cut(found: list[bytes]) -> None:
    found[-1] = found[-1][:-20]


def rehash(position: int, old: bytes, new: bytes) -> Callable[[list[bytes]], None]:
    """Changes an event, and what the line says of it."""

    def change(found: list[bytes]) -> None:
        fields = json.loads(found[position - 1].replace(old, new))
        del fields["leaf"]
        leaf = leaf_hash(frame(written.read_event(fields))).hex()
        found[position - 1] = written.line(fields | {"leaf": leaf})

    return change


DAMAGES: list[tuple[str, Callable[[Path], Any], tuple[int | None, str, str]]] = [
    ("a byte of a body", with_lines(edit(20, b"Bonjour", b"Bonsoir")), (20, "changed", "event")),
    ("a time", with_lines(edit(20, b'"recorded_at":"20', b'"recorded_at":"21')), (20, "changed", "event")),
    ("a version", with_lines(edit(20, b'"version":', b'"version":1')), (20, "changed", "event")),
    ("an event and its leaf", with_lines(rehash(20, b"Bonjour", b"Bonsoir")), (None, "rewritten", "log")),
    ("white space", with_lines(edit(20, b'"version":', b'"version": ')), (20, "changed", "bundle")),
    ("no JSON", with_lines(edit(20, b"{", b"")), (20, "changed", "bundle")),
    ("a field too many", with_lines(edit(20, b'"version"', b'"x":1,"version"')), (20, "changed", "event")),
    ("a field too few", with_lines(edit(20, b'"leaf"', b'"sheet"')), (20, "changed", "event")),
    ("a deleted line", with_lines(lambda found: found.pop(19)), (20, "missing", "event")),
    ("a line twice", with_lines(lambda found: found.insert(19, found[18])), (20, "inserted", "event")),
    ("two lines swapped", with_lines(swap), (20, "reordered", "event")),
    ("cut short by lines", with_lines(lambda found: found.__delitem__(slice(40, None))), (41, "truncated", "bundle")),
    ("cut short in a line", with_lines(cut), (45, "truncated", "bundle")),
    ("lines behind the end", with_lines(lambda found: found.append(found[0])), (46, "inserted", "event")),
    ("no events", lambda folder: (folder / "events.jsonl").unlink(), (1, "missing", "bundle")),
    ("no checkpoints", lambda folder: (folder / "checkpoints.jsonl").unlink(), (1, "missing", "bundle")),
    ("no last checkpoint", with_lines(list.pop, "checkpoints.jsonl"), (45, "missing", "checkpoint")),
    ("a checkpoint cut", with_lines(cut, "checkpoints.jsonl"), (None, "truncated", "checkpoint")),
    ("a checkpoint changed", with_lines(edit(1, b'"size":', b'"size":1'), "checkpoints.jsonl"), (None, "forged", "")),
    ("a checkpoint spoilt", with_lines(edit(1, b'"root"', b'"boot"'), "checkpoints.jsonl"), (0, "changed", "")),
    ("checkpoints swapped", with_lines(list.reverse, "checkpoints.jsonl"), (None, "reordered", "checkpoint")),
    (
        "a hash in the manifest",
        lambda folder: rewrite(folder, lambda manifest: manifest["files"][0].update(sha256="0" * 64)),
        (45, "changed", "bundle"),
    ),
    (
        "another end in the manifest",
        lambda folder: rewrite(folder, lambda manifest: manifest["checkpoint"].update(size=46)),
        (46, "truncated", "bundle"),
    ),
    (
        "another format in the manifest",
        lambda folder: rewrite(folder, lambda manifest: manifest.update(format="x")),
        (0, "changed", "bundle"),
    ),
    ("no manifest", lambda folder: (folder / "manifest.json").write_text("{"), (0, "changed", "bundle")),
    (
        "a checkpoint less, and a manifest that fits",
        lambda folder: (
            with_lines(lambda found: found.__delitem__(slice(40, None)))(folder),
            rewrite(folder, lambda manifest: manifest["checkpoint"].update(size=40)),
        ),
        (None, "inserted", "checkpoint"),
    ),
]


def rewrite(folder: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


class TestADamagedBundle:
    @pytest.mark.parametrize(("what", "damage", "expected"), DAMAGES, ids=[what for what, _, _ in DAMAGES])
    async def test_is_found(
        self, bundle: Path, what: str, damage: Callable[[Path], Any], expected: tuple[int | None, str, str]
    ) -> None:
        damage(bundle)
        problem = read(bundle).problem
        assert problem, what
        position, kind, of = expected
        assert problem.kind == kind, problem
        assert not of or problem.what == of, problem
        assert position is None or problem.position == position, problem

    async def test_is_not_signed_by_another_key(self, bundle: Path) -> None:
        problem = read(bundle, keys=(OTHER.public_key,)).problem
        assert problem
        assert (problem.kind, problem.what) == ("forged", "checkpoint")
        assert "not the one given" in problem.detail
        assert read(bundle, keys=(OTHER.public_key, KEY.public_key)).fits

    async def test_of_all_hides_nothing(self, talked_in: str, tmp_path: Path) -> None:
        await exported(talked_in, tmp_path / "b", Selection(20, 30))
        rewrite(tmp_path / "b", lambda manifest: manifest.update(selection=Selection().written()))
        problem = read(tmp_path / "b").problem
        assert problem == Problem(1, "missing", "event", "a bundle of all events does not show it")

    @pytest.mark.parametrize(
        ("old", "new"),
        [(b'"node":"', b'"node":"00'), (b'"last":', b'"last":1'), (b'"node":', b'"nod":'), (b'"node":"', b'"node":"z')],
    )
    async def test_has_bad_hashes_for_what_is_not_shown(
        self, talked_in: str, tmp_path: Path, old: bytes, new: bytes
    ) -> None:
        await exported(talked_in, tmp_path / "b", Selection(20, 30))
        with_lines(edit(1, old, new))(tmp_path / "b")
        problem = read(tmp_path / "b").problem
        assert problem
        assert (problem.position, problem.kind) == (1, "changed")

    async def test_leaves_out_a_message_of_a_conversation(self, talked_in: str, tmp_path: Path) -> None:
        """By a stand-in for it: then the number is missing in the timeline, which is to be shown whole."""
        await exported(talked_in, tmp_path / "b", Selection(conversation_id=GROUP))
        hidden = {"first": 20, "last": 20, "node": json.loads(lines(tmp_path / "b")[19])["leaf"]}
        with_lines(lambda found: found.__setitem__(19, written.line(hidden)))(tmp_path / "b")
        problem = read(tmp_path / "b").problem
        assert problem
        assert (problem.position, problem.kind, problem.what) == (21, "rewritten", "event")
        assert "its version in its stream" in problem.detail

    async def test_of_a_log_that_was_tampered_with_does_not_fit_either(
        self, talked_in: str, superuser: Superuser, tmp_path: Path
    ) -> None:
        superuser.does(
            "UPDATE events SET state = replace(convert_from(state, 'UTF8'), 'Bonjour', 'Bonsoir')::bytea "
            "WHERE notification_id = 20"
        )
        await exported(talked_in, tmp_path / "b")
        problem = read(tmp_path / "b").problem
        assert problem == Problem(20, "changed", "event", "it is not what the ledger holds of it")

    def test_is_none(self, tmp_path: Path) -> None:
        for folder, why in ((tmp_path, "no bundle"), (tmp_path / "nowhere", "no such folder")):
            with pytest.raises(NoBundle, match=why):
                read(folder)

    async def test_may_be_anywhere(self, bundle: Path, tmp_path: Path) -> None:
        shutil.copytree(bundle, tmp_path / "elsewhere")
        shutil.rmtree(bundle)
        assert read(tmp_path / "elsewhere").fits
