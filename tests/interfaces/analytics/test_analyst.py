"""The analyst reads the schema analytics, and nothing else, however it is tried."""

import asyncio
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.base import Rejected
from interfaces.analytics.analyst import Analyst, NoAnalyst, analyst_url
from interfaces.postgres_user import ANALYST
from interfaces.settings import Settings
from interfaces.yielding import LAST
from migrations import migrate
from migrations.analyst import ROLE
from tests.analytics.filled import fill, recorded
from tests.database import Pools
from tests.interfaces.analytics.conftest import MakeAnalyst
from tests.projections.chat import said, started

Connection = psycopg.AsyncConnection[dict[str, Any]]

DENIED = "42501"
READ_ONLY = "25006"


async def refused(connection: Connection, query: str) -> str:
    """The code that a query is refused with."""
    with pytest.raises(psycopg.Error) as error:
        await connection.execute(query.encode())
    return error.value.sqlstate or ""


def test_the_role_is_called_the_same_everywhere() -> None:
    assert ROLE == ANALYST


async def test_it_signs_in_as_itself(signed_in: Connection) -> None:
    row = await (await signed_in.execute("SELECT session_user AS one, current_user AS other")).fetchone()
    assert row == {"one": ANALYST, "other": ANALYST}
    cursor = await signed_in.execute(
        """SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit
        FROM pg_roles WHERE rolname = current_user"""
    )
    assert list((await cursor.fetchone() or {}).values()) == [False, False, False, False, False, False, 10]


async def test_it_reads_every_view(signed_in: Connection) -> None:
    cursor = await signed_in.execute("SELECT viewname FROM pg_views WHERE schemaname = 'analytics'")
    names = [row["viewname"] for row in await cursor.fetchall()]
    assert len(names) == 20
    for name in names:
        await signed_in.execute(f"SELECT * FROM {name}".encode())


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM public.events",
        "SELECT state FROM public.events",
        "SELECT * FROM public.message_ids",
        "SELECT * FROM public.projections",
        "SELECT * FROM public.conversations",
        "SELECT last_preview FROM chat_1.conversations",
        "SELECT * FROM chat_1.people",
        "SELECT * FROM analytics_1.messages",
        "SELECT * FROM pg_authid",
        "SELECT * FROM pg_statistic",
        "SELECT public.append_events(NULL, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')",
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_read_binary_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_create(0)",
        "SELECT pg_advisory_lock(7811887861)",
        "SELECT pg_try_advisory_xact_lock(7811887861)",
        "SELECT pg_logical_emit_message(false, 'x', 'y')",
        "SELECT pg_reload_conf()",
        "SET ROLE litspark",
        "SET SESSION AUTHORIZATION litspark",
        "SET session_replication_role = replica",
        "COPY public.events TO STDOUT",
        "DO $$ BEGIN LOCK TABLE public.events IN ACCESS SHARE MODE; END $$",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
async def test_it_is_denied_all_else(signed_in: Connection, query: str) -> None:
    assert await refused(signed_in, query) == DENIED


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO analytics.version VALUES (1)",
        "UPDATE conversations SET kind = 'x'",
        "DELETE FROM messages",
        "CREATE TABLE analytics.mine (a int)",
        "CREATE TABLE public.mine (a int)",
        "CREATE TEMPORARY TABLE mine (a int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION analytics.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP VIEW messages",
        "COMMENT ON VIEW messages IS 'mine'",
        "CREATE ROLE another",
        "ALTER TABLE public.events ADD mine int",
        "TRUNCATE public.events",
    ],
)
async def test_it_writes_nothing_even_where_it_has_let_itself_write(signed_in: Connection, query: str) -> None:
    assert await refused(signed_in, query) in (READ_ONLY, DENIED, "55000")
    await signed_in.execute("SET default_transaction_read_only = off")
    assert await refused(signed_in, query) in (DENIED, "55000")  # into a view of several tables nobody can write


async def test_it_switches_to_nobody_and_back_to_nobody(signed_in: Connection) -> None:
    for query in ("RESET ROLE", "RESET SESSION AUTHORIZATION", "RESET ALL", "DISCARD ALL"):
        await signed_in.execute(query.encode())
        assert await refused(signed_in, "SELECT * FROM public.events") == DENIED
    assert await refused(signed_in, f"SET ROLE {ANALYST}; SELECT * FROM public.events") == DENIED


async def test_the_catalogue_tells_it_nothing_of_what_others_ask_or_write(signed_in: Connection, pools: Pools) -> None:
    secret = "nobody's business"
    await fill(pools, recorded(started("alice", "bob", title=secret), said("alice", secret)))
    async with pools.projecting.connection() as connection:
        await connection.execute(
            "INSERT INTO people SELECT 'secret-' || n, %s, n FROM generate_series(1, 99) n", [secret]
        )
        await connection.execute("ANALYZE")
        await connection.execute("SELECT %s", [secret])
    for view in ("pg_stats", "pg_stat_activity", "pg_prepared_statements", "pg_cursors"):
        rows = await (await signed_in.execute(f"SELECT * FROM {view}".encode())).fetchall()
        assert secret not in str(rows)


