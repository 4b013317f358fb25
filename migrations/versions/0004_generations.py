"""Generations of a projection's tables: how the next one comes to be beside the one that serves."""

from alembic import op

revision = "0004"
down_revision = "0003"

UP = """
-- Code serves the rows of the shape that it knows; a row for each shape that is served.
ALTER TABLE projections ADD COLUMN shape int NOT NULL DEFAULT 1;
ALTER TABLE projections DROP CONSTRAINT projections_pkey, ADD PRIMARY KEY (name, shape);

-- The generations that do not serve: one that is being built (position: how far), and those that have served
-- (retired_at: until when), whose schemas go a minute later.
CREATE TABLE generations (
    name       text   NOT NULL,
    generation int    NOT NULL,
    shape      int    NOT NULL,
    position   bigint NOT NULL,
    retired_at timestamptz,
    PRIMARY KEY (name, generation)
);

-- Makes a schema with the tables of another one, empty.
CREATE FUNCTION copy_shape(source text, target text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made record;
BEGIN
    EXECUTE format('CREATE SCHEMA %I', target);
    FOR made IN
        SELECT c.relname, 'WITH (' || array_to_string(c.reloptions, ', ') || ')' AS storage
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = source AND c.relkind = 'r' ORDER BY c.relname
    LOOP
        EXECUTE format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING ALL) %s',
            target, made.relname, source, made.relname, made.storage);
    END LOOP;
END
$$;

-- For a prefix that many people's names begin with: the first of them, by name, without sorting all.
CREATE INDEX people_by_called ON chat_1.people (coalesce(name, user_id), user_id);

-- Generation 0 of a projection never holds a row: it is the pattern that all later ones are cut by. Who gives a
-- projection another shape changes its pattern, and not the tables in use.
SELECT copy_shape('chat_1', 'chat_0');
"""


def upgrade() -> None:
    op.execute(UP)
