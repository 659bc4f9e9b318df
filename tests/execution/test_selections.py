"""Which keys an object gets, and in which order."""

from typing import Annotated

import pytest
import strawberry
from graphql import get_introspection_query

from tests.execution.both import Case, Schema, ask, check, each_of


@strawberry.interface
class Animal:
    name: str


@strawberry.interface
class Pet(Animal):
    owner: str


@strawberry.type
class Cat(Pet, Animal):
    lives: int = 9

    @strawberry.field
    def rival(self) -> "Pet | None":
        return Dog(name="Rex", owner="Bob", tricks=["sit"])


@strawberry.type
class Dog(Pet, Animal):
    tricks: list[str]

    @strawberry.field
    def friends(self) -> list[Animal]:
        return [TOM, Wolf(name="Akela")]


@strawberry.type
class Wolf(Animal):
    pack: str | None = None


Either = Annotated[Cat | Dog, strawberry.union("Either")]

TOM = Cat(name="Tom", owner="Ann")
REX = Dog(name="Rex", owner="Bob", tricks=["sit", "roll"])


@strawberry.type
class Query:
    @strawberry.field
    def cat(self) -> Cat:
        return TOM

    @strawberry.field
    def dog(self) -> Dog | None:
        return REX

    @strawberry.field
    def animals(self) -> list[Animal]:
        return [TOM, REX, Wolf(name="Akela", pack="Seeonee")]

    @strawberry.field
    def pets(self) -> list[Pet]:
        return [REX, TOM]

    @strawberry.field
    def either(self, cat: bool = True) -> Either | None:
        return TOM if cat else REX

    @strawberry.field
    def nested(self) -> "Query":
        return Query()

    @strawberry.field
    def echo(self, text: str = "none") -> str:
        return text


schema = Schema(query=Query, types=[Wolf])

ORDER = {
    "as asked for": Case(
        "{ dog { owner name } cat { lives } }",
        {"dog": {"owner": "Bob", "name": "Rex"}, "cat": {"lives": 9}},
    ),
    "a field asked for twice stays at its first place": Case(
        "{ cat { name lives name owner lives } }",
        {"cat": {"name": "Tom", "lives": 9, "owner": "Ann"}},
    ),
    "selections of the same key are merged": Case(
        "{ cat { name } dog { name } cat { lives name } }",
        {"cat": {"name": "Tom", "lives": 9}, "dog": {"name": "Rex"}},
    ),
    "merged below, twice": Case(
        "{ cat { rival { name } lives } cat { rival { owner } rival { name __typename } } }",
        {"cat": {"rival": {"name": "Rex", "owner": "Bob", "__typename": "Dog"}, "lives": 9}},
    ),
    "aliases are the keys": Case(
        "{ b: cat { z: name a: name name } a: cat { name: owner } }",
        {"b": {"z": "Tom", "a": "Tom", "name": "Tom"}, "a": {"name": "Ann"}},
    ),
    "aliases of one field with different arguments": Case(
        '{ two: echo(text: "2") echo one: echo(text: "1") }',
        {"two": "2", "echo": "none", "one": "1"},
    ),
    "a fragment at its place": Case(
        "{ ...first dog { name } } fragment first on Query { cat { name } dog { owner } }",
        {"cat": {"name": "Tom"}, "dog": {"owner": "Bob", "name": "Rex"}},
    ),
    "a fragment that is spread twice counts once": Case(
        "{ cat { ...f owner ...f } } fragment f on Cat { lives name }",
        {"cat": {"lives": 9, "name": "Tom", "owner": "Ann"}},
    ),
    "fragments in fragments": Case(
        """
        { cat { ...outer owner } }
        fragment outer on Pet { ...inner ... on Cat { lives } __typename }
        fragment inner on Animal { name }
        """,
        {"cat": {"name": "Tom", "lives": 9, "__typename": "Cat", "owner": "Ann"}},
    ),
    "the same fragment at different places": Case(
        """
        { cat { ...f rival { ...f ... on Dog { tricks } } } dog { ...f } }
        fragment f on Pet { name owner }
        """,
        {
            "cat": {
                "name": "Tom",
                "owner": "Ann",
                "rival": {"name": "Rex", "owner": "Bob", "tricks": ["sit"]},
            },
            "dog": {"name": "Rex", "owner": "Bob"},
        },
    ),
    "inline without a type": Case(
        "{ ... { cat { ... { name ... { lives } } owner } } }",
        {"cat": {"name": "Tom", "lives": 9, "owner": "Ann"}},
    ),
    "inline by an interface of an interface": Case(
        "{ cat { ... on Animal { name } ... on Pet { owner } } }",
        {"cat": {"name": "Tom", "owner": "Ann"}},
    ),
    "nothing applies": Case(
        "{ animals { ... on Cat { lives } } }",
        {"animals": [{"lives": 9}, {}, {}]},
    ),
    "by type, in the order of the operation": Case(
        """
        { animals { ... on Dog { tricks } name ... on Wolf { pack } ... on Pet { owner }
          ... on Cat { lives name } } }
        """,
        {
            "animals": [
                {"name": "Tom", "owner": "Ann", "lives": 9},
                {"tricks": ["sit", "roll"], "name": "Rex", "owner": "Bob"},
                {"name": "Akela", "pack": "Seeonee"},
            ]
        },
    ),
    "a list of an interface below a type": Case(
        "{ pets { name ... on Dog { friends { __typename name } } } }",
        {
            "pets": [
                {
                    "name": "Rex",
                    "friends": [
                        {"__typename": "Cat", "name": "Tom"},
                        {"__typename": "Wolf", "name": "Akela"},
                    ],
                },
                {"name": "Tom"},
            ]
        },
    ),
    "a member of a union": Case(
        "{ either { ... on Dog { tricks } ... on Cat { lives } ... on Animal { name } } }",
        {"either": {"lives": 9, "name": "Tom"}},
    ),
    "both members of a union": Case(
        """
        { a: either { ...f } b: either(cat: false) { ...f } }
        fragment f on Either { __typename ... on Dog { tricks } ... on Cat { lives } }
        """,
        {
            "a": {"__typename": "Cat", "lives": 9},
            "b": {"__typename": "Dog", "tricks": ["sit", "roll"]},
        },
    ),
    "one key that means different fields of different types": Case(
        "{ animals { ... on Cat { it: name } ... on Dog { it: owner } } }",
        {"animals": [{"it": "Tom"}, {"it": "Bob"}, {}]},
    ),
    "merged through fragments of several types": Case(
        """
        { animals { ... on Pet { owner } ... on Cat { rival { name } } ... on Animal { name }
          ... on Cat { rival { ... on Dog { tricks } } owner } } }
        """,
        {
            "animals": [
                {
                    "owner": "Ann",
                    "rival": {"name": "Rex", "tricks": ["sit"]},
                    "name": "Tom",
                },
                {"owner": "Bob", "name": "Rex"},
                {"name": "Akela"},
            ]
        },
    ),
    "the root merged through fragments": Case(
        """
        { nested { echo } ...a ...b }
        fragment a on Query { nested { cat { name } } echo }
        fragment b on Query { nested { echo cat { lives } } }
        """,
        {"nested": {"echo": "none", "cat": {"name": "Tom", "lives": 9}}, "echo": "none"},
    ),
}

