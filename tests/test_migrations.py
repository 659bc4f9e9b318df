"""The migrations lead to what the classes declare, and back."""

from collections.abc import AsyncIterator
from datetime import date
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel import SQLModel

from api.database import OWNER, disposing
from api.migrations import config, metadata
from schema.base import security, tables
from tests.database import Clone, Template, administering, drop

#: What autogenerate does not compare, as PostgreSQL describes it.
CATALOGUE = {
    "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'",
    "indexes": "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'",
    "policies": "select tablename, policyname, cmd, qual, with_check from pg_policies"
    " where schemaname = 'public'",
    "security": "select relname, relrowsecurity, relforcerowsecurity from pg_class"
    " where relkind = 'r' and relnamespace = 'public'::regnamespace",
    "triggers": "select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger"
    " where not tgisinternal",
    "functions": "select proname, prosrc, prosecdef, proconfig::text from pg_proc"
    " where pronamespace = 'public'::regnamespace",
    "sequences": "select sequencename, data_type::text from pg_sequences"
    " where schemaname = 'public'",
}


async def catalogue(connection: AsyncConnection) -> dict[str, set[tuple[object, ...]]]:
    found = {}
    for name, query in CATALOGUE.items():
        rows = (await connection.execute(text(query))).all()
        found[name] = {tuple(row) for row in rows if "alembic_version" not in str(row[:2])}
    return found


@pytest.fixture
async def empty(template: Template) -> AsyncIterator[AsyncEngine]:
    """The owner's engine on a database without tables."""
    name = f"{template.name}_empty_{uuid4().hex[:8]}"
    async with administering(template.server) as admin:
        await admin.execute(f"create database {name} owner {OWNER}")
        async with disposing(Clone(template.server.set(database=name)).owner_engine()) as owner:
            yield owner
        await drop(template.server, name)


def migrate(connection: Connection, revision: str, *, down: bool = False) -> None:
    given = config()
    given.attributes["connection"] = connection
    verb = command.downgrade if down else command.upgrade
    verb(given, revision)


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": True}
    )
    return list(compare_metadata(context, metadata()))


async def test_migrations_go_up_check_down_and_up(empty: AsyncEngine) -> None:
    async with empty.connect() as connection:
        nothing = await catalogue(connection)
        await connection.rollback()
        await connection.run_sync(migrate, "head")
        there = await catalogue(connection)
        assert await connection.run_sync(differences) == []
        await connection.rollback()
        await connection.run_sync(migrate, "base", down=True)
        assert await catalogue(connection) == nothing
        await connection.rollback()
        await connection.run_sync(migrate, "head")
        assert await catalogue(connection) == there


#: An adopted version as the first migration knew it; `replica` asks for no clinic around it.
BEFORE_0002 = """
set session_replication_role = replica;
insert into protocol_templates (id, code, name, protocol_kind)
  values ('{0}2', 'MN-OLD', 'Old', 'TREATMENT');
insert into protocol_versions (id, template_id, number, state, content, author_id, approver_id,
  published_from, revision) values ('{0}1', '{0}2', 1, 'PUBLISHED', '{{"name": "Old"}}', '{0}3',
  '{0}4', '2026-01-01', 3);
insert into clinic_protocols (id, clinic_id, template_id, version_id, state, adopted_by,
  adopted_at, revision) values ('{0}5', '{0}6', '{0}2', '{0}1', 'OFFERED', '{0}7',
  '2026-02-01T10:00Z', 1);
set session_replication_role = default;
""".format("00000000-0000-0000-0000-00000000000")
CARRIED_OVER = """
select right(v.published_by::text, 1), right(v.written_by[1]::text, 1), right(a.author_id::text, 1),
  right(a.approver_id::text, 1), p.cause, p.number, right(p.pinned_by::text, 1), p.pinned_at::date,
  p.left_at
from protocol_versions v join protocol_approvals a on a.version_id = v.id
join clinic_protocol_pins p on p.version_id = v.id
"""


async def test_approvals_and_adoptions_are_carried_over(
    empty: AsyncEngine, template: Template
) -> None:
    """By 0002: who approved becomes an approval, an adoption the first pin; and back."""
    async with (
        empty.connect() as connection,
        administering(template.server.set(database=empty.url.database)) as admin,
    ):
        await connection.run_sync(migrate, "0001")
        await connection.rollback()
        await admin.execute(BEFORE_0002)
        await connection.run_sync(migrate, "head")
        await connection.rollback()
        (found,) = await admin.fetch(CARRIED_OVER)
        day = date(2026, 2, 1)
        assert tuple(found) == ("4", "3", "3", "4", "ADOPTED", 1, "7", day, None)
        await connection.run_sync(migrate, "0001", down=True)
        await connection.rollback()
        (back,) = await admin.fetch("select right(approver_id::text, 1) from protocol_versions")
        assert back[0] == "4"


async def test_migrations_lead_to_what_the_classes_declare(
    owner_engine: AsyncEngine, empty: AsyncEngine
) -> None:
    async with owner_engine.connect() as migrated, empty.connect() as declared:
        await declared.run_sync(metadata().create_all)
        for name, row in tables().items():
            for statement in (*row.ddl, *security(name, row.kind)):
                await declared.execute(text(statement))
        found, wanted = await catalogue(migrated), await catalogue(declared)
    for kind, facts in wanted.items():
        assert found[kind] == facts, kind


def test_there_is_a_table_for_every_class() -> None:
    metadata()
    assert set(tables()) == set(SQLModel.metadata.tables)
