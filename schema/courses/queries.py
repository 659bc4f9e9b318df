from typing import Annotated

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clients.store import client
from schema.clinics.store import clinic
from schema.context import Info
from schema.courses import store
from schema.courses.types.changes import CourseFilter
from schema.courses.types.courses import Course
from schema.fields import By, Reads
from schema.paging import DEFAULT_FIRST, After, First, Page, connection

WhichCourse = Annotated[By, strawberry.argument(description="Which course.")]
Which = Annotated[CourseFilter | None, strawberry.argument(description="Only some of them.")]


@strawberry.type
class CourseQueries:
    @strawberry.field(extensions=[Reads(Permission.COURSES_READ)])
    async def course(self, info: Info, by: WhichCourse) -> Course | None:
        """One course; null where there is none, or none that you may see."""
        scope = info.context.actor.scope(Permission.COURSES_READ)
        async with info.context.reading() as session:
            row = await store.course(session, scope, by.key("Course", "course"))
        return Course.of(row) if row else None

    @strawberry.field(extensions=[Reads(Permission.COURSES_READ)])
    async def courses(
        self, info: Info, filter: Which = None, first: First = DEFAULT_FIRST, after: After = None
    ) -> relay.Connection[Course]:
        """The courses you may see, the newest first."""
        page, scope = Page(first, after), info.context.actor.scope(Permission.COURSES_READ)
        wanted = filter or CourseFilter()
        clinic_key = wanted.clinic.key("Clinic", "clinic") if wanted.clinic else None
        client_key = wanted.client.key("Client", "client") if wanted.client else None
        async with info.context.reading() as session:
            place = await clinic(session, scope, clinic_key) if clinic_key else None
            buyer = await client(session, scope, client_key) if client_key else None
            if (clinic_key and place is None) or (client_key and buyer is None):
                return connection([], page, store.COURSES_NEWEST, Course.of)
            rows = await store.courses(
                session,
                scope,
                page,
                clinic_id=place.id if place else None,
                client_id=buyer.id if buyer else None,
                state=wanted.state,
            )
        return connection(rows, page, store.COURSES_NEWEST, Course.of)