TYPENAMES = {
    "alone": Case("{ __typename }", {"__typename": "Query"}),
    "beside others, aliased, twice": Case(
        "{ kind: __typename echo __typename kind: __typename }",
        {"kind": "Query", "echo": "none", "__typename": "Query"},
    ),
    "of objects, interfaces, unions": Case(
        """
        { cat { __typename rival { __typename } } animals { __typename }
          either { t: __typename } }
        """,
        {
            "cat": {"__typename": "Cat", "rival": {"__typename": "Dog"}},
            "animals": [{"__typename": "Cat"}, {"__typename": "Dog"}, {"__typename": "Wolf"}],
            "either": {"t": "Cat"},
        },
    ),
    "of the root once more": Case(
        "{ nested { __typename nested { __typename } } }",
        {"nested": {"__typename": "Query", "nested": {"__typename": "Query"}}},
    ),
}

INTROSPECTION = {
    "of a type": Case(
        '{ __type(name: "Wolf") { kind name fields { name type { kind name } } } }',
        {
            "__type": {
                "kind": "OBJECT",
                "name": "Wolf",
                "fields": [
                    {"name": "name", "type": {"kind": "NON_NULL", "name": None}},
                    {"name": "pack", "type": {"kind": "SCALAR", "name": "String"}},
                ],
            }
        },
    ),
    "of what there is not": Case('{ __type(name: "Cow") { name } }', {"__type": None}),
    "by a variable, beside ordinary fields": Case(
        """
        query ($of: String!) { echo __schema { queryType { name } }
          cat { name } __type(name: $of) { name possibleTypes { name } } }
        """,
        {
            "echo": "none",
            "__schema": {"queryType": {"name": "Query"}},
            "cat": {"name": "Tom"},
            "__type": {"name": "Either", "possibleTypes": [{"name": "Cat"}, {"name": "Dog"}]},
        },
        variables={"of": "Either"},
    ),
}


@each_of(ORDER)
async def test_keys(case: Case) -> None:
    await check(schema, case)


@each_of(TYPENAMES)
async def test_typename(case: Case) -> None:
    await check(schema, case)


@each_of(INTROSPECTION)
async def test_introspection(case: Case) -> None:
    await check(schema, case)


async def test_the_whole_schema_by_introspection() -> None:
    answer = await ask(
        schema,
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        ),
    )
    assert not answer.faults
    names = {each["name"] for each in answer.data["__schema"]["types"]}
    assert {"Query", "Cat", "Dog", "Wolf", "Either", "__Type"} < names


async def test_an_operation_by_its_name() -> None:
    document = "query a { echo } query b { cat { name } } query c { dog { name } }"
    answer = await ask(schema, document, operation="b")
    assert answer.data == {"cat": {"name": "Tom"}}
    answer = await ask(schema, document, operation="a")
    assert answer.data == {"echo": "none"}


@pytest.mark.parametrize(
    ("depth", "falls_back"),
    [(50, None), (100, "more than 60 levels")],  # the stock executor gives up at about 140
)
async def test_deep(depth: int, falls_back: str | None) -> None:
    document = "{ nested " * depth + "{ echo }" + " }" * depth
    answer = await ask(schema, document, falls_back=falls_back)
    found = answer.data
    for _ in range(depth):
        found = found["nested"]
    assert found == {"echo": "none"}


async def test_wide() -> None:
    keys = [f"k{n}" for n in range(1000)]
    document = " ".join(f'{key}: echo(text: "{key}")' for key in keys)
    answer = await ask(schema, f"{{ {document} cat {{ {' '.join(f'{k}: name' for k in keys)} }} }}")
    assert answer.data == {**{k: k for k in keys}, "cat": dict.fromkeys(keys, "Tom")}
    assert list(answer.data) == [*keys, "cat"]
