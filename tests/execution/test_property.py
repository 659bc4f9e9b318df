"""Any selection of any tree, with nulls and errors anywhere: both executors answer alike."""

import asyncio
from collections import deque
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry.extensions import ParserCache, ValidationCache

from tests.execution.both import Schema, ask


@strawberry.interface
class Named:
    name: str | None


@strawberry.type
class Other(Named):
    m: int


@strawberry.type
class Tree(Named):
    n: int | None
    sure: int
    child: "Tree | None"
    sure_child: "Tree"
    children: list["Tree | None"] | None
    sure_children: list["Tree"]
    table: list[list["Tree | None"] | None] | None
    numbers: list[list[int | None]] | None
    any: Named | None
    anies: list[Named]
    secret: strawberry.Private[Any] = None

    @strawberry.field
    async def later(self) -> "Tree | None":
        return self.secret

    @strawberry.field
    async def later_number(self) -> int:
        await asyncio.sleep(0)
        return self.n  # type: ignore[return-value]

    @strawberry.field
    def raising(self) -> int | None:
        if isinstance(self.secret, Exception):
            raise self.secret
        return 5


@strawberry.type
class Query:
    tree: Tree | None
    trees: list[Tree | None] | None


schema = Schema(query=Query, types=[Other], extensions=[ParserCache, ValidationCache])

LEAVES = ["n", "sure", "name", "numbers", "laterNumber", "raising", "__typename"]
OBJECTS = ["child", "sureChild", "children", "sureChildren", "table", "later"]
ABSTRACTS = ["any", "anies"]


class Growing(Tree):
    """A tree without end: what is asked of it grows from its seed, and may be null or wrong."""

    def __init__(self, seed: str) -> None:
        self.__dict__["seed"] = seed

    def __getattribute__(self, name: str) -> Any:
        own = object.__getattribute__(self, "__dict__")
        if name in GROWN and name not in own:
            seed = f"{own['seed']}.{name}"
            own[name] = either(Random(seed), seed, GROWN[name])
        return object.__getattribute__(self, name)


Made = Callable[[Random, str], Any]


def either(random: Random, seed: str, make: Made) -> Any:
    """What is made, or nothing, or an error."""
    chosen = random.random()
    if chosen < 0.08:
        return None
    return ValueError(random.choice("abc")) if chosen < 0.16 else make(random, seed)


def many(make: Made) -> Made:
    def made(random: Random, seed: str) -> Any:
        kind = random.choice([list, list, tuple, deque])
        return kind(either(random, f"{seed}.{n}", make) for n in range(random.randrange(4)))

    return made


def integer(random: Random, _: str) -> Any:
    return random.choice([0, 1, 2, 3, 4, 5, "wrong"])


def grown(_: Random, seed: str) -> Tree:
    return Growing(seed)


def grown_or_other(random: Random, seed: str) -> Any:
    return Other(name="other", m=integer(random, seed)) if random.random() < 0.5 else Growing(seed)


GROWN: dict[str, Made] = {
    "name": lambda _, seed: seed,
    "n": integer,
    "sure": integer,
    "child": grown,
    "sure_child": grown,
    "children": many(grown),
    "sure_children": many(grown),
    "table": many(many(grown)),
    "numbers": many(many(integer)),
    "any": grown_or_other,
    "anies": many(grown_or_other),
    "secret": grown,
}


@st.composite
def selections(draw: Any, depth: int = 3) -> str:
    """What is selected of a tree: a key always means the same field, so that all may be merged."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        alias = draw(st.sampled_from(["", "a", "b"]))
        fields = LEAVES if depth == 0 else LEAVES + OBJECTS + ABSTRACTS + ["..."]
        field = draw(st.sampled_from(fields))
        key = f"{alias}_{field.strip('_')}: {field}" if alias else field
        condition = draw(st.sampled_from(["", "", "", " @include(if: $yes)", " @skip(if: $yes)"]))
        if field == "...":
            kind = draw(st.sampled_from(["", " on Tree", " on Named"]))
            inner = "name" if kind == " on Named" else draw(selections(depth - 1))
            found.append(f"...{kind}{condition} {{ {inner} }}")
        elif field in OBJECTS:
            found.append(f"{key}{condition} {{ {draw(selections(depth - 1))} }}")
        elif field in ABSTRACTS:
            inner = f"name ... on Other {{ m }} ... on Tree {{ {draw(selections(depth - 1))} }}"
            found.append(f"{key}{condition} {{ {inner} }}")
        else:
            found.append(f"{key}{condition}")
    return " ".join(found)


# graphql-core does not await all that it was given, where an error makes that needless.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=200)
@given(st.integers(0, 2**32), selections(), st.booleans())
def test_both_answer_alike(seed: int, selection: str, yes: bool) -> None:
    document = f"""
        query ($yes: Boolean!) {{ tree {{ ...same }} trees {{ ...same }}
          __typename @skip(if: $yes) }}
        fragment same on Tree {{ {selection} }}
    """

    def root() -> SimpleNamespace:
        return SimpleNamespace(
            tree=Growing(f"{seed}"), trees=[Growing(f"{seed}.{n}") for n in "ab"]
        )

    asyncio.run(ask(schema, document, {"yes": yes}, root=root, several=True))
