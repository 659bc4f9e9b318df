"""What a client lacks before a treatment, and the clinic's own visits that would do."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from schema.base import Reader, among, columns, execute, fetch, fetch_among
from schema.clients.models import ClientRow
from schema.clinics import store as clinics
from schema.clinics.models import ClinicOwnershipRow
from schema.intervals import Interval
from schema.paging import grouped
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import AdoptionState, ProtocolKind
from schema.protocols.store import resolved_protocols
from schema.scheduling.models import PrerequisiteRow
from schema.scheduling.rules import ClinicCalendar, Offer, Offered, Sought, VisitOn, Wish, offering
from schema.scheduling.store.prerequisites import (
    prerequisite_of,
    prerequisites_in,
    visits_done,
)
from schema.scope import Scope


async def sought_of(
    session: Reader, scope: Scope, client: ClientRow, offer: Offer, window: Interval
) -> Sought | None:
    """What is asked before a treatment in a window, with what the client had; None: nothing is."""
    if offer.offered.kind is not ProtocolKind.TREATMENT:
        return None
    here = (await clinics.clinics_by_id(session, [offer.clinic_id], scope))[offer.clinic_id]
    chain = (await clinics.jurisdiction_chains(session))[here.jurisdiction_code]
    first, _ = offer.days(window)
    known = await prerequisites_in(session, chain, first)
    if not known:
        return None
    owned = await _ownerships(session, scope, [offer.clinic_id])
    kinds = {each.visit_kind for each in known}
    return Sought(
        prerequisites=tuple(known),
        chain=chain,
        owned=tuple(owned.get(offer.clinic_id, ())),
        template_code=offer.offered.template_code,
        areas=offer.wish.areas,
        add_ons=offer.wish.add_ons,
        done=tuple(await visits_done(session, client, kinds)),
    )


async def prerequisites_by_visit(
    session: Reader, visits: Sequence[VisitOn], scope: Scope
) -> Mapping[VisitOn, list[PrerequisiteRow]]:
    """What comes before each of these visits, under the law of its clinic's place."""
    clinic_ids = list({each.clinic_id for each in visits})
    places = await clinics.clinics_by_id(session, clinic_ids, scope)
    chains = await clinics.jurisdiction_chains(session)
    codes = {code for each in places.values() for code in chains[each.jurisdiction_code]}
    known = [(each, prerequisite_of(each)) for each in await _set_in(session, codes)]
    owned = await _ownerships(session, scope, clinic_ids) if known else {}
    found: dict[VisitOn, list[PrerequisiteRow]] = {}
    for visit in visits:
        if place := places.get(visit.clinic_id):
            chain, owners = chains[place.jurisdiction_code], owned.get(place.id, ())
            found[visit] = [row for row, each in known if visit.asks(each, chain, owners)]
    return found


async def _set_in(session: Reader, jurisdictions: Collection[str]) -> list[PrerequisiteRow]:
    row = PrerequisiteRow
    query = (
        select(*columns(row))
        .where(among(col(row.jurisdiction_code), sorted(jurisdictions)))
        .order_by(col(row.jurisdiction_code), col(row.id))
    )
    return await fetch(session, row, query)


async def _ownerships(
    session: Reader, scope: Scope, clinic_ids: Sequence[UUID]
) -> Mapping[UUID, list[ClinicOwnershipRow]]:
    rows = await fetch_among(
        session,
        ClinicOwnershipRow,
        ClinicOwnershipRow.clinic_id,
        clinic_ids,
        scope,
        ClinicOwnershipRow.clinic_id,
    )
    return grouped(rows, "clinic_id")


def kinds_lacking(sought: Sought, first: date, last: date) -> dict[date, frozenset[ProtocolKind]]:
    """By day from `first` to `last`: which kinds of visits a treatment on it lacks."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    found = {day: frozenset(each.visit_kind for each in sought.lacking(day)) for day in days}
    return {day: kinds for day, kinds in found.items() if kinds}


async def offers_of_kinds(
    session: Reader,
    scope: Scope,
    treatment: Offer,
    calendar: ClinicCalendar,
    kinds: Collection[ProtocolKind],
) -> Mapping[ProtocolKind, Offer]:
    """For each kind the first of the clinic's own protocols that is for this client's treatment:
    by code, and for those of the treated areas that it knows."""
    adopted, template = ClinicProtocolRow, ProtocolTemplateRow
    query = (
        select(col(adopted.id))
        .join(template, col(template.id) == adopted.template_id)
        .where(
            col(adopted.clinic_id) == treatment.clinic_id,
            scope.where(adopted.clinic_id),
            col(adopted.state) == AdoptionState.OFFERED,
            among(col(template.protocol_kind), sorted(kinds)),
        )
        .order_by(col(template.code))
    )
    ids = list((await execute(session, query)).scalars())
    resolved = await resolved_protocols(session, ids, scope)
    found: dict[ProtocolKind, Offer] = {}
    for each in (resolved[key] for key in ids if key in resolved):
        known = {area.key for area in each.content.areas}
        wish = Wish(each.id, tuple(area for area in treatment.wish.areas if area in known))
        offered = Offered(each.id, each.template_code, each.kind, each.content, each.add_on_keys)
        made = offering(offered, wish)
        if made.problem is None and each.kind not in found:
            found[each.kind] = made.at(treatment.clinic_id, calendar)
    return found
