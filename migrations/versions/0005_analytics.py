"""The analytics projection's tables, the views that analysts may rely on, and the role that reads nothing else."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
INSERT INTO projections (name, position, generation) VALUES ('analytics', 0, 1);

CREATE SCHEMA analytics_1;

-- turn_sent_at: the first message of the run that last_sender_id has written since somebody else spoke.
CREATE TABLE analytics_1.conversations (
    conversation_id   uuid        NOT NULL PRIMARY KEY,
    kind              text        NOT NULL,
    created_at        timestamptz NOT NULL,
    participant_count int         NOT NULL,
    last_number       bigint      NOT NULL,
    last_sender_id    text,
    last_sent_at      timestamptz,
    turn_sent_at      timestamptz
) WITH (fillfactor = 80);

CREATE TABLE analytics_1.participants (
    conversation_id uuid        NOT NULL,
    user_id         text        NOT NULL,
    joined_at       timestamptz NOT NULL,
    removed_at      timestamptz,
    read_number     bigint      NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 80);

CREATE TABLE analytics_1.people (
    user_id       text        NOT NULL PRIMARY KEY,
    first_seen_at timestamptz NOT NULL
);

CREATE TABLE analytics_1.messages (
    conversation_id       uuid        NOT NULL,
    number                bigint      NOT NULL,
    sender_id             text        NOT NULL,
    length                int         NOT NULL,
    sent_at               timestamptz NOT NULL,
    imported              boolean     NOT NULL,
    response_milliseconds bigint,
    position              bigint      NOT NULL,
    PRIMARY KEY (conversation_id, number)
);
CREATE INDEX messages_by_time ON analytics_1.messages (sent_at);

-- A reading of several messages at once is one row: what is written does not grow with what was waiting.
CREATE TABLE analytics_1.reads (
    position        bigint      NOT NULL PRIMARY KEY,
    conversation_id uuid        NOT NULL,
    user_id         text        NOT NULL,
    first_number    bigint      NOT NULL,
    read_number     bigint      NOT NULL,
    read_at         timestamptz NOT NULL,
    read_count      bigint      NOT NULL,
    milliseconds    bigint      NOT NULL
);
CREATE INDEX reads_by_time ON analytics_1.reads (read_at);
CREATE INDEX reads_by_conversation ON analytics_1.reads (conversation_id, read_number);

CREATE TABLE analytics_1.conversation_days (
    day             date   NOT NULL,
    conversation_id uuid   NOT NULL,
    message_count   bigint NOT NULL,
    character_count bigint NOT NULL,
    PRIMARY KEY (day, conversation_id)
) WITH (fillfactor = 80);

CREATE TABLE analytics_1.people_days (
    day           date   NOT NULL,
    user_id       text   NOT NULL,
    message_count bigint NOT NULL,
    reading_count bigint NOT NULL,
    PRIMARY KEY (day, user_id)
) WITH (fillfactor = 80);
CREATE INDEX people_days_by_person ON analytics_1.people_days (user_id);

CREATE TABLE analytics_1.hours (
    hour            timestamptz NOT NULL PRIMARY KEY,
    message_count   bigint      NOT NULL,
    character_count bigint      NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE analytics_1.response_times (
    day            date     NOT NULL,
    step           smallint NOT NULL,
    response_count bigint   NOT NULL,
    milliseconds   bigint   NOT NULL,
    PRIMARY KEY (day, step)
) WITH (fillfactor = 80);

CREATE TABLE analytics_1.read_times (
    day          date     NOT NULL,
    step         smallint NOT NULL,
    read_count   bigint   NOT NULL,
    milliseconds bigint   NOT NULL,
    PRIMARY KEY (day, step)
) WITH (fillfactor = 80);

CREATE TABLE analytics_1.unread_days (
    day    date   NOT NULL PRIMARY KEY,
    change bigint NOT NULL
) WITH (fillfactor = 80);

SELECT copy_shape('analytics_1', 'analytics_0');
"""

