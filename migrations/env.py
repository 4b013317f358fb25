"""Run by Alembic: one transaction, which `migrate` began and holds the lock in."""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo

attributes = context.config.attributes


def tell(ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:
    attributes["tell"](str(step.up_revision_id))


context.configure(connection=attributes["connection"], transactional_ddl=True, on_version_apply=tell)
context.run_migrations()
