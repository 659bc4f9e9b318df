"""How a migration reaches the database: on a connection that is given, or the environment's."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from api.database import connected, disposing, opened
from api.migrations import metadata
from api.revisions import complete, render
from api.settings import Settings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata(),
        compare_type=True,
        compare_server_default=True,
        process_revision_directives=complete,
        render_item=render,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect_and_run() -> None:
    async with (
        opened(Settings.read()) as database,
        disposing(database.owner_engine()) as engine,
        connected(engine) as connection,
    ):
        await connection.rollback()  # so that each migration begins a transaction of its own
        await connection.run_sync(run)


if given := context.config.attributes.get("connection"):
    run(given)
else:
    asyncio.run(connect_and_run())
