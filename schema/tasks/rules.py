"""What a task can be, which way it may go, and who sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from schema.access.rules import Actor, Permission, Role
from schema.errors import Conflict, RuleViolation
from schema.scope import Scope


class TaskKind(StrEnum):
    """What a task is about."""

    COURSE_LAPSE = "COURSE_LAPSE"
    GENERAL = "GENERAL"
    HOLD_CLEARANCE = "HOLD_CLEARANCE"
    PACKAGE_REVIEW = "PACKAGE_REVIEW"
    RECALL = "RECALL"
    ROLLOUT = "ROLLOUT"
    SUSPENSION = "SUSPENSION"
    VISIT_AT_RISK = "VISIT_AT_RISK"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "OPEN"
    IN_PROGRESS = "IN_PROGRESS"
    DONE = "DONE"
    CANCELLED = "CANCELLED"


NEXT_STATES: dict[TaskState, frozenset[TaskState]] = {
    TaskState.OPEN: frozenset(TaskState),  # open again: handed to somebody else
    TaskState.IN_PROGRESS: frozenset({TaskState.OPEN, TaskState.DONE, TaskState.CANCELLED}),
    TaskState.DONE: frozenset(),
    TaskState.CANCELLED: frozenset(),
}

#: They see every task of the clinics in which they hold the role, whoever it waits for.
OVERSEERS = frozenset({Role.CLINIC_MANAGER, Role.HQ_ADMINISTRATOR})


class TaskStateNotReachable(RuleViolation):
    code = "TASK_STATE_NOT_REACHABLE"


class TextNotAllowed(RuleViolation):
    code = "TEXT_NOT_ALLOWED"


class AssigneeCannotWork(RuleViolation):
    code = "ASSIGNEE_CANNOT_WORK"


class TaskTaken(Conflict):
    code = "TASK_TAKEN"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a task is about, by the name of its GraphQL type and its id."""

    type: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Sight:
    """The tasks a caller sees: in the clinics of `scope`, and there her own, those for a role that
    she holds in that very clinic, those for anybody; where she `oversees`, all."""

    person_id: UUID | None
    scope: Scope
    oversees: Scope
    roles: Mapping[Role, Scope]


def sight(actor: Actor, permission: Permission) -> Sight:
    """Which tasks `actor` reaches by `permission`."""

    def where(*roles: Role) -> Scope:
        grants = tuple(each for each in actor.grants if each.role in roles)
        return replace(actor, grants=grants).scope(permission)

    return Sight(
        person_id=actor.id,
        scope=actor.scope(permission),
        oversees=where(*OVERSEERS),
        roles={each.role: where(each.role) for each in actor.grants},
    )


def check_transition(current: TaskState, wanted: TaskState) -> None:
    """Raise TaskStateNotReachable unless a task may go from `current` to `wanted`."""
    if wanted not in NEXT_STATES[current]:
        reachable = ", ".join(sorted(NEXT_STATES[current])) or "nothing any more"
        raise TaskStateNotReachable(
            f"A task that is {current} can become {reachable}, not {wanted}.", field="id"
        )


def check_take(assignee_id: UUID | None, taker_id: UUID | None) -> None:
    """Raise TaskTaken if a task waits for, or is worked on by, somebody else."""
    if assignee_id is not None and assignee_id != taker_id:
        raise TaskTaken("The task is somebody else's; hand it on by `assignTask`.", field="id")


def check_assignee(works_in: Scope, clinic_id: UUID | None) -> None:
    """Raise AssigneeCannotWork unless a person may work on the tasks of a clinic (None: of HQ)."""
    if works_in.clinic_ids is not None and clinic_id not in works_in.clinic_ids:
        raise AssigneeCannotWork("The person has no role for tasks there.", field="assignee")


def check_text(text: str, field: str) -> str:
    """The text, trimmed. Raises: TextNotAllowed unless it has 1 to 500 characters."""
    if not 1 <= len(text.strip()) <= 500:
        raise TextNotAllowed("Say it in 1 to 500 characters.", field=field)
    return text.strip()
