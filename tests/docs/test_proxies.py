"""The examples for proxies, as they stand in docs/, in front of two servers: those proxies that are installed here."""

import asyncio
import os
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import orjson
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.docs.settings_table import DOCS
from tests.faults.processes import Server, token, two_servers, until

pytestmark = pytest.mark.slow

NAME = "chat.litspark.example"
KNOWN = ("nginx", "haproxy")
POLLING = "/socket.io/?EIO=4&transport=polling"


def installed() -> list[str]:
    found = [name for name in KNOWN if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    assert os.environ.get("CI") != "true" or found == list(KNOWN)
    return found


async def test_behind_a_proxy_polls_come_back_and_addresses_and_origins_are_those_of_clients(database_url: str) -> None:
    settings = {"trusted_proxies": "127.0.0.1", "failed_tokens_per_minute": 2}
    async with two_servers(database_url, **settings) as servers:
        for net, name in enumerate(installed(), start=1):
            with TemporaryDirectory(prefix="lit-") as folder:
                async with proxied(name, Path(folder), servers) as (https, http):
                    context = ssl.create_default_context(cafile=str(Path(folder) / "certificate.pem"))
                    await until(lambda: answers(https, context))  # noqa: B023
                    await polls_come_back(https, context, servers)
                    await websockets_come_through(https, context)
                    await failures_count_for_the_client(https, context, net)
                    await what_is_not_for_the_world(https, http, context)


@asynccontextmanager
async def proxied(name: str, folder: Path, servers: tuple[Server, Server]) -> AsyncIterator[tuple[int, int]]:
    """The proxy, with the example's ports and paths exchanged for what there is. Its ports for HTTPS and HTTP."""
    certificate(folder)
    https, http = free_port(), free_port()
    exchanged = {
        "127.0.0.1:8001": servers[0].url.removeprefix("http://"),
        "127.0.0.1:8002": servers[1].url.removeprefix("http://"),
        "maxconn 40000": "maxconn 1000",  # what it may open here
        "listen 443 ssl": f"listen 127.0.0.1:{https} ssl",
        "listen 80": f"listen 127.0.0.1:{http}",
        "bind :443": f"bind 127.0.0.1:{https}",
        "bind :80": f"bind 127.0.0.1:{http}",
        "/etc/letsencrypt/live/chat.litspark.example/fullchain.pem": f"{folder}/certificate.pem",
        "/etc/letsencrypt/live/chat.litspark.example/privkey.pem": f"{folder}/key.pem",
        "/etc/haproxy/certs/chat.litspark.example.pem": f"{folder}/both.pem",
    }
    example = next((DOCS / "examples").glob(f"{name}.*"))
    text = example.read_text("utf-8")
    for before, after in exchanged.items():
        text = text.replace(before, after)
    (folder / example.name).write_text(text)
    process = await asyncio.create_subprocess_exec(*command(name, folder), stdout=asyncio.subprocess.DEVNULL)
    try:
        yield https, http
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def command(name: str, folder: Path) -> list[str]:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or name
    if name == "haproxy":
        return [program, "-W", "-q", "-f", str(folder / "haproxy.cfg")]
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = f"pid {folder}/pid; error_log stderr; events {{}} "
    (folder / "main.conf").write_text(f"{main} http {{ access_log off; {paths} include {folder}/nginx.conf; }}")
    return [program, "-e", "stderr", "-p", str(folder), "-g", "daemon off;", "-c", str(folder / "main.conf")]


def certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    times = yesterday, yesterday + timedelta(days=2)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), *times)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
    encodings = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    made, private = builder.sign(key, hashes.SHA256()).public_bytes(encodings[0]), key.private_bytes(*encodings)
    for file, content in (("certificate.pem", made), ("key.pem", private), ("both.pem", made + private)):
        (folder / file).write_bytes(content)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def client_at(address: str, port: int, context: ssl.SSLContext) -> httpx.AsyncClient:
    """A client with a network address of its own, who knows the server by its name."""
    transport = httpx.AsyncHTTPTransport(verify=context, local_address=address)
    headers = {"Host": NAME, "Origin": f"https://{NAME}"}
    return httpx.AsyncClient(transport=transport, base_url=f"https://127.0.0.1:{port}", headers=headers)


