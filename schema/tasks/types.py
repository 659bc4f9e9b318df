"""Tasks, as GraphQL shows them."""

from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.models import PersonRow
from schema.access.rules import Permission, Role
from schema.access.store import people_by_id
from schema.clinics.store import clinics_by_id
from schema.clinics.types.places import Clinic
from schema.errors import NotFound
from schema.fields import By, described, identified, link
from schema.problems import ConflictProblem, NotFoundProblem, RuleProblem
from schema.tasks import store
from schema.tasks.models import TaskRow
from schema.tasks.rules import Subject, TaskKind, TaskState

described(
    TaskKind,
    "What a task is about.",
    {
        TaskKind.COURSE_LAPSE: "A client's next session is overdue: call before the course lapses.",
        TaskKind.GENERAL: "Whatever a person wrote down; `title` says it.",
        TaskKind.HOLD_CLEARANCE: "Somebody with the right to must clear a client's hold, or not.",
        TaskKind.PACKAGE_REVIEW: "Packages cannot be finished in time under a new version of their"
        " protocol: end or replace them.",
        TaskKind.RECALL: "A device, lot or product is called back: find it and put it away.",
        TaskKind.ROLLOUT: "A new version of a protocol waits to be taken over.",
        TaskKind.SUSPENSION: "Something was stopped: ratify it, or act on it.",
        TaskKind.VISIT_AT_RISK: "A booked visit cannot take place as it is: rebook it.",
    },
)
described(
    TaskState,
    "Where a task stands.",
    {
        TaskState.OPEN: "Waits for whom it is for.",
        TaskState.IN_PROGRESS: "Its assignee works on it.",
        TaskState.DONE: "Done; `outcome` says what came of it. Final.",
        TaskState.CANCELLED: "Need not be done; `outcome` says why. Final.",
    },
)


@strawberry.type(description="Who works on a task.")
class Assignee:
    row_id: strawberry.Private[UUID]
    name: str = strawberry.field(description="Their name.")

    @classmethod
    def of(cls, row: PersonRow) -> "Assignee":
        return cls(row_id=row.id, name=row.name)

    @strawberry.field(description="The person's id, as `assignTask` takes it.")
    def id(self) -> relay.GlobalID:
        return relay.GlobalID("Person", str(self.row_id))


@identified(store.tasks_by_id, reads=Permission.TASKS_READ)
@strawberry.type(description="Something for somebody to do, in a clinic or at headquarters.")
class Task(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID | None]
    assignee_id: strawberry.Private[UUID | None]
    kind: TaskKind = strawberry.field(description="What it is about.")
    title: str = strawberry.field(description="What is to be done, in a line.")
    subject_id: relay.GlobalID | None = strawberry.field(
        description="The object it is about; `node` shows it to whoever may see it."
    )
    role: Role | None = strawberry.field(
        description="Whoever holds this role in the clinic may take it. With neither role nor"
        " assignee, anybody there may."
    )
    due_on: date = strawberry.field(description="Its last day, in the clinic's zone.")
    state: TaskState = strawberry.field(description="Where it stands.")
    outcome: str | None = strawberry.field(description="What came of it, once it is closed.")
    clinic: Clinic | None = link(
        clinics_by_id,
        key="clinic_id",
        of=Clinic.of,
        reads=Permission.CLINICS_READ,
        describe="The clinic whose task it is; null for headquarters' own.",
    )
    assignee: Assignee | None = link(
        people_by_id,
        key="assignee_id",
        of=Assignee.of,
        reads=Permission.TASKS_READ,
        describe="The person it waits for, or who works on it; null also for a stranger.",
    )

    @classmethod
    def of(cls, row: TaskRow) -> "Task":
        subject = None
        if row.subject_type is not None:
            subject = relay.GlobalID(row.subject_type, str(row.subject_id))
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            assignee_id=row.assignee_id,
            kind=TaskKind(row.task_kind),
            title=row.title,
            subject_id=subject,
            role=Role(row.role) if row.role else None,
            due_on=row.due_on,
            state=TaskState(row.state),
            outcome=row.outcome,
        )


@strawberry.input(description="Which tasks.")
class TaskFilter:
    clinic: By | None = strawberry.field(default=None, description="Of this clinic.")
    state: TaskState | None = strawberry.field(default=None, description="In this state.")


@strawberry.input(description="Something to do.")
class CreateTaskInput:
    title: str = strawberry.field(
        description="What is to be done, 1 to 500 characters. Never clinical data."
    )
    due_on: date = strawberry.field(description="Its last day, in the clinic's zone.")
    clinic: By | None = strawberry.field(
        default=None, description="Whose task; null for headquarters' own, by headquarters only."
    )
    assignee: By | None = strawberry.field(
        default=None, description="For whom; as `code` goes the email address."
    )
    role: Role | None = strawberry.field(
        default=None, description="For whoever holds this role in the clinic."
    )
    subject_id: relay.GlobalID | None = strawberry.field(
        default=None, description="The object it is about. It is noted, not looked up."
    )

    def subject(self) -> Subject | None:
        """Raises: NotFound for what is no id of this server."""
        if self.subject_id is None:
            return None
        try:
            return Subject(self.subject_id.type_name, UUID(self.subject_id.node_id))
        except ValueError as error:
            raise NotFound("object", self.subject_id, field="subjectId") from error


@strawberry.input(description="A task to work on.")
class TakeTaskInput:
    id: relay.GlobalID = strawberry.field(description="The task's id.")


@strawberry.input(description="Whom a task is handed to. Neither: to anybody in its clinic.")
class AssignTaskInput:
    id: relay.GlobalID = strawberry.field(description="The task's id.")
    assignee: By | None = strawberry.field(
        default=None, description="A person; as `code` goes the email address."
    )
    role: Role | None = strawberry.field(
        default=None, description="Whoever holds this role in the clinic."
    )


@strawberry.input(description="A task that is done.")
class FinishTaskInput:
    id: relay.GlobalID = strawberry.field(description="The task's id.")
    outcome: str = strawberry.field(
        description="What came of it, 1 to 500 characters. Never clinical data."
    )


@strawberry.input(description="A task that need not be done.")
class CancelTaskInput:
    id: relay.GlobalID = strawberry.field(description="The task's id.")
    reason: str = strawberry.field(description="Why not, 1 to 500 characters. Never clinical data.")


TaskResult = Annotated[
    Task | RuleProblem | NotFoundProblem | ConflictProblem,
    strawberry.union("TaskResult", description="The task as it is now, or what is wrong."),
]
