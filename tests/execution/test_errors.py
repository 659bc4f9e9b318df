"""Errors of every kind: what a client and the schema's extensions see of them."""

from types import SimpleNamespace
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, Source

from schema.execution import STOCK, BreadthFirstExecutor, under
from tests.execution.both import Answer, Fault, Schema, answer_of, ask


class Speechless(Exception):
    """Fails when it is shown."""

    def __str__(self) -> str:
        raise RuntimeError("speechless")


class Worded(Exception):
    """Has its words where GraphQL looks first."""

    message = "worded"
    extensions = {"code": "WORDED"}


class Stop(BaseException):
    """No error of a field: it ends the operation."""


class Moody:
    """Attributes that fail, or are not there, or are no values."""

    name = "moody"

    @property
    def failing(self) -> str:
        raise LookupError("property")

    @property
    def speechless(self) -> str:
        raise Speechless

    def method(self) -> str:
        return "never called"

    def __getattr__(self, name: str) -> Any:
        if name == "dynamic":
            return "made up"
        raise AttributeError(f"no {name}")


@strawberry.type
class Thing:
    name: str | None
    failing: str | None
    speechless: str | None
    method: str | None
    dynamic: str | None
    missing: str | None


@strawberry.type
class Query:
    thing: Thing | None
    things: list[Thing | None]

    @strawberry.field
    def raised(self, info: strawberry.Info) -> str | None:
        raise info.context["error"]

    @strawberry.field
    async def raised_later(self, info: strawberry.Info) -> str | None:
        raise info.context["error"]

    @strawberry.field
    def returned(self, info: strawberry.Info) -> str | None:
        return info.context["error"]

    @strawberry.field
    async def returned_later(self, info: strawberry.Info) -> str | None:
        return info.context["error"]

    @strawberry.field
    def returned_hard(self, info: strawberry.Info) -> str:
        return info.context["error"]

    @strawberry.field
    def listed(self, info: strawberry.Info) -> list[str | None]:
        return ["a", info.context["error"]]

    @strawberry.field
    def found(self, info: strawberry.Info) -> Thing | None:
        return info.context["error"]

    @strawberry.field
    def fine(self) -> str:
        return "fine"


schema = Schema(query=Query)

EVERYWHERE = "{ fine raised raisedLater returned returnedLater listed found { name } }"
PLACES = ["raised", "raisedLater", "returned", "returnedLater", "listed.1", "found"]
NULLED = {
    "fine": "fine",
    "raised": None,
    "raisedLater": None,
    "returned": None,
    "returnedLater": None,
    "listed": ["a", None],
    "found": None,
}


async def everywhere(make: Any) -> Answer:
    """The error, raised and returned and listed."""
    answer = await ask(schema, EVERYWHERE, context=lambda: {"error": make()})
    assert answer.data == NULLED
    return answer


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ValueError("x"), "x"),
        (lambda: ValueError(), ""),
        (lambda: ValueError("x", 1), "('x', 1)"),
        (lambda: KeyError("k"), "'k'"),
        (lambda: AssertionError("sure"), "sure"),
        (lambda: Worded("unheard"), "worded"),
        (lambda: TimeoutError("late"), "late"),
        (lambda: RecursionError("deep"), "deep"),
        (lambda: ExceptionGroup("both", [ValueError("a"), KeyError("b")]), "both"),
        (lambda: GraphQLError("g"), "g"),
    ],
)
async def test_messages(make: Any, message: str) -> None:
    answer = await everywhere(make)
    assert answer.errors == dict.fromkeys(PLACES, message)


async def test_extensions_of_an_error() -> None:
    answer = await everywhere(lambda: GraphQLError("g", extensions={"code": "C", "n": [1]}))
    assert {each.extensions for each in answer.faults} == {'{"code": "C", "n": [1]}'}
    answer = await everywhere(Worded)
    assert {each.extensions for each in answer.faults} == {'{"code": "WORDED"}'}


async def test_the_original_of_an_error() -> None:
    answer = await everywhere(lambda: ValueError("x"))
    assert {each.original for each in answer.faults} == {"ValueError"}
    answer = await everywhere(lambda: GraphQLError("x", original_error=KeyError()))
    assert {each.original for each in answer.faults} <= {"KeyError", "GraphQLError"}


async def test_an_error_with_a_path_of_its_own_keeps_it() -> None:
    answer = await ask(
        schema,
        "{ fine raised }",
        context=lambda: {"error": GraphQLError("g", path=["some", 0, "where"])},
    )
    assert answer.data == {"fine": "fine", "raised": None}
    assert answer.errors == {"some.0.where": "g"}


