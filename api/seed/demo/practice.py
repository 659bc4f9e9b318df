"""What goes on in the demo's clinics: clients, holds, courses, sessions, visits, tasks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from api.seed.demo.cast import PARTNER, Cast
from api.seed.demo.catalogue import managing
from api.seed.demo.places import LIVE, SUSPENDED
from api.seed.demo.stories import CLIENTS, CONSULTATION, Client, Coming, Sale
from schema.access.rules import Permission, Role
from schema.clients import actions as clients
from schema.clients.rules import Identity
from schema.clinics import store as clinics
from schema.context import Work
from schema.courses import actions as courses
from schema.intervals import Interval
from schema.protocols import store as protocols
from schema.protocols.rules import ScreeningSeverity
from schema.scheduling import actions as scheduling
from schema.scheduling import store as calendars
from schema.scheduling.rules import Search, Where, Wish, answers
from schema.tasks import actions as tasks
from schema.tasks.rules import Subject, TaskKind

Ids = Mapping[tuple[str, str], UUID]
PATIENCE = timedelta(days=10)
KEPT_IN_DAYS = 20


async def open_books(cast: Cast) -> None:
    """Every client's story; then what is held back, and what waits to be done."""
    ids = {(each.clinic, each.family_name): await _register(cast, each) for each in CLIENTS}
    await _link(cast, ids["RALEIGH", "Osei"], ids["CHARLOTTE", "Osei"])
    for each in CLIENTS:
        client_id = ids[each.clinic, each.family_name]
        course_id = await _sell(cast, each, each.course, client_id) if each.course else None
        if each.coming:
            await _book(cast, each, client_id, course_id, each.coming)
    await _refer(cast)
    for clinic in LIVE:
        await _keep(cast, clinic)
    await _hold(cast, ids)
    await _ask(cast)


async def _register(cast: Cast, who: Client) -> UUID:
    work = managing(cast, who.clinic, Permission.CLIENTS_REGISTER, days_ago=130)
    return (await clients.register_client(work, clinic=who.clinic, identity=who.identity)).id


async def _link(cast: Cast, here: UUID, there: UUID) -> None:
    """One person is a client in Raleigh and in Charlotte, as she agreed in both."""
    work = managing(cast, "RALEIGH", Permission.CLIENTS_LINK, days_ago=100)
    agreed_on = work.now.date() - timedelta(days=1)
    code = await clients.create_link_code(
        work, client=here, agreed_on=agreed_on, agreement="Folder R-17, sheet 3"
    )
    await clients.link_client(
        managing(cast, "CHARLOTTE", Permission.CLIENTS_LINK, days_ago=100),
        client=there,
        code=code.code,
        agreed_on=agreed_on,
        agreement="Scan CLT-2207",
    )


async def _sell(cast: Cast, who: Client, sale: Sale, client_id: UUID) -> UUID:
    """The course, and the sessions of it that are done."""
    work = managing(cast, who.clinic, Permission.COURSES_SELL, days_ago=sale.days_ago)
    course = await courses.sell_course(
        work,
        client=client_id,
        clinic_protocol=await _adoption(work, who.clinic, sale.template),
        areas=sale.areas,
        variant=sale.variant,
        add_ons=sale.add_ons,
        package=sale.package,
    )
    for days_ago in sale.sessions:
        assert sale.by is not None, "somebody did it"
        treating = cast.acting(
            f"practitioner.{who.clinic.lower()}", Permission.SESSIONS_RECORD, days_ago=days_ago
        )
        await courses.record_session(
            treating,
            course=course.id,
            done_on=await clients.today_in(treating, course.clinic_id),
            practitioner=sale.by,
            depth_mm=Decimal("0.5"),
        )
    return course.id


async def _adoption(work: Work, clinic: str, template: str) -> UUID:
    place = await clinics.clinic(work.session, work.scope, clinic)
    assert place is not None
    adopted = await protocols.clinic_protocol_of(work.session, work.scope, place.id, template)
    assert adopted is not None
    return adopted.id


