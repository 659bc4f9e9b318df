"""What every table has: a UUIDv7 key, a creation time, predictable names, and a kind.

The kind of a table says who may see a row at the second wall, row-level security. It is declared
by each class as `kind`, turned into policies by `security`, and written out in the migration.
"""

from collections.abc import Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar, cast
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Executable,
    Numeric,
    Sequence,
    String,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UuidType
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from schema.errors import DomainError
from schema.reading import Snapshot
from schema.scope import EVERYWHERE, Scope
from schema.statements import Bound, Given, built_once

#: What a SELECT runs in: a read-only transaction on the driver, or a transaction that also writes.
Reader = AsyncSession | Snapshot

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Each setting is read inside `(select …)`, so that the planner reads it once per statement.
EVERY_CLINIC = "(select current_setting('app.all_clinics', true) = 'on')"
MY_CLINICS = "(select nullif(current_setting('app.clinics', true), '')::uuid[])::uuid[]"
MYSELF = "(select nullif(current_setting('app.actor', true), '')::uuid)"
SOMEBODY = "(select coalesce(current_setting('app.actor_kind', true), '') not in ('', 'NOBODY'))"


@dataclass(frozen=True, slots=True)
class Kind:
    """Who sees a row (`visible`) and who may write it (`written`), as SQL conditions.

    `added` says who may insert, where that is not who may write.
    """

    name: str
    visible: str
    written: str
    added: str | None = None


def tenant(column: str = "clinic_id") -> Kind:
    """A row belongs to the clinic in `column`."""
    condition = f"{EVERY_CLINIC} or {column} = any ({MY_CLINICS})"
    return Kind("tenant", condition, condition)


def shared(visible: str = SOMEBODY) -> Kind:
    """A row is everybody's who signed in, and HQ's to write."""
    return Kind("shared", f"{EVERY_CLINIC} or {visible}", EVERY_CLINIC)


def personal(visible: str, written: str = "false", added: str | None = None) -> Kind:
    """A row is about a person, and visible through an assignment; sign-in reads as the system."""
    return Kind(
        "personal",
        *(f"{EVERY_CLINIC} or {each}" for each in (visible, written, added or written)),
    )


TENANT = tenant()
SHARED = shared()


def new_id() -> UUID:
    """A UUIDv7: unique, and ascending in time, so that indexes grow at their end."""
    return uuid_utils.compat.uuid7()


class Row(SQLModel):
    """The base of every table."""

    kind: ClassVar[Kind]
    #: Statements that follow CREATE TABLE (triggers and the like); the migration holds them too.
    ddl: ClassVar[tuple[str, ...]] = ()
    #: Columns that no read shows, so that none selects them; entities have them.
    unread: ClassVar[frozenset[str]] = frozenset({"created_at"})

    id: UUID = Field(default_factory=new_id, primary_key=True)
    created_at: datetime = Field(
        default=None,
        sa_type=DateTime(timezone=True),
        sa_column_kwargs={"server_default": func.clock_timestamp()},
    )


R = TypeVar("R", bound=Row)


def tables() -> dict[str, type[Row]]:
    """Every table's class by the table's name."""
    mappers = SQLModel._sa_registry.mappers
    return {each.local_table.name: each.class_ for each in mappers}  # type: ignore[attr-defined]  # a mapped class has a Table


POLICIES = ("selected", "inserted", "updated", "deleted")


def security(table: str, kind: Kind) -> list[str]:
    """The statements that put a table behind row-level security."""
    return [
        f"alter table {table} enable row level security",
        f"alter table {table} force row level security",
        f"create policy selected on {table} for select using ({kind.visible})",
        f"create policy inserted on {table} for insert with check ({kind.added or kind.written})",
        f"create policy updated on {table} for update using ({kind.written})",
        f"create policy deleted on {table} for delete using ({kind.written})",
    ]


def instant(**kwargs: Any) -> Any:
    """A `timestamptz` column."""
    return Field(sa_type=cast(Any, DateTime(timezone=True)), **kwargs)


def millimetres(**kwargs: Any) -> Any:
    """A `numeric(4, 2)` column: needle depths."""
    return Field(sa_type=cast(Any, Numeric(4, 2)), **kwargs)


