"""Scalars and enums: what becomes of the values that resolvers return."""

import math
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from types import SimpleNamespace
from typing import Any, NewType
from uuid import UUID

import pytest
import strawberry
from strawberry.scalars import JSON, Base64
from strawberry.schema.config import StrawberryConfig

from tests.execution.both import Schema, ask


@strawberry.enum
class Colour(Enum):
    RED = "r"
    GREEN = "g"
    BLUE = strawberry.enum_value("b", name="SKY")


@strawberry.enum
class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


@strawberry.enum
class Level(IntEnum):
    LOW = 1
    HIGH = 2


Shout = NewType("Shout", str)
Odd = NewType("Odd", object)
Nothing = NewType("Nothing", object)


def refuse(value: object) -> object:
    raise LookupError(f"cannot show {value}")


SCALARS: dict[object, Any] = {
    Shout: strawberry.scalar(name="Shout", serialize=str.upper),
    Odd: strawberry.scalar(name="Odd", serialize=refuse),
    Nothing: strawberry.scalar(name="Nothing", serialize=lambda _: None),
}


@strawberry.type
class Leaves:
    i: int | None
    f: float | None
    s: str | None
    b: bool | None
    d: strawberry.ID | None
    colour: Colour | None
    mood: Mood | None
    level: Level | None
    day: date | None
    at: datetime | None
    hour: time | None
    money: Decimal | None
    uuid: UUID | None
    json: JSON | None
    bytes: Base64 | None
    shout: Shout | None
    odd: Odd | None
    nothing: Nothing | None
    many: list[int | None] | None
    moods: list[Mood] | None


@strawberry.type
class Query:
    one: Leaves | None
    two: list[Leaves]


schema = Schema(query=Query, config=StrawberryConfig(scalar_map=SCALARS))

SHOWN: list[tuple[str, Any, Any]] = [
    ("i", 2**31 - 1, 2**31 - 1),
    ("i", -(2**31), -(2**31)),
    ("i", 3.0, 3),
    ("i", True, 1),
    ("i", "7", 7),
    ("i", Level.HIGH, 2),
    ("f", 1.5, 1.5),
    ("f", 2, 2),
    ("f", True, 1),
    ("f", "2.5", 2.5),
    ("f", Decimal("0.5"), 0.5),
    ("s", "", ""),
    ("s", "\u00e9\0", "\u00e9\0"),
    ("s", 5, "5"),
    ("s", 5.5, "5.5"),
    ("s", True, "true"),
    ("s", Mood.BAD, "bad"),
    ("b", True, True),
    ("b", 0, False),
    ("d", 5, "5"),
    ("d", "x", "x"),
    ("colour", Colour.RED, "RED"),
    ("colour", Colour.BLUE, "SKY"),
    ("colour", "g", "GREEN"),
    ("mood", Mood.BAD, "BAD"),
    ("mood", "good", "GOOD"),
    ("level", Level.HIGH, "HIGH"),
    ("level", 1, "LOW"),
    ("day", date(2026, 11, 21), "2026-11-21"),
    ("at", datetime(2026, 11, 21, 8, tzinfo=UTC), "2026-11-21T08:00:00+00:00"),
    ("hour", time(8, 30), "08:30:00"),
    ("money", Decimal("2.50"), "2.50"),
    ("uuid", UUID(int=5), "00000000-0000-0000-0000-000000000005"),
    ("json", {"b": [1, None], "a": {}}, {"b": [1, None], "a": {}}),
    ("bytes", b"\0\xff", "AP8="),
    ("shout", "hey", "HEY"),
    ("many", [1, None, 2.0], [1, None, 2]),
    ("moods", [Mood.BAD, "good"], ["BAD", "GOOD"]),
]

