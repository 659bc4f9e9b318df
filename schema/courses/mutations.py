import strawberry

from schema.access.rules import Permission
from schema.context import Info
from schema.courses import actions
from schema.courses.types import changes as change
from schema.courses.types.courses import Course
from schema.fields import Writes, key_of
from schema.pricing.types.quotes import Buying
from schema.protocols.rules import Variant
from schema.scheduling.actions import cancel_course_visits
from schema.scheduling.rules import CancellationReason


@strawberry.type
class CourseMutations:
    @strawberry.mutation(extensions=[Writes(Permission.COURSES_SELL)])
    async def sell_course(
        self, info: Info, input: change.SellCourseInput
    ) -> change.SellCourseResult:
        """Sell a course: it keeps today's version, price and interval, whatever changes later."""
        buying = input.buying or Buying()
        row = await actions.sell_course(
            info.context.work,
            client=input.client.key("Client", "client"),
            clinic_protocol=key_of(input.clinic_protocol, "ClinicProtocol", "clinic protocol"),
            areas=input.areas,
            variant=input.variant.value() if input.variant else Variant(),
            add_ons=input.add_ons,
            package=buying.package.key("Package", "package") if buying.package else None,
            sessions=None if buying.sessions is strawberry.UNSET else buying.sessions,
            sessions_reason=input.sessions_reason,
            validity_days=input.validity_days,
            first_on=input.first_on,
            external_reference=input.external_reference,
        )
        return Course.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.SESSIONS_RECORD)])
    async def record_session(
        self, info: Info, input: change.RecordSessionInput
    ) -> change.CourseChangeResult:
        """Record that the next session of a course took place; later windows move along."""
        row = await actions.record_session(
            info.context.work,
            course=input.course.key("Course", "course"),
            done_on=input.done_on,
            practitioner=input.practitioner.key("Practitioner", "practitioner"),
            depth_mm=input.depth_mm,
        )
        return Course.of(row)

    @strawberry.mutation(extensions=[Writes(Permission.COURSES_SELL)])
    async def cancel_course(
        self, info: Info, input: change.CancelCourseInput
    ) -> change.CourseChangeResult:
        """Call off what is left of a course, with its visits to come, for the same reason; what
        they took is free again at once. What was done stays on record."""
        work = info.context.work
        row = await actions.cancel_course(
            work, course=input.course.key("Course", "course"), reason=input.reason
        )
        await cancel_course_visits(work, row, CancellationReason(input.reason))
        return Course.of(row)
