import strawberry

from schema.access.rules import Permission
from schema.clinics.actions import Key
from schema.context import Info
from schema.fields import By, Writes, key_of
from schema.tasks import actions
from schema.tasks.types import (
    AssignTaskInput,
    CancelTaskInput,
    CreateTaskInput,
    FinishTaskInput,
    TakeTaskInput,
    Task,
    TaskResult,
)


def person_key(by: By | None) -> Key | None:
    return by.key("Person", "person") if by else None


@strawberry.type
class TaskMutations:
    @strawberry.mutation(extensions=[Writes(Permission.TASKS_WORK)])
    async def create_task(self, info: Info, input: CreateTaskInput) -> TaskResult:
        """Write down something to do, for a person, a role, or anybody in the clinic."""
        row = await actions.create_task(
            info.context.work,
            clinic=input.clinic.key("Clinic", "clinic") if input.clinic else None,
            title=input.title,
            due_on=input.due_on,
            subject=input.subject(),
            role=input.role,
            assignee=person_key(input.assignee),
        )
        return Task.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.TASKS_WORK)])
    async def take_task(self, info: Info, input: TakeTaskInput) -> TaskResult:
        """Begin to work on a task yourself."""
        row = await actions.take_task(info.context.work, task_id=key_of(input.id, "Task", "task"))
        return Task.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.TASKS_WORK)])
    async def assign_task(self, info: Info, input: AssignTaskInput) -> TaskResult:
        """Hand a task to a person, to a role, or to anybody in its clinic; it is open again."""
        row = await actions.assign_task(
            info.context.work,
            task_id=key_of(input.id, "Task", "task"),
            assignee=person_key(input.assignee),
            role=input.role,
        )
        return Task.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.TASKS_WORK)])
    async def finish_task(self, info: Info, input: FinishTaskInput) -> TaskResult:
        """Say that a task is done, and what came of it."""
        row = await actions.finish_task(
            info.context.work,
            task_id=key_of(input.id, "Task", "task"),
            outcome=input.outcome,
        )
        return Task.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.TASKS_WORK)])
    async def cancel_task(self, info: Info, input: CancelTaskInput) -> TaskResult:
        """Say that a task need not be done, and why."""
        row = await actions.cancel_task(
            info.context.work, task_id=key_of(input.id, "Task", "task"), reason=input.reason
        )
        return Task.of(row)
