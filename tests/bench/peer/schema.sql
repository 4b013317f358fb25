CREATE TABLE users (
    user_id text NOT NULL PRIMARY KEY,
    name    text NOT NULL
);

CREATE TABLE conversations (
    conversation_id uuid        NOT NULL PRIMARY KEY,
    kind            text        NOT NULL,
    title           text,
    last_number     int         NOT NULL DEFAULT 0,
    last_message    jsonb,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE participants (
    conversation_id uuid NOT NULL REFERENCES conversations,
    user_id         text NOT NULL,
    unread_count    int  NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX participants_by_user ON participants (user_id);

CREATE TABLE messages (
    message_id      uuid        NOT NULL PRIMARY KEY,
    conversation_id uuid        NOT NULL REFERENCES conversations,
    number          int         NOT NULL,
    sender_id       text        NOT NULL,
    body            text        NOT NULL,
    sent_at         timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, number)
);
