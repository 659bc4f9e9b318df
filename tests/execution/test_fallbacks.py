"""What is left to the stock executor, why, and that it is answered all the same."""

import asyncio
import gc
from contextlib import nullcontext
from typing import Any

import pytest
import strawberry
from graphql import AbortController, ExecutionHooks, execute, parse
from strawberry.directive import DirectiveLocation, DirectiveValue
from strawberry.extensions import DisableValidation, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.utils.await_maybe import await_maybe

from schema.execution import METRICS, STOCK, BreadthFirstExecutor, under
from tests.execution.both import Schema, answer_of, ask, breadth_first, falling_back


@strawberry.type
class Thing:
    name: str = "thing"

    @strawberry.field
    async def later(self) -> str | None:
        return "later"

    @strawberry.field
    async def waits(self) -> str | None:
        await asyncio.sleep(0)
        return "waited"

    @strawberry.field
    def failing(self) -> str:
        raise ValueError("failing")

    @strawberry.field
    def echo(self, text: str = "none") -> str:
        return text


@strawberry.type
class Query:
    @strawberry.field
    def thing(self) -> Thing | None:
        return Thing()

    @strawberry.field
    def things(self) -> list[Thing]:
        return [Thing(), Thing(name="other")]


schema = Schema(query=Query)


class Seeing(SchemaExtension):
    def resolve(self, next_: Any, root: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        return next_(root, info, *args, **kwargs)


@strawberry.directive(locations=[DirectiveLocation.FIELD])
def loud(value: DirectiveValue[str]) -> str:
    return value.upper()


async def test_extensions_that_wrap_resolvers() -> None:
    seeing = Schema(query=Query, extensions=[Seeing])
    answer = await ask(seeing, "{ thing { name later } }", falls_back="middleware")
    assert answer.data == {"thing": {"name": "thing", "later": "later"}}


async def test_directives_of_the_schema() -> None:
    """Strawberry runs them as an extension that wraps resolvers."""
    with_directives = Schema(query=Query, directives=[loud])
    answer = await ask(with_directives, "{ thing { name @loud later } }", falls_back="middleware")
    assert answer.data == {"thing": {"name": "THING", "later": "later"}}


async def run(document: str, executor: Any, **given: Any) -> Any:
    """By graphql-core itself, for what Strawberry does not hand on."""
    result = await await_maybe(
        execute(schema._schema, parse(document), executor_class=executor, **given)
    )
    return answer_of(result)


@pytest.mark.parametrize(
    ("reason", "document", "given"),
    [
        (
            "signals and hooks",
            "{ things { name later } }",
            {"abort_signal": AbortController().signal},
        ),
        ("signals and hooks", "{ things { name later } }", {"hooks": ExecutionHooks()}),
        (
            "no error propagation",
            "query @experimental_disableErrorPropagation { things { name failing } }",
            {},
        ),
        ("@unknown", "{ things { name @unknown } }", {}),
        ("@unknown", "{ things { ... @unknown { name } } }", {}),
        ("@unknown", "{ things { ...f } } fragment f on Thing { later name @unknown }", {}),
    ],
)
async def test_reasons(reason: str, document: str, given: dict[str, Any]) -> None:
    stock = await run(document, STOCK, **given)
    with falling_back(reason):
        assert await run(document, BreadthFirstExecutor, **given) == stock
    assert [each["name"] for each in stock.data["things"]] == ["thing", "other"]


async def test_a_root_type_that_there_is_not() -> None:
    stock = await run("mutation { anything }", STOCK)
    with falling_back("no such root type"):
        assert await run("mutation { anything }", BreadthFirstExecutor) == stock
    assert stock.errors == {None: "Schema is not configured to execute mutation operation."}


async def test_incremental_delivery() -> None:
    config = StrawberryConfig(enable_experimental_incremental_execution=True)
    incremental = Schema(query=Query, config=config)
    document = "{ thing { name ... @defer { later } } }"
    results = []
    for executor in (STOCK, BreadthFirstExecutor):
        with falling_back("@defer") if executor is not STOCK else nullcontext():
            result: Any = await under(incremental, executor).execute(document)
        assert result.initial_result.data == {"thing": {"name": "thing"}}
        results.append([each.formatted async for each in result.subsequent_results])
    assert results[0] == results[1]


def test_outside_an_event_loop() -> None:
    with falling_back("no event loop"):
        result = under(schema, BreadthFirstExecutor).execute_sync("{ things { name echo } }")
    assert result.data == {
        "things": [{"name": each, "echo": "none"} for each in ("thing", "other")]
    }


async def test_sync_in_an_event_loop_that_would_have_to_wait() -> None:
    """Refused as by the stock executor, but that one warns of what it never awaited, too."""
    result = under(schema, BreadthFirstExecutor).execute_sync("{ thing { waits } }")
    message = "GraphQL execution failed to complete synchronously."
    assert [each.message for each in result.errors] == [message]
    gc.collect()


UNVALIDATED = [
    "{ thing { name nothing } nothing }",
    "{ thing { name ...nothing } }",
    "{ thing { name { name } } things }",
    "{ thing { echo(text: $nothing) } }",
    "query ($a: String) { thing { echo(text: $a) } }",
    "{ thing { echo(nothing: 5) } }",
    "{ thing { echo(text: 5) } }",
    "query ($a: Int) { things { name echo(text: $a) } }",
    "{ ...f } fragment f on Query { thing { name } ...f }",
    "{ thing { ...f } } fragment f on Thing { name ...g } fragment g on Thing { ...f later }",
    "{ thing { ... on Query { name } ... on Nothing { later } echo } }",
    "{ a: thing { name } a: things { later } }",
    "query ($a: Boolean) { thing { name @skip(if: $a) } }",
    "{ thing { name @skip } }",
    "{ thing { name } things { name @include(if: 5) } }",
    "{ things { name } thing @skip(if: $nothing) { name } }",
    "{ thing @skip { name } }",
    "{ thing { name } thing @include(if: null) { later } }",
]


@pytest.mark.parametrize("document", UNVALIDATED)
async def test_documents_that_nobody_validated(document: str) -> None:
    """Trusted ones, for example: what is wrong with them is found on the way, by both."""
    trusting = Schema(query=Query, extensions=[DisableValidation])
    answers = []
    for executor in (STOCK, BreadthFirstExecutor):
        answers.append(answer_of(await under(trusting, executor).execute(document)))
    assert answers[0] == answers[1]


async def test_counting() -> None:
    """Each operation is counted once, as one or the other."""
    running = under(schema, BreadthFirstExecutor)
    with breadth_first(3):
        for _ in range(3):
            await running.execute("{ thing { name } }")
    fallbacks = METRICS.fallbacks.total()
    await running.execute("{ thing { name @unknown } }")  # refused before it is executed
    assert METRICS.fallbacks.total() == fallbacks
