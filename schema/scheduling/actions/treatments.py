"""What is to be done in a visit: as a clinic offers it, as a course pinned it, or as it was booked.

What is read here is locked until the transaction ends: until the visit is booked, the clinic
changes nothing of what it offers, and nobody calls the course off.
"""

from dataclasses import dataclass
from uuid import UUID

from schema.clients.models import ClientRow
from schema.clinics.actions import Key
from schema.clinics.models import ClinicRow
from schema.context import Work
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.courses.rules import Spacing, check_active, spacing_in_force
from schema.errors import NotFound
from schema.protocols import store as protocols
from schema.protocols.rules import (
    AdoptionState,
    ProtocolContent,
    Resolved,
    check_visit,
    spacing_for,
)
from schema.scheduling import store
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import Visit, Wish, check_course_visit


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is to be done. `spacing` is how far it lies from others on the same areas."""

    clinic_protocol_id: UUID
    version_id: UUID
    template_code: str
    applied: Resolved
    wish: Wish
    spacing: Spacing | None
    course: CourseRow | None = None

    @property
    def content(self) -> ProtocolContent:
        return self.applied.content

    def visit(self, guests: tuple[int, ...], led_by: int | None) -> Visit:
        return Visit.of(self.content, self.wish, self.template_code, guests=guests, led_by=led_by)


async def treatment_for(
    work: Work, here: ClinicRow, wish: Wish | None, course: CourseRow | None
) -> Treatment:
    """Of the wish, or the next session of the course. Raises: NotFound, what `check_visit` does."""
    if course is not None:
        return await _of_course(work, course)
    assert wish is not None, "a single visit says what it is for"
    return await _single(work, here, wish)


async def course_to_book(work: Work, guest: ClientRow, key: Key) -> CourseRow:
    """A course of this client, as it is now; whoever calls it off waits or is waited for. Of
    others' courses nothing is told.

    Raises: NotFound, CourseNotActive.
    """
    named = await courses.course(work.session, work.scope, key)
    if named is None or named.client_id != guest.id:
        raise NotFound("course", key, field="course")
    check_active(named.state)
    course = await work.session.get_one(
        CourseRow, named.id, with_for_update={"read": True}, populate_existing=True
    )
    check_active(course.state)
    return course


async def _single(work: Work, here: ClinicRow, wish: Wish) -> Treatment:
    adopted = await store.adoptions(work.session, work.scope, [here.id], wish.protocol)
    key = adopted.get(here.id)
    held = await protocols.lock_adoption_shared(work.session, work.scope, key) if key else None
    if key is None or held is None or held.state != AdoptionState.OFFERED:
        raise NotFound("protocol", wish.protocol, field="visit.protocol")
    found = (await protocols.resolved_protocols(work.session, [key], work.scope))[key]
    check_visit(found.content, wish.areas, wish.variant, wish.add_ons, offered=found.add_on_keys)
    return Treatment(
        clinic_protocol_id=key,
        version_id=found.version_id,
        template_code=found.template_code,
        applied=Resolved(found.content, found.lower.content, found.changes),
        wish=wish,
        spacing=spacing_for(found.content, wish.variant, wish.areas),
    )


async def _of_course(work: Work, course: CourseRow) -> Treatment:
    """As the course pinned it; the clinic may follow a later version by now.

    Raises: what `check_visit` raises where the law of the place does not allow any more what was
    sold.
    """
    adoption = course.clinic_protocol_id
    await protocols.lock_adoption_shared(work.session, work.scope, adoption)
    found = (await protocols.resolved_protocols(work.session, [adoption], work.scope))[adoption]
    applied = await courses.pinned_protocol(work.session, course, work.scope)
    wish = store.wish_of(course)
    check_course_visit(applied.content, wish)
    return Treatment(
        clinic_protocol_id=adoption,
        version_id=course.version_id,
        template_code=found.template_code,
        applied=applied,
        wish=wish,
        spacing=spacing_in_force(course, applied, wish.variant, wish.areas),
        course=course,
    )


async def treatment_as_booked(
    work: Work, row: AppointmentRow, course: CourseRow | None
) -> Treatment:
    """What a visit was booked for: of its own version, under the law of today, also where the
    clinic offers another by now, or none. Raises: what `check_visit` raises."""
    if course is not None:
        return await _of_course(work, course)
    adoption = row.clinic_protocol_id
    await protocols.lock_adoption_shared(work.session, work.scope, adoption)
    found = (await protocols.resolved_protocols(work.session, [adoption], work.scope))[adoption]
    key = adoption, row.version_id
    applied = (await protocols.resolved_versions(work.session, [key], work.scope))[key]
    wish = Wish(adoption, tuple(row.areas), courses.variant(row), tuple(row.add_on_keys))
    check_visit(applied.content, wish.areas, wish.variant, wish.add_ons)
    return Treatment(
        clinic_protocol_id=adoption,
        version_id=row.version_id,
        template_code=found.template_code,
        applied=applied,
        wish=wish,
        spacing=spacing_for(applied.content, wish.variant, wish.areas),
    )
