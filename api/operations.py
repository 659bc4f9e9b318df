"""What a caller asks, admitted and run: the same for HTTP and for WebSocket."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import GraphQLError, OperationType
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.auth import actor_of
from api.documents import Document, Documents, Operation, hash_of
from api.errors import RequestRefused
from api.requests import GraphQLRequest
from schema.access.rules import NOBODY, Actor, ActorKind
from schema.context import Context, Kept
from schema.root import MASKED, VALID_DOCUMENT, Schema
from schema.secrets import Secrets

REQUEST_SECONDS = 10.0

T = TypeVar("T")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Operations:
    """One for a process, whichever way its callers come; each operation gets a Context.

    Where the schema is not `told`, nobody learns of it without signing in. Callers of the kinds in
    `trusted_only` ask by trusted documents, and by nothing else. `asking` finds out who they are,
    where it is given, else `engine` does.
    """

    engine: AsyncEngine
    secrets: Secrets
    documents: Documents
    told: bool = False
    trusted_only: frozenset[ActorKind] = frozenset()
    asking: AsyncEngine | None = None
    kept: Kept = field(default_factory=Kept)

    @property
    def schema(self) -> Schema:
        return self.documents.schema

    async def actor_of(self, headers: Mapping[str, str]) -> Actor:
        """Whose credentials these are. Raises: RequestRefused."""
        return await actor_of(headers, self.engine, self.secrets, self.asking)

    def admit(self, asked: GraphQLRequest, actor: Actor) -> Operation:
        """The operation, within the limits, and this caller's to ask. Raises: RequestRefused."""
        operation = self._document(asked, actor).operation(asked.operation_name)
        if operation.introspects and not self.tells(actor):
            raise RequestRefused(
                "UNAUTHENTICATED", "Sign in to ask about the schema.", of_document=True
            )
        return operation

    def _document(self, asked: GraphQLRequest, actor: Actor) -> Document:
        if asked.trusted is None:
            assert asked.query is not None, "of a request that names no trusted document"
            return self._written(asked.query, actor)
        if asked.query is not None and hash_of(asked.query) != asked.trusted:
            raise RequestRefused(
                "BAD_REQUEST",
                "The hash is not that of `query`: send either the text, or the hash of its UTF-8.",
                of_document=True,
            )
        if found := self.documents.by_hash(asked.trusted):
            return found
        if asked.query is not None:
            return self._written(asked.query, actor)
        raise RequestRefused(
            "PERSISTED_QUERY_NOT_FOUND",
            "No trusted document has this hash: send the text in `query`, or have the operator add"
            " it (`python -m api trust-documents`).",
            of_document=True,
        )

    def _written(self, text: str, actor: Actor) -> Document:
        """The document in a text that came. Raises: RequestRefused."""
        if actor.kind in self.trusted_only and hash_of(text) not in self.documents.trusted:
            raise RequestRefused(
                "PERSISTED_QUERY_ID_REQUIRED",
                "Only trusted documents are answered to you: have the operator add this one"
                " (`python -m api trust-documents`).",
                of_document=True,
            )
        return self.documents.of(text)

    async def execute(
        self, asked: GraphQLRequest, operation: Operation, actor: Actor, request_id: str
    ) -> ExecutionResult:
        """The answer to a query or a mutation."""
        if operation.errors:
            return PreExecutionError(data=None, errors=list(operation.errors))
        context = self._context(actor, request_id)
        return await self.schema.answer(
            operation.document, context, asked.variables, asked.operation_name
        )

    @asynccontextmanager
    async def subscribe(
        self, asked: GraphQLRequest, operation: Operation, actor: Actor, request_id: str
    ) -> AsyncIterator[AsyncIterator[ExecutionResult]]:
        """The answers to a subscription; whatever it follows is let go at the end of the block."""
        if operation.errors:
            yield _only(PreExecutionError(data=None, errors=list(operation.errors)))
            return
        answers = await self.schema.subscribe(
            asked.query,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=self._context(actor, request_id),
            operation_extensions={VALID_DOCUMENT: operation.document},
        )
        try:
            yield answers
        finally:
            await answers.aclose()

    def _context(self, actor: Actor, request_id: str) -> Context:
        return Context(actor, self.engine, self.secrets, request_id, kept=self.kept)

    def tells(self, actor: Actor) -> bool:
        """Whether this caller may learn of the schema, by suggestions ("Did you mean …?") too."""
        return self.told or actor is not NOBODY

    def content(self, result: ExecutionResult, actor: Actor) -> dict[str, Any]:
        """An answer as JSON; without `data` where it failed before its first field."""
        found = result.errors
        if not found:
            content: dict[str, Any] = {"data": result.data}
        else:
            errors = [_formatted(each, self.tells(actor)) for each in found]
            unbegun = isinstance(result, PreExecutionError) or not any(each.path for each in found)
            if result.data is None and unbegun:
                return {"errors": errors}
            content = {"errors": errors, "data": result.data}
        if result.extensions:
            content["extensions"] = result.extensions
        return content


async def _only(result: ExecutionResult) -> AsyncIterator[ExecutionResult]:
    yield result


def _formatted(error: GraphQLError, plainly: bool) -> dict[str, Any]:
    formatted = dict(error.formatted)
    if not plainly:
        formatted["message"] = error.message.partition(" Did you mean")[0]
    if not error.extensions:
        formatted["extensions"] = {"code": "GRAPHQL_VALIDATION_FAILED"}
    return formatted


def formatted_refusal(refusal: RequestRefused) -> dict[str, Any]:
    return {"message": refusal.message, "extensions": {"code": refusal.code}}


async def in_time(answering: Awaitable[T]) -> T:
    """What it gives, unless that takes longer than a request may. Raises: RequestRefused."""
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            return await answering
    except TimeoutError:
        raise RequestRefused(
            "TIMEOUT",
            f"The request took longer than {REQUEST_SECONDS:.0f} s: ask for less at once.",
            status=503,
        ) from None


def refusal_of(error: Exception) -> RequestRefused:
    """What callers are told of an exception; where it is ours, the log is told more."""
    if isinstance(error, RequestRefused):
        return error
    if isinstance(error, OSError | DBAPIError | PoolExhausted):
        log.error("the database does not answer", exc_info=error)
        return RequestRefused(
            "UNAVAILABLE", "The database does not answer; try again shortly.", status=503
        )
    log.error("bug in the endpoint", exc_info=error)
    return RequestRefused("INTERNAL_ERROR", MASKED, status=500)


def is_subscription(operation: Operation) -> bool:
    return operation.kind is OperationType.SUBSCRIPTION
