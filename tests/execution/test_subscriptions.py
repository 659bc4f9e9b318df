"""Subscriptions: one event at a time, each answered as an operation of its own."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest
import strawberry

from schema.execution import STOCK, BreadthFirstExecutor, under
from tests.execution.both import Answer, Schema, breadth_first, events

BOTH = pytest.mark.parametrize("executor", [STOCK, BreadthFirstExecutor])


@strawberry.type
class Tick:
    n: int

    @strawberry.field
    async def later(self) -> int:
        await asyncio.sleep(0)
        return self.n * 10

    @strawberry.field
    def odd(self) -> int | None:
        if self.n % 2:
            raise ValueError(f"{self.n} is odd")
        return self.n

    @strawberry.field
    def surely_even(self) -> int:
        if self.n % 2:
            raise ValueError(f"{self.n} is odd")
        return self.n

    @strawberry.field
    def others(self) -> list["Tick | None"]:
        return [Tick(n=self.n + 1), None, Tick(n=self.n + 2)]


@strawberry.type
class Query:
    nothing: None = None


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self, info: strawberry.Info, count: int = 3) -> AsyncGenerator[Tick, None]:
        try:
            for n in range(count):
                info.context.append(f"tick {n}")
                yield Tick(n=n)
        finally:
            info.context.append("closed")

    @strawberry.subscription
    async def maybe(self) -> AsyncGenerator[Tick | None, None]:
        for n in range(4):
            yield Tick(n=n) if n % 2 else None

    @strawberry.subscription
    async def nulls(self) -> AsyncGenerator[Tick, None]:
        yield None  # type: ignore[misc]
        yield Tick(n=2)

    @strawberry.subscription
    async def errors(self) -> AsyncGenerator[Tick | None, None]:
        yield ValueError("an event")  # type: ignore[misc]
        yield Tick(n=4)

    @strawberry.subscription
    async def breaking(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError("broken")

    @strawberry.subscription
    async def refused(self) -> AsyncGenerator[int, None]:
        raise PermissionError("refused")
        yield 1

    @strawberry.subscription
    async def waiting(self, info: strawberry.Info) -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            info.context.append("closed")

    @strawberry.subscription
    async def plain(self, of: list[int]) -> AsyncGenerator[int, None]:
        for each in of:
            yield each


schema = Schema(query=Query, subscription=Subscription)


async def heard(
    document: str, variables: dict[str, Any] | None = None, *, executed: int
) -> list[Answer]:
    """All answers to a subscription, the same of both executors; ours executed so many."""
    answers = []
    logs: list[list[str]] = []
    for executor in (STOCK, BreadthFirstExecutor):
        log: list[str] = []
        logs.append(log)
        with breadth_first(executed if executor is BreadthFirstExecutor else 0):
            found = events(schema, f"subscription {document}", executor, variables, log)
            answers.append([each async for each in found])
    assert answers[0] == answers[1]
    assert logs[0] == logs[1]
    return answers[1]


async def test_each_event_is_an_answer() -> None:
    answers = await heard("{ ticks { n later others { later } } }", executed=3)
    assert [each.data for each in answers] == [
        {
            "ticks": {
                "n": n,
                "later": n * 10,
                "others": [{"later": n * 10 + 10}, None, {"later": n * 10 + 20}],
            }
        }
        for n in range(3)
    ]


async def test_arguments_and_aliases() -> None:
    answers = await heard("($v: [Int!]!) { it: plain(of: $v) }", {"v": [3, 1]}, executed=2)
    assert [each.data for each in answers] == [{"it": 3}, {"it": 1}]
    document = "($no: Boolean!) { it: ticks(count: 1) { n @include(if: $no) x: n } }"
    answers = await heard(document, {"no": False}, executed=1)
    assert [each.data for each in answers] == [{"it": {"x": 0}}]


async def test_an_error_in_one_event() -> None:
    answers = await heard("{ ticks { n odd others { odd } } }", executed=3)
    assert [each.errors for each in answers] == [
        {"ticks.others.0.odd": "1 is odd"},
        {"ticks.odd": "1 is odd", "ticks.others.2.odd": "3 is odd"},
        {"ticks.others.0.odd": "3 is odd"},
    ]
    assert [each.data["ticks"]["odd"] for each in answers] == [0, None, 2]


async def test_an_error_that_nulls_one_event() -> None:
    answers = await heard("{ ticks { surelyEven } }", executed=3)
    assert [each.data for each in answers] == [
        {"ticks": {"surelyEven": 0}},
        None,
        {"ticks": {"surelyEven": 2}},
    ]
    assert answers[1].errors == {"ticks.surelyEven": "1 is odd"}


async def test_events_that_are_null() -> None:
    answers = await heard("{ maybe { n } }", executed=4)
    assert [each.data for each in answers] == [
        {"maybe": None},
        {"maybe": {"n": 1}},
        {"maybe": None},
        {"maybe": {"n": 3}},
    ]


async def test_an_event_that_cannot_be_null() -> None:
    answers = await heard("{ nulls { n } }", executed=2)
    assert [each.data for each in answers] == [None, {"nulls": {"n": 2}}]
    assert list(answers[0].errors) == ["nulls"]


async def test_an_event_that_is_an_exception() -> None:
    answers = await heard("{ errors { n } }", executed=2)
    assert [each.data for each in answers] == [{"errors": None}, {"errors": {"n": 4}}]
    assert answers[0].errors == {"errors": "an event"}


async def test_a_source_that_breaks() -> None:
    answers = await heard("{ breaking }", executed=1)
    assert [each.data for each in answers] == [{"breaking": 1}, None]
    assert list(answers[1].errors.values()) == ["broken"]


async def test_a_source_that_is_refused() -> None:
    answers = await heard("{ refused }", executed=0)
    assert [each.data for each in answers] == [None]
    assert list(answers[0].errors.values()) == ["refused"]


@BOTH
async def test_one_event_at_a_time(executor: Any) -> None:
    """The next event is made when somebody asks for it, not before."""
    log: list[str] = []
    found = events(schema, "subscription { ticks(count: 9) { later } }", executor, None, log)
    async with aclosing(found):  # type: ignore[type-var]
        await anext(found)
        assert log == ["tick 0"]
        await anext(found)
        assert log == ["tick 0", "tick 1"]
    assert log == ["tick 0", "tick 1", "closed"]


@BOTH
async def test_who_is_cancelled_closes_the_source(executor: Any) -> None:
    log: list[str] = []
    heard_one = asyncio.Event()

    async def consume() -> None:
        async for _ in events(schema, "subscription { waiting }", executor, None, log):
            heard_one.set()

    before = asyncio.all_tasks()
    task = asyncio.create_task(consume())
    await heard_one.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["closed"]
    assert asyncio.all_tasks() == before


@BOTH
async def test_two_consumers_do_not_disturb_each_other(executor: Any) -> None:
    subscribing = under(schema, executor)

    async def collect(count: int) -> list[Any]:
        results: AsyncIterator[Any] = await subscribing.subscribe(
            f"subscription {{ ticks(count: {count}) {{ later }} }}", context_value=[]
        )
        return [each.data["ticks"]["later"] async for each in results]

    assert await asyncio.gather(collect(2), collect(4)) == [[0, 10], [0, 10, 20, 30]]
