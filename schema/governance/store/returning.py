"""What was sold under a version that a clinic would leave."""

from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from schema.base import Reader, execute
from schema.courses.models import CourseRow
from schema.protocols.models import ClinicProtocolRow
from schema.scheduling.models import AppointmentRow
from schema.scheduling.rules import AppointmentState
from schema.scope import Scope


async def sold_under(
    session: Reader, scope: Scope, adoption: ClinicProtocolRow, version_id: UUID
) -> tuple[int, int]:
    """How many courses a clinic ever sold under a version of what it adopted, and how many single
    visits that were not called off."""
    course, visit = CourseRow, AppointmentRow
    courses = select(func.count()).where(
        col(course.clinic_protocol_id) == adoption.id,
        col(course.version_id) == version_id,
        scope.where(course.clinic_id),
    )
    visits = select(func.count()).where(
        col(visit.clinic_protocol_id) == adoption.id,
        col(visit.version_id) == version_id,
        col(visit.course_id).is_(None),
        col(visit.state) != AppointmentState.CANCELLED,
        scope.where(visit.clinic_id),
    )
    query = select(courses.scalar_subquery(), visits.scalar_subquery())
    found = (await execute(session, query)).one()
    return int(found[0]), int(found[1])
