"""Every SELECT of the tasks. What a caller sees of a clinic's tasks depends on her roles there."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import col

from schema.access.rules import NOBODY, Actor, Permission
from schema.base import Reader, among, columns, fetch, fetch_one, named
from schema.clinics.models import ClinicRow
from schema.paging import Order, Page, keyed
from schema.reading import Snapshot
from schema.scope import Scope
from schema.tasks.models import TaskRow
from schema.tasks.rules import Sight, TaskState, sight

BY_DUE_DAY = Order.by(col(TaskRow.due_on), col(TaskRow.id))


async def tasks(
    session: Reader,
    seen: Sight,
    page: Page,
    *,
    clinic: UUID | str | None = None,
    state: TaskState | None = None,
) -> list[TaskRow]:
    """A page of the tasks in sight, the first due first."""
    query = select(*columns(TaskRow)).where(_in_sight(seen))
    if clinic is not None:
        here = select(col(ClinicRow.id)).where(named(ClinicRow, clinic)).scalar_subquery()
        query = query.where(col(TaskRow.clinic_id) == here)
    if state is not None:
        query = query.where(col(TaskRow.state) == state)
    return await fetch(session, TaskRow, BY_DUE_DAY.apply(query, page))


async def task(session: Reader, seen: Sight, key: UUID) -> TaskRow | None:
    """The task with this id, if in sight."""
    query = select(*columns(TaskRow)).where(col(TaskRow.id) == key, _in_sight(seen))
    return await fetch_one(session, TaskRow, query)


async def tasks_by_id(session: Reader, ids: Sequence[UUID], scope: Scope) -> Mapping[UUID, TaskRow]:
    """Those in the caller's sight, which is narrower than the scope."""
    seen = sight(_caller(session), Permission.TASKS_READ)
    query = select(*columns(TaskRow)).where(
        among(col(TaskRow.id), ids), scope.where(TaskRow.clinic_id), _in_sight(seen)
    )
    return keyed(await fetch(session, TaskRow, query))


def _caller(session: Reader) -> Actor:
    """For whom the transaction is: a batch function is told the scope alone."""
    if isinstance(session, Snapshot):
        return session.actor
    actor: Actor = session.get_bind().get_execution_options().get("actor", NOBODY)
    return actor


def _in_sight(seen: Sight) -> ColumnElement[bool]:
    clinic_id, role, assignee_id = TaskRow.clinic_id, col(TaskRow.role), col(TaskRow.assignee_id)
    waits_for_her = [
        and_(role == name, scope.where(clinic_id)) for name, scope in seen.roles.items()
    ]
    if seen.person_id is not None:
        waits_for_her.append(assignee_id == seen.person_id)
    anybodys = and_(role.is_(None), assignee_id.is_(None))
    return and_(
        seen.scope.where(clinic_id),
        or_(seen.oversees.where(clinic_id), anybodys, *waits_for_her),
    )
