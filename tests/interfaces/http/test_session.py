"""Who may ask, how much, and what is checked before what."""

import base64
import hashlib
import hmac
import json
from time import time
from typing import Any

import pytest

from interfaces import shapes
from interfaces.auth import Tokens
from interfaces.http.contract import ENTRIES
from tests.interfaces.http.asking import Person, new_id, refusal
from tests.interfaces.http.conftest import MakePerson
from tests.interfaces.http.serving import SECRET, Node, serving

ME = "/api/me"


def jwt(header: Any, claims: Any, secret: str = SECRET) -> str:
    """A token of whatever it is given, signed by HS256."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims)]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def claims(**more: Any) -> dict[str, Any]:
    return {"sub": "alice", "exp": time() + 60, **more}


async def ask(node: Node, token: str, path: str = ME, **headers: str) -> Any:
    return await node.client.get(path, headers={"Authorization": f"Bearer {token}", **headers})


@pytest.mark.parametrize(("entry", "http"), ENTRIES, ids=lambda one: getattr(one, "name", None))
async def test_nothing_is_answered_without_a_token(node: Node, entry: Any, http: Any) -> None:
    path = http.path.replace("{conversation_id}", new_id()).replace("{user_id:path}", "x")
    response = await node.client.request(http.method, path)
    refusal(response, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["", "Basic YTpi", "Token x", "bearertoken", "\xe9"])
async def test_what_is_no_bearer_token_is_none(node: Node, authorization: str) -> None:
    headers = {"Authorization": authorization.encode("latin-1")}
    refusal(await node.client.get(ME, headers=headers), "unauthenticated")


async def test_the_scheme_is_taken_in_any_case(node: Node) -> None:
    headers = {"Authorization": f"bEARER  {node.token('alice')}"}
    assert (await node.client.get(ME, headers=headers)).status_code == 200


BAD_TOKENS = {
    "empty": "",
    "a word": "x",
    "dots": "..",
    "too long": "x" * 17_000,
    "not ASCII": "é.é.é",
    "deep header": jwt(b"[" * 4_000, claims()),
    "deep claims": jwt({"alg": "HS256"}, b"[" * 4_000),
    "another key": jwt({"alg": "HS256"}, claims(), "another secret, which has 32 bytes"),
    "alg none": jwt({"alg": "none"}, claims()).rpartition(".")[0] + ".",
    "alg none, signed": jwt({"alg": "none"}, claims()),
    "alg of another": jwt({"alg": "HS512"}, claims()),
    "alg no string": jwt({"alg": 5}, claims()),
    "no alg": jwt({}, claims()),
    "claims no object": jwt({"alg": "HS256"}, [1]),
    "no sub": jwt({"alg": "HS256"}, {"exp": time() + 60}),
    "no exp": jwt({"alg": "HS256"}, {"sub": "alice"}),
    "exp no number": jwt({"alg": "HS256"}, claims(exp="soon")),
    "exp infinite": jwt({"alg": "HS256"}, claims(exp=float("inf"))),
    "sub no string": jwt({"alg": "HS256"}, claims(sub=5)),
    "sub no user_id": jwt({"alg": "HS256"}, claims(sub="a b")),
    "sub a surrogate": jwt({"alg": "HS256"}, claims(sub="\ud800")),
    "not yet": jwt({"alg": "HS256"}, claims(nbf=time() + 86_400, exp=time() + 90_000)),
}


@pytest.mark.parametrize("token", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_bad_token_is_refused(node: Node, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".strip().encode()}
    refusal(await node.client.get(ME, headers=headers), "invalid_token")


async def test_an_expired_token_is_refused_without_leeway(node: Node) -> None:
    refusal(await ask(node, node.token("alice", ttl=-0.001)), "token_expired")


async def test_audience_and_issuer_are_checked_where_they_are_set(database_url: str) -> None:
    async with serving(database_url, jwt_audience="chat", jwt_issuer="us") as node:
        assert (await ask(node, node.token("alice"))).status_code == 200
        refusal(await ask(node, Tokens(SECRET, "mail", "us").issue("alice", None, "", 60)), "invalid_token")
        refusal(await ask(node, Tokens(SECRET, "chat", "them").issue("alice", None, "", 60)), "invalid_token")


@pytest.mark.parametrize("name", ["", " ", "x" * 121, "a\0", "\ud800", 5, None])
async def test_a_name_that_can_not_be_kept_counts_as_left_out(person: MakePerson, node: Node, name: Any) -> None:
    user_id = person("nameless").user_id
    who = Person(node, user_id, token=jwt({"alg": "HS256"}, claims(sub=user_id, name=name)))
    assert await who.done("GET", ME, shapes.Authenticated) == {"user": {"user_id": user_id, "name": user_id}}


async def test_the_name_of_the_token_issued_last_is_the_senders(person: MakePerson, node: Node) -> None:
    bob, user_id = person("bob"), person("alice").user_id
    new = Person(node, user_id, token=jwt({"alg": "HS256"}, claims(sub=user_id, name="New", iat=time())))
    old = Person(node, user_id, token=jwt({"alg": "HS256"}, claims(sub=user_id, name="Old", iat=time() - 60)))
    assert (await old.done("GET", ME, shapes.Authenticated))["user"]["name"] == "Old"
    conversation_id = await new.start(bob)
    assert (await new.send(conversation_id))["sender_name"] == "New"
    assert (await old.send(conversation_id))["sender_name"] == "New"
    assert (await old.done("GET", ME, shapes.Authenticated))["user"]["name"] == "New"


async def test_each_user_has_a_rate_of_requests(database_url: str) -> None:
    async with serving(database_url, commands_per_second=0.01, command_burst=3) as node:
        alice, bob = Person(node, "alice"), Person(node, "bob")
        await alice.done("GET", ME, shapes.Authenticated)
        await alice.refused("not_found", "GET", "/api/conversations/x")
        await alice.refused("invalid_payload", "POST", "/api/conversations")
        response = await alice.ask("GET", ME)
        problem = refusal(response, "rate_limited")
        assert 0 < problem["retry_after"] <= 100
        assert int(response.headers["Retry-After"]) >= problem["retry_after"]
        await bob.done("GET", ME, shapes.Authenticated)


async def test_refused_tokens_count_against_the_address_behind_the_proxy(database_url: str) -> None:
    settings = {"failed_tokens_per_minute": 2, "trusted_proxies": "127.0.0.1, 10.0.0.1"}
    async with serving(database_url, **settings) as node:
        for _ in range(2):
            refusal(await ask(node, "x", **{"X-Forwarded-For": "9.9.9.9, 1.1.1.1"}), "invalid_token")
        for forwarded in ("1.1.1.1", "8.8.8.8,1.1.1.1", "1.1.1.1, 10.0.0.1"):
            problem = refusal(await ask(node, "x", **{"X-Forwarded-For": forwarded}), "rate_limited")
            assert problem["retry_after"] > 0
        good = node.token("alice")
        assert (await ask(node, good, **{"X-Forwarded-For": "1.1.1.1"})).status_code == 200
        refusal(await ask(node, "x", **{"X-Forwarded-For": "1.1.1.1, 9.9.9.9"}), "invalid_token")
        refusal(await ask(node, "x"), "invalid_token")


async def test_a_network_of_proxies_is_trusted_as_a_whole(database_url: str) -> None:
    settings = {"failed_tokens_per_minute": 1, "trusted_proxies": "127.0.0.0/8, fd00::/8, 10.0.0.1"}
    async with serving(database_url, **settings) as node:
        refusal(await ask(node, "x", **{"X-Forwarded-For": "9.9.9.9, 1.1.1.1, fd00::7, 10.0.0.1"}), "invalid_token")
        refusal(await ask(node, "x", **{"X-Forwarded-For": "1.1.1.1, 127.9.9.9"}), "rate_limited")
        refusal(await ask(node, "x", **{"X-Forwarded-For": "1.1.1.1, 10.0.0.2"}), "invalid_token")
        refusal(await ask(node, "x", **{"X-Forwarded-For": "1.1.1.1, unknown"}), "invalid_token")


async def test_a_peer_that_is_no_trusted_proxy_is_not_believed(database_url: str) -> None:
    async with serving(database_url, failed_tokens_per_minute=1) as node:
        refusal(await ask(node, "x", **{"X-Forwarded-For": "1.1.1.1"}), "invalid_token")
        refusal(await ask(node, "x", **{"X-Forwarded-For": "2.2.2.2"}), "rate_limited")
        refusal(await node.client.get(ME), "unauthenticated")


async def test_what_is_checked_first_is_answered_first(database_url: str) -> None:
    """Session, rate, shape, repeat, access, rights, rules."""
    async with serving(database_url, commands_per_second=0.001, command_burst=12) as node:
        owner, member, stranger = (Person(node, user_id) for user_id in ("owner", "member", "stranger"))
        group = f"/api/conversations/{await owner.start(member)}"
        pair = f"/api/conversations/{await owner.start(member, kind='direct')}"
        asked = {"message_id": new_id(), "body": "x"}
        nobody = Person(node, "nobody", token="x")
        await nobody.refused("invalid_token", "PATCH", "/api/conversations/x", content=b"[")
        await stranger.refused("invalid_payload", "PATCH", group, json={"title": " "})
        await stranger.refused("not_found", "DELETE", f"{group}/participants/member")
        await member.refused("forbidden", "DELETE", f"{group}/participants/nobody")
        await owner.refused("not_found", "DELETE", f"{group}/participants/nobody")
        await member.refused("forbidden", "DELETE", f"{pair}/participants/nobody")
        await member.done("POST", f"{group}/messages", shapes.Sent, 201, json=asked)
        await stranger.refused("conflict", "POST", f"{group}/messages", json=asked)
        while (response := await stranger.ask("GET", ME)).status_code == 200:
            pass
        refusal(response, "rate_limited")
        await stranger.refused("rate_limited", "PATCH", "/api/conversations/x", content=b"[")
