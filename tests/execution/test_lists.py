"""Lists: of what, nested, and with nulls at each level."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry

from tests.execution.both import Schema, ask


@strawberry.type
class Thing:
    n: int | None
    sure: int


@strawberry.type
class Box:
    """The same values under every combination of nullable and not."""

    oo: list[int | None] | None
    ox: list[int] | None
    xo: list[int | None]
    xx: list[int]
    ooo: list[list[int | None] | None] | None
    oox: list[list[int] | None] | None
    oxo: list[list[int | None]] | None
    oxx: list[list[int]] | None
    xxx: list[list[int]]
    things: list[Thing | None] | None
    surethings: list[Thing] | None
    table: list[list[Thing | None] | None] | None
    suretable: list[list[Thing]] | None
    cube: list[list[list[int | None]]] | None


@strawberry.type
class Query:
    box: Box | None
    boxes: list[Box | None]


schema = Schema(query=Query)


def thing(n: Any = 1, sure: Any = 2) -> SimpleNamespace:
    return SimpleNamespace(n=n, sure=sure)


def box(name: str, make: Callable[[], Any]) -> Callable[[], Any]:
    """Makes a root whose boxes have this attribute."""
    return lambda: SimpleNamespace(
        box=SimpleNamespace(**{name: make()}),
        boxes=[SimpleNamespace(**{name: make()}), None, SimpleNamespace(**{name: make()})],
    )


BOOM = ValueError("boom")
NOT_INT = "Int cannot represent non-integer value: 'x'"
NOT_ITERABLE = "Expected Iterable, but did not find one for field 'Box.{}'."
NOT_NULL = "Cannot return null for non-nullable field {}."


def generator() -> Iterator[int]:
    yield from (1, 2)


def failing_generator() -> Iterator[int]:
    yield 1
    raise BOOM


async def stream() -> AsyncIterator[int]:
    yield 1
    yield 2


async def failing_stream() -> AsyncIterator[int]:
    yield 1
    raise BOOM


async def soon(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


#: Field, values, what the box becomes, and its errors by the path below the box.
LEAVES: dict[str, tuple[str, Callable[[], Any], Any, dict[str, str]]] = {
    "a list": ("oo", lambda: [1, 2], [1, 2], {}),
    "an empty one": ("xx", list, [], {}),
    "a tuple": ("xx", lambda: (1, 2), [1, 2], {}),
    "a set": ("xx", lambda: {1}, [1], {}),
    "a deque": ("xx", lambda: deque([1, 2]), [1, 2], {}),
    "a range": ("xx", lambda: range(2), [0, 1], {}),
    "keys": ("xx", lambda: {1: 2}.keys(), [1], {}),
    "a generator": ("xx", generator, [1, 2], {}),
    "an iterator": ("xx", lambda: map(abs, [-1, 2]), [1, 2], {}),
    "an async generator": ("xx", stream, [1, 2], {}),
    "awaitables": ("xx", lambda: [soon(1), 2, soon(3)], [1, 2, 3], {}),
    "awaitables that are null": ("oo", lambda: [soon(None), 2], [None, 2], {}),
    "an awaitable list": ("xx", lambda: soon([1, soon(2)]), [1, 2], {}),
    "null": ("oo", lambda: None, None, {}),
    "null items": ("oo", lambda: [None, 1, None], [None, 1, None], {}),
    "a str": ("oo", lambda: "12", None, {"oo": NOT_ITERABLE.format("oo")}),
    "a mapping": ("oo", lambda: {1: 2}, None, {"oo": NOT_ITERABLE.format("oo")}),
    "a number": ("oo", lambda: 5, None, {"oo": NOT_ITERABLE.format("oo")}),
    "an object": ("things", thing, None, {"things": NOT_ITERABLE.format("things")}),
    "a wrong item": ("oo", lambda: [1, "x"], [1, None], {"oo.1": NOT_INT}),
    "an exception": (
        "oo",
        lambda: [BOOM, 2, BOOM],
        [None, 2, None],
        {"oo.0": "boom", "oo.2": "boom"},
    ),
    "awaitables that fail": ("oo", lambda: [soon(BOOM), 2], [None, 2], {"oo.0": "boom"}),
    "the list is an exception": ("oo", lambda: BOOM, None, {"oo": "boom"}),
    "a generator that fails": ("oo", failing_generator, None, {"oo": "boom"}),
    "an async generator that fails": ("oo", failing_stream, None, {"oo": "boom"}),
    "an item that cannot be null": (
        "ox",
        lambda: [1, None],
        None,
        {"ox.1": NOT_NULL.format("Box.ox")},
    ),
    "a wrong item that cannot be null": ("ox", lambda: ["x", 1], None, {"ox.0": NOT_INT}),
    "lists of lists": ("ooo", lambda: [[1], [], None, (2, None)], [[1], [], None, [2, None]], {}),
    "lists of generators": ("oxx", lambda: (generator() for _ in "ab"), [[1, 2], [1, 2]], {}),
    "lists of async generators": ("oxx", lambda: [stream(), [3]], [[1, 2], [3]], {}),
    "an awaitable list in a list": ("oxx", lambda: [soon([soon(1)]), [2]], [[1], [2]], {}),
    "a list of a str": (
        "ooo",
        lambda: [[1], "2"],
        [[1], None],
        {"ooo.1": NOT_ITERABLE.format("ooo")},
    ),
    "an inner wrong item": ("ooo", lambda: [[1, "x"], [2]], [[1, None], [2]], {"ooo.0.1": NOT_INT}),
    "an inner null nulls its list": (
        "oox",
        lambda: [[1, None], [2]],
        [None, [2]],
        {"oox.0.1": NOT_NULL.format("Box.oox")},
    ),
    "an inner null list nulls all": (
        "oxo",
        lambda: [[1], None],
        None,
        {"oxo.1": NOT_NULL.format("Box.oxo")},
    ),
    "an inner null nulls all": (
        "oxx",
        lambda: [[1], [2, None]],
        None,
        {"oxx.1.1": NOT_NULL.format("Box.oxx")},
    ),
    "three levels": ("cube", lambda: [[[1], []], [], [[None]]], [[[1], []], [], [[None]]], {}),
    "three levels, failing": (
        "cube",
        lambda: [[[1], ["x"]]],
        [[[1], [None]]],
        {"cube.0.1.0": NOT_INT},
    ),
}

OBJECTS: dict[str, tuple[str, Callable[[], Any], Any, dict[str, str]]] = {
    "objects and nulls": (
        "things",
        lambda: [thing(1), None, thing(None)],
        [{"n": 1, "sure": 2}, None, {"n": None, "sure": 2}],
        {},
    ),
    "an exception among objects": (
        "things",
        lambda: [thing(1), BOOM],
        [{"n": 1, "sure": 2}, None],
        {"things.1": "boom"},
    ),
    "awaitable objects": (
        "things",
        lambda: [soon(thing(1)), thing(2), soon(None), soon(BOOM)],
        [{"n": 1, "sure": 2}, {"n": 2, "sure": 2}, None, None],
        {"things.3": "boom"},
    ),
    "an object that is nulled": (
        "things",
        lambda: [thing(), thing(1, None), thing("x")],
        [{"n": 1, "sure": 2}, None, {"n": None, "sure": 2}],
        {"things.1.sure": NOT_NULL.format("Thing.sure"), "things.2.n": NOT_INT},
    ),
    "an object that is nulled nulls the list": (
        "surethings",
        lambda: [thing(), thing(1, "x")],
        None,
        {"surethings.1.sure": NOT_INT},
    ),
    "a table": (
        "table",
        lambda: [[thing(1), None], None, [], [thing(2)]],
        [[{"n": 1, "sure": 2}, None], None, [], [{"n": 2, "sure": 2}]],
        {},
    ),
    "an object of a table that is nulled": (
        "table",
        lambda: [[thing(1), thing(1, BOOM)], [BOOM]],
        [[{"n": 1, "sure": 2}, None], [None]],
        {"table.0.1.sure": "boom", "table.1.0": "boom"},
    ),
    "a table that is nulled": (
        "suretable",
        lambda: [[thing()], [thing(), thing(1, None)]],
        None,
        {"suretable.1.1.sure": NOT_NULL.format("Thing.sure")},
    ),
}


async def hold(field: str, selection: str, make: Any, shown: Any, errors: dict[str, str]) -> None:
    """Alone, and in a list of boxes beside others, where every box has its own errors."""
    document = f"{{ box {{ {field}{selection} }} boxes {{ __typename {field}{selection} }} }}"
    answer = await ask(schema, document, root=box(field, make))
    beside = {"__typename": "Box", field: shown}
    assert answer.data == {"box": {field: shown}, "boxes": [beside, None, beside]}
    places = ("box", "boxes.0", "boxes.2")
    assert answer.errors == {
        f"{place}.{path}": message for place in places for path, message in errors.items()
    }


@pytest.mark.parametrize(("field", "make", "shown", "errors"), LEAVES.values(), ids=LEAVES)
async def test_leaves(field: str, make: Any, shown: Any, errors: dict[str, str]) -> None:
    await hold(field, " { n }" if "thing" in field else "", make, shown, errors)


@pytest.mark.parametrize(("field", "make", "shown", "errors"), OBJECTS.values(), ids=OBJECTS)
async def test_objects(field: str, make: Any, shown: Any, errors: dict[str, str]) -> None:
    await hold(field, " { n sure }", make, shown, errors)


VALUES = [None, 1, "x", BOOM, [], [1], [None], ["x", 1], [BOOM], [[1]]]
TABLES = [*VALUES, [[1], None], [[None, 1], [2]], [["x"]], [[BOOM]], ["1"], [(1,), BOOM]]


@pytest.mark.parametrize("field", ["oo", "ox", "xo", "xx"])
async def test_every_value_in_every_list(field: str) -> None:
    for value in VALUES:
        await ask(
            schema, f"{{ boxes {{ {field} }} }}", root=box(field, lambda v=value: v), several=True
        )


@pytest.mark.parametrize("field", ["ooo", "oox", "oxo", "oxx", "xxx"])
async def test_every_table_in_every_list_of_lists(field: str) -> None:
    for value in TABLES:
        await ask(
            schema, f"{{ boxes {{ {field} }} }}", root=box(field, lambda v=value: v), several=True
        )


@pytest.mark.parametrize("field", ["things", "surethings"])
async def test_every_object_in_every_list(field: str) -> None:
    for n, sure in product([None, 1, "x", BOOM], repeat=2):
        value = [thing(n, sure), thing()]
        document = f"{{ boxes {{ {field} {{ n sure }} }} }}"
        await ask(schema, document, root=box(field, lambda v=value: v), several=True)
