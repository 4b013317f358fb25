"""What is written to sockets: a text encoded once, however many it goes to."""

from functools import cached_property
from typing import Any

import orjson

TEXT = 0x81
"""The first byte of an unfragmented text frame."""


class Frame:
    """A text on its way out: an Engine.IO packet, whole. `wire` is its WebSocket frame, made once for everybody."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def wire(self) -> bytes:
        payload = self.text.encode()
        size = len(payload)
        if size < 126:
            return bytes((TEXT, size)) + payload
        if size < 65536:
            return bytes((TEXT, 126)) + size.to_bytes(2, "big") + payload
        return bytes((TEXT, 127)) + size.to_bytes(8, "big") + payload

    @property
    def size(self) -> int:
        """In bytes, as it is written."""
        return len(self.wire)

    def encode(self, b64: bool = False) -> str:
        """The packet for a polling payload. Source: engineio.packet.Packet."""
        return self.text


def event(name: str, payload: Any) -> Frame:
    """A Socket.IO event of the default namespace."""
    return Frame(f'42["{name}",{dumps(payload)}]')


def ack(number: int, payload: Any) -> Frame:
    """The answer to the event that came with this number."""
    return Frame(f"43{number}[{dumps(payload)}]")


def connect_error(namespace: str, message: str, data: Any) -> Frame:
    """The answer to a CONNECT that is refused."""
    at = "" if namespace == "/" else f"{namespace},"
    return Frame(f"44{at}{dumps({'message': message, 'data': data})}")


def dumps(payload: Any) -> str:
    return orjson.dumps(payload).decode()
