"""Asks generated queries under two executors, and counts what was asked."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import parse
from sqlalchemy.ext.asyncio import AsyncEngine

from schema.access.rules import Actor
from schema.context import Kept
from schema.execution import METRICS, STOCK, BreadthFirstExecutor, under
from schema.root import schema
from tests.asking import SECRETS
from tests.execution.fuzz_compare import Fault, Path, Told, differences
from tests.execution.fuzz_faults import Fault as Injected
from tests.execution.fuzz_faults import FaultyContext
from tests.execution.fuzz_nullable import nullable_positions
from tests.execution.fuzz_places import Faults
from tests.execution.fuzz_tree import Query

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Case:
    """What is asked, by whom, and what goes wrong."""

    query: Query
    caller: str
    faults: tuple[Injected, ...] = ()

    def __str__(self) -> str:
        faults = [f"{'.'.join(f.coordinate)} {f.kind} 1/{f.one_in}" for f in self.faults]
        return (
            f"{self.query.text}\nvariables: {self.query.variables}\n"
            f"caller: {self.caller}; faults: {faults or 'none'}"
        )


@dataclass
class Tally:
    """What was asked so far."""

    queries: int = 0
    breadth_first: int = 0
    with_data: int = 0
    with_errors: int = 0
    with_faults: int = 0
    left_open: int = 0
    fallbacks: Counter[str] = field(default_factory=Counter)
    asked: set[tuple[str, str]] = field(default_factory=set)

    def lines(self, coordinates: set[tuple[str, str]]) -> list[str]:
        """For whoever watches; `coordinates` are the fields that there are."""
        asked = len(self.asked & coordinates)
        return [
            f"{self.queries} queries, {self.breadth_first} of them breadth-first; fell back:"
            f" {dict(self.fallbacks) or 'none'}",
            f"{self.with_data} had data, {self.with_errors} had errors, {self.with_faults} had"
            f" faults injected, {self.left_open} had errors that GraphQL leaves open",
            f"{asked} of {len(coordinates)} fields of object types that queries reach were asked of"
            f" an object at least once ({asked / len(coordinates):.0%})",
        ]


class Everything(STOCK):
    """Asks every field, whatever fails beside it: no error travels upwards."""

    def execute_operation(self, *arguments: Any) -> Any:
        self.error_propagation = False
        return super().execute_operation(*arguments)


def observing(asked: set[tuple[str, str]]) -> type[STOCK]:
    """The stock executor, which notes the fields that it asks of objects."""

    class Observed(STOCK):
        def execute_field(self, parent_type: Any, source: Any, details: Any, *more: Any) -> Any:
            asked.add((parent_type.name, details[0].node.name.value))
            return super().execute_field(parent_type, source, details, *more)

    return Observed


class Quiet(strawberry.Schema):
    """Logs no errors: there are thousands, all wanted."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        pass


def unmasked() -> strawberry.Schema:
    """The franchise's schema without extensions, so that every message can be compared."""
    other = copy(schema)
    other.__class__ = Quiet
    other.extensions = ()
    return other


class Bench:
    """Two executors over one database, in which the clock stands still."""

    def __init__(
        self,
        engine: AsyncEngine,
        callers: dict[str, Actor],
        faults: Faults,
        ours: type[STOCK] = BreadthFirstExecutor,
    ) -> None:
        self.engine = engine
        self.callers = callers
        self.faults = faults
        self.tally = Tally()
        self.kept = Kept()
        plain = unmasked()
        self._stock = under(plain, observing(self.tally.asked))
        self._ours = under(plain, ours)
        self._everything = under(plain, Everything)

    async def differences(self, case: Case) -> list[str]:
        """What makes the two executors' answers differ."""
        before, operations = METRICS.fallbacks.copy(), METRICS.operations
        stock = await self.told(self._stock, case)
        ours = await self.told(self._ours, case)
        self._count(case, stock)
        self.tally.fallbacks += METRICS.fallbacks - before
        self.tally.breadth_first += METRICS.operations - operations
        if _sorted(stock) == _sorted(ours) and list(differences(stock, ours, _never, ())) == []:
            return []
        self.tally.left_open += 1
        possible = await self.told(self._everything, case)
        nullable = nullable_positions(schema._schema, parse(case.query.text))
        return differences(stock, ours, nullable, set(possible.faults))

    async def told(self, executor: strawberry.Schema, case: Case) -> Told:
        """The answer under an executor; what it raises is an answer too."""
        context = FaultyContext(
            self.faults.active,
            actor=self.callers[case.caller],
            engine=self.engine,
            secrets=SECRETS,
            request_id="fuzz",
            kept=self.kept,
        )
        try:
            with self.faults.acting(case.faults):
                async with asyncio.timeout(PATIENCE_SECONDS):
                    result: Any = await executor.execute(
                        case.query.text,
                        variable_values=dict(case.query.variables),
                        context_value=context,
                    )
        except Exception as error:
            return Told({"raised": repr(error)})
        return Told(result.data, tuple(fault_of(each) for each in result.errors or ()))

    def _count(self, case: Case, stock: Told) -> None:
        self.tally.queries += 1
        self.tally.with_data += says_something(stock.data)
        self.tally.with_errors += bool(stock.faults)
        self.tally.with_faults += bool(case.faults)


def _sorted(told: Told) -> list[Fault]:
    return sorted(told.faults, key=repr)


def _never(path: Path) -> bool:
    return False


def fault_of(error: Any) -> Fault:
    """An error with all that a client is told."""
    places = [(each.line, each.column) for each in error.locations or ()]
    cause = type(error.original_error).__name__
    rest = f"at {places} {error.extensions or ''} by {cause}"
    return Fault(None if error.path is None else tuple(error.path), error.message, rest)


def says_something(data: Any) -> bool:
    """Whether there is any value in the data."""
    if isinstance(data, dict):
        return any(map(says_something, data.values()))
    if isinstance(data, list):
        return any(map(says_something, data))
    return data is not None


def told_of(found: Sequence[str], case: Case) -> str:
    """For a failing test."""
    return "\n".join(
        [
            "The executors differ:",
            *found,
            "",
            str(case),
            "",
            "What to do: the query above is the smallest that hypothesis found. Its ids are of this"
            " run's database; the blob below repeats the example in another one, so does the seed."
            " Stock is right, unless that is a bug of graphql-core: repair schema/execution, and"
            " keep what was found as a test in tests/execution, over a schema of its own.",
        ]
    )
