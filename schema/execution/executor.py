"""The executor: runs what it can compile level by level, and leaves the rest to graphql-core."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, TypeVar

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, located_error, print_ast
from graphql.execution.values import VariableValues
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.begun import begun
from schema.execution.compiling import compiled
from schema.execution.excess import Excess
from schema.execution.failures import FAILED, Failure
from schema.execution.keeping import Kept
from schema.execution.levels import Running
from schema.execution.metrics import METRICS
from schema.execution.plans import Plan
from schema.execution.resolving import Resolving
from schema.execution.surveying import NOT_BOOLEAN, Survey, survey
from schema.execution.where import Where

#: Strawberry's own executor.
STOCK = StrawberryGraphQLCoreExecutionContext
#: How much is kept of a schema's operations: by the characters of their documents, and for each
#: level that was compiled as much as some characters take. At worst some 200 MB.
MOST_KEPT = 300_000
LEVEL_WEIGHT = 13

Name = tuple[str, str | None]

S = TypeVar("S", bound=strawberry.Schema)


@dataclass(slots=True)
class Known:
    """What is kept of an operation: its plans, by the values of its conditions."""

    document: DocumentNode
    surveyed: Survey
    plans: dict[tuple[Any, ...], Plan] = field(default_factory=dict)

    def weight(self, name: Name) -> int:
        levels = sum(each.size + 1 for each in self.plans.values())
        return len(name[0]) + LEVEL_WEIGHT * levels


def kept_of(schema: GraphQLSchema) -> Kept[Name, Known]:
    """The operations of a schema, kept on it: they go together.

    An operation is found by its document's text and its own name, and is the same only if the
    document is: an extension may have changed it behind the text.
    """
    kept: Kept[Name, Known] | None = getattr(schema, "_breadth_first", None)
    if kept is None:
        kept = schema._breadth_first = Kept(MOST_KEPT)  # type: ignore[attr-defined]  # ours, as Strawberry's own are there
    return kept


class BreadthFirstExecutor(StrawberryGraphQLCoreExecutionContext):
    """Strawberry's executor, resolving every field once for all objects of a level.

    What it leaves to the stock executor, counting `METRICS.fallbacks` by the reason: extensions
    that wrap resolvers (middleware), signals to abort and hooks of graphql-core, fragments with
    variables, directives of fields other than `@skip` and `@include` (`@defer` and `@stream` are),
    operations without error propagation, more than 60 levels of fields, and execution outside an
    event loop.

    Where it differs from graphql-core: below a position that errors made null it tells one error,
    always the first in the order of the selection; lists are read whole before their items are
    completed; an error that cannot be told (`str` of it fails) is told as what telling it raised,
    at its own field; an attribute can be read twice; an answer of more than 250,000 objects or
    20,000 errors is refused as a whole.
    """

    document: DocumentNode

    @classmethod
    def build(cls, schema: GraphQLSchema, document: DocumentNode, *args: Any, **kwargs: Any) -> Any:
        built = super().build(schema, document, *args, **kwargs)
        if isinstance(built, cls):
            built.document = document
        return built

    def execute_operation(
        self, serially: bool | None = None
    ) -> ExecutionResult | Awaitable[ExecutionResult] | Any:
        kept = kept_of(self.schema)
        name, known = self._known(kept)
        obstacle = self._obstacle(known.surveyed)
        if obstacle is not None:
            METRICS.fallbacks[obstacle] += 1
            return super().execute_operation(serially)
        METRICS.operations += 1
        coerced = self.variable_values.coerced
        conditions = tuple(coerced.get(each) for each in known.surveyed.conditions)
        plan = known.plans.get(conditions)
        if plan is None:
            plan = known.plans[conditions] = self._compiled(known.surveyed)
            kept.put(name, known, known.weight(name))
        running = self._run(plan, lambda: kept.put(name, known, known.weight(name)))
        return begun(running) if plan.may_be_synchronous else running

    def _known(self, kept: Kept[Name, Known]) -> tuple[Name, Known]:
        """What is known of the operation, by its name."""
        location = self.document.loc
        operation = self.operation.name.value if self.operation.name else None
        name = (location.source.body if location else print_ast(self.document)), operation
        known = kept.get(name)
        if known and known.document is not self.document and known.document != self.document:
            name = print_ast(self.document), operation
            known = kept.get(name)
        return name, known or Known(self.document, survey(self.operation, self.fragments))

    def _obstacle(self, surveyed: Survey) -> str | None:
        """Why this operation is left to the stock executor, if it is."""
        if self.middleware_manager is not None and self.middleware_manager.middlewares:
            return "middleware"
        if self.abort_signal is not None or self.hooks is not None:
            return "signals and hooks"
        if not self.error_propagation:
            return "no error propagation"
        if self.schema.get_root_type(self.operation.operation) is None:
            return "no such root type"
        coerced = self.variable_values.coerced
        if not all(isinstance(coerced.get(each), bool) for each in surveyed.conditions):
            return NOT_BOOLEAN
        if asyncio._get_running_loop() is None:
            return "no event loop"
        return surveyed.obstacle

    def _compiled(self, surveyed: Survey) -> Plan:
        METRICS.plans += 1
        sources, coerced = self.variable_values
        conditions = VariableValues(
            {each: sources[each] for each in surveyed.conditions},
            {each: coerced[each] for each in surveyed.conditions},
        )
        return Plan(self.schema, self.operation, self.fragments, conditions, compiled)

    async def _run(self, plan: Plan, grown: Callable[[], None]) -> ExecutionResult:
        """The answer; `grown` is called where the plan has more levels than before.

        At its end the executor lets go of itself, or only the collector of garbage would free it,
        with all that its context holds.
        """
        size = plan.size
        try:
            return await self._answered(plan)
        finally:
            del self.async_helpers
            if plan.size > size:
                grown()

    async def _answered(self, plan: Plan) -> ExecutionResult:
        """One level after another, and at the root of a mutation one field after another, each
        with all that is below it."""
        running = Running(Resolving(self))
        data: dict[str, Any] = {}
        noted: list[Failure] = []
        for root in plan.roots:
            try:
                done = await running.level(root, [self.root_value], Where())
                (value,) = done.values
                running.check(value)
            except Excess as error:  # at a field, because it was executed: a mutation is committed
                return ExecutionResult(None, [located_error(error, None, [root.first])])
            noted += done.failures.get(0, ())
            if value is FAILED:
                return ExecutionResult(None, [each.located() for each in noted])
            data.update(value)
        return ExecutionResult(data, [each.located() for each in noted] or None)


def under(schema: S, executor: type[StrawberryGraphQLCoreExecutionContext]) -> S:
    """The same schema, executed by `executor`."""
    other = copy(schema)
    other.execution_context_class = executor
    return other
