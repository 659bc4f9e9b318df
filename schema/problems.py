"""Expected failures as GraphQL types, one per shape, and how errors become them."""

from typing import Any

import strawberry
from strawberry.types.field import StrawberryField

from schema.context import Info
from schema.errors import (
    Conflict,
    DomainError,
    NotFound,
    Retry,
    RuleViolation,
    ValidationFailed,
)
from schema.fields import described

described(
    Retry,
    "Whether and how to try again.",
    {
        Retry.NEVER: "The same request will fail again: change the input, or ask a person.",
        Retry.SAME_INPUT: "Send the very same request again.",
        Retry.NEW_SLOT: "Ask for availability again and choose another start.",
        Retry.AFTER: "Wait `retryAfterSeconds`, then send the same request.",
    },
)


@strawberry.interface(description="An expected failure of a mutation. Nothing was changed.")
class Problem:
    code: str = strawberry.field(description="Stable and machine-readable; never renamed.")
    message: str = strawberry.field(description="For people, in English; may change.")
    retry: Retry = strawberry.field(description="Whether and how to try again.")
    retry_after_seconds: int | None = strawberry.field(
        default=None, description="How long to wait, where `retry` is AFTER."
    )


@strawberry.type(description="A rule of the franchise refuses the input.")
class RuleProblem(Problem):
    field: str | None = strawberry.field(
        default=None, description="Path into `input`, for example `addOns.1`."
    )


@strawberry.type(description="Several things are wrong with the input; all are said at once.")
class ValidationProblem(Problem):
    problems: list[RuleProblem] = strawberry.field(
        default_factory=list, description="Each with its path into `input`."
    )


@strawberry.type(description="No such object, or none that you may see.")
class NotFoundProblem(Problem):
    field: str | None = strawberry.field(default=None, description="Path into `input`.")


@strawberry.type(description="Another writer was first: a code is taken, a revision is stale.")
class ConflictProblem(Problem):
    field: str | None = strawberry.field(default=None, description="Path into `input`.")


def rule_problem(error: DomainError) -> RuleProblem:
    return RuleProblem(code=error.code, message=error.message, retry=error.retry, field=error.field)


class OnValidationFailed(strawberry.ExceptionHandler[ValidationFailed, ValidationProblem]):
    def handle(
        self, exception: ValidationFailed, *, field: StrawberryField, info: Info
    ) -> ValidationProblem:
        return ValidationProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            problems=[rule_problem(each) for each in exception.violations],
        )


class OnRuleViolation(strawberry.ExceptionHandler[RuleViolation, RuleProblem]):
    def handle(
        self, exception: RuleViolation, *, field: StrawberryField, info: Info
    ) -> RuleProblem:
        return rule_problem(exception)


class OnNotFound(strawberry.ExceptionHandler[NotFound, NotFoundProblem]):
    def handle(self, exception: NotFound, *, field: StrawberryField, info: Info) -> NotFoundProblem:
        return NotFoundProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            field=exception.field,
        )


class OnConflict(strawberry.ExceptionHandler[Conflict, ConflictProblem]):
    def handle(self, exception: Conflict, *, field: StrawberryField, info: Info) -> ConflictProblem:
        return ConflictProblem(
            code=exception.code,
            message=exception.message,
            retry=exception.retry,
            field=exception.field,
        )


#: The more particular first: the first handler that fits an error makes the answer.
handlers: tuple[strawberry.ExceptionHandler[Any], ...] = (
    OnValidationFailed(),
    OnRuleViolation(),
    OnNotFound(),
    OnConflict(),
)
