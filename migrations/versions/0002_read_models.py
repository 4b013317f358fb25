"""The chat's read models: the conversation list, the unread counts, and the people."""

from alembic import op

revision = "0002"
down_revision = "0001"

UP = """
-- One row a projection: the position that its rows reflect, and the schema that holds them (name_generation).
CREATE TABLE projections (
    name       text   NOT NULL PRIMARY KEY,
    position   bigint NOT NULL,
    generation int    NOT NULL
);
INSERT INTO projections (name, position, generation) VALUES ('chat', 0, 1);

CREATE SCHEMA chat_1;

-- position: the last event that changed what every participant sees of it.
CREATE TABLE chat_1.conversations (
    conversation_id   uuid        NOT NULL PRIMARY KEY,
    kind              text        NOT NULL,
    title             text,
    owner_id          text,
    participant_count int         NOT NULL,
    last_number       bigint      NOT NULL,
    last_message_id   uuid,
    last_sender_id    text,
    last_preview      text,
    last_sent_at      timestamptz,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    position          bigint      NOT NULL
) WITH (fillfactor = 80);

-- A participant's place. position: the last event that changed this row; read_position: the last MessagesRead that
-- moved the place; removed_position: of the removal, for who takes part no more.
CREATE TABLE chat_1.participants (
    conversation_id  uuid        NOT NULL,
    user_id          text        NOT NULL,
    joined_at        timestamptz NOT NULL,
    joined_position  bigint      NOT NULL,
    joined_order     int         NOT NULL,
    read_number      bigint      NOT NULL,
    read_position    bigint      NOT NULL,
    position         bigint      NOT NULL,
    removed_position bigint,
    PRIMARY KEY (conversation_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX participants_by_user ON chat_1.participants (user_id);

CREATE TABLE chat_1.people (
    user_id  text   NOT NULL PRIMARY KEY,
    name     text,
    position bigint NOT NULL
);
CREATE INDEX people_by_id ON chat_1.people (lower(user_id) text_pattern_ops);
CREATE INDEX people_by_name ON chat_1.people (lower(name) text_pattern_ops);

CREATE VIEW conversations AS SELECT * FROM chat_1.conversations;
CREATE VIEW participants AS SELECT * FROM chat_1.participants;
CREATE VIEW people AS SELECT * FROM chat_1.people;
"""


def upgrade() -> None:
    op.execute(UP)