REFUSED: list[tuple[str, Any, str]] = [
    ("i", 2**31, "Int cannot represent non 32-bit signed integer value: 2147483648"),
    ("i", -(2**31) - 1, "Int cannot represent non 32-bit signed integer value: -2147483649"),
    ("i", 1.5, "Int cannot represent non-integer value: 1.5"),
    ("i", "x", "Int cannot represent non-integer value: 'x'"),
    ("i", "", "Int cannot represent non-integer value: ''"),
    ("i", [1], "Int cannot represent non-integer value: [1]"),
    ("i", math.nan, "Int cannot represent non-integer value: nan"),
    ("f", math.nan, "Float cannot represent non numeric value: nan"),
    ("f", math.inf, "Float cannot represent non numeric value: inf"),
    ("f", "x", "Float cannot represent non numeric value: 'x'"),
    ("s", {"a": 1}, "String cannot represent value: {'a': 1}"),
    ("s", ["a"], "String cannot represent value: ['a']"),
    ("b", "true", "Boolean cannot represent a non boolean value: 'true'"),
    ("b", math.nan, "Boolean cannot represent a non boolean value: nan"),
    ("d", 1.5, "ID cannot represent value: 1.5"),
    ("d", [1], "ID cannot represent value: [1]"),
    ("colour", "RED", "Enum 'Colour' cannot represent value: 'RED'"),
    ("colour", Mood.BAD, "Enum 'Colour' cannot represent value: <Mood.BAD: 'bad'>"),
    ("level", 3, "Enum 'Level' cannot represent value: 3"),
    ("mood", [], "Enum 'Mood' cannot represent value: []"),
    ("day", "2026-11-21", "'str' object has no attribute 'isoformat'"),
    ("odd", 5, "cannot show 5"),
]


def leaves(name: str, value: Any) -> SimpleNamespace:
    """A root whose one object has this attribute; one is alone, two in a list of its own."""
    return SimpleNamespace(
        one=SimpleNamespace(**{name: value}),
        two=[SimpleNamespace(**{name: value}), SimpleNamespace(**{name: None})],
    )


@pytest.mark.parametrize(("name", "value", "shown"), SHOWN)
async def test_shown(name: str, value: Any, shown: Any) -> None:
    document = f"{{ one {{ it: {name} }} two {{ {name} }} }}"
    answer = await ask(schema, document, root=lambda: leaves(name, value))
    assert answer.errors == {}
    assert answer.data == {"one": {"it": shown}, "two": [{name: shown}, {name: None}]}


@pytest.mark.parametrize(("name", "value", "message"), REFUSED)
async def test_refused(name: str, value: Any, message: str) -> None:
    document = f"{{ one {{ it: {name} }} two {{ {name} }} }}"
    answer = await ask(schema, document, root=lambda: leaves(name, value))
    assert answer.errors == {"one.it": message, f"two.0.{name}": message}
    assert answer.data == {"one": {"it": None}, "two": [{name: None}, {name: None}]}


async def test_serialized_to_nothing() -> None:
    answer = await ask(schema, "{ one { nothing } }", root=lambda: leaves("nothing", 5))
    assert answer.data == {"one": {"nothing": None}}
    assert "to return non-nullable value, returned: None" in answer.errors["one.nothing"]


async def test_one_of_many_is_refused() -> None:
    answer = await ask(schema, "{ one { many } }", root=lambda: leaves("many", [1, "x", 3, 2**40]))
    assert answer.data == {"one": {"many": [1, None, 3, None]}}
    assert answer.errors == {
        "one.many.1": "Int cannot represent non-integer value: 'x'",
        "one.many.3": "Int cannot represent non 32-bit signed integer value: 1099511627776",
    }


async def test_one_of_many_that_cannot_be_null() -> None:
    moods = [Mood.GOOD, "worse", Mood.BAD]
    answer = await ask(schema, "{ one { moods } }", root=lambda: leaves("moods", moods))
    assert answer.data == {"one": {"moods": None}}
    assert answer.errors == {"one.moods.1": "Enum 'Mood' cannot represent value: 'worse'"}


async def test_a_subclass_of_datetime_and_odd_zones() -> None:
    at = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    answer = await ask(schema, "{ one { at } }", root=lambda: leaves("at", at))
    assert answer.data == {"one": {"at": "2026-01-01T00:00:00+05:30"}}
