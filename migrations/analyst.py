"""The role that reads the schema `analytics` and nothing else: made, or seen to, whenever a database is migrated."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

ROLE = "litspark_analyst"

MADE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} LOGIN NOINHERIT CONNECTION LIMIT 10;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN NULL;  -- `LACKING` tells of it
    WHEN duplicate_object OR unique_violation THEN NULL;  -- another database of the server was faster
END $$
"""

# One process at the most is busy with a query of an analyst: the others are the chat's.
BOUNDED = f"""
DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}' AND rolconfig IS NULL) THEN
        ALTER ROLE {ROLE} SET statement_timeout = '30s';
        ALTER ROLE {ROLE} SET idle_in_transaction_session_timeout = '60s';
        ALTER ROLE {ROLE} SET default_transaction_read_only = on;
        ALTER ROLE {ROLE} SET max_parallel_workers_per_gather = 0;
        ALTER ROLE {ROLE} SET search_path = analytics;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;  -- `LACKING` tells of it
END $$
"""

# PUBLIC is everybody, so what it may do, an analyst may. The log's lock is an advisory one: who can take it can keep
# the chat from writing. Large objects and logical messages are written without a right to any table.
ADMITTED = f"""
DO $$ DECLARE
    one regprocedure;
BEGIN
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        FOR one IN
            SELECT p.oid FROM pg_proc p
            WHERE p.pronamespace = 'pg_catalog'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
                AND p.proname ~ '^(pg_(try_)?advisory_.*|pg_logical_emit_message|lo_.*|lowrite|loread)$'
        LOOP
            EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one);
        END LOOP;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO {ROLE}', current_database());
        GRANT USAGE ON SCHEMA analytics TO {ROLE};
        GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO {ROLE};
    END IF;
END $$
"""

LACKING = f"""
WITH analyst AS (SELECT * FROM pg_roles WHERE rolname = '{ROLE}')
SELECT 'CREATE ROLE {ROLE} LOGIN NOINHERIT CONNECTION LIMIT 10' WHERE NOT EXISTS (SELECT FROM analyst)
UNION ALL
SELECT 'ALTER ROLE {ROLE} SET statement_timeout = ''30s''' FROM analyst
WHERE NOT coalesce(array_to_string(rolconfig, ' ') LIKE '%statement_timeout=%', false)
UNION ALL
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()) FROM analyst
WHERE has_database_privilege(oid, current_database(), 'TEMPORARY')
UNION ALL
SELECT 'REVOKE ALL ON SCHEMA public FROM PUBLIC' FROM analyst WHERE has_schema_privilege(oid, 'public', 'USAGE')
UNION ALL
SELECT format('REVOKE %I FROM {ROLE}', roleid::regrole) FROM pg_auth_members JOIN analyst ON member = analyst.oid
UNION ALL
SELECT 'REVOKE EXECUTE ON FUNCTION ' || string_agg(p.oid::regprocedure::text, ', ') || ' FROM PUBLIC'
FROM pg_proc p CROSS JOIN analyst
WHERE p.proname ~ '^pg_(try_)?advisory_.*lock' AND has_function_privilege(analyst.oid, p.oid, 'EXECUTE')
HAVING count(*) > 0
"""


def admit(connection: Connection, lacking: Callable[[str], None]) -> None:
    """Gives the role its rights, and takes from everybody else what it must not have.

    `lacking` hears the SQL of what takes more rights than ours; somebody who has them must run it.
    """
    if not connection.scalar(text("SELECT to_regnamespace('analytics') IS NOT NULL")):
        return
    for step in (MADE, BOUNDED, ADMITTED):
        connection.exec_driver_sql(step.replace("%", "%%"))
    rows: Any = connection.exec_driver_sql(LACKING.replace("%", "%%"))
    for (statement,) in rows:
        lacking(f"{statement};")
