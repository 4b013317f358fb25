"""A client of the protocol for bots and tests; of the server it knows the published shapes alone."""

from interfaces.client.client import Client
from interfaces.client.line import NotConnected
from interfaces.client.refusal import Refused
from interfaces.client.view import Push, Room, View

__all__ = ["Client", "NotConnected", "Push", "Refused", "Room", "View"]
