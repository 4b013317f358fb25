"""The people of the analysts: who has been heard of, and since when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection


async def save(connection: AsyncConnection[Any], schema: str, seen: Mapping[str, datetime]) -> None:
    """When people were seen; a history may tell later of what was earlier."""
    query = f"""
        INSERT INTO {schema}.people AS known (user_id, first_seen_at)
        SELECT * FROM unnest(%(user_ids)s::text[], %(times)s::timestamptz[])
        ON CONFLICT (user_id) DO UPDATE SET first_seen_at = excluded.first_seen_at
        WHERE excluded.first_seen_at < known.first_seen_at
    """.encode()
    await connection.execute(query, {"user_ids": list(seen), "times": list(seen.values())})