View = tuple[str, str, dict[str, str], str]
"""Its name, what it is, what its columns are, and its query."""

KEY = {"conversation_id": "the conversation", "number": "the message's place in its conversation: 1, 2, 3 …"}
SPOKEN = {"message_count": "messages sent", "character_count": "characters (code points) in them"}
ACTIVE = {
    "active_count": "people who sent or read something",
    "sender_count": "people who sent something",
    "reader_count": "people who read something, told by their read place moving; an import's does not count",
}
STEP = {
    "at_least_seconds": "the step of the distribution: from so many seconds, inclusive",
    "below_seconds": "to so many, exclusive; null: no end",
}


def _active(unit: str) -> str:
    return f"""
        SELECT period AS {unit}, count(*) AS active_count, count(*) FILTER (WHERE message_count > 0) AS sender_count,
            count(*) FILTER (WHERE reading_count > 0) AS reader_count
        FROM (
            SELECT date_trunc('{unit}', day::timestamp)::date AS period, user_id, sum(message_count) AS message_count,
                sum(reading_count) AS reading_count
            FROM analytics_1.people_days GROUP BY 1, 2
        ) AS each GROUP BY 1"""


VIEWS: tuple[View, ...] = (
    (
        "version",
        "The version of this contract. Within a version, views and columns are added, never changed or removed.",
        {"version": "the version"},
        "SELECT 1 AS version",
    ),
    (
        "freshness",
        "What all other views reflect: the log up to a position.",
        {
            "position": "the last event of the log that they reflect",
            "reflected_at": "when that event was recorded; null while there is none",
            "first_day": "the first day on which anybody sent or read anything; null while there is none",
            "last_day": "the last such day",
        },
        """
        SELECT p.position, (SELECT e.recorded_at FROM public.events e WHERE e.notification_id = p.position)
                AS reflected_at,
            (SELECT min(d.day) FROM analytics_1.people_days d) AS first_day,
            (SELECT max(d.day) FROM analytics_1.people_days d) AS last_day
        FROM public.projections p WHERE p.name = 'analytics' AND p.shape = 1""",
    ),
    (
        "steps",
        "The steps of every distribution of times.",
        {"step": "their order", **STEP},
        """
        SELECT (row_number() OVER (ORDER BY s) - 1)::smallint AS step, s AS at_least_seconds,
            lead(s) OVER (ORDER BY s) AS below_seconds
        FROM unnest(ARRAY[0, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 86400,
            172800, 604800, 2592000]) AS s""",
    ),
    (
        "conversations",
        "Each conversation, without its title, which is private.",
        {
            "conversation_id": "the conversation",
            "kind": "direct or group",
            "created_at": "when it began; of an imported one, when its first message was sent",
            "participant_count": "people who take part now",
            "last_number": "the number of its last message, which is how many there are",
            "last_sender_id": "who sent it",
            "last_sent_at": "when",
        },
        """
        SELECT conversation_id, kind, created_at, participant_count, last_number, last_sender_id, last_sent_at
        FROM analytics_1.conversations""",
    ),
    (
        "participants",
        "Who takes part in what, or did.",
        {
            "conversation_id": "the conversation",
            "user_id": "the person",
            "joined_at": "when the person joined, the last time",
            "removed_at": "when the person left or was removed; null: takes part",
            "read_number": "the number that the person has read up to",
            "unread_count": "messages that wait to be read by the person; null for who takes no part",
        },
        """
        SELECT conversation_id, p.user_id, p.joined_at, p.removed_at, p.read_number,
            CASE WHEN p.removed_at IS NULL THEN c.last_number - p.read_number END AS unread_count
        FROM analytics_1.participants p JOIN analytics_1.conversations c USING (conversation_id)""",
    ),
    (
        "messages",
        "Each message, without its body, which is private.",
        {
            **KEY,
            "sender_id": "who sent it",
            "length": "its characters (code points)",
            "sent_at": "when it was sent; of an imported one, what its file says",
            "imported": "whether it came with a history",
            "response_milliseconds": "where it answers somebody else: how long after the first message since its "
            "sender had spoken last, at least 0; else null",
            "position": "its event's place in the log",
        },
        """
        SELECT conversation_id, number, sender_id, length, sent_at, imported, response_milliseconds, position
        FROM analytics_1.messages""",
    ),
    (
        "reads",
        "Each time that somebody read on: of one message or of several.",
        {
            "position": "its event's place in the log",
            "conversation_id": "the conversation",
            "user_id": "the reader",
            "first_number": "the first message that was read",
            "read_number": "the last one",
            "read_at": "when",
            "read_count": "messages read, without imported ones",
            "milliseconds": "from when they were sent to when they were read, the sum of all of them",
        },
        """
        SELECT position, conversation_id, user_id, first_number, read_number, read_at, read_count, milliseconds
        FROM analytics_1.reads""",
    ),
    (
        "message_reads",
        "Each message and each who read it, without imported ones. Made when it is asked for: narrow it.",
        {
            **KEY,
            "user_id": "the reader",
            "sent_at": "when it was sent",
            "read_at": "when it was read",
            "milliseconds": "the time between",
        },
        """
        SELECT conversation_id, m.number, r.user_id, m.sent_at, r.read_at,
            greatest(floor(extract(epoch FROM r.read_at - m.sent_at) * 1000), 0)::bigint AS milliseconds
        FROM analytics_1.messages m JOIN analytics_1.reads r USING (conversation_id)
        WHERE m.number BETWEEN r.first_number AND r.read_number AND NOT m.imported""",
    ),
    (
        "people",
        "Each person, without the name, which the log holds.",
        {
            "user_id": "the person",
            "first_seen_at": "when the person first took part in a conversation or signed in with a name",
            "message_count": "messages sent",
            "reading_count": "times that the person read on",
            "last_day": "the last day on which the person sent or read something; null: never did",
        },
        """
        SELECT p.user_id, p.first_seen_at, coalesce(d.message_count, 0) AS message_count,
            coalesce(d.reading_count, 0) AS reading_count, d.last_day
        FROM analytics_1.people p LEFT JOIN (
            SELECT user_id, sum(message_count)::bigint AS message_count, sum(reading_count)::bigint AS reading_count,
                max(day) AS last_day
            FROM analytics_1.people_days GROUP BY user_id
        ) AS d ON d.user_id = p.user_id""",
    ),
    (
        "daily_people",
        "What each person did on each day; a person who did nothing has no row.",
        {
            "day": "the day, of UTC",
            "user_id": "the person",
            "message_count": "messages sent",
            "reading_count": "times that the person read on",
        },
        "SELECT day, user_id, message_count, reading_count FROM analytics_1.people_days",
    ),
    (
        "daily_conversations",
        "What was said in each conversation on each day; one in which nothing was said has no row.",
        {"day": "the day, of UTC", "conversation_id": "the conversation", **SPOKEN},
        "SELECT day, conversation_id, message_count, character_count FROM analytics_1.conversation_days",
    ),
    (
        "daily_activity",
        "What was said on each day; a day without a message has no row.",
        {"day": "the day, of UTC", **SPOKEN, "conversation_count": "conversations in which they were sent"},
        """
        SELECT day, sum(message_count)::bigint AS message_count, sum(character_count)::bigint AS character_count,
            count(*) AS conversation_count
        FROM analytics_1.conversation_days GROUP BY day""",
    ),
    (
        "hourly_activity",
        "What was said in each hour; an hour without a message has no row.",
        {"hour": "when the hour began", **SPOKEN},
        "SELECT hour, message_count, character_count FROM analytics_1.hours",
    ),
    (
        "daily_active_people",
        "How many people were active on each day.",
        {"day": "the day, of UTC", **ACTIVE},
        """
        SELECT day, count(*) AS active_count, count(*) FILTER (WHERE message_count > 0) AS sender_count,
            count(*) FILTER (WHERE reading_count > 0) AS reader_count
        FROM analytics_1.people_days GROUP BY day""",
    ),
    (
        "weekly_active_people",
        "How many people were active in each week.",
        {"week": "the week's Monday", **ACTIVE},
        _active("week"),
    ),
    (
        "monthly_active_people",
        "How many people were active in each month.",
        {"month": "the month's first day", **ACTIVE},
        _active("month"),
    ),
    (
        "response_times",
        "How long answers took: from the first message of a turn (what one person writes until another one does) to "
        "the first of the next turn in that conversation.",
        {
            "day": "the day on which the answer was sent",
            **STEP,
            "response_count": "answers",
            "milliseconds": "the sum of their times",
        },
        """
        SELECT day, s.at_least_seconds, s.below_seconds, t.response_count, t.milliseconds
        FROM analytics_1.response_times t JOIN analytics.steps s USING (step)""",
    ),
    (
        "read_times",
        "How long it took until messages were read, by each of their readers; imported ones do not count.",
        {
            "day": "the day on which the message was sent",
            **STEP,
            "read_count": "messages read, each once a reader",
            "milliseconds": "the sum of their times",
        },
        """
        SELECT day, s.at_least_seconds, s.below_seconds, t.read_count, t.milliseconds
        FROM analytics_1.read_times t JOIN analytics.steps s USING (step)""",
    ),
    (
        "unread_backlog",
        "How much waits to be read: every message once for each participant who has not read it. What an import marks "
        "as read counts as read on the day it was sent. A day on which nothing changed has no row.",
        {"day": "the day, of UTC", "unread_count": "at its end", "change": "in the course of it"},
        """
        SELECT day, sum(change) OVER (ORDER BY day)::bigint AS unread_count, change
        FROM analytics_1.unread_days WHERE change <> 0""",
    ),
    (
        "growth",
        "How the place grows; a day on which nothing was new has no row.",
        {
            "day": "the day, of UTC",
            "new_people": "people first seen on it",
            "new_conversations": "conversations that began on it",
            "new_messages": "messages sent on it",
            "people_count": "people at its end",
            "conversation_count": "conversations at its end",
            "message_count": "messages at its end",
        },
        """
        SELECT day, new_people, new_conversations, new_messages,
            sum(new_people) OVER (ORDER BY day)::bigint AS people_count,
            sum(new_conversations) OVER (ORDER BY day)::bigint AS conversation_count,
            sum(new_messages) OVER (ORDER BY day)::bigint AS message_count
        FROM (
            SELECT day, sum(people)::bigint AS new_people, sum(conversations)::bigint AS new_conversations,
                sum(messages)::bigint AS new_messages
            FROM (
                SELECT (first_seen_at AT TIME ZONE 'UTC')::date, 1, 0, 0 FROM analytics_1.people
                UNION ALL
                SELECT (created_at AT TIME ZONE 'UTC')::date, 0, 1, 0 FROM analytics_1.conversations
                UNION ALL
                SELECT day, 0, 0, message_count FROM analytics_1.conversation_days
            ) AS news (day, people, conversations, messages) GROUP BY day
        ) AS days""",
    ),
)


def _contract(view: View) -> str:
    name, words, columns, query = view
    told = [(f"VIEW analytics.{name}", words)]
    told += [(f"COLUMN analytics.{name}.{column}", what) for column, what in columns.items()]
    comments = "".join(f"COMMENT ON {what} IS '{text.replace(chr(39), chr(39) * 2)}';\n" for what, text in told)
    return f"CREATE VIEW analytics.{name} AS {query};\n{comments}"


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(
        "CREATE SCHEMA analytics; COMMENT ON SCHEMA analytics IS 'How the messaging is used: what analysts may rely on'"
    )
    for view in VIEWS:
        op.execute(_contract(view))
