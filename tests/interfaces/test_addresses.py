"""Where a request comes from, by the word of those proxies that are trusted."""

import pytest

from interfaces.addresses import address, network, own_origin


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("9.9.9.9", "1.1.1.1", "9.9.9.9"),
        ("10.1.2.3", "1.1.1.1", "1.1.1.1"),
        ("10.1.2.3", "2.2.2.2, 1.1.1.1, 10.9.9.9", "1.1.1.1"),
        ("10.1.2.3", "2.2.2.2, unknown", "unknown"),
        ("10.1.2.3", "10.0.0.1", "10.1.2.3"),
        ("::ffff:10.1.2.3", "1.1.1.1", "1.1.1.1"),
        ("fd00::1", "2001:db8::1, fd12::1", "2001:db8::1"),
        ("fe00::1", "1.1.1.1", "fe00::1"),
        ("192.0.2.7", "1.1.1.1", "1.1.1.1"),
        ("192.0.2.8", "1.1.1.1", "192.0.2.8"),
        ("", "1.1.1.1", ""),
    ],
)
def test_networks_are_trusted_and_addresses(peer: str, forwarded: str, found: str) -> None:
    scope = {"client": (peer, 1), "headers": [(b"x-forwarded-for", forwarded.encode())]}
    assert address(scope, [network(word) for word in ("10.0.0.0/8", "fd00::/8", "192.0.2.7")]) == found


def test_a_trusted_network_says_by_which_scheme_it_was_asked() -> None:
    headers = [(b"x-forwarded-proto", b"https"), (b"host", b"chat.example")]
    scope = {"client": ("10.1.2.3", 1), "scheme": "http", "headers": headers}
    assert own_origin(scope, [network("10.0.0.0/8")]) == "https://chat.example"
    assert own_origin(scope, [network("10.0.0.1")]) == "http://chat.example"


@pytest.mark.parametrize("word", ["nginx", "10.0.0.0/33", "10.0.0", "1.1.1.1:80", ""])
def test_what_is_neither_is_named(word: str) -> None:
    with pytest.raises(ValueError, match=f"^{word} is neither an address nor a network$"):
        network(word)
