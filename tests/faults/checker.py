"""Somebody who asks for counts again and again, and notices the first that is wrong."""

import asyncio
from time import perf_counter
from typing import Any

import httpx

from interfaces.shapes import Summary
from tests.faults.processes import token


class Checker:
    """Asks a server for somebody's counts again and again: no request fails, and no count is wrong.

    Nobody reads and the person asked for says nothing, so a count can only grow, and is what the list says it is.
    """

    def __init__(self, url: str, user: str) -> None:
        self.asked = 0
        self.longest = 0.0
        """Of all answers, in seconds."""
        self._headers = {"Authorization": f"Bearer {token(user)}"}
        self._url = url
        self._seen: dict[str, int] = {}

    async def run(self, done: asyncio.Event) -> None:
        async with httpx.AsyncClient(base_url=self._url, headers=self._headers, timeout=30) as client:
            while not done.is_set():
                await self._check(client)

    async def _check(self, client: httpx.AsyncClient) -> None:
        listed = await self._get(client, "/api/conversations?limit=200")
        for summary in map(Summary.model_validate, listed["conversations"]):
            assert summary.unread_count == summary.last_number - summary.read_number
            assert summary.unread_count >= self._seen.get(summary.conversation_id, 0), "a count went back"
            self._seen[summary.conversation_id] = summary.unread_count
        unread = await self._get(client, "/api/unread")
        assert unread["total"] == sum(unread["conversations"].values())
        for conversation_id, count in unread["conversations"].items():
            assert count >= self._seen[conversation_id], "a count went back"

    async def _get(self, client: httpx.AsyncClient, path: str) -> Any:
        began = perf_counter()
        response = await client.get(path)
        self.longest = max(self.longest, perf_counter() - began)
        assert response.status_code == 200, response.text
        self.asked += 1
        return response.json()
