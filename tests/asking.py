"""What tests of the schema share: acting and asking as a caller, counting statements and rows."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLSyntaxError, parse, specified_rules
from graphql.execution import Executor
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.schema import validate_document

from schema.access.rules import SYSTEM, Actor
from schema.context import Context, Kept, Work, begin
from schema.execution import under
from schema.reading import reading_of
from schema.root import schema
from schema.scope import EVERYWHERE
from schema.secrets import Secrets

TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
SECRETS = Secrets(signing_keys=(b"s" * 32,), master_key=b"m" * 32)


@dataclass(frozen=True)
class Answer:
    """A GraphQL answer: data and errors as a client sees them."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[str]:
        return [each.get("extensions", {}).get("code", "") for each in self.errors]


def answer_of(result: Any) -> Answer:
    errors = [dict(each.formatted) for each in result.errors or []]
    return Answer(result.data, errors)


@lru_cache
def valid(text: str) -> DocumentNode | None:
    """The document in a text; None where there is none, or it is not valid."""
    try:
        document = parse(text)
    except GraphQLSyntaxError:
        return None
    errors = validate_document(schema._schema, document, tuple(specified_rules))
    return None if errors else document


class Acting:
    """Acts as some caller on the API's engine, in transactions: executes no GraphQL."""

    def __init__(self, engine: AsyncEngine, kept: Kept | None = None) -> None:
        self.engine = engine
        self.kept = kept or Kept()

    def context(self, actor: Actor) -> Context:
        return Context(
            actor=actor, engine=self.engine, secrets=SECRETS, request_id="test", kept=self.kept
        )

    @asynccontextmanager
    async def work(self, actor: Actor = SYSTEM) -> AsyncIterator[Work]:
        """A transaction, for tests that call actions."""
        async with begin(self.engine, actor, EVERYWHERE, SECRETS, "test", kept=self.kept) as work:
            yield work

    async def counts(self) -> dict[str, int]:
        """How many rows each table has: equal before and after, nothing was added or deleted.

        But for what triggers note of other tables' changes.
        """
        found = await self._of_each_table("count(*)")
        return {name: count for name, count in found.items() if name != "calendar_changes"}

    async def contents(self) -> dict[str, Any]:
        """What the rows of each table say: equal before and after, nothing at all was written."""
        return await self._of_each_table("coalesce(sum(hashtextextended(row::text, 0)), 0)")

    async def _of_each_table(self, figure: str) -> dict[str, Any]:
        async with self.engine.execution_options(actor=SYSTEM).connect() as connection:
            names = await connection.scalars(text(TABLES))
            union = " union all ".join(
                f"select '{name}', {figure} from {name} as row" for name in names
            )
            rows = (await connection.execute(text(union))).all()
            return {row[0]: row[1] for row in rows}

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements sent while the block runs, without BEGIN, COMMIT and the settings."""
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "set_config" not in statement and "SAVEPOINT" not in statement:
                seen.append(statement)

        def note_on_the_driver(statement: str, _arguments: Any) -> None:
            seen.append(statement)

        on_the_driver = reading_of(self.engine).listeners
        on_the_driver.append(note_on_the_driver)
        event.listen(self.engine.sync_engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(self.engine.sync_engine, "before_cursor_execute", note)
            on_the_driver.remove(note_on_the_driver)


class Asking(Acting):
    """Executes GraphQL too, through the built schema, under an executor."""

    def __init__(
        self, engine: AsyncEngine, executor: type[Executor], kept: Kept | None = None
    ) -> None:
        super().__init__(engine, kept)
        self.executor = executor
        self.schema = under(schema, executor)

    async def __call__(self, actor: Actor, query: str, **variables: Any) -> Answer:
        context, document = self.context(actor), valid(query)
        if document is None:
            result = await self.schema.execute(query, variables, context)
        else:
            result = await self.schema.answer(document, context, variables)
        return answer_of(result)

    @asynccontextmanager
    async def watching(
        self, actor: Actor, query: str, **variables: Any
    ) -> AsyncIterator[AsyncIterator[Answer]]:
        """The answers to a subscription, as they come, for the length of the block."""
        results = await self.schema.subscribe(
            query, variable_values=variables, context_value=self.context(actor)
        )
        async with aclosing(results):
            yield (answer_of(each) async for each in results)

    async def first(self, actor: Actor, query: str, **variables: Any) -> Answer:
        """The first answer to a subscription."""
        async with self.watching(actor, query, **variables) as answers:
            return await anext(answers)

    async def data(self, actor: Actor, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        answer = await self(actor, query, **variables)
        assert answer.errors == []
        assert answer.data is not None
        return answer.data

    async def change(self, actor: Actor, query: str, **variables: Any) -> Any:
        """What the one mutation of `query` gives."""
        (result,) = (await self.data(actor, query, **variables)).values()
        return result


@pytest.fixture
def act(api_engine: AsyncEngine) -> Acting:
    """`async with act.work() as work`: for what executes no GraphQL."""
    return Acting(api_engine)


@pytest.fixture
def ask(act: Acting, executor: type[Executor]) -> Asking:
    """`await ask(actor, query, **variables)`: under each executor."""
    return Asking(act.engine, executor, act.kept)
