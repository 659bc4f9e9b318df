from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.fields import Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection
from schema.tasks import store
from schema.tasks.rules import sight
from schema.tasks.types import Task, TaskFilter

Which = Annotated[TaskFilter | None, strawberry.argument(description="Only some of them.")]


@strawberry.type
class TaskQueries:
    @strawberry.field(extensions=[Reads(Permission.TASKS_READ)])
    async def tasks(
        self, info: Info, filter: Which = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Task]:
        """Your tasks, the first due first: those that wait for you, for a role that you hold in
        their very clinic, or for anybody there. Clinic managers see all of their clinics' tasks,
        HQ administrators all."""
        page, seen = Page(first, after), sight(info.context.actor, Permission.TASKS_READ)
        wanted = filter or TaskFilter()
        clinic = wanted.clinic.key("Clinic", "clinic") if wanted.clinic else None
        async with info.context.reading() as session:
            rows = await store.tasks(session, seen, page, clinic=clinic, state=wanted.state)
        return connection(rows, page, store.BY_DUE_DAY, Task.of)
