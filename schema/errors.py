"""The errors a rule or an action may raise; everything else is a bug.

* DomainError
  - RuleViolation    the request is understood and refused (a business rule)
    - ValidationFailed  several things are wrong at once
  - NotFound         no such row, or none the actor may see
  - Conflict         another writer got there first
* Refused            ends the operation; never becomes a payload
  - SignInRequired   nobody asks
  - AccessDenied     the actor lacks the permission
  - BadRequest       a value no honest client sends: a malformed id, a page too large
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID


class Retry(StrEnum):
    """Whether and how a client may try again."""

    NEVER = "NEVER"
    SAME_INPUT = "SAME_INPUT"
    NEW_SLOT = "NEW_SLOT"
    AFTER = "AFTER"


class DomainError(Exception):
    """An expected failure. `code` is part of the public schema: never rename it."""

    code: ClassVar[str]
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class RuleViolation(DomainError):
    code = "RULE_VIOLATION"


class ValidationFailed(RuleViolation):
    """All that is wrong, said at once."""

    code = "VALIDATION_FAILED"

    def __init__(self, violations: Sequence[RuleViolation]) -> None:
        first = violations[0]
        super().__init__("; ".join(each.message for each in violations), field=first.field)
        self.violations = tuple(violations)


class NotFound(DomainError):
    code = "NOT_FOUND"

    def __init__(self, noun: str, key: object, *, field: str | None = None) -> None:
        # A key of the tables means nothing to callers; a code or a global id is what they sent.
        said = f"No such {noun}." if isinstance(key, UUID) else f"No {noun} {key}."
        super().__init__(said, field=field)


class Conflict(DomainError):
    code = "CONFLICT"


class Refused(Exception):
    """Ends the operation as a top-level error with `extensions.code`."""

    extensions: ClassVar[dict[str, Any]]


class SignInRequired(Refused):
    extensions = {"code": "UNAUTHENTICATED"}


class AccessDenied(Refused):
    extensions = {"code": "FORBIDDEN"}


class BadRequest(Refused):
    extensions = {"code": "BAD_REQUEST"}
