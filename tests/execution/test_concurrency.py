"""What runs at the same time, and what is left when somebody stops it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest
import strawberry

from schema.execution import STOCK, BreadthFirstExecutor, under
from tests.execution.both import Schema, ask, breadth_first

BOTH = pytest.mark.parametrize("executor", [STOCK, BreadthFirstExecutor])
HERE: ContextVar[str] = ContextVar("HERE", default="")


class Watching:
    """Who has begun and who is done; some wait for others to begin."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.running = asyncio.Event()
        self._beginning: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self, name: str, *, wait_for: str) -> str:
        self.begun.append(name)
        self._beginning[name].set()
        await self._beginning[wait_for].wait()
        return name

    async def forever(self, name: str) -> str:
        self.begun.append(name)
        self.running.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.append(name)
        return name


@strawberry.type
class Item:
    name: str

    @strawberry.field
    async def meets(self, info: strawberry.Info, other: str) -> str:
        return await info.context.run(self.name, wait_for=other)

    @strawberry.field
    async def forever(self, info: strawberry.Info) -> str | None:
        return await info.context.forever(self.name)

    @strawberry.field
    async def here(self) -> str:
        seen = HERE.get()
        HERE.set(self.name)
        await asyncio.sleep(0)
        return f"{seen} {HERE.get()}"


@strawberry.type
class Query:
    @strawberry.field
    async def left(self, info: strawberry.Info) -> str:
        return await info.context.run("left", wait_for="right")

    @strawberry.field
    async def right(self, info: strawberry.Info) -> str:
        return await info.context.run("right", wait_for="left")

    @strawberry.field
    def items(self, names: list[str] = ["a", "b"]) -> list[Item]:  # noqa: B006
        return [Item(name=each) for each in names]

    @strawberry.field
    async def awaited(self, info: strawberry.Info) -> list[str]:
        run = info.context.run
        return [run("x", wait_for="y"), run("y", wait_for="x")]  # type: ignore[list-item]

    @strawberry.field
    async def forever(self, info: strawberry.Info) -> str | None:
        return await info.context.forever("root")

    @strawberry.field
    async def cancelled(self) -> str | None:
        raise asyncio.CancelledError

    @strawberry.field
    async def failing(self) -> str | None:
        await asyncio.sleep(0)
        raise ValueError("failed")

    @strawberry.field
    async def failing_hard(self) -> str:
        raise ValueError("failed hard")

    @strawberry.field
    async def endless(self, info: strawberry.Info) -> list[int]:
        return endless(info.context)  # type: ignore[return-value]


async def endless(watching: Watching) -> AsyncIterator[int]:
    try:
        yield 1
        await watching.forever("endless")
    finally:
        watching.ended.append("generator")


schema = Schema(query=Query)

MEETINGS = {
    "siblings": ("{ left right }", {"left": "left", "right": "right"}),
    "items of a list": (
        '{ items(names: ["a", "b", "c"]) { meets(other: "c") } }',
        {"items": [{"meets": "a"}, {"meets": "b"}, {"meets": "c"}]},
    ),
    "fields of an item": (
        '{ items(names: ["a"]) { x: meets(other: "a") y: meets(other: "a") } }',
        {"items": [{"x": "a", "y": "a"}]},
    ),
    "awaitables in a list": ("{ awaited }", {"awaited": ["x", "y"]}),
}


@pytest.mark.parametrize(("document", "data"), MEETINGS.values(), ids=MEETINGS)
async def test_at_the_same_time(document: str, data: Any) -> None:
    """Each waits until the other has begun: one after another they would wait for ever."""
    async with asyncio.timeout(10):
        answer = await ask(schema, document, context=Watching)
    assert answer.data == data


async def test_an_operation_among_others() -> None:
    """Operations overlap: each of two waits for a field of the other."""
    watching = Watching()
    running = under(schema, BreadthFirstExecutor)
    async with asyncio.timeout(10):
        results = await asyncio.gather(
            running.execute("{ left }", context_value=watching),
            running.execute("{ right }", context_value=watching),
        )
    assert [each.data for each in results] == [{"left": "left"}, {"right": "right"}]


async def test_context_variables_of_siblings() -> None:
    """Coroutines side by side do not see what the others set, nor does the caller."""
    answer = await ask(schema, "{ items { here } }")
    assert answer.data == {"items": [{"here": " a"}, {"here": " b"}]}
    assert HERE.get() == ""


STOPPED = [
    "{ forever }",
    "{ forever items { forever } }",
    "{ items { name forever } }",
    "{ endless }",
    "{ items { forever } failing endless }",
]


@BOTH
@pytest.mark.parametrize("document", STOPPED)
async def test_a_cancelled_operation_leaves_nothing_running(document: str, executor: Any) -> None:
    watching = Watching()
    before = asyncio.all_tasks()
    task = asyncio.create_task(under(schema, executor).execute(document, context_value=watching))
    await watching.running.wait()
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0)
    assert sorted(watching.begun) == sorted(each for each in watching.ended if each != "generator")
    assert asyncio.all_tasks() == before


@BOTH
async def test_a_timeout_around_an_operation(executor: Any) -> None:
    watching = Watching()
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await under(schema, executor).execute("{ items { forever } }", context_value=watching)
    assert (watching.begun, sorted(watching.ended)) == (["a", "b"], ["a", "b"])
    assert asyncio.all_tasks() == before


@BOTH
async def test_a_resolver_that_cancels_itself(executor: Any) -> None:
    with pytest.raises(asyncio.CancelledError):
        await under(schema, executor).execute("{ cancelled }", context_value=Watching())


async def test_nothing_is_left_when_the_answer_is_null() -> None:
    """What nulls everything while others run: they are done or stopped when the answer comes."""
    watching = Watching()
    before = asyncio.all_tasks()
    with breadth_first():
        async with asyncio.timeout(10):
            result = await under(schema, BreadthFirstExecutor).execute(
                '{ failingHard items { meets(other: "b") } failing }', context_value=watching
            )
    assert result.data is None
    assert [each.message for each in result.errors] == ["failed hard"]
    assert asyncio.all_tasks() == before
