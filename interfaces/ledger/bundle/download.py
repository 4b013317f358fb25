"""A bundle as an archive that is sent while it is made: no disk, and memory that does not grow with it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from domain.base import Rejected
from interfaces.audit.record import Auditor
from interfaces.ledger.bundle.content import Content
from interfaces.ledger.bundle.export import recorded, selected
from interfaces.ledger.bundle.selection import Selection
from interfaces.ledger.bundle.writer import CHECKPOINTS, EVENTS, MANIFEST, head
from interfaces.ledger.schema import ledger_schema
from projections.ledger import checkpoint as checkpoints
from projections.ledger.checkpoint import Checkpoint

if TYPE_CHECKING:
    from interfaces.chat import Chat

LEVEL = 1
"""Of compression: events shrink to a fifth, and the chat waits for it."""


class Pipe:
    """What the archive is written into, and taken out of again. Nobody can go back in it."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes, /) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Source: io.IOBase."""

    def close(self) -> None:
        """Source: io.IOBase."""

    def taken(self) -> bytes:
        taken = bytes(self._held)
        self._held.clear()
        return taken


@dataclass
class Described:
    """What the manifest says of a file, while it is written."""

    name: str
    lines: int = 0
    size: int = 0
    digest: Any = field(default_factory=sha256)

    def add(self, data: bytes) -> None:
        self.lines += data.count(b"\n")
        self.size += len(data)
        self.digest.update(data)

    def written(self) -> dict[str, Any]:
        return {"name": self.name, "lines": self.lines, "bytes": self.size, "sha256": self.digest.hexdigest()}


class Download:
    """Of a chat whose ledger is signed while it runs: a bundle ends with the last checkpoint."""

    def __init__(self, whole: "Chat") -> None:
        self._whole = whole

    async def begin(
        self, auditor: Auditor, conversation_id: UUID | None, user_id: str | None, since: str | None, upto: str | None
    ) -> AsyncIterator[bytes]:
        """The archive, piece by piece; the export is recorded before the first. Raises `Rejected`."""
        whole = self._whole
        selection = await selected(whole, conversation_id, user_id, since, upto)
        async with whole.pool.connection() as connection:
            signed = await checkpoints.latest(connection)
        if signed is None or signed.size < (selection.last or selection.first):
            raise Rejected(
                "unavailable", "what is asked for is not signed yet", retry_after=whole.settings.ledger_every
            )
        await recorded(whole, auditor, selection)
        return _archive(Content(whole.store, whole.pool, await ledger_schema(whole.pool)), selection, signed)


async def _archive(content: Content, selection: Selection, upto: Checkpoint) -> AsyncIterator[bytes]:
    pipe = Pipe()
    files: list[Described] = [Described(EVENTS), Described(CHECKPOINTS)]
    with ZipFile(pipe, "w", ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for file in files:
            with archive.open(_entry(file.name), "w", force_zip64=True) as entry:
                async for page in _pages(content, file.name, selection, upto):
                    file.add(page)
                    entry.write(page)
                    yield pipe.taken()
        manifest = head(selection, upto) | {"files": [file.written() for file in files]}
        archive.writestr(_entry(MANIFEST), json.dumps(manifest, indent=2) + "\n")
    yield pipe.taken()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


async def _pages(content: Content, name: str, selection: Selection, upto: Checkpoint) -> AsyncIterator[bytes]:
    if name == CHECKPOINTS:
        async for page in content.checkpoints(selection, upto):
            yield page
    else:
        async for page, _ in content.lines(selection, 0, upto.size):
            yield page
