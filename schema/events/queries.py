from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.events import store
from schema.events.types import AuditEntry
from schema.fields import Reads, key_of
from schema.paging import DEFAULT_FIRST, After, First, Page, connection

Named = Annotated[
    str | None, strawberry.argument(description="Only of this name, for example `course.sold`.")
]
Subject = Annotated[
    relay.GlobalID | None, strawberry.argument(description="Only what happened to this object.")
]


@strawberry.type
class EventQueries:
    @strawberry.field(extensions=[Reads(Permission.AUDIT_READ)])
    async def audit_log(
        self,
        info: Info,
        name: Named = None,
        subject: Subject = None,
        first: First = DEFAULT_FIRST,
        after: After = None,
    ) -> relay.Connection[AuditEntry]:
        """What happened in the clinics you may audit, the latest first."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.AUDIT_READ)
        subject_id = key_of(subject, subject.type_name, "object") if subject else None
        async with info.context.reading() as session:
            rows = await store.events(session, scope, page, name=name, subject_id=subject_id)
        return connection(rows, page, store.LATEST_FIRST, AuditEntry.of)
