"""Others' tools and the contract: generated clients compile and talk, the official parser finds nothing, and
schemathesis finds nothing either."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.interfaces.http.serving import Node
from tests.interfaces.socketio.devices import CLIENTS
from tests.serving import Node as Whole
from tests.serving import serving

BIN = Path(sys.executable).parent
TSCONFIG = {
    "compilerOptions": {
        "strict": True,
        "noUncheckedIndexedAccess": True,
        "target": "es2022",
        "module": "nodenext",
        "moduleResolution": "nodenext",
        "types": [],
        "lib": ["es2022", "dom"],
        "skipLibCheck": True,
    },
    "include": ["*.ts"],
}


async def run(*words: object, given: bytes = b"", cwd: Path | None = None) -> tuple[int, str]:
    """The exit code of a program beside this Python, and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *map(str, words),
        cwd=cwd,
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate(given)
    return await process.wait(), said.decode()


def tool(package: str, script: str) -> tuple[Path, Path]:
    return BIN / "node", CLIENTS / "node_modules" / package / script


@pytest.mark.slow
async def test_the_official_parser_finds_nothing_in_the_asyncapi_document(node: Node) -> None:
    document = (await node.client.get("/asyncapi.json")).content
    assert await run(BIN / "node", CLIENTS / "asyncapi.mjs", given=document) == (0, "27 messages\n")
    broken = json.loads(document)
    del broken["channels"]["chat"]["messages"]["sync"]
    code, said = await run(BIN / "node", CLIENTS / "asyncapi.mjs", given=json.dumps(broken).encode())
    assert code == 1 and "sync" in said


@pytest.mark.slow
async def test_a_generated_typescript_client_compiles_and_talks(node: Node, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tsconfig.json").write_text(json.dumps(TSCONFIG))
    (tmp_path / "openapi.json").write_bytes((await node.client.get("/openapi.json")).content)
    (tmp_path / "node.d.ts").write_text("declare const process: { argv: string[] };\n")
    shutil.copy(CLIENTS / "typed.ts", tmp_path)
    generate = tool("openapi-typescript", "bin/cli.js")
    code, said = await run(*generate, "openapi.json", "-o", "openapi.d.ts", cwd=tmp_path)
    assert code == 0, said
    code, said = await run(*tool("typescript", "bin/tsc"), cwd=tmp_path)
    assert code == 0, said
    alice = f"alice-{uuid4()}"
    asked = (node.url, node.token(alice, "Alice"), uuid4(), uuid4())
    code, said = await run(BIN / "node", "typed.js", *asked, cwd=tmp_path)
    assert code == 0, said
    assert json.loads(said) == {
        "owner": "owner",
        "number": 1,
        "bodies": ["Bonjour"],
        "next": None,
        "total": 0,
        "refused": "invalid_payload",
    }


@pytest_asyncio.fixture
async def whole(database_url: str) -> AsyncIterator[Whole]:
    """Who asks for a position yet to come is refused in less time than schemathesis waits."""
    async with serving(database_url, patience=2) as running:
        yield running


LOST = "ensure_resource_availability"
"""The one check that is off. Who has left a conversation and repeats its start is told what the start was answered the
first time, and sees the conversation no more: the check takes that for a new conversation, which has then been lost."""


@pytest.mark.slow
async def test_schemathesis_finds_nothing(whole: Whole, tmp_path: Path) -> None:
    """The checks of schemathesis.toml, for some seconds; LITSPARK_TEST_SCHEMATHESIS says for how many."""
    seconds = int(os.environ.get("LITSPARK_TEST_SCHEMATHESIS", "15"))
    config = Path(__file__).with_name("schemathesis.toml")
    token = whole.token("alice", scope="analytics audit")
    code, said = await run(
        *(BIN / "schemathesis", "--config-file", config, "run", f"{whole.url}/openapi.json"),
        *("--checks", "all", "--exclude-checks", LOST, "--header", f"Authorization: Bearer {token}"),
        *("--max-time", seconds, "--warnings", "off"),
        cwd=tmp_path,
    )
    assert code == 0, said
