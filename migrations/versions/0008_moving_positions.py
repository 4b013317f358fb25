"""The row of a projection's position is found at once, however many versions of it somebody's snapshot keeps."""

from alembic import op

revision = "0008"
down_revision = "0007"

UP = """
-- It moves hundreds of times a second, and while a back-up or an analyst holds a snapshot no version of it can be
-- cleared away. Looked for by what does not move, all of them would be gone through, each time: after two minutes of
-- 500 messages a second a delivery took fifteen times as long. By this key each version has a place of its own, the
-- newest being the last. That there is one row for each shape is seen to by who adds it, under the lock of a rebuild.
ALTER TABLE projections DROP CONSTRAINT projections_pkey, ADD PRIMARY KEY (name, shape, position);

-- By that key, too, where the connection may choose: a plan made while the table was small would go through all of it.
CREATE FUNCTION projection_place(wanted_name text, wanted_shape int)
    RETURNS TABLE (name text, "position" bigint, generation int)
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY SELECT p.name, p.position, p.generation FROM projections p
        WHERE p.name = wanted_name AND p.shape = wanted_shape ORDER BY p.position DESC LIMIT 1;
END
$$;
"""


def upgrade() -> None:
    op.execute(UP)
