"""The schema, assembled. A new domain adds one line to `Query`, one to `Mutation`, and one to
`Subscription` where something of it is told as it happens."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, OperationType
from graphql import ExecutionResult as Executed
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError

from schema import problems
from schema.access.mutations import AccessMutations
from schema.access.queries import AccessQueries
from schema.clients.mutations import ClientMutations
from schema.clients.queries import ClientQueries
from schema.clients.types.holds import OnHoldStops
from schema.clinics.mutations import ClinicMutations
from schema.clinics.queries import ClinicQueries
from schema.context import Context
from schema.courses.mutations import CourseMutations
from schema.courses.queries import CourseQueries
from schema.errors import Refused
from schema.events.queries import EventQueries
from schema.execution import BreadthFirstExecutor
from schema.governance.mutations import GovernanceMutations
from schema.governance.types import OnPublicationRefused
from schema.practitioners.mutations import PractitionerMutations
from schema.practitioners.queries import PractitionerQueries
from schema.pricing.mutations import PricingMutations
from schema.pricing.queries import PricingQueries
from schema.protocols.mutations import ProtocolMutations
from schema.protocols.queries import ProtocolQueries
from schema.protocols.types.upgrades import OnUnresolvedConflicts
from schema.scalars import SCALARS
from schema.scheduling.mutations import SchedulingMutations
from schema.scheduling.queries import SchedulingQueries
from schema.scheduling.subscriptions import SchedulingSubscriptions
from schema.scheduling.types.changes import OnSlotTaken
from schema.tasks.mutations import TaskMutations
from schema.tasks.queries import TaskQueries

log = logging.getLogger(__name__)

MASKED = "Something went wrong on our side; it was logged. Quote the request id if it persists."

UNAVAILABLE = "The database does not answer; try again shortly."

#: Of the extensions of an operation: its document, where that was parsed and found valid before.
VALID_DOCUMENT = "validDocument"


@strawberry.type(description="What can be asked.")
class Query(
    AccessQueries,
    EventQueries,
    ClinicQueries,
    TaskQueries,
    PractitionerQueries,
    ProtocolQueries,
    PricingQueries,
    ClientQueries,
    CourseQueries,
    SchedulingQueries,
): ...


@strawberry.type(description="What can be changed. Each change is all or nothing.")
class Mutation(
    AccessMutations,
    ClinicMutations,
    TaskMutations,
    PractitionerMutations,
    ProtocolMutations,
    PricingMutations,
    ClientMutations,
    CourseMutations,
    SchedulingMutations,
    GovernanceMutations,
): ...


@strawberry.type(
    description="What is told as it happens, by WebSocket. A field ends when its caller's rights"
    " change."
)
class Subscription(SchedulingSubscriptions): ...


def is_bug(error: GraphQLError) -> bool:
    """Syntax and validation errors have no cause, refusals are expected; the rest is ours."""
    cause = error.original_error
    return not isinstance(cause, Refused | GraphQLError | None)


class Schema(strawberry.Schema):
    """Masks and logs what nobody expected; expected errors pass as they are."""

    async def answer(
        self,
        document: DocumentNode,
        context: Context,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> ExecutionResult:
        """What `execute` answers to a query or a mutation of a valid document, without what it
        spends on extensions: ours are said here once more, and where there are others, it is asked.
        """
        if self.extensions != OURS:
            told = {VALID_DOCUMENT: document}
            return await self.execute(
                None, variables, context, None, operation_name, operation_extensions=told
            )
        result: ExecutionResult
        try:
            data, errors, *_ = await self._executed(document, context, variables, operation_name)
            result = ExecutionResult(data, errors)
        except Exception as error:
            result = PreExecutionError(None, [GraphQLError(str(error), original_error=error)])
        if result.errors:
            self.process_errors(result.errors)
            result.errors = mask(result.errors)
        return result

    async def _executed(
        self,
        document: DocumentNode,
        context: Context,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> Executed:
        executor: Any = self.execution_context_class.build(
            self._schema,
            document,
            None,
            context,
            variables,
            operation_name,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # Strawberry's own
        )
        if isinstance(executor, list):
            return Executed(None, executor)
        one = executor.operation.operation is OperationType.QUERY
        async with context.one_snapshot() if one else nullcontext():
            found: Executed | Awaitable[Executed] = executor.execute_operation()
            return found if isinstance(found, Executed) else await found

    def create_extensions_runner(
        self, execution_context: ExecutionContext, extensions: list[SchemaExtension]
    ) -> SchemaExtensionsRunner:
        """The last that strawberry asks for before it parses and validates what it lacks."""
        told = execution_context.operation_extensions
        if told and (document := told.get(VALID_DOCUMENT)):
            execution_context.graphql_document = document
            execution_context.pre_execution_errors = []
        return super().create_extensions_runner(execution_context, extensions)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        for error in filter(is_bug, errors):
            log.error("bug at %s", error.path, exc_info=error.original_error)


def mask(errors: list[GraphQLError]) -> list[GraphQLError]:
    """The errors as callers see them: without our words where they are not meant for them."""
    return [_masked(each) if is_bug(each) else each for each in errors]


def is_absence(cause: Exception | None) -> bool:
    """Whether it was the database that did not answer."""
    lost = isinstance(cause, DBAPIError) and cause.connection_invalidated
    return lost or isinstance(cause, PoolExhausted | OSError)


def _masked(error: GraphQLError) -> GraphQLError:
    message, code = MASKED, "INTERNAL_ERROR"
    if is_absence(error.original_error):
        message, code = UNAVAILABLE, "UNAVAILABLE"
    return GraphQLError(message, nodes=error.nodes, path=error.path, extensions={"code": code})


class Masked(SchemaExtension):
    """Replaces bugs' messages once the operation is done, after they were logged; those of a
    subscription before each of its answers leaves."""

    def on_operation(self) -> Any:
        yield
        result = self.execution_context.result
        errors = getattr(result, "errors", None)
        if errors:
            result.errors = mask(errors)  # type: ignore[union-attr]  # it has errors, so it is a result

    def on_stream_result(self, result: Any) -> Any:
        if result.errors:
            result.errors = mask(result.errors)
        yield


class OneSnapshot(SchemaExtension):
    """What a query reads is of one moment, in one transaction."""

    async def on_execute(self) -> AsyncIterator[None]:
        asked, context = self.execution_context, self.execution_context.context
        if context is None or asked.operation_type.value != OperationType.QUERY.value:
            yield
            return
        async with context.one_snapshot():
            yield


#: The extensions that every schema has: `Schema.answer` does what they do.
OURS = (Masked, OneSnapshot)


def build(
    extensions: list[Callable[[], SchemaExtension]] | None = None,
    subscription: type = Subscription,
) -> Schema:
    """The franchise's schema, with extensions of the process (limits, tracing) around it."""
    return Schema(
        query=Query,
        mutation=Mutation,
        subscription=subscription,
        exception_handlers=(
            OnHoldStops(),
            OnPublicationRefused(),
            OnSlotTaken(),
            OnUnresolvedConflicts(),
            *problems.handlers,
        ),
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[*(extensions or []), *OURS],
        execution_context_class=BreadthFirstExecutor,
    )


schema = build()
