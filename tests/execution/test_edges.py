"""What a schema may do that hardly any does: a shortcut must not change its answer."""

import gc
from collections.abc import AsyncIterator
from copy import copy
from operator import getitem
from types import SimpleNamespace
from typing import Any, NewType
from weakref import ref

import strawberry
from graphql import FieldNode, NameNode, Undefined, Visitor, visit
from strawberry.extensions import SchemaExtension
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from schema.execution import STOCK, BreadthFirstExecutor, under
from tests.execution.both import Answer, Schema, answer_of, ask


class Doubled(StrawberryField):
    """A field of somebody's own, that reads attributes in its own way."""

    def get_result(self, source: Any, info: Any, args: Any, kwargs: Any) -> Any:
        return getattr(source, self.python_name) * 2


class Anything:
    """Has every attribute, also one that makes it look like an async iterable."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__aiter__":
            raise AttributeError(name)
        return "anything"


class Later:
    """Its attributes are awaitable, each made when it is read."""

    @property
    async def name(self) -> str:
        return "later"

    @property
    async def inner(self) -> Any:
        return Later()

    @property
    def names(self) -> Any:
        return [self.name, self.name]


class Usual:
    name = "name"
    names = ["a", "b"]
    ended = "ended"

    @property
    def inner(self) -> "Usual":
        return self


class Ended:
    """Its attributes raise what ends an iteration; one is a value whose serializing does."""

    ended = "now"

    @property
    def name(self) -> str:
        raise StopIteration

    inner = names = name


Ending = NewType("Ending", str)


def serialize(value: str) -> str:
    if value == "now":
        raise StopIteration
    return value


class Closing:
    """An async iterator that notes when it is closed."""

    def __init__(self, notes: list[str], fails_at: int) -> None:
        self.notes, self.fails_at, self.at = notes, fails_at, 0

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        self.at += 1
        if self.at == self.fails_at:
            raise ValueError("broken off")
        if self.at > 5:
            raise StopAsyncIteration
        return f"n{self.at}"

    async def aclose(self) -> None:
        self.notes.append("closed")


@strawberry.type
class Thing:
    name: str | None
    inner: "Thing | None"
    names: list[str | None] | None
    ended: Ending | None
    doubled: str | None = Doubled(python_name="doubled", graphql_name="doubled")


@strawberry.type
class Query:
    thing: Thing | None
    things: list[Thing | None] | None

    @strawberry.field
    def extended(self, value: JSON) -> JSON:
        """Keeps nothing of its own: adds to what it was given."""
        value["seen"].append(len(value["seen"]))
        return value

    @strawberry.field
    def extends_each(self) -> "list[Extending]":
        return [Extending(), Extending()]

    @strawberry.field
    def closing(self, info: strawberry.Info, fails_at: int = 0) -> list[str] | None:
        return Closing(info.context["notes"], fails_at)  # type: ignore[return-value]

    @strawberry.field
    def nothing(self) -> str | None:
        return Undefined  # type: ignore[return-value]


@strawberry.type
class Entry:
    name: str | None
    inner: "Entry | None"


@strawberry.type
class ByKey:
    entry: Entry
    entries: list[Entry]


@strawberry.type
class Extending:
    @strawberry.field
    def extended(self, value: JSON) -> JSON:
        value["seen"].append(len(value["seen"]))
        return value


CONFIG = {"scalar_map": {Ending: strawberry.scalar(name="Ending", serialize=serialize)}}
schema = Schema(query=Query, config=StrawberryConfig(**CONFIG))


def root_of(thing: Any) -> Any:
    return lambda: SimpleNamespace(thing=thing, things=[thing, thing])


async def test_a_field_of_another_class() -> None:
    root = root_of(SimpleNamespace(doubled="ab"))
    answer = await ask(schema, "{ thing { doubled } things { doubled } }", root=root)
    assert answer.data["thing"] == {"doubled": "abab"}


async def test_a_schema_that_reads_dictionaries() -> None:
    reading = Schema(query=ByKey, config=StrawberryConfig(default_resolver=getitem))
    entry = {"name": "a", "inner": {"name": "b"}}
    document = "{ entry { name inner { name } } entries { name } }"
    answer = await ask(reading, document, root=lambda: {"entry": entry, "entries": [entry, {}]})
    assert answer.data == {
        "entry": {"name": "a", "inner": {"name": "b"}},
        "entries": [{"name": "a"}, {"name": None}],
    }
    assert answer.errors == {"entries.1.name": "'name'"}


async def test_attributes_that_are_awaitable() -> None:
    """None is left unawaited: that would be a warning, and warnings are errors here."""
    document = "{ thing { name inner { name } names } things { name } }"
    answer = await ask(schema, document, root=root_of(Later()))
    assert answer.data == {
        "thing": {"name": "later", "inner": {"name": "later"}, "names": ["later", "later"]},
        "things": [{"name": "later"}, {"name": "later"}],
    }
    gc.collect()


async def test_attributes_that_are_awaitable_beside_one_that_fails() -> None:
    root = lambda: SimpleNamespace(things=[Later(), Later(), Ended(), Later()])  # noqa: E731
    answer = await ask(schema, "{ things { inner { name } } }", root=root)
    later = {"inner": {"name": "later"}}
    assert answer.data == {"things": [later, later, {"inner": None}, later]}
    gc.collect()


async def test_errors_that_end_iterations() -> None:
    """A StopIteration is an error as any other, wherever it is raised."""
    root = lambda: SimpleNamespace(things=[Usual(), Ended(), Usual()])  # noqa: E731
    for field, shown in [
        ("name", "name"),
        ("inner { name }", {"name": "name"}),
        ("names", ["a", "b"]),
        ("ended", "ended"),
    ]:
        answer = await ask(schema, f"{{ things {{ it: {field} }} }}", root=root)
        assert [each["it"] for each in answer.data["things"]] == [shown, None, shown]
        assert list(answer.errors) == ["things.1.it"]


async def test_literals_are_made_anew_for_every_call() -> None:
    document = """
        { a: extended(value: {seen: []}) b: extended(value: {seen: []})
          extendsEach { extended(value: {seen: []}) } }
    """
    for _ in range(2):
        answer = await ask(schema, document)
        assert answer.data == {
            "a": {"seen": [0]},
            "b": {"seen": [0]},
            "extendsEach": [{"extended": {"seen": [0]}}] * 2,
        }


async def test_an_object_that_has_every_attribute() -> None:
    root = lambda: SimpleNamespace(thing=Anything(), things=Anything())  # noqa: E731
    answer = await ask(schema, "{ thing { name names } things { name } }", root=root)
    assert answer.data == {"thing": {"name": "anything", "names": None}, "things": None}


async def test_an_async_iterator_that_fails_is_closed() -> None:
    for executor in (STOCK, BreadthFirstExecutor):
        notes: list[str] = []
        result = await under(schema, executor).execute(
            "{ closing(failsAt: 3) }", context_value={"notes": notes}
        )
        assert (result.data, notes) == ({"closing": None}, ["closed"])


async def test_undefined_is_null() -> None:
    answer = await ask(schema, "{ nothing }")
    assert (answer.data, answer.errors) == ({"nothing": None}, {})


class Renaming(SchemaExtension):
    """Changes what was parsed: its text is then another's."""

    def on_parse(self) -> Any:
        yield
        document: Any = self.execution_context.graphql_document
        changed = visit(document, Aliasing())
        assert changed.loc == document.loc
        self.execution_context.graphql_document = changed


