"""Who sent or read something in each week and month: kept, so that no question has to tell a year's people apart."""

from alembic import op
from sqlalchemy import text

revision = "0006"
down_revision = "0005"

# The rows that serve get the tables in place, for all that they need is in the days. The shape is raised before they
# are filled: a batch that is under way is waited for, and a server of the version before, which would not write to
# them, finds nothing of its shape from then on and leaves the analytics to the first one of this version.
RAISED = "UPDATE projections SET shape = 2 WHERE name = 'analytics' RETURNING generation"


def _tables(schema: str, unit: str) -> str:
    return f"""
        CREATE TABLE {schema}.people_{unit}s (
            {unit} date NOT NULL,
            user_id text NOT NULL,
            sent boolean NOT NULL,
            read boolean NOT NULL,
            PRIMARY KEY ({unit}, user_id)
        ) WITH (fillfactor = 80);"""


def _filled(schema: str, unit: str) -> str:
    return f"""
        INSERT INTO {schema}.people_{unit}s
        SELECT date_trunc('{unit}', day::timestamp)::date AS {unit}, user_id, bool_or(message_count > 0),
            bool_or(reading_count > 0)
        FROM {schema}.people_days GROUP BY 1, 2;"""


def _view(schema: str, unit: str) -> str:
    return f"""
        CREATE OR REPLACE VIEW analytics.{unit}ly_active_people AS
        SELECT {unit}, count(*) AS active_count, count(*) FILTER (WHERE sent) AS sender_count,
            count(*) FILTER (WHERE read) AS reader_count
        FROM {schema}.people_{unit}s GROUP BY {unit};"""


def _freshness(schema: str) -> str:
    return f"""
        CREATE OR REPLACE VIEW analytics.freshness AS
        SELECT p.position, (SELECT e.recorded_at FROM public.events e WHERE e.notification_id = p.position)
                AS reflected_at,
            (SELECT min(d.day) FROM {schema}.people_days d) AS first_day,
            (SELECT max(d.day) FROM {schema}.people_days d) AS last_day
        FROM public.projections p WHERE p.name = 'analytics' AND p.shape = 2;"""


def upgrade() -> None:
    generation = op.get_bind().execute(text(RAISED)).scalar_one()
    schema = f"analytics_{generation}"
    for unit in ("week", "month"):
        op.execute(_tables("analytics_0", unit) + _tables(schema, unit) + _filled(schema, unit) + _view(schema, unit))
    op.execute(_freshness(schema))
