"""Any selection of any tree, with nulls and errors anywhere: both executors answer alike."""

import asyncio
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


class Growing:
    """Grows trees from a seed: drawn value by value they would take most of the test's time."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def either(self, *made: Callable[[], Any]) -> Any:
        """What one of these makes, mostly the first; some make nothing, or an error."""
        chosen = self.random.random()
        if chosen < 0.06:
            return None
        if chosen < 0.12:
            return ValueError(self.random.choice("abc"))
        return made[0]() if chosen < 0.6 else self.random.choice(made)()

    def integer(self) -> Any:
        return self.either(lambda: self.random.randrange(9), lambda: "wrong" if self.rare() else 9)

    def rare(self) -> bool:
        return self.random.random() < 0.2

    def many(self, make: Callable[[], Any]) -> Any:
        items = [make() for _ in range(self.random.choice([0, 1, 1, 2]))]
        return self.either(lambda: items, lambda: tuple(items), lambda: iter(list(items)))

    def other(self) -> Other:
        return Other(name=self.either(lambda: "other"), m=self.integer())

    def tree(self, depth: int = 2) -> Any:
        """A tree, or what stands for one; anything may be null or wrong where it cannot be."""

        def below() -> Any:
            return self.either(lambda: self.tree(depth - 1)) if depth else None

        return Tree(
            name=self.either(lambda: "tree"),
            n=self.integer(),
            sure=self.integer(),
            child=below(),
            sure_child=below(),
            children=self.many(below),
            sure_children=self.many(below),
            table=self.many(lambda: self.many(below)),
            numbers=self.many(lambda: self.many(self.integer)),
            any=self.either(below, self.other),
            anies=self.many(lambda: self.either(below, self.other)),
            secret=below(),
        )


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
        growing = Growing(seed)  # anew for each executor: some lists can be read only once
        return SimpleNamespace(tree=growing.tree(), trees=growing.many(growing.tree))

    asyncio.run(ask(schema, document, {"yes": yes}, root=root, several=True))
