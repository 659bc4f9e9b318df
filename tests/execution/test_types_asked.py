"""How objects are asked for their types: with what `info`, and waiting for the answer."""

import asyncio
from types import SimpleNamespace
from typing import Any

import strawberry

from tests.execution.both import Schema, ask


@strawberry.type
class Noting:
    """Notes where it is asked whether an object is of its type."""

    name: str

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        info.context.append((info.path.as_list(), info.field_name))
        return True

    @strawberry.field
    def inner(self) -> "list[Noting]":
        return [Noting(name="x"), Noting(name="y")]


@strawberry.type
class Top:
    @strawberry.field
    def noting(self) -> list[Noting]:
        return [Noting(name="a"), Noting(name="b")]


async def test_where_a_type_is_asked_for() -> None:
    """`info` of a question about a type is that of the field, below lists too."""
    contexts: list[list[Any]] = []

    def context() -> list[Any]:
        contexts.append([])
        return contexts[-1]

    await ask(Schema(query=Top), "{ noting { name inner { name } } }", context=context)
    stock, ours = (sorted(each, key=str) for each in contexts)
    assert stock == ours


@strawberry.interface
class ToldLater:
    n: int

    @classmethod
    async def resolve_type(cls, obj: Any, info: Any, kind: Any) -> str:
        await asyncio.sleep(0)
        if obj.n == 0:
            raise LookupError("no idea yet")
        return "Even" if obj.n % 2 == 0 else "Odd"


async def is_below_ten(obj: Any) -> bool:
    await asyncio.sleep(0)
    if obj.n == 13:
        raise LookupError("no luck")
    return bool(obj.n < 10)


@strawberry.type
class Odd(ToldLater):
    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> Any:
        return is_below_ten(obj)


@strawberry.type
class Even(ToldLater):
    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> Any:
        return True if obj.n < 4 else is_below_ten(obj)


@strawberry.type
class Numbers:
    of: list[ToldLater | None]
    odd: list[Odd | None]


async def test_types_that_are_awaited() -> None:
    def root() -> SimpleNamespace:
        numbers = [SimpleNamespace(n=n) for n in (1, 2, 4, 0, 11, 13, 12)]
        return SimpleNamespace(of=numbers, odd=[numbers[0], numbers[4], numbers[5]])

    later = Schema(query=Numbers, types=[Odd, Even])
    answer = await ask(later, "{ of { __typename n } odd { n } }", root=root)
    assert answer.data == {
        "of": [
            {"__typename": "Odd", "n": 1},
            {"__typename": "Even", "n": 2},
            {"__typename": "Even", "n": 4},
            *[None] * 4,
        ],
        "odd": [{"n": 1}, None, None],
    }
    assert (answer.errors["of.3"], answer.errors["of.5"]) == ("no idea yet", "no luck")
    assert sorted(answer.errors) == ["odd.1", "odd.2", "of.3", "of.4", "of.5", "of.6"]
