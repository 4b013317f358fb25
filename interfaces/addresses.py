"""Where a request comes from."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Scope = Mapping[str, Any]
Network = IPv4Network | IPv6Network


def network(word: object) -> Network:
    """A network like 10.0.0.0/8, or that of one address. Raises `ValueError`."""
    try:
        return ip_network(str(word), strict=False)
    except ValueError:
        raise ValueError(f"{word!s} is neither an address nor a network") from None


def header(scope: Scope, name: bytes) -> str:
    """A header of an ASGI scope; several are joined by commas, none is empty."""
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


def address(scope: Scope, trusted_proxies: Iterable[Network]) -> str:
    """The network address behind a request: the peer's, or the nearest in X-Forwarded-For but for trusted proxies."""
    peer = _peer(scope)
    if not _is_in(peer, trusted_proxies):
        return peer
    forwarded = [part.strip() for part in header(scope, b"x-forwarded-for").split(",") if part.strip()]
    return next((part for part in reversed(forwarded) if not _is_in(part, trusted_proxies)), peer)


def own_origin(scope: Scope, trusted_proxies: Iterable[Network]) -> str:
    """The origin that a request was made to: scheme and `Host`."""
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    if is_trusted(scope, trusted_proxies):
        scheme = header(scope, b"x-forwarded-proto").split(",")[0].strip() or scheme
    return f"{scheme}://{header(scope, b'host')}"


def is_trusted(scope: Scope, trusted_proxies: Iterable[Network]) -> bool:
    """Whether a request comes from a proxy that is believed."""
    return _is_in(_peer(scope), trusted_proxies)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _is_in(word: str, networks: Iterable[Network]) -> bool:
    if not networks:
        return False
    try:
        found = ip_address(word)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped:  # a peer of IPv4, at a server that listens on ::
        found = found.ipv4_mapped
    return any(found in each for each in networks)