def code_text(**kwargs: Any) -> Any:
    """A text column that lists are sorted by: byte by byte, so that its index serves cursors."""
    return Field(sa_type=cast(Any, String(collation="C")), **kwargs)


def choice(kind: type[StrEnum], **kwargs: Any) -> Any:
    """A text column for an enum; pair it with `one_of` in `__table_args__`.

    Text, because comparing PostgreSQL's own enums is not leakproof, so that under row-level
    security their indexes would go unused.
    """
    return Field(sa_type=String, **kwargs)


#: One number space for whatever can be booked: rooms, devices, practitioners, clients.
RESOURCE_NUMBERS = Sequence("resource_numbers", metadata=SQLModel.metadata)


def resource_number() -> Any:
    """The column with the number by which the calendar knows a bookable resource."""
    return Field(
        default=None,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": RESOURCE_NUMBERS.next_value(), "unique": True},
    )


def one_of(column: str, kind: type[StrEnum]) -> CheckConstraint:
    """The check that `column` holds a member of `kind`."""
    members = ", ".join(f"'{each}'" for each in kind)
    return CheckConstraint(f"{column} in ({members})", name=f"{column}_known")


def among(column: Any, keys: Iterable[Any]) -> ColumnElement[bool]:
    """`column = any(:keys)`: one parameter and one plan, however many keys."""
    kind = ARRAY(column.type if not isinstance(column.type, UuidType) else UuidType(as_uuid=True))
    condition: ColumnElement[bool] = column == any_(list_of(keys, kind))
    return condition


def list_of(keys: Iterable[Any], kind: ARRAY[Any]) -> BindParameter[Any]:
    """Keys as one parameter; those that stand for any, in a statement built once, by their name."""
    if isinstance(keys, Given):
        return bindparam(keys.name, type_=kind)
    return bindparam(None, list(keys), type_=kind)


def stored_columns(model: type[Row]) -> SequenceOf[Column[Any]]:
    """All columns of a table."""
    return list(model.__table__.columns)  # type: ignore[attr-defined]  # SQLModel sets __table__


def columns(model: type[Row]) -> SequenceOf[Column[Any]]:
    """The columns of a table that a read selects, instead of entities."""
    return [each for each in stored_columns(model) if each.key not in model.unread]


async def execute(session: Reader, statement: Any) -> Any:
    """The result of any statement. (`AsyncSession.exec` is typed for SQLModel's own select.)"""
    if isinstance(session, Snapshot):
        return await session.execute(statement)
    if isinstance(statement, Bound):
        return await session.exec(statement.built.statement, params=statement.values)  # type: ignore[call-overload]  # any SELECT
    return await session.exec(statement)


async def fetch(session: Reader, model: type[R], query: Executable | Bound) -> list[R]:
    """The rows that `query` finds, with the attributes of `model`: plain tuples, not entities."""
    found = await execute(session, query)
    return cast("list[R]", found if isinstance(found, list) else list(found))


async def fetch_one(session: Reader, model: type[R], query: Executable | Bound) -> R | None:
    """The one row that `query` finds, as `fetch` does."""
    rows = await fetch(session, model, query)
    return rows[0] if rows else None


async def fetch_among(
    session: Reader,
    model: type[R],
    column: Any,
    keys: SequenceOf[Any],
    scope: Scope = EVERYWHERE,
    clinic: Any = None,
) -> list[R]:
    """The rows whose `column` holds one of `keys`; `clinic` is the column that `scope` bounds."""
    return await fetch(session, model, _among(model, column, keys, scope, clinic))


@built_once
def _among(
    model: type[Row], column: Any, keys: SequenceOf[Any], scope: Scope, clinic: Any
) -> Executable:
    query = select(*columns(model)).where(among(column, keys))
    return query if clinic is None else query.where(scope.where(clinic))


def named(model: Any, key: UUID | str) -> ColumnElement[bool]:
    """The condition that a row has this id or, in whatever case, this code."""
    condition: ColumnElement[bool] = (
        model.id == key if isinstance(key, UUID) else model.code == key.strip().upper()
    )
    return condition


async def insert(session: AsyncSession, row: Row, *, taken: DomainError) -> None:
    """Insert `row`; if a constraint says no, raise `taken` and keep the transaction."""
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise taken from error