async def test_what_it_brings_along_bounds_it(signed_in: Connection) -> None:
    for name, value in {
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
        "default_transaction_read_only": "on",
        "max_parallel_workers_per_gather": "0",
        "search_path": "analytics",
        "work_mem": "64MB",
        "temp_file_limit": "2GB",
    }.items():
        row = await (await signed_in.execute(f"SHOW {name}".encode())).fetchone()
        assert row == {name: value}


async def test_a_long_query_is_ended(make_analyst: MakeAnalyst) -> None:
    with pytest.raises(Rejected, match=r"takes longer than 0\.05 s") as refused:
        async with make_analyst(analytics_timeout=0.05).snapshot() as connection:
            await connection.execute("SELECT pg_sleep(60)")
    assert refused.value.code == "unavailable"


async def test_it_yields_the_processor_to_a_chat_beside_it(analyst: Analyst) -> None:
    async with analyst.connection() as connection:
        backend = connection.info.backend_pid
        assert os.sched_getscheduler(backend) == os.SCHED_IDLE
        if (session := Path(f"/proc/{backend}/autogroup")).exists():
            assert session.read_text().endswith(f" nice {LAST}\n")


async def test_a_few_are_let_in_at_once(make_analyst: MakeAnalyst) -> None:
    analyst = make_analyst(analytics_connections=2)
    async with analyst.snapshot(), analyst.snapshot():
        with pytest.raises(Rejected, match="too many analysts"):
            await asyncio.create_task(_enter(analyst))
    await _enter(analyst)


async def _enter(analyst: Analyst) -> None:
    async with analyst.snapshot():
        pass


async def test_who_may_read_more_is_no_analyst(make_analyst: MakeAnalyst, database_url: str) -> None:
    analyst = make_analyst(analytics_database_url=database_url)
    with pytest.raises(NoAnalyst, match="litspark may read more than the schema analytics"):
        async with analyst.connection():
            pass
    with pytest.raises(Rejected, match="no database that they can sign in to"):
        await _enter(analyst)


async def test_nobody_to_sign_in_to_is_told(make_analyst: MakeAnalyst) -> None:
    analyst = make_analyst(analytics_database_url="postgresql://nobody@127.0.0.1:1/nowhere")
    with pytest.raises(NoAnalyst, match="LITSPARK_ANALYTICS_DATABASE_URL names a database that litspark_analyst"):
        async with analyst.connection():
            pass


def test_without_a_word_it_signs_in_to_the_chats_database_without_the_chats_password() -> None:
    url = analyst_url(Settings(), "postgresql://chat:secret@db.internal:6543/litspark?sslmode=require")
    assert conninfo_to_dict(url) == {
        "user": ANALYST,
        "host": "db.internal",
        "port": "6543",
        "dbname": "litspark",
        "sslmode": "require",
    }


class TestWhereTheChatsRoleMayMakeNone:
    """As on a managed PostgreSQL: who migrates owns the database, and can neither make roles nor is a superuser."""

    @pytest.fixture
    def owned(self, empty_database_url: str) -> Any:
        """The database's URL, its owner's connection options, and a superuser's connection to it."""
        name = conninfo_to_dict(empty_database_url)["dbname"]
        with psycopg.connect(empty_database_url, autocommit=True) as connection:
            connection.execute("DROP ROLE IF EXISTS test_owner")
            connection.execute("CREATE ROLE test_owner")
            connection.execute(f"ALTER DATABASE {name} OWNER TO test_owner")
            connection.execute(f"ALTER ROLE {ANALYST} RENAME TO hidden_analyst")
            try:
                yield f"{empty_database_url}&options=-c%20role%3Dtest_owner", connection
            finally:
                connection.execute(f"DROP OWNED BY {ANALYST}") if self._exists(connection) else None
                connection.execute(f"DROP ROLE IF EXISTS {ANALYST}")
                connection.execute(f"ALTER ROLE hidden_analyst RENAME TO {ANALYST}")
                connection.execute(f"ALTER DATABASE {name} OWNER TO litspark")
                connection.execute("DROP OWNED BY test_owner CASCADE")
                connection.execute("DROP ROLE test_owner")

    def _exists(self, connection: Any) -> bool:
        return bool(connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (ANALYST,)).rowcount)

    @pytest.mark.usefixtures("_template")
    def test_it_is_told_what_somebody_else_has_to_do_and_then_has_its_rights(self, owned: Any) -> None:
        url, superuser = owned
        lacking: list[str] = []
        migrate(url, lacking=lacking.append)
        assert lacking == [f"CREATE ROLE {ANALYST} LOGIN NOINHERIT CONNECTION LIMIT 10;"]
        for statement in lacking:
            superuser.execute(statement)
        for _ in range(2):
            lacking.clear()
            migrate(url, lacking=lacking.append)
            for statement in lacking:
                superuser.execute(statement)
        assert lacking == []
        readable = superuser.execute("SELECT has_table_privilege(%s, 'analytics.messages', 'SELECT')", (ANALYST,))
        assert readable.fetchone() == (True,)
        allowed = superuser.execute(
            "SELECT has_function_privilege(%s, 'pg_advisory_lock(bigint)', 'EXECUTE')", (ANALYST,)
        )
        assert allowed.fetchone() == (False,)
