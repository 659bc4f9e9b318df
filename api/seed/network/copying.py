"""Rows by COPY into bare tables: constraints and indexes go before it and come back after it.

What comes back is what PostgreSQL itself says was there, so nothing here can drift from the
models. All of it is one transaction: nobody ever sees a table without them.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from pydantic_core import PydanticUndefined
from sqlalchemy.dialects.postgresql import JSONB

from api.errors import CannotProceed
from api.progress import Report
from schema.access.rules import SYSTEM
from schema.base import Row, stored_columns
from schema.reading import settings_of

LOCK_TIMEOUT = "5s"
Rows = Sequence[asyncpg.Record]

#: Foreign keys from and to the tables; unique and exclusion constraints, with their indexes.
CONSTRAINTS = """
select conrelid::regclass::text as of, quote_ident(conname) as name,
       pg_get_constraintdef(oid) as definition
from pg_constraint
where conrelid = any ($1::text[]::regclass[]) and contype in ('u', 'x', 'f')
   or confrelid = any ($1::text[]::regclass[]) and contype = 'f'
order by contype = 'f', conname
"""
#: The other indexes, once those are gone.
INDEXES = """
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index
where indrelid = any ($1::text[]::regclass[]) and not indisprimary
order by 1
"""


class Sheet:
    """The rows of one table that wait for their COPY, with the defaults of its class."""

    def __init__(self, model: type[Row], ids: Iterator[UUID], made_at: datetime) -> None:
        self.table = str(model.__tablename__)
        self.columns = [each.name for each in stored_columns(model) if each.computed is None]
        fields = model.model_fields
        stated = {name: each.default for name, each in fields.items()}
        self._defaults: dict[str, Any] = {
            **{name: value for name, value in stated.items() if value is not PydanticUndefined},
            **{name: [] for name, each in fields.items() if each.default_factory is list},
            "created_at": made_at,
        }
        documents = {
            each.name: each.type for each in stored_columns(model) if isinstance(each.type, JSONB)
        }
        self._documents = set(documents)
        self._nullable = {name for name, kind in documents.items() if kind.none_as_null}
        self._ids = ids
        self.rows: list[tuple[Any, ...]] = []

    def add(self, **values: Any) -> UUID:
        """One more row; its id."""
        row = self._defaults | values
        given: UUID = row.setdefault("id", None) or next(self._ids)
        row["id"] = given
        for name in self._documents:
            if row[name] is None and name in self._nullable:
                continue  # NULL, not JSON's null
            row[name] = orjson.dumps(row[name]).decode()
        self.rows.append(tuple(map(row.__getitem__, self.columns)))
        return given


class Sheets:
    """A sheet for each table of one part of the network."""

    def __init__(self, models: Iterable[type[Row]], ids: Iterator[UUID], made_at: datetime) -> None:
        self._sheets = {each: Sheet(each, ids, made_at) for each in models}

    def add(self, model: type[Row], **values: Any) -> UUID:
        return self._sheets[model].add(**values)

    async def copy(self, connection: asyncpg.Connection, *, at_least: int) -> int:
        """COPY what waits, if there are so many rows; how many were copied."""
        waiting = sum(len(each.rows) for each in self._sheets.values())
        if waiting < at_least:
            return 0
        for sheet in self._sheets.values():
            await connection.copy_records_to_table(
                sheet.table, records=sheet.rows, columns=sheet.columns
            )
            sheet.rows = []
        return waiting


@asynccontextmanager
async def bare(
    connection: asyncpg.Connection, models: Iterable[type[Row]], progress: Report
) -> AsyncIterator[None]:
    """The tables of these models as COPY likes them, for the system, within a transaction.

    The owner is held by row-level security too (FORCE), and COPY FROM refuses whoever is: for this
    while, the owner is not. Raises: CannotProceed where somebody else uses the tables.
    """
    tables = [str(each.__tablename__) for each in models]
    await introduce(connection)
    try:
        constraints, indexes = await _lay_bare(connection, tables)
    except asyncpg.LockNotAvailableError:
        raise CannotProceed("The database is in use: stop `serve`, then seed again.") from None
    yield
    statements = [
        *(each["definition"] for each in indexes),
        *(
            f"alter table {each['of']} add constraint {each['name']} {each['definition']}"
            for each in constraints
        ),
        *(f"alter table {table} enable trigger user" for table in tables),
        *(f"alter table {table} force row level security" for table in tables),
        *(f"analyze {table}" for table in tables),
    ]
    await _execute_all(connection, statements, progress)


async def _lay_bare(connection: asyncpg.Connection, tables: Sequence[str]) -> tuple[Rows, Rows]:
    """What was taken from the tables: constraints, and the indexes of no constraint."""
    for table in tables:
        await connection.execute(f"alter table {table} no force row level security")
        await connection.execute(f"alter table {table} disable trigger user")
    constraints = await connection.fetch(CONSTRAINTS, tables)
    for each in reversed(constraints):
        await connection.execute(f"alter table {each['of']} drop constraint {each['name']}")
    indexes = await connection.fetch(INDEXES, tables)
    for each in indexes:
        await connection.execute(f"drop index {each['name']}")
    return constraints, indexes


async def introduce(connection: asyncpg.Connection) -> None:
    """As the system: tables that are only referred to stay under their policies."""
    settings = settings_of(SYSTEM)
    await connection.execute(
        "select set_config('app.actor_kind', $1, true), set_config('app.all_clinics', $2, true)",
        settings["kind"],
        settings["every"],
    )
    for each in (f"lock_timeout = '{LOCK_TIMEOUT}'", "maintenance_work_mem = '256MB'"):
        await connection.execute(f"set local {each}")


async def _execute_all(
    connection: asyncpg.Connection, statements: Sequence[str], progress: Report
) -> None:
    for number, each in enumerate(statements, 1):
        await connection.execute(each)
        progress("Constraints", number, len(statements))