class Aliasing(Visitor):
    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode:
        return FieldNode(**{key: getattr(node, key) for key in node.keys} | {"alias": X})


X = NameNode(value="x")


async def test_the_document_of_an_extension_counts_not_its_text() -> None:
    plain = await ask(schema, "{ thing { name } }", root=root_of(Anything()))
    assert plain.data == {"thing": {"name": "anything"}}
    renaming = copy(schema)
    renaming.extensions = (Renaming,)
    answer = await ask(renaming, "{ thing { name } }", root=root_of(Anything()))
    assert answer.data == {"x": {"x": "anything"}}


async def test_sync_within_an_event_loop() -> None:
    answers = [
        answer_of(
            under(schema, executor).execute_sync(
                "{ thing { name } }", root_value=root_of(Anything())()
            )
        )
        for executor in (STOCK, BreadthFirstExecutor)
    ]
    assert answers == [Answer('{"thing": {"name": "anything"}}', ())] * 2


async def test_nothing_keeps_a_schema_alive() -> None:
    short_lived = Schema(query=Query, config=StrawberryConfig(**CONFIG))
    await ask(short_lived, "{ thing { name } }", root=root_of(Anything()))
    gone = ref(short_lived._schema)
    del short_lived
    gc.collect()
    assert gone() is None


async def test_incremental_delivery_switched_on() -> None:
    config = StrawberryConfig(enable_experimental_incremental_execution=True, **CONFIG)
    incremental = Schema(query=Query, config=config)
    results = [
        await under(incremental, executor).execute(
            "{ thing { name } }", root_value=root_of(Anything())()
        )
        for executor in (STOCK, BreadthFirstExecutor)
    ]
    assert [answer_of(each) for each in results] == [
        Answer('{"thing": {"name": "anything"}}', ())
    ] * 2
