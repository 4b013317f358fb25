"""Where a request comes from."""

from collections.abc import Iterable, Mapping
from typing import Any

Scope = Mapping[str, Any]


def header(scope: Scope, name: bytes) -> str:
    """A header of an ASGI scope; several are joined by commas, none is empty."""
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def address(scope: Scope, trusted_proxies: Iterable[str]) -> str:
    """The network address behind a request: the peer's, or the nearest in X-Forwarded-For but for trusted proxies."""
    client = scope.get("client")
    peer = client[0] if client else ""
    trusted = frozenset(trusted_proxies)
    if peer not in trusted:
        return peer
    forwarded = [part.strip() for part in header(scope, b"x-forwarded-for").split(",") if part.strip()]
    return next((part for part in reversed(forwarded) if part not in trusted), peer)


def own_origin(scope: Scope, trusted_proxies: Iterable[str]) -> str:
    """The origin that a request was made to: scheme and `Host`."""
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    client = scope.get("client")
    if client and client[0] in frozenset(trusted_proxies):
        scheme = header(scope, b"x-forwarded-proto").split(",")[0].strip() or scheme
    return f"{scheme}://{header(scope, b'host')}"
