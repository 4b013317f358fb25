"""The role that reads the schema `analytics` and nothing else: made, or seen to, whenever a database is migrated."""

from collections.abc import Callable
from typing import Any

import psycopg

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
        ALTER ROLE {ROLE} SET work_mem = '64MB';  -- else distinct people are sorted on disk
        IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            ALTER ROLE {ROLE} SET temp_file_limit = '2GB';
        END IF;
    END IF;
EXCEPTION WHEN insufficient_privilege THEN NULL;  -- `LACKING` tells of it
END $$
"""

# PUBLIC is everybody, so what it may do, an analyst may. The log's lock is an advisory one: who can take it can keep
# the chat from writing; of all but superusers the database's owner alone keeps it. Large objects and logical messages
# are written without a right to any table.
# Asked before it is done: who starts a server on a database that is as it has to be writes nothing.
ADMITTED = f"""
DO $$ DECLARE
    one record;
BEGIN
    IF has_schema_privilege('public', 'public', 'USAGE') THEN
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
    END IF;
    IF has_database_privilege('public', current_database(), 'TEMPORARY') THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
    FOR one IN
        SELECT p.oid::regprocedure AS function, d.datdba::regrole AS owner
        FROM pg_proc p JOIN pg_database d ON d.datname = current_database()
        WHERE has_function_privilege('public', p.oid, 'EXECUTE') AND (p.pronamespace = 'public'::regnamespace OR (
            p.pronamespace = 'pg_catalog'::regnamespace AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
            AND p.proname ~ '^(pg_(try_)?advisory_.*|pg_logical_emit_message|lo_.*|lowrite|loread)$'
        ))
    LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', one.function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', one.function, one.owner);
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        RETURN;
    END IF;
    IF NOT has_database_privilege('{ROLE}', current_database(), 'CONNECT') THEN
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO {ROLE}', current_database());
    END IF;
    IF NOT has_schema_privilege('{ROLE}', 'analytics', 'USAGE') THEN
        GRANT USAGE ON SCHEMA analytics TO {ROLE};
    END IF;
    FOR one IN
        SELECT oid::regclass AS view FROM pg_class
        WHERE relnamespace = 'analytics'::regnamespace AND relkind = 'v'
            AND NOT has_table_privilege('{ROLE}', oid, 'SELECT')
    LOOP
        EXECUTE format('GRANT SELECT ON %s TO {ROLE}', one.view);
    END LOOP;
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
SELECT format('GRANT EXECUTE ON FUNCTION %1$s TO %2$I; REVOKE EXECUTE ON FUNCTION %1$s FROM PUBLIC',
    string_agg(p.oid::regprocedure::text, ', '), current_user)
FROM pg_proc p CROSS JOIN analyst
WHERE p.proname ~ '^pg_(try_)?advisory_.*lock' AND has_function_privilege(analyst.oid, p.oid, 'EXECUTE')
HAVING count(*) > 0
"""


def admit(connection: "psycopg.Connection[Any]", lacking: Callable[[str], None]) -> None:
    """Gives the role its rights, and takes from everybody else what it must not have.

    `lacking` hears the SQL of what takes more rights than ours; somebody who has them must run it.
    """
    if connection.execute("SELECT to_regnamespace('analytics') IS NOT NULL").fetchone() != (True,):
        return
    for step in (MADE, BOUNDED, ADMITTED):
        connection.execute(step.encode())
    for (statement,) in connection.execute(LACKING.encode()).fetchall():
        lacking(f"{statement};")
