"""A function per write of the tasks. Later domains open tasks; people work on them."""

from datetime import date
from uuid import UUID

from schema.access import store as access
from schema.access.rules import Actor, ActorKind, Permission, Role
from schema.clinics.actions import Key, clinic_in_scope
from schema.context import Work
from schema.errors import NotFound
from schema.tasks import store
from schema.tasks.models import TaskRow
from schema.tasks.rules import (
    Subject,
    TaskKind,
    TaskState,
    check_assignee,
    check_take,
    check_text,
    check_transition,
    sight,
)


def open_task(
    work: Work,
    *,
    clinic_id: UUID | None,
    kind: TaskKind,
    title: str,
    due_on: date,
    subject: Subject | None = None,
    role: Role | None = None,
    assignee_id: UUID | None = None,
) -> TaskRow:
    """A task in a clinic (None: HQ's own), for a person, for a role, or for anybody there.

    For other domains' actions, which know that clinic, subject and assignee fit together. `title`
    holds no clinical data; `due_on` is the clinic's day. Raises: TextNotAllowed.
    """
    row = TaskRow(
        clinic_id=clinic_id,
        task_kind=kind,
        title=check_text(title, "title"),
        subject_type=subject.type if subject else None,
        subject_id=subject.id if subject else None,
        assignee_id=assignee_id,
        role=role,
        due_on=due_on,
    )
    work.session.add(row)
    work.record("task.opened", clinic_id, row, kind=kind, role=role, due_on=due_on)
    return row


async def create_task(
    work: Work,
    *,
    clinic: Key | None,
    title: str,
    due_on: date,
    subject: Subject | None = None,
    role: Role | None = None,
    assignee: Key | None = None,
) -> TaskRow:
    """A GENERAL task that a person thought of; without a clinic it is HQ's own.

    Raises: NotFound, AssigneeCannotWork, TextNotAllowed.
    """
    if clinic is None and work.scope.clinic_ids is not None:
        raise NotFound("clinic", "given", field="clinic")
    clinic_id = (await clinic_in_scope(work, clinic)).id if clinic is not None else None
    return open_task(
        work,
        clinic_id=clinic_id,
        kind=TaskKind.GENERAL,
        title=title,
        due_on=due_on,
        subject=subject,
        role=role,
        assignee_id=await _assignee_id(work, assignee, clinic_id),
    )


async def _assignee_id(work: Work, key: Key | None, clinic_id: UUID | None) -> UUID | None:
    if key is None:
        return None
    person = await access.person(work.session, key)
    if person is None:
        raise NotFound("person", key, field="assignee")
    grants = await access.grants_of_person(work.session, person.id)
    worker = Actor(ActorKind.PERSON, person.name, person.id, grants)
    check_assignee(worker.scope(Permission.TASKS_WORK), clinic_id)
    return person.id


async def task_in_sight(work: Work, task_id: UUID) -> TaskRow:
    """The task that a change names, locked until the change ends. Raises: NotFound."""
    seen = sight(work.actor, Permission.TASKS_WORK)
    if await store.task(work.session, seen, task_id) is None:
        raise NotFound("task", task_id, field="id")
    return await work.session.get_one(TaskRow, task_id, with_for_update=True)


async def take_task(work: Work, *, task_id: UUID) -> TaskRow:
    """Begin to work on a task oneself. Raises: NotFound, TaskTaken, TaskStateNotReachable."""
    row = await task_in_sight(work, task_id)
    check_take(row.assignee_id, work.actor.id)
    row.assignee_id = work.actor.id
    return _moved(work, row, TaskState.IN_PROGRESS, "task.taken")


async def assign_task(
    work: Work, *, task_id: UUID, assignee: Key | None, role: Role | None
) -> TaskRow:
    """Hand a task to a person, to a role, or to anybody in its clinic; it is open again.

    Raises: NotFound, AssigneeCannotWork, TaskStateNotReachable.
    """
    row = await task_in_sight(work, task_id)
    row.assignee_id = await _assignee_id(work, assignee, row.clinic_id)
    row.role = role
    return _moved(work, row, TaskState.OPEN, "task.assigned")


async def finish_task(work: Work, *, task_id: UUID, outcome: str) -> TaskRow:
    """Say that it is done, and what came of it.

    Raises: NotFound, TextNotAllowed, TaskStateNotReachable.
    """
    row = await task_in_sight(work, task_id)
    row.outcome = check_text(outcome, "outcome")
    return _moved(work, row, TaskState.DONE, "task.finished")


async def cancel_task(work: Work, *, task_id: UUID, reason: str) -> TaskRow:
    """Say that it need not be done, and why. Raises as `finish_task` does."""
    row = await task_in_sight(work, task_id)
    row.outcome = check_text(reason, "reason")
    return _moved(work, row, TaskState.CANCELLED, "task.cancelled")


def _moved(work: Work, row: TaskRow, state: TaskState, event: str) -> TaskRow:
    check_transition(TaskState(row.state), state)
    row.state = state
    work.record(event, row.clinic_id, row, assignee=row.assignee_id, role=row.role)
    return row
