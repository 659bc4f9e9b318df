"""What is to know of a client before a visit is looked for: days, and when the person is busy."""

from collections.abc import Iterator
from datetime import date, datetime
from uuid import UUID

from schema.access.rules import Actor, ActorKind, Permission
from schema.base import Reader
from schema.clients import store as clients
from schema.clients.models import ClientRow
from schema.clients.rules import Face, Holds, face_of, last_held
from schema.courses import store as courses
from schema.courses.models import CourseRow
from schema.courses.rules import SessionState, Treated
from schema.intervals import Interval
from schema.scheduling.rules import (
    CourseLeft,
    Guest,
    Offer,
    Stop,
    ends,
    frame_for,
    heals,
    preferred_day,
)
from schema.scheduling.store.busy import busy_elsewhere
from schema.scheduling.store.sought import sought_of
from schema.scheduling.store.visits import count_booked, days_booked
from schema.scope import Scope


async def client_of(session: Reader, actor: Actor, key: UUID | str) -> ClientRow | None:
    """The client that this caller may look for a visit for: one of a clinic in which they may read
    clients, or one that the partner registered."""
    partner = actor.kind is ActorKind.PARTNER
    permission = Permission.CLIENTS_REGISTER if partner else Permission.CLIENTS_READ
    found = await clients.client(session, actor.require(permission), key)
    if found is None or found.clinic_id not in actor.scope(Permission.AVAILABILITY_READ):
        return None
    return None if partner and found.partner_id != actor.id else found


async def guest_of(
    session: Reader,
    actor: Actor,
    client: ClientRow,
    offer: Offer,
    course: CourseRow | None,
    window: Interval,
    now: datetime,
) -> Guest:
    """The client as the search for this offer's visit sees one; `window` is all that is searched.

    Of other clinics it brings bare days and cells, as booking does.
    """
    scope = actor.scope(Permission.AVAILABILITY_READ)
    name, face = "course" if course else "client", face_of(actor, client.clinic_id)
    offered, areas = offer.offered, offer.wish.areas
    holds = await clients.holds_of(session, client, scope)
    first, _ = offer.days(window)
    stops = list(_held(holds, offered.template_code, first, face, name))
    left = await _left(session, scope, course, now) if course else None
    stops += ends(left) if left else ()
    spacing, treated = offered.spacing(offer.wish), list[Treated]()
    if spacing is not None:
        treated += await courses.days_done(session, client, areas)
        treated += await days_booked(session, client.resource_no, areas, now)
        stops += heals(treated, spacing, "window")
    around, number = frame_for(window).interval, client.resource_no
    return Guest(
        number=number,
        taken=await busy_elsewhere(session, [number], [], around, now),
        stops=tuple(stops),
        preferred_on=preferred_day(treated, spacing, left),
        sought=await sought_of(session, scope, client, offer, window),
    )


def _held(holds: Holds, code: str, first: date, face: Face, field: str) -> Iterator[Stop]:
    """The days until the last of the holds that are about a template ends.

    Of what the caller is told, what stops the first day of the search counts.
    """
    naming = holds.naming(code)
    for each in (Holds(naming.own), Holds((), naming.elsewhere)):
        if refusal := each.refusal(code, first, face, field):
            last = last_held([*each.own, *each.elsewhere])
            yield Stop(date.min, last or date.max, refusal)


async def _left(session: Reader, scope: Scope, course: CourseRow, now: datetime) -> CourseLeft:
    sessions = (await courses.sessions_by_course(session, [course.id], scope))[course.id]
    planned = tuple(each.preferred_on for each in sessions if each.state == SessionState.PLANNED)
    return CourseLeft(
        course.expires_on, planned, await count_booked(session, scope, course.id, now)
    )
