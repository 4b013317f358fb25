"""The ledger: an entry an event, and the checkpoints that were signed."""

from alembic import op

revision = "0003"
down_revision = "0002"

UP = """
INSERT INTO projections (name, position, generation) VALUES ('ledger', 0, 1);

CREATE SCHEMA ledger_1;

-- chain: the hash of this event and of all before it. nodes: the hash of its leaf, then of the complete subtrees of the
-- Merkle tree that end with it, 32 bytes each. recorded_at: the event's, in microseconds since 1970.
CREATE TABLE ledger_1.entries (
    position    bigint NOT NULL PRIMARY KEY,
    chain       bytea  NOT NULL,
    nodes       bytea  NOT NULL,
    recorded_at bigint NOT NULL
);

-- What was signed. Of no generation: what a rebuilt ledger has to agree with.
CREATE TABLE checkpoints (
    size      bigint      NOT NULL,
    root      bytea       NOT NULL,
    chain     bytea       NOT NULL,
    signed_at timestamptz NOT NULL,
    key_id    text        NOT NULL,
    signature bytea       NOT NULL,
    PRIMARY KEY (size, key_id)
);
"""


def upgrade() -> None:
    op.execute(UP)
