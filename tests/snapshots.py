"""What many tests begin with, made once a worker: its rows are put back, which is quicker by far
than making them again."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.schema import Table

from api.migrations import metadata
from tests.database import cleaning

T = TypeVar("T")


class Snapshots:
    """Kept in schemas of their own, beside the tables of a worker's database."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._made: dict[str, tuple[Any, str]] = {}

    async def of(self, name: str, make: Callable[[], Awaitable[T]], *, upon: bool = False) -> T:
        """What `make` gives, with the rows that it made in a database without any.

        The objects are the same ones for every test: for reading. What is made `upon` others' rows
        holds those too, and replaces them.
        """
        if name not in self._made:
            made = await make()
            self._made[name] = made, await self._taken(name)
            return made
        found, back = self._made[name]
        await self._connection.execute(f"{cleaning()}; {back}" if upon else back)
        return found  # type: ignore[no-any-return]  # `make` made it

    async def _taken(self, name: str) -> str:
        """Copy every row; the statements that put them back, without a trigger or a check."""
        copied, back = f"snapshot_{name}", ["set session_replication_role = replica"]
        await self._connection.execute(f"create schema {copied}")
        for table in metadata().sorted_tables:
            if await self._connection.fetchval(f"select exists (select from {table.name})"):
                await self._connection.execute(
                    f"create table {copied}.{table.name} as table {table.name}"
                )
                columns = _written(table)
                back.append(
                    f"insert into {table.name} ({columns})"
                    f" select {columns} from {copied}.{table.name}"
                )
        return "; ".join(back)


def _written(table: Table) -> str:
    """The columns that are not computed."""
    return ", ".join(each.name for each in table.columns if each.computed is None)
