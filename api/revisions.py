"""What Alembic's autogenerate cannot know of a new table: its policies, triggers and sequences."""

import re
from collections.abc import Iterator
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateTableOp, ExecuteSQLOp, MigrationScript, UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from schema.base import POLICIES, security, tables

FUNCTION = re.compile(r"create (?:or replace )?function\s+(\w+\s*\([^)]*\))", re.IGNORECASE)


def complete(context: MigrationContext, _revision: Any, scripts: list[MigrationScript]) -> None:
    """Add what a table's class declares besides columns; a `process_revision_directives` hook."""
    for script in scripts:
        for upgrade, downgrade in zip(
            script.upgrade_ops_list, script.downgrade_ops_list, strict=True
        ):
            sequences = list(_missing_sequences(context))
            upgrade.ops[:0] = [ExecuteSQLOp(f"create sequence {each}") for each in sequences]
            # A policy may ask other tables, which could not be dropped before it.
            downgrade.ops[:0] = [
                ExecuteSQLOp(f"drop policy {policy} on {table}")
                for table in _created(upgrade)
                for policy in POLICIES
            ]
            for statement in list(_declared(upgrade)):
                upgrade.ops.append(ExecuteSQLOp(statement))
                for function in FUNCTION.findall(statement):
                    downgrade.ops.append(ExecuteSQLOp(f"drop function {function}"))
            downgrade.ops += [ExecuteSQLOp(f"drop sequence {each}") for each in sequences]


def render(kind: str, item: Any, _context: AutogenContext) -> str | bool:
    """SQLModel's own text type as SQLAlchemy's; a `render_item` hook."""
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


def _missing_sequences(context: MigrationContext) -> Iterator[str]:
    assert context.connection is not None
    present = inspect(context.connection).get_sequence_names()
    return (each for each in SQLModel.metadata._sequences if each not in present)


def _declared(operations: UpgradeOps) -> Iterator[str]:
    """What the classes of the tables that these operations create declare besides columns."""
    for table in _created(operations):
        row = tables()[table]
        yield from (*row.ddl, *security(table, row.kind))


def _created(operations: UpgradeOps) -> Iterator[str]:
    return (each.table_name for each in operations.ops if isinstance(each, CreateTableOp))
