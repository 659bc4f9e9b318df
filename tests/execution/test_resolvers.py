"""Resolvers of every kind, and what surrounds them."""

import asyncio
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension, SchemaExtension
from strawberry.permission import BasePermission

from schema.execution import STOCK, BreadthFirstExecutor, under
from tests.execution.both import Case, Schema, ask, breadth_first, check, each_of

WHO: ContextVar[str] = ContextVar("WHO", default="nobody")


class Loud(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        return next_(source, info, **arguments).upper()


class Marked(FieldExtension):
    """Of both kinds: marks what it sees, and changes an argument on the way."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        return f"{self.mark}{next_(source, info, **arguments)}{self.mark}"

    async def resolve_async(
        self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any
    ) -> Any:
        if "text" in arguments:
            arguments["text"] += self.mark
        return f"{self.mark}{await next_(source, info, **arguments)}{self.mark}"


class Refusing(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **arguments: Any) -> Any:
        raise PermissionError(f"not {info.field_name} of {source.name}")


class Allowed(BasePermission):
    message = "not allowed"
    error_extensions = {"code": "FORBIDDEN"}

    def has_permission(self, source: Any, info: strawberry.Info, **arguments: Any) -> bool:
        return arguments.get("secret", "") == "sesame" or getattr(source, "name", "") == "a"


class AllowedLater(BasePermission):
    message = "not allowed yet"

    async def has_permission(self, source: Any, info: strawberry.Info, **arguments: Any) -> bool:
        return source.name == "b"


def apart(root: strawberry.Parent["Thing"], suffix: str = "!") -> str:
    return root.name + suffix


def apart_by_root(root: "Thing") -> str:
    return f"root {root.name}"


async def apart_later(parent: strawberry.Parent["Thing"]) -> str:
    return f"later {parent.name}"


def awaitable(value: Any) -> Awaitable[Any]:
    """An awaitable that is no coroutine."""
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


@strawberry.type
class Thing:
    name: str
    hidden: strawberry.Private[str] = "secret"
    python_name: str = "python"
    renamed: str = strawberry.field(name="other", default="renamed")

    by_function: str = strawberry.field(resolver=apart)
    by_root: str = strawberry.field(resolver=apart_by_root)
    by_coroutine: str = strawberry.field(resolver=apart_later)

    @strawberry.field
    def method(self) -> str:
        return f"{self.name} {self.hidden}"

    @strawberry.field
    async def coroutine(self, text: str = "t") -> str:
        return self.name + text

    @strawberry.field
    def sync_to_coroutine(self) -> str:
        return self.coroutine_of("x")  # type: ignore[return-value]

    async def coroutine_of(self, text: str) -> str:
        return self.name + text

    @strawberry.field
    def future(self) -> str:
        return awaitable(self.name)  # type: ignore[return-value]

    @strawberry.field
    def now_or_later(self) -> str:
        return self.name if self.name == "a" else self.coroutine_of("?")  # type: ignore[return-value]

    @strawberry.field
    @staticmethod
    def static() -> str:
        return "static"

    @strawberry.field
    @classmethod
    def of_class(cls, root: Any) -> str:
        return f"{cls.__name__} {root.name}"

    @strawberry.field(extensions=[Loud()])
    def loud(self) -> str:
        return f"{self.name} loud"

    @strawberry.field(extensions=[Marked("<"), Marked(">")])
    def marked(self) -> str:
        return self.name

    @strawberry.field(extensions=[Marked("<"), Marked(">")])
    async def marked_later(self, text: str = "t") -> str:
        return self.name + text

    @strawberry.field(extensions=[Refusing()])
    def refused(self) -> str | None:
        return "resolved although it is refused"

    @strawberry.field(permission_classes=[Allowed])
    def guarded(self, secret: str = "") -> str | None:
        return f"{self.name} guarded"

    @strawberry.field(permission_classes=[AllowedLater])
    async def guarded_later(self) -> str | None:
        return f"{self.name} guarded"

    plain_guarded: str | None = strawberry.field(permission_classes=[Allowed], default="plain")

    @strawberry.field
    def who(self) -> str:
        return WHO.get()

    @strawberry.field
    async def who_later(self) -> str:
        await asyncio.sleep(0)
        return WHO.get()


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing:
        return Thing(name="a")

    @strawberry.field
    async def things(self) -> list[Thing | None]:
        return [Thing(name="a"), None, Thing(name="b", hidden="own")]


schema = Schema(query=Query)


def of_both(selection: str, a: Any, b: Any, errors: Any = None) -> Case:
    """The selection of a list of a, nothing, b."""
    return Case(f"{{ things {{ {selection} }} }}", {"things": [a, None, b]}, errors or {})


CASES = {
    "attributes by other names": of_both(
        "pythonName other", *({"pythonName": "python", "other": "renamed"},) * 2
    ),
    "functions": of_both(
        'byFunction x: byFunction(suffix: "?") byRoot byCoroutine',
        {"byFunction": "a!", "x": "a?", "byRoot": "root a", "byCoroutine": "later a"},
        {"byFunction": "b!", "x": "b?", "byRoot": "root b", "byCoroutine": "later b"},
    ),
    "methods": of_both("method", {"method": "a secret"}, {"method": "b own"}),
    "static and class methods": of_both(
        "static ofClass",
        {"static": "static", "ofClass": "Thing a"},
        {"static": "static", "ofClass": "Thing b"},
    ),
    "coroutines": of_both(
        'coroutine b: coroutine(text: "u") syncToCoroutine',
        {"coroutine": "at", "b": "au", "syncToCoroutine": "ax"},
        {"coroutine": "bt", "b": "bu", "syncToCoroutine": "bx"},
    ),
    "futures": of_both("future", {"future": "a"}, {"future": "b"}),
    "awaitable for some only": of_both(
        "nowOrLater name",
        {"nowOrLater": "a", "name": "a"},
        {"nowOrLater": "b?", "name": "b"},
    ),
    "extensions": of_both(
        'loud marked markedLater x: markedLater(text: "_")',
        {"loud": "A LOUD", "marked": "><a<>", "markedLater": "><at><<>", "x": "><a_><<>"},
        {"loud": "B LOUD", "marked": "><b<>", "markedLater": "><bt><<>", "x": "><b_><<>"},
    ),
    "extensions that refuse": of_both(
        "name refused",
        {"name": "a", "refused": None},
        {"name": "b", "refused": None},
        {"things.0.refused": "not refused of a", "things.2.refused": "not refused of b"},
    ),
    "permissions": of_both(
        'guarded x: guarded(secret: "sesame") plainGuarded',
        {"guarded": "a guarded", "x": "a guarded", "plainGuarded": "plain"},
        {"guarded": None, "x": "b guarded", "plainGuarded": None},
        {"things.2.guarded": "not allowed", "things.2.plainGuarded": "not allowed"},
    ),
    "permissions that are awaited": of_both(
        "guardedLater",
        {"guardedLater": None},
        {"guardedLater": "b guarded"},
        {"things.0.guardedLater": "not allowed yet"},
    ),
}


@each_of(CASES)
async def test_resolvers(case: Case) -> None:
    await check(schema, case)


async def test_what_a_refusal_says() -> None:
    answer = await ask(schema, "{ things { guarded } }")
    assert [each.extensions for each in answer.faults] == ['{"code": "FORBIDDEN"}']


async def test_context_variables_are_seen() -> None:
    WHO.set("somebody")
    answer = await ask(schema, "{ thing { who whoLater } things { who whoLater } }")
    seen = {"who": "somebody", "whoLater": "somebody"}
    assert answer.data == {"thing": seen, "things": [seen, None, seen]}


class Counting(SchemaExtension):
    """Sees every resolver; Strawberry gives it to graphql-core as a middleware."""

    def resolve(self, next_: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        info.context["seen"].append((info.field_name, info.path.as_list()))
        return next_(root, info, *args, **kwargs)


async def test_a_schema_extension_that_sees_every_resolver() -> None:
    """Nothing is hidden from it, whether the operation runs breadth-first or falls back."""
    watched = Schema(query=Query, extensions=[Counting])
    document = "{ thing { name method } things { name coroutine } }"
    seen = []
    for executor in (STOCK, BreadthFirstExecutor):
        context: dict[str, Any] = {"seen": []}
        result = await under(watched, executor).execute(document, context_value=context)
        assert result.errors is None
        seen.append((result.data, sorted(context["seen"], key=repr)))
    assert seen[0] == seen[1]


class Timed(SchemaExtension):
    """Around the whole operation, and with something to say of it."""

    async def on_execute(self) -> Any:
        WHO.set("of the extension")
        yield
        self.execution_context.context["done"] = self.execution_context.result is not None

    def get_results(self) -> dict[str, Any]:
        return {"timed": True}


async def test_a_schema_extension_around_the_operation() -> None:
    timed = under(Schema(query=Query, extensions=[Timed]), BreadthFirstExecutor)
    context: dict[str, Any] = {}
    with breadth_first():
        result = await timed.execute("{ things { whoLater } }", context_value=context)
    assert result.data == {
        "things": [{"whoLater": "of the extension"}, None, {"whoLater": "of the extension"}]
    }
    assert (result.extensions, context["done"]) == ({"timed": True}, True)


def test_sync() -> None:
    """An operation without anything to await answers at once, under both."""
    document = "{ thing { name method loud marked refused byFunction } }"
    results = [
        under(schema, executor).execute_sync(document) for executor in (STOCK, BreadthFirstExecutor)
    ]
    assert [each.data for each in results] == [
        {
            "thing": {
                "name": "a",
                "method": "a secret",
                "loud": "A LOUD",
                "marked": "><a<>",
                "refused": None,
                "byFunction": "a!",
            }
        }
    ] * 2
    assert [[each.message for each in result.errors] for result in results] == [
        ["not refused of a"]
    ] * 2
