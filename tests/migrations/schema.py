"""A database's shape as text that people can read: `python -m tests.migrations.schema DATABASE_URL`."""

import sys
from itertools import groupby

import psycopg

COLUMNS = """
    SELECT table_schema || '.' || table_name, column_name || ' ' || data_type
        || CASE data_type WHEN 'ARRAY' THEN ' of ' || udt_name ELSE '' END
        || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END || coalesce(' DEFAULT ' || column_default, '')
    FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
    ORDER BY table_schema, table_name, ordinal_position"""

KEYS = """
    SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f', 'c', 'x') AND connamespace NOT IN ('pg_catalog'::regnamespace,
        'information_schema'::regnamespace)
    ORDER BY 1, 2"""

INDEXES = """
    SELECT indexdef FROM pg_indexes WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY indexdef"""

VIEWS = """
    SELECT view_schema || '.' || view_name, table_schema || '.' || table_name FROM information_schema.view_table_usage
    WHERE view_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2"""

FUNCTIONS = """
    SELECT format('%s.%s(%s) %s %s', p.pronamespace::regnamespace, p.proname, pg_get_function_arguments(p.oid),
        l.lanname, CASE p.provolatile WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END)
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1"""


def describe(database_url: str) -> str:
    with psycopg.connect(database_url) as connection:
        columns = connection.execute(COLUMNS).fetchall()
        parts = [
            [table, *(f"  {column}" for _, column in of_table)]
            for table, of_table in groupby(columns, key=lambda row: row[0])
        ]
        parts.append(["keys", *(f"  {table}: {key}" for table, key in connection.execute(KEYS))])
        parts.append(["indexes", *(f"  {index}" for (index,) in connection.execute(INDEXES))])
        parts.append(["views", *(f"  {view} of {table}" for view, table in connection.execute(VIEWS))])
        parts.append(["functions", *(f"  {function}" for (function,) in connection.execute(FUNCTIONS))])
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(describe(sys.argv[1]))
