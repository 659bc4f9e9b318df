"""Runs an operation under both executors, and holds their answers against each other."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry

from schema.execution import METRICS, STOCK, BreadthFirstExecutor, under

#: Made anew for each of the two runs.
Make = Callable[[], Any]


class Schema(strawberry.Schema):
    """A schema that logs no errors: these tests make hundreds of them."""

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        pass


@dataclass(frozen=True, order=True)
class Fault:
    """An error, as far as a client or an extension of the schema can see it."""

    path: str | None
    message: str
    locations: tuple[tuple[int, int], ...]
    extensions: str
    original: str


def fault_of(error: Any) -> Fault:
    return Fault(
        None if error.path is None else ".".join(map(str, error.path)),
        error.message,
        tuple((each.line, each.column) for each in error.locations or ()),
        json.dumps(error.extensions, default=repr),
        type(error.original_error).__qualname__,
    )


@dataclass(frozen=True)
class Answer:
    """Data as JSON, so that the order of keys counts; errors in the order of their paths."""

    json: str
    faults: tuple[Fault, ...]

    @property
    def data(self) -> Any:
        return json.loads(self.json)

    @property
    def errors(self) -> dict[str | None, str]:
        """Messages by path."""
        return {each.path: each.message for each in self.faults}


def answer_of(result: Any) -> Answer:
    faults = sorted(map(fault_of, result.errors or ()), key=repr)
    return Answer(json.dumps(result.data), tuple(faults))


def nulled(data: Any, path: str | None) -> str | None:
    """The position above `path` that is null in the data, if there is one; "" is the root."""
    if path is None:
        return None
    here, found = data, []
    for key in path.split("."):
        if here is None:
            return ".".join(found)
        here = here[int(key)] if isinstance(here, list) else here[key]
        found.append(key)
    return None


def agree(one: Answer, other: Answer) -> bool:
    """The same data, and the same errors but where an error made something above it null.

    Which of several errors is told there depends on timing under graphql-core, too: both tell some.
    """

    def sorted_out(answer: Answer) -> tuple[set[Fault], set[str]]:
        above = {each: nulled(answer.data, each.path) for each in answer.faults}
        certain = {each for each, position in above.items() if position is None}
        return certain, {position for position in above.values() if position is not None}

    return one.json == other.json and sorted_out(one) == sorted_out(other)


@contextmanager
def breadth_first(times: int = 1) -> Iterator[None]:
    """The block executes so many operations breadth-first, and nothing falls back."""
    operations, fallbacks = METRICS.operations, METRICS.fallbacks.copy()
    yield
    assert METRICS.fallbacks - fallbacks == {}
    assert METRICS.operations - operations == times


@contextmanager
def falling_back(reason: str) -> Iterator[None]:
    """The block executes an operation that falls back to the stock executor, for this reason."""
    operations, fallbacks = METRICS.operations, METRICS.fallbacks.copy()
    yield
    assert METRICS.fallbacks - fallbacks == {reason: 1}
    assert METRICS.operations == operations


async def settled(running: Awaitable[Answer]) -> Answer:
    """The answer, once nothing of what was begun for it is left running."""
    before = asyncio.all_tasks()
    answer = await running
    if left := asyncio.all_tasks() - before:
        await asyncio.wait(left)
    return answer


def watched(falls_back: str | None, runs: bool = True) -> Any:
    return falling_back(falls_back) if falls_back else breadth_first(int(runs))


async def ask(
    schema: strawberry.Schema,
    document: str,
    variables: Mapping[str, Any] | None = None,
    *,
    context: Make = dict,
    root: Make = lambda: None,
    operation: str | None = None,
    falls_back: str | None = None,
    runs: bool = True,
    several: bool = False,
) -> Answer:
    """The answer of both executors, which must be the same.

    Ours runs breadth-first, or falls back for the reason given, or is not reached at all. With
    `several` errors below what one of them made null, they may tell different ones.
    """

    async def run(executor: Any) -> Answer:
        return answer_of(
            await under(schema, executor).execute(
                document,
                variable_values=None if variables is None else dict(variables),
                context_value=context(),
                root_value=root(),
                operation_name=operation,
            )
        )

    stock = await settled(run(STOCK))
    with watched(falls_back, runs):
        ours = await run(BreadthFirstExecutor)
    assert agree(ours, stock) if several else ours == stock
    return stock


async def events(
    schema: strawberry.Schema,
    document: str,
    executor: Any,
    variables: dict[str, Any] | None = None,
    context: Any = None,
) -> AsyncIterator[Answer]:
    """The answers to a subscription, as they come."""
    results = await under(schema, executor).subscribe(
        document, variable_values=variables, context_value=context
    )
    async with aclosing(results):
        async for each in results:
            yield answer_of(each)


@dataclass(frozen=True)
class Case:
    """An operation and its answer: data, and messages of errors by their path; see `ask`."""

    document: str
    data: Any
    errors: dict[str | None, str] = field(default_factory=dict)
    variables: dict[str, Any] | None = None
    falls_back: str | None = None
    runs: bool = True
    several: bool = False


def each_of(cases: dict[str, Case]) -> Any:
    """Run the test for each of the cases, by their names."""
    return pytest.mark.parametrize("case", cases.values(), ids=cases.keys())


async def check(
    schema: strawberry.Schema,
    case: Case,
    context: Make = dict,
    root: Make = lambda: None,
) -> Answer:
    """Both executors answer what the case says."""
    answer = await ask(
        schema,
        case.document,
        case.variables,
        context=context,
        root=root,
        falls_back=case.falls_back,
        runs=case.runs,
        several=case.several,
    )
    assert (answer.json, answer.errors) == (json.dumps(case.data), case.errors)
    return answer
