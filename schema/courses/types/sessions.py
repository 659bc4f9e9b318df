"""Sessions of courses, as GraphQL shows them."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clients.actions import record_clinical_reads
from schema.context import Info
from schema.courses import store
from schema.courses.models import CourseSessionRow
from schema.courses.rules import SessionState
from schema.fields import Reads, described, identified, link, read_by_columns
from schema.practitioners.store import practitioners_by_id
from schema.practitioners.types.people import Practitioner

described(
    SessionState,
    "What became of a session.",
    {
        SessionState.CANCELLED: "Called off with its course. Final.",
        SessionState.DONE: "It took place. Final.",
        SessionState.PLANNED: "Still to be done, within its window.",
    },
)


@strawberry.type(description="What was noted down when a session was done.")
class SessionRecord:
    depth_mm: Decimal | None = strawberry.field(
        description="How deep the needle went, in millimetres."
    )


@identified(store.sessions_by_id, reads=Permission.COURSES_READ)
@read_by_columns()
@strawberry.type(description="A session of a course, with the days on which it can be done.")
class CourseSession(relay.Node):
    id: relay.NodeID[UUID]
    clinic_id: strawberry.Private[UUID]
    course_id: strawberry.Private[UUID]
    practitioner_id: strawberry.Private[UUID | None]
    depth_mm: strawberry.Private[Decimal | None]
    number: int = strawberry.field(description="1 is the first.")
    state: SessionState = strawberry.field(description="What became of it.")
    earliest_on: date = strawberry.field(
        description="Not before this day: skin has to heal. As it was planned at the sale or after"
        " the session before; where the law became stricter since, booking waits longer. In the"
        " clinic's zone, as all days here."
    )
    preferred_on: date = strawberry.field(description="The best day.")
    latest_on: date = strawberry.field(
        description="Later than this, the course lapses or its later sessions do not fit."
    )
    done_on: date | None = strawberry.field(description="When it took place.")
    practitioner: Practitioner | None = link(
        practitioners_by_id,
        key="practitioner_id",
        of=Practitioner.of,
        reads=Permission.PRACTITIONERS_READ,
        describe="Who treated.",
    )

    @classmethod
    def of(cls, row: CourseSessionRow) -> "CourseSession":
        return cls(
            id=row.id,
            clinic_id=row.clinic_id,
            course_id=row.course_id,
            practitioner_id=row.practitioner_id,
            depth_mm=row.depth_mm,
            number=row.number,
            state=SessionState(row.state),
            earliest_on=row.earliest_on,
            preferred_on=row.preferred_on,
            latest_on=row.latest_on,
            done_on=row.done_on,
        )

    @strawberry.field(extensions=[Reads(Permission.CLINICAL_READ, clinic="clinic_id")])
    async def record(self, info: Info) -> SessionRecord | None:
        """What was done; null before. Reading it leaves an entry in the audit trail."""
        if self.done_on is None:
            return None
        course = await info.context.load(
            store.courses_by_id, self.course_id, Permission.CLINICAL_READ
        )
        if course is None:
            return None
        await info.context.witness(record_clinical_reads, course.client_id)
        return SessionRecord(depth_mm=self.depth_mm)