async def _book(
    cast: Cast, who: Client, client_id: UUID, course_id: UUID | None, coming: Coming
) -> None:
    """The next session of the course, or a visit of its own."""
    work = managing(cast, who.clinic, Permission.APPOINTMENTS_BOOK)
    wish = coming.wish or who.course.wish if who.course else coming.wish
    assert wish is not None, "a visit is for something"
    await scheduling.book_appointment(
        work,
        clinic=who.clinic,
        client=client_id,
        starts_at=await _free_start(work, who.clinic, wish, coming.days),
        wish=coming.wish,
        course=None if coming.wish else course_id,
    )


async def _free_start(work: Work, clinic: str, wish: Wish, days: int) -> datetime:
    begin = work.now + timedelta(days=days)
    search = Search(Interval(begin, begin + PATIENCE), limit=1)
    where = Where(clinics=(clinic,))
    found = await calendars.offers(work.session, work.scope, where, wish, search.anywhere, work.now)
    (answer,) = answers(found, search, work.now)
    return answer.starts[0]


async def _refer(cast: Cast) -> None:
    """The partner sends clients to two clinics, under references of its own."""
    for clinic, reference, days in (("MIAMI", "GF-10023", 2), ("LONDON", "GF-10031", 3)):
        client = await clients.register_client(
            cast.acting(PARTNER, Permission.CLIENTS_REGISTER),
            clinic=clinic,
            identity=Identity(given_name="Robin", family_name=f"Vale of {clinic.title()}"),
            external_reference=reference,
        )
        work = cast.acting(PARTNER, Permission.APPOINTMENTS_BOOK)
        await scheduling.book_appointment(
            work,
            clinic=clinic,
            client=client.id,
            starts_at=await _free_start(work, clinic, CONSULTATION, days),
            wish=CONSULTATION,
            external_reference=f"{reference}-A",
        )


async def _keep(cast: Cast, clinic: str) -> None:
    """Somebody is on the telephone, and a start is kept for them for some minutes."""
    work = managing(cast, clinic, Permission.APPOINTMENTS_BOOK)
    await scheduling.hold_slot(
        work,
        clinic=clinic,
        starts_at=await _free_start(work, clinic, CONSULTATION, KEPT_IN_DAYS),
        wish=CONSULTATION,
    )


async def _hold(cast: Cast, ids: Ids) -> None:
    """Findings that stop a treatment until somebody clears them, as domain.md lists them."""
    until_on = cast.work.now.date() + timedelta(days=30)
    await clients.place_hold(
        cast.acting("practitioner.raleigh", Permission.CLINICAL_WRITE),
        client=ids["RALEIGH", "Hart"],
        severity=ScreeningSeverity.REQUIRES_CLEARANCE,
        templates=["MN-MEDICAL", "MN-CLASSIC"],
        until_on=None,
        reason="Active acne on both cheeks; a dermatologist has to look first.",
    )
    await clients.place_hold(
        cast.acting("practitioner.london", Permission.CLINICAL_WRITE),
        client=ids["LONDON", "Banerjee"],
        severity=ScreeningSeverity.REQUIRES_PRESCRIBER_REVIEW,
        templates=["MN-CLINICAL"],
        until_on=until_on,
        reason="Takes aspirin daily; a prescriber decides.",
    )


async def _ask(cast: Cast) -> None:
    """Something to do in every clinic, and at headquarters."""
    work = cast.acting("administrator", Permission.TASKS_WORK)
    today = work.now.date()
    for days, clinic in enumerate(LIVE, 2):
        await tasks.create_task(
            work,
            clinic=clinic,
            title="Count the sterile cartridges.",
            due_on=today + timedelta(days=days),
            role=Role.CLINIC_MANAGER,
        )
    await tasks.create_task(
        work,
        clinic=None,
        title="Confirm the needle depths with the boards of Arizona and North Carolina.",
        due_on=today + timedelta(days=20),
        role=Role.HQ_CLINICAL_LEAD,
    )
    place = await clinics.clinic(work.session, work.scope, SUSPENDED)
    assert place is not None
    tasks.open_task(
        work,
        clinic_id=place.id,
        kind=TaskKind.SUSPENSION,
        title="Call the clients whose courses wait.",
        due_on=today + timedelta(days=1),
        subject=Subject("Clinic", place.id),
    )
