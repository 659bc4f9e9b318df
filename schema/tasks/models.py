from datetime import date
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from schema.access.rules import Role
from schema.base import TENANT, Kind, Row, choice, one_of
from schema.tasks.rules import TaskKind, TaskState


class TaskRow(Row, table=True):
    """Something for somebody to do. Without a clinic it is HQ's own, and only HQ sees it."""

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("clinic_id", "id"),
        one_of("task_kind", TaskKind),
        one_of("role", Role),
        one_of("state", TaskState),
        CheckConstraint("(subject_type is null) = (subject_id is null)", name="subject_whole"),
        CheckConstraint("state <> 'DONE' or outcome is not null", name="done_has_outcome"),
        Index("ix_tasks_clinic_id", "clinic_id", "due_on", "id"),
        Index("ix_tasks_due_on", "due_on", "id"),
        Index("ix_tasks_assignee_id", "assignee_id", "due_on", "id"),
        Index("ix_tasks_subject_id", "subject_id"),
    )
    kind: ClassVar[Kind] = TENANT

    clinic_id: UUID | None = Field(default=None, foreign_key="clinics.id")
    task_kind: TaskKind = choice(TaskKind)
    title: str
    subject_type: str | None = None
    subject_id: UUID | None = None
    assignee_id: UUID | None = Field(default=None, foreign_key="people.id")
    #: Whoever holds it in the clinic; with neither role nor assignee the task is anybody's there.
    role: Role | None = choice(Role, default=None)
    #: In the clinic's own day; never NULL, for lists are sorted by it.
    due_on: date
    state: TaskState = choice(TaskState, default=TaskState.OPEN)
    outcome: str | None = None
