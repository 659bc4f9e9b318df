"""Mutations run one after another, each with all that is below it; failures become what is said."""

import asyncio
from dataclasses import replace
from typing import Annotated, Any

import pytest
import strawberry

from tests.execution.both import Case, Schema, ask, check, each_of


class Taken(Exception):
    """Expected: becomes a member of the mutation's union."""


class Lost(Exception):
    """Expected by the same handler, which declines it."""


class Bug(Exception):
    """Not expected."""


@strawberry.type
class Log:
    entries: list[str]

    @strawberry.field
    async def later(self, info: strawberry.Info) -> int:
        """What is below a mutation is asked before the next begins."""
        await asyncio.sleep(0)
        info.context["log"].append("below")
        return len(self.entries)


@strawberry.type
class Problem:
    message: str

    @strawberry.field
    async def again(self) -> str:
        return f"{self.message} again"


class Explaining(strawberry.ExceptionHandler[Taken | Lost, Problem]):
    def handle(self, exception: Taken | Lost, *, field: Any, info: Any) -> Problem | None:
        if isinstance(exception, Lost):
            return None
        return Problem(message=f"{field.python_name}: {exception}")


Outcome = Annotated[Log | Problem, strawberry.union("Outcome")]
ERRORS = {"taken": Taken("taken"), "lost": Lost("lost"), "bug": Bug("bug")}


@strawberry.type
class Query:
    log: Log | None = None

    @strawberry.field
    async def asked(self, wrong: str = "") -> Outcome:
        if wrong:
            raise ERRORS[wrong]
        return Log(entries=[])

    @strawberry.field
    def asked_now(self, wrong: str) -> Outcome | None:
        raise ERRORS[wrong]


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add(self, info: strawberry.Info, entry: str) -> Log:
        """Slow to read, so that two at once would see the same."""
        log = list(info.context["log"])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        info.context["log"][:] = [*log, entry]
        return Log(entries=list(info.context["log"]))

    @strawberry.mutation
    def add_now(self, info: strawberry.Info, entry: str) -> Log:
        info.context["log"].append(entry)
        return Log(entries=list(info.context["log"]))

    @strawberry.mutation
    async def fail(self, info: strawberry.Info) -> Log | None:
        info.context["log"].append("failed")
        raise Bug("nullable")

    @strawberry.mutation
    async def fail_hard(self, info: strawberry.Info) -> Log:
        info.context["log"].append("failed hard")
        raise Bug("hard")

    @strawberry.mutation
    async def try_it(self, info: strawberry.Info, wrong: str = "") -> Outcome:
        info.context["log"].append(wrong or "tried")
        if wrong:
            raise ERRORS[wrong]
        return Log(entries=list(info.context["log"]))

    @strawberry.mutation
    def try_now(self, wrong: str) -> Outcome:
        raise ERRORS[wrong]

    @strawberry.mutation
    def nested(self) -> Query:
        return Query()


schema = Schema(query=Query, mutation=Mutation, exception_handlers=[Explaining()])

