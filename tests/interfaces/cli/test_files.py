"""The files that histories come in: whatever is wrong with them, and how they are written."""

import gzip
import os
import stat
import threading
from pathlib import Path

import pytest

from interfaces.history.files import Bad, lines, replaced
from interfaces.history.lines import MAX_LINE
from tests.interfaces.cli.histories import line, raw, write


def bodies(path: Path) -> list[str]:
    """The body of each line, or what is wrong with it; nothing of a blank one."""
    return [found.problem if isinstance(found, Bad) else found.body if found else "" for found in lines(path)]


@pytest.mark.parametrize("name", ["history.jsonl", "history.jsonl.gz"])
def test_lines_come_in_order(tmp_path: Path, name: str) -> None:
    assert bodies(write(tmp_path / name, line(1), line(2))) == ["message 1", "message 2"]


def test_a_gzipped_file_is_known_by_what_it_holds_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(gzip.compress(raw(line(1))) + gzip.compress(raw(line(2))))
    assert bodies(path) == ["message 1", "message 2"]


def test_the_last_line_needs_no_end_and_any_may_end_in_the_windows_way(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(raw(line(1), line(2)).replace(b"\n", b"\r\n")[:-2])
    assert bodies(path) == ["message 1", "message 2"]


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" \t\n"])
def test_a_blank_line_is_none_and_is_counted(tmp_path: Path, blank: bytes) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(blank + raw(line(1)) + blank + raw(b"hello") + blank)
    first, one, second, bad, last = bodies(path)
    assert (first, one, second, last) == ("", "message 1", "", "")
    assert bad.startswith("no JSON: ")


@pytest.mark.parametrize("name", ["history.jsonl", "history.jsonl.gz"])
def test_a_byte_order_mark_is_passed_over_at_the_beginning_alone(tmp_path: Path, name: str) -> None:
    mark = b"\xef\xbb\xbf"
    first, second = bodies(write(tmp_path / name, mark + raw(line(1)).strip(), mark + raw(line(2)).strip()))
    assert first == "message 1"
    assert second.startswith("no JSON: ")


def test_an_empty_file_has_no_lines(tmp_path: Path) -> None:
    assert bodies(write(tmp_path / "history.jsonl")) == []
    assert bodies(write(tmp_path / "history.jsonl.gz")) == []


@pytest.mark.parametrize("name", ["history.jsonl", "history.jsonl.gz"])
def test_a_line_that_is_too_long_is_bad_and_the_next_one_is_read(tmp_path: Path, name: str) -> None:
    padding = b" " * (MAX_LINE - len(raw(line(2))) + 1)
    path = write(tmp_path / name, b"x" * (MAX_LINE + 1), b" " * 3_000_000, raw(line(2)).rstrip() + padding, line(3))
    long = "is longer than 1,048,576 bytes"
    assert bodies(path) == [long, long, "message 2", "message 3"]


def test_a_line_that_is_cut_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    path.write_bytes(raw(line(1), line(2))[:-30])
    first, second = bodies(path)
    assert first == "message 1"
    assert second.startswith("no JSON: ")
    assert second.endswith("(the file ends in this line)")


@pytest.mark.parametrize("lost", [1, 8, 9, 100])
def test_a_gzipped_file_that_is_cut_off_ends_in_a_bad_line(tmp_path: Path, lost: int) -> None:
    path = write(tmp_path / "history.jsonl.gz", *(line(number, body=os.urandom(9).hex()) for number in range(200)))
    path.write_bytes(path.read_bytes()[:-lost])
    found = list(lines(path))
    last = found[-1]
    assert isinstance(last, Bad)
    assert last.last
    assert last.problem.startswith("the file is damaged or cut off here")
    assert not any(isinstance(each, Bad) for each in found[:-1])


def test_a_gzipped_file_that_is_damaged_ends_in_a_bad_line(tmp_path: Path) -> None:
    path = write(tmp_path / "history.jsonl.gz", *(line(number) for number in range(200)))
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)
    last = list(lines(path))[-1]
    assert isinstance(last, Bad)
    assert last.last


class TestAReplacedFile:
    def test_is_there_whole_or_not_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "history.jsonl"
        path.write_text("old")
        with replaced(path) as file:
            file.write(b"new")
            file.flush()
            assert path.read_text() == "old"
        assert path.read_text() == "new"
        assert list(tmp_path.iterdir()) == [path]

    def test_stays_as_it_was_when_writing_fails(self, tmp_path: Path) -> None:
        path = tmp_path / "history.jsonl"
        path.write_text("old")
        with pytest.raises(KeyboardInterrupt):
            self.interrupted(path)
        assert path.read_text() == "old"
        assert list(tmp_path.iterdir()) == [path]

    @staticmethod
    def interrupted(path: Path) -> None:
        with replaced(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    def test_keeps_its_mode_and_where_a_link_points_to(self, tmp_path: Path) -> None:
        path, link = tmp_path / "history.jsonl", tmp_path / "link"
        path.touch(0o600)
        link.symlink_to(path)
        with replaced(link) as file:
            file.write(b"new")
        assert link.is_symlink()
        assert path.read_bytes() == b"new"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_is_gzipped_and_the_same_each_time(self, tmp_path: Path) -> None:
        paths = [tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl.gz"]
        for path in paths:
            with replaced(path) as file:
                file.write(b"new")
        assert gzip.decompress(paths[0].read_bytes()) == b"new"
        assert paths[0].read_bytes() == paths[1].read_bytes()

    def test_is_never_a_pipe_or_a_device(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        read: list[bytes] = []
        reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
        reader.start()
        with replaced(path) as file:
            file.write(b"new")
        reader.join()
        assert read == [b"new"]
        assert path.is_fifo()