async def test_an_error_with_places_of_its_own_keeps_them() -> None:
    source = Source("one\ntwo three")
    answer = await ask(
        schema,
        "{ fine raised raisedLater }",
        context=lambda: {"error": GraphQLError("g", source=source, positions=[8])},
    )
    assert {each.locations for each in answer.faults} == {((2, 5),)}


@pytest.mark.parametrize(
    ("document", "stock", "ours"),
    [
        ("{ fine raised }", (None, None), ({"fine": "fine", "raised": None}, "raised")),
        (
            "{ thing { speechless } }",
            ({"thing": None}, "thing"),
            ({"thing": {"speechless": None}}, "thing.speechless"),
        ),
    ],
)
async def test_an_error_that_cannot_be_shown(document: str, stock: Any, ours: Any) -> None:
    """graphql-core fails while it tells the error, above the field; ours tells it at the field."""
    for executor, (data, path) in ((STOCK, stock), (BreadthFirstExecutor, ours)):
        answer = answer_of(
            await under(schema, executor).execute(
                document,
                context_value={"error": Speechless()},
                root_value=SimpleNamespace(thing=Moody()),
            )
        )
        assert (answer.data, answer.errors) == (data, {path: "speechless"})


async def test_the_same_error_for_several_fields() -> None:
    error = ValueError("same")
    answer = await ask(schema, "{ a: raised b: raised }", context=lambda: {"error": error})
    assert answer.errors == {"a": "same", "b": "same"}
    error = GraphQLError("same")
    answer = await ask(schema, "{ a: raised b: raised }", context=lambda: {"error": error})
    assert answer.errors == {"a": "same", "b": "same"}


async def test_a_null_that_cannot_be_is_a_type_error() -> None:
    answer = await ask(schema, "{ returnedHard }", context=lambda: {"error": None})
    message = "Cannot return null for non-nullable field Query.returnedHard."
    assert answer.faults == (Fault("returnedHard", message, ((1, 3),), "{}", "TypeError"),)


async def test_no_error_of_a_field_passes_through() -> None:
    for field in ("raised", "raisedLater"):
        with pytest.raises(Stop):
            await ask(schema, f"{{ {field} }}", context=lambda: {"error": Stop()})


@pytest.mark.parametrize("document", ["{{ thing {{ {0} }} }}", "{{ things {{ name {0} }} }}"])
@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("failing", "property"),
        ("missing", "no missing"),
        ("dynamic", None),
    ],
)
async def test_attributes(document: str, field: str, message: str | None) -> None:
    answer = await ask(
        schema,
        document.format(field),
        root=lambda: SimpleNamespace(thing=Moody(), things=[Moody(), Moody()]),
    )
    assert set(answer.errors.values()) == ({message} if message else set())
    things = answer.data.get("things") or [answer.data["thing"]]
    assert [each[field] for each in things] == [None if message else "made up"] * len(things)


async def test_a_method_is_not_called() -> None:
    """Strawberry reads attributes; graphql-core's own resolver would call it."""
    answer = await ask(schema, "{ thing { method } }", root=lambda: SimpleNamespace(thing=Moody()))
    assert answer.data == {"thing": {"method": None}}
    assert "String cannot represent value: <method method>" in answer.errors["thing.method"]


async def test_a_dictionary_has_no_attributes() -> None:
    answer = await ask(schema, "{ thing { name } }", root=lambda: {"thing": {"name": "a"}})
    assert answer.data == {"thing": None}
    assert answer.errors == {"thing": "'dict' object has no attribute 'thing'"}


async def test_attributes_of_many_fail_one_by_one() -> None:
    """Some of a list lack an attribute, some have it, one is null."""

    def root() -> Any:
        have = SimpleNamespace(name="a", missing="m")
        lack = SimpleNamespace(name="b")
        return SimpleNamespace(things=[have, lack, None, have, Moody(), ValueError("x")])

    answer = await ask(schema, "{ things { missing name } }", root=root)
    assert answer.data == {
        "things": [
            {"missing": "m", "name": "a"},
            {"missing": None, "name": "b"},
            None,
            {"missing": "m", "name": "a"},
            {"missing": None, "name": "moody"},
            None,
        ]
    }
    assert answer.errors == {
        "things.1.missing": "'types.SimpleNamespace' object has no attribute 'missing'",
        "things.4.missing": "no missing",
        "things.5": "x",
    }