async def asked(client: httpx.AsyncClient, method: str, path: str, content: str = "") -> httpx.Response:
    return await client.request(method, path, content=content, extensions={"sni_hostname": NAME})


async def answers(port: int, context: ssl.SSLContext) -> bool:
    async with client_at("127.0.0.1", port, context) as client:
        try:
            return (await asked(client, "GET", "/healthz")).status_code == 200
        except httpx.TransportError:
            return False


async def polls_come_back(port: int, context: ssl.SSLContext, servers: tuple[Server, Server]) -> None:
    before = [await counted(server) for server in servers]
    for n in range(2, 22):
        async with client_at(f"127.0.0.{n}", port, context) as client:
            opened = await asked(client, "GET", POLLING)
            path = f"{POLLING}&sid={orjson.loads(opened.text[1:])['sid']}"
            hello = "40" + orjson.dumps({"token": token(f"user-{n}")}).decode()
            assert (await asked(client, "POST", path, hello)).text == "OK"
            assert (await asked(client, "GET", path)).text.startswith("40")
            assert (await asked(client, "POST", path, '420["sync",{}]')).text == "OK"
            assert '"ok":true' in (await asked(client, "GET", path)).text
            assert (await asked(client, "POST", path, "1")).text == "OK"
    assert all([await counted(server) > count for server, count in zip(servers, before, strict=True)])


async def counted(server: Server) -> float:
    """The requests that a server has answered."""
    async with httpx.AsyncClient() as client:
        metrics = (await client.get(f"{server.url}/metrics")).text
    lines = [line for line in metrics.splitlines() if line.startswith("litspark_http_requests_total{")]
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if "/metrics" not in line)


async def websockets_come_through(port: int, context: ssl.SSLContext) -> None:
    uri = f"wss://{NAME}/socket.io/?EIO=4&transport=websocket"
    own, foreign = f"https://{NAME}", "https://evil.example"
    async with websockets.connect(uri, host="127.0.0.1", port=port, ssl=context, origin=own) as opened:
        assert str(await opened.recv()).startswith("0")
        await opened.send("40" + orjson.dumps({"token": token("alice")}).decode())
        assert str(await opened.recv()).startswith("40")
    with pytest.raises(websockets.InvalidStatus, match="403"):
        async with websockets.connect(uri, host="127.0.0.1", port=port, ssl=context, origin=foreign):
            pass


async def failures_count_for_the_client(port: int, context: ssl.SSLContext, net: int) -> None:
    """What a client itself says of where it comes from counts for nothing. `net`: where nobody has failed so far."""
    for n in range(1, 3):
        async with client_at(f"127.0.{net}.{n}", port, context) as client:
            client.headers.update({"Authorization": "Bearer x", "X-Forwarded-For": "10.0.0.1"})
            found = [(await asked(client, "GET", "/api/me")).status_code for _ in range(3)]
            assert found == [401, 401, 429]


async def what_is_not_for_the_world(https: int, http: int, context: ssl.SSLContext) -> None:
    async with client_at("127.0.0.1", https, context) as client:
        assert [(await asked(client, "GET", path)).status_code for path in ("/metrics", "/readyz")] == [404, 404]
        assert "max-age" in (await asked(client, "GET", "/healthz")).headers["Strict-Transport-Security"]
    async with httpx.AsyncClient() as plain:
        answer = await plain.get(f"http://127.0.0.1:{http}/x?y=1", headers={"Host": NAME})
        assert (answer.status_code, answer.headers["Location"]) == (301, f"https://{NAME}/x?y=1")
