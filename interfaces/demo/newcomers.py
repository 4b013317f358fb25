"""Who has signed in: found by searching for people, as any client can."""

import asyncio
from collections.abc import Awaitable, Callable
from string import ascii_lowercase, digits

import aiohttp

from interfaces.demo.cast import PEOPLE
from interfaces.shapes import Users

MANY = 20
"""Where there are more at first, it is no trial: only who comes later is a newcomer."""


class Newcomers:
    """`token` is asked at each search. Names are by user_id."""

    def __init__(self, url: str, token: Callable[[], str]) -> None:
        self._url = url
        self._token = token
        self._known: set[str] = set(PEOPLE)

    async def at_first(self) -> dict[str, str]:
        """Those who are there already, if they are few."""
        found = await self._search()
        return found if len(found) <= MANY else {}

    async def watch(self, came: Callable[[str, str, str], Awaitable[None]], every: float) -> None:
        """Tells of everybody who comes, until it is stopped; `every` is in seconds."""
        while True:
            await asyncio.sleep(every)
            for user_id, name in (await self._search()).items():
                for spoken in ("fr", "en"):
                    await came(user_id, name, spoken)

    async def _search(self) -> dict[str, str]:
        """Those who were not known before. Where the server does not answer, nobody."""
        found: dict[str, str] = {}
        headers = {"Authorization": f"Bearer {self._token()}"}
        try:
            async with aiohttp.ClientSession(self._url, headers=headers) as http:
                for letter in ascii_lowercase + digits:
                    async with http.get("/api/users", params={"q": letter}, raise_for_status=True) as response:
                        users = Users.model_validate(await response.json(), extra="ignore").users
                    found |= {one.user_id: one.name for one in users}
                    await asyncio.sleep(0.1)  # two searches a letter would still be well within the rate
        except (aiohttp.ClientError, TimeoutError):
            found = {}
        new = {user_id: name for user_id, name in found.items() if user_id not in self._known}
        self._known |= new.keys()
        return new