SERIAL = {
    "the second sees what the first did": Case(
        '{ a: add(entry: "a") { entries } b: add(entry: "b") { entries } }',
        {"a": {"entries": ["a"]}, "b": {"entries": ["a", "b"]}},
    ),
    "what does not wait stands between": Case(
        """
        { a: add(entry: "a") { entries } b: addNow(entry: "b") { entries }
          c: add(entry: "c") { entries } }
        """,
        {
            "a": {"entries": ["a"]},
            "b": {"entries": ["a", "b"]},
            "c": {"entries": ["a", "b", "c"]},
        },
    ),
    "what is below the first is asked before the second": Case(
        '{ a: add(entry: "a") { later } b: add(entry: "b") { entries later } }',
        {"a": {"later": 1}, "b": {"entries": ["a", "below", "b"], "later": 3}},
    ),
    "the same key twice is one": Case(
        '{ add(entry: "a") { entries } add(entry: "a") { later __typename } }',
        {"add": {"entries": ["a"], "later": 1, "__typename": "Log"}},
    ),
    "through fragments": Case(
        """
        { ...f b: add(entry: "b") { entries } __typename }
        fragment f on Mutation { a: add(entry: "a") { ...g } } fragment g on Log { entries }
        """,
        {"a": {"entries": ["a"]}, "b": {"entries": ["a", "b"]}, "__typename": "Mutation"},
    ),
    "by variables": Case(
        """
        ($x: String!) { a: add(entry: $x) { entries }
          b: add(entry: $x) @skip(if: true) { later } }
        """,
        {"a": {"entries": ["v"]}},
        variables={"x": "v"},
    ),
    "after one that failed and is null": Case(
        '{ fail { entries } b: add(entry: "b") { entries } }',
        {"fail": None, "b": {"entries": ["failed", "b"]}},
        {"fail": "nullable"},
    ),
    "not after one that failed and cannot be null": Case(
        '{ a: add(entry: "a") { entries } failHard { entries } b: add(entry: "b") { entries } }',
        None,
        {"failHard": "hard"},
    ),
    "two that failed, of which one nulls everything": Case(
        "{ fail { entries } failHard { entries } }",
        None,
        {"fail": "nullable", "failHard": "hard"},
    ),
    "queries below a mutation": Case(
        '{ nested { asked { ... on Log { entries } } } a: add(entry: "a") { entries } }',
        {"nested": {"asked": {"entries": []}}, "a": {"entries": ["a"]}},
    ),
}


@each_of(SERIAL)
async def test_one_after_another(case: Case) -> None:
    logs: list[list[str]] = []

    def context() -> Any:
        logs.append([])
        return {"log": logs[-1]}

    document = f"mutation {case.document.strip()}"
    await check(schema, replace(case, document=document), context=context)
    assert logs[0] == logs[1]
    if case.data is None:
        assert logs[1][-1] == "failed hard"


PROBLEMS = {
    "said": Case(
        "mutation { it: tryIt { __typename ... on Log { entries } } }",
        {"it": {"__typename": "Log", "entries": ["tried"]}},
    ),
    "explained": Case(
        'mutation { it: tryIt(wrong: "taken") { __typename ... on Problem { message again } } }',
        {
            "it": {
                "__typename": "Problem",
                "message": "try_it: taken",
                "again": "try_it: taken again",
            }
        },
    ),
    "declined": Case('mutation { it: tryIt(wrong: "lost") { __typename } }', None, {"it": "lost"}),
    "not expected": Case(
        'mutation { it: tryIt(wrong: "bug") { __typename } }', None, {"it": "bug"}
    ),
    "beside others": Case(
        """
        { a: asked { __typename } b: asked(wrong: "taken") { ... on Problem { message } }
          c: askedNow(wrong: "bug") { __typename } }
        """,
        {"a": {"__typename": "Log"}, "b": {"message": "asked: taken"}, "c": None},
        {"c": "bug"},
    ),
}


@each_of(PROBLEMS)
async def test_expected_failures(case: Case) -> None:
    await check(schema, case, context=lambda: {"log": []})


@pytest.mark.parametrize("operation", ["mutation", "query"])
@pytest.mark.parametrize("wrong", ["taken", "lost", "bug"])
async def test_expected_failures_that_do_not_wait(operation: str, wrong: str) -> None:
    field = "tryNow" if operation == "mutation" else "askedNow"
    document = f'{operation} {{ it: {field}(wrong: "{wrong}") {{ ... on Problem {{ again }} }} }}'
    answer = await ask(schema, document)
    if wrong == "taken":
        name = "try_now" if operation == "mutation" else "asked_now"
        assert (answer.data, answer.errors) == ({"it": {"again": f"{name}: taken again"}}, {})
    else:
        assert answer.errors == {"it": wrong}
