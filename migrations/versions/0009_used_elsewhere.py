"""The function that writes the log asks after the first use of what it did not write, and of nothing else."""

from alembic import op

revision = "0009"
down_revision = "0008"

UP = """
CREATE OR REPLACE FUNCTION append_events(
    append_id uuid,
    streams uuid[], given_versions bigint[], topics text[], states bytea[], message_ids uuid[], content_hashes bytea[],
    expected_streams uuid[], expected_versions bigint[], asked_ids uuid[],
    OUT preceding bigint, OUT recorded_at timestamptz, OUT failed uuid[], OUT positions bigint[], OUT versions bigint[],
    OUT used_ids uuid[], OUT used_positions bigint[], OUT used_numbers bigint[], OUT used_hashes bytea[],
    OUT used_at timestamptz[]
) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- The first statement: what follows takes its snapshot after the lock, so insert order is commit order.
    PERFORM pg_advisory_xact_lock(7811887861);

    SELECT a.preceding, a.recorded_at, a.positions, a.versions INTO preceding, recorded_at, positions, versions
    FROM appends a WHERE a.append_id = append_events.append_id;
    failed := '{}';

    IF NOT FOUND THEN
        SELECT e.notification_id, e.recorded_at INTO preceding, recorded_at
        FROM events e ORDER BY e.notification_id DESC LIMIT 1;
        preceding := coalesce(preceding, 0);
        -- A clock set back must not give two positions one instant's order reversed. GREATEST passes over NULL.
        recorded_at := greatest(clock_timestamp(), recorded_at);

        failed := array(
            SELECT x.stream FROM unnest(expected_streams, expected_versions) AS x (stream, version)
            WHERE x.version <> coalesce(
                (SELECT max(e.originator_version) FROM events e WHERE e.originator_id = x.stream), 0)
        );
        IF cardinality(failed) > 0 THEN
            RETURN;
        END IF;

        positions := '{}';
        versions := '{}';
        IF cardinality(streams) > 0 THEN
            WITH offered AS (
                SELECT * FROM unnest(streams, given_versions, topics, states, message_ids, content_hashes)
                    WITH ORDINALITY AS o (stream, version, topic, state, message_id, content_hash, n)
            ), lasts AS (
                SELECT s.stream, coalesce(
                    (SELECT max(e.originator_version) FROM events e WHERE e.originator_id = s.stream), 0) AS version
                FROM (SELECT DISTINCT o.stream FROM offered o) s
            ), fresh AS (
                SELECT o.n, o.stream, o.topic, o.state, o.message_id, o.content_hash,
                    append_events.preceding + row_number() OVER (ORDER BY o.n) AS position,
                    coalesce(o.version, l.version + row_number() OVER (PARTITION BY o.stream ORDER BY o.n)) AS version
                FROM offered o JOIN lasts l USING (stream)
                -- Not by NOT EXISTS: a plan made while the table was small would hash all of it, at every append.
                WHERE (SELECT m.position FROM message_ids m WHERE m.message_id = o.message_id) IS NULL
            ), written AS (
                INSERT INTO events (notification_id, originator_id, originator_version, topic, state, recorded_at)
                SELECT f.position, f.stream, f.version, f.topic, f.state, append_events.recorded_at
                FROM fresh f ORDER BY f.position
            ), noted AS (
                INSERT INTO message_ids (message_id, position, number, content_hash)
                SELECT f.message_id, f.position, f.version, f.content_hash FROM fresh f WHERE f.message_id IS NOT NULL
            )
            SELECT array_agg(f.position ORDER BY o.n), array_agg(f.version ORDER BY o.n) INTO positions, versions
            FROM offered o LEFT JOIN fresh f USING (n);

            INSERT INTO appends (append_id, preceding, recorded_at, positions, versions)
            VALUES (append_events.append_id, append_events.preceding, append_events.recorded_at,
                append_events.positions, append_events.versions);
            IF preceding / 1000 <> (preceding + cardinality(streams)) / 1000 THEN
                DELETE FROM appends a WHERE a.recorded_at < append_events.recorded_at - interval '1 hour';
            END IF;
            PERFORM pg_notify('events', '');
        END IF;
    END IF;

    -- What was written had not been used: nearly always that is all, and there is nothing to look for once more.
    asked_ids := asked_ids || array(
        SELECT o.message_id FROM unnest(message_ids, positions) AS o (message_id, position)
        WHERE o.message_id IS NOT NULL AND o.position IS NULL
    );
    SELECT coalesce(array_agg(m.message_id), '{}'), coalesce(array_agg(m.position), '{}'),
        coalesce(array_agg(m.number), '{}'), coalesce(array_agg(m.content_hash), '{}'),
        coalesce(array_agg(e.recorded_at), '{}')
    INTO used_ids, used_positions, used_numbers, used_hashes, used_at
    FROM message_ids m JOIN events e ON e.notification_id = m.position
    WHERE m.message_id = ANY (asked_ids) AND m.position <= append_events.preceding;
END
$$;
"""


def upgrade() -> None:
    op.execute(UP)
