"""Every SELECT of prices and packages. *Today* is the day in the clinic's own zone."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Select, and_, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col

from schema.base import Reader, among, columns, fetch, fetch_among, fetch_one
from schema.clinics.store import clinics_by_id, has_come, named_within, today_in
from schema.money import Money
from schema.paging import Order, Page, grouped, keyed, page_by, page_of
from schema.pricing.models import PackageRow, ProtocolPriceRow
from schema.pricing.rules import PackageTerms, Price, QuoteTerms
from schema.protocols.models import ClinicProtocolAddOnRow
from schema.protocols.rules import CourseSeverity
from schema.protocols.store import resolved_protocols
from schema.scope import Scope
from schema.statements import built_once

PriceOf, Package, AddOn = ProtocolPriceRow, PackageRow, ClinicProtocolAddOnRow

#: A price without whose it is, which those know who ask for it by that.
OUTLINE = [each for each in columns(PriceOf) if each.key not in ("clinic_id", "clinic_protocol_id")]

LATEST_FIRST = Order.by(col(PriceOf.valid_from), col(PriceOf.id), descending=True)
PACKAGES_BY_CODE = Order.by(col(Package.code))


async def own_price_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolPriceRow]:
    """What each adopted protocol itself costs today, whatever the severity."""
    rows = await fetch(session, PriceOf, _own_prices(ids, scope))
    return keyed(rows, "parent_id")


@built_once
def _own_prices(ids: Sequence[UUID], scope: Scope) -> Executable:
    return (
        _in_force(PriceOf.clinic_protocol_id)
        .where(among(col(PriceOf.clinic_protocol_id), ids), scope.where(PriceOf.clinic_id))
        .where(col(PriceOf.add_on_key).is_(None))
    )


async def price_by_adopted_add_on(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolPriceRow]:
    """What each adopted add-on costs today, whatever the severity."""
    rows = await fetch(session, PriceOf, _add_on_prices(ids, scope))
    return keyed(rows, "parent_id")


@built_once
def _add_on_prices(ids: Sequence[UUID], scope: Scope) -> Executable:
    offered = and_(
        col(AddOn.clinic_id) == PriceOf.clinic_id,
        col(AddOn.clinic_protocol_id) == PriceOf.clinic_protocol_id,
        col(AddOn.add_on_key) == PriceOf.add_on_key,
    )
    return (
        _in_force(AddOn.id)
        .join(AddOn, offered)
        .where(among(col(AddOn.id), ids), scope.where(AddOn.clinic_id))
    )


def _in_force(parent: Any) -> Select[Any]:
    """For each `parent` the general price that began last; to be narrowed to some of them."""
    return (
        select(*OUTLINE, col(parent).label("parent_id"))
        .ext(distinct_on(col(parent)))
        .where(col(PriceOf.severity).is_(None))
        .where(has_come(col(PriceOf.valid_from), PriceOf.clinic_id))
        .order_by(col(parent), col(PriceOf.valid_from).desc())
    )


async def prices_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, ProtocolPriceRow]:
    rows = await fetch_among(session, PriceOf, PriceOf.id, ids, scope, PriceOf.clinic_id)
    return keyed(rows)


async def prices_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[ProtocolPriceRow]]:
    """Each adopted protocol's prices, past and to come, its add-ons' too; the latest first."""
    return await page_of(
        session,
        PriceOf,
        PriceOf.clinic_protocol_id,
        ids,
        scope,
        PriceOf.clinic_id,
        LATEST_FIRST,
        page,
    )


async def packages_by_clinic_protocol(
    session: Reader, ids: Sequence[UUID], scope: Scope, page: Page
) -> Mapping[UUID, list[PackageRow]]:
    """Each adopted protocol's packages that have not ended, by code."""
    today = today_in(Package.clinic_id)
    query = select(*columns(Package)).where(
        scope.where(Package.clinic_id),
        or_(col(Package.valid_to).is_(None), col(Package.valid_to) >= today),
    )
    return await page_by(session, Package.clinic_protocol_id, ids, query, PACKAGES_BY_CODE, page)


async def packages_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, PackageRow]:
    rows = await fetch_among(session, Package, Package.id, ids, scope, Package.clinic_id)
    return keyed(rows)


async def package(session: Reader, scope: Scope, key: UUID | str) -> PackageRow | None:
    """The package with this id or code (`RALEIGH/GLOW-3`), if in scope."""
    query = select(*columns(Package)).where(
        named_within(Package, key), scope.where(Package.clinic_id)
    )
    return await fetch_one(session, Package, query)


async def price_from(
    session: Reader,
    scope: Scope,
    clinic_protocol_id: UUID,
    add_on_key: str | None,
    severity: CourseSeverity | None,
    day: date,
) -> ProtocolPriceRow | None:
    """The price of just this series that begins on just this day."""
    query = select(*columns(PriceOf)).where(
        col(PriceOf.clinic_protocol_id) == clinic_protocol_id,
        col(PriceOf.add_on_key).is_not_distinct_from(add_on_key),
        col(PriceOf.severity).is_not_distinct_from(severity),
        col(PriceOf.valid_from) == day,
        scope.where(PriceOf.clinic_id),
    )
    return await fetch_one(session, PriceOf, query)


async def quote_terms(
    session: Reader, clinic_protocol_ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, QuoteTerms]:
    """What quotes for these adopted protocols are made of: a SELECT for each kind of thing.

    With all their prices and packages, so that the rules pick those of a day.
    """
    protocols = await resolved_protocols(session, clinic_protocol_ids, scope)
    clinic_ids = list({each.clinic_id for each in protocols.values()})
    clinics = await clinics_by_id(session, clinic_ids, scope)
    prices = await _of_protocols(session, PriceOf, clinic_protocol_ids, scope)
    packages = await _of_protocols(session, Package, clinic_protocol_ids, scope)
    return {
        key: QuoteTerms(
            clinic_protocol_id=key,
            clinic_id=each.clinic_id,
            currency=clinics[each.clinic_id].currency,
            time_zone=clinics[each.clinic_id].time_zone,
            state=each.state,
            content=each.content,
            offered_add_ons=frozenset(each.add_on_keys),
            prices=tuple(map(price_of, prices.get(key, ()))),
            packages=tuple(map(package_terms, packages.get(key, ()))),
        )
        for key, each in protocols.items()
    }


async def _of_protocols(
    session: Reader, model: Any, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[Any]]:
    rows = await fetch_among(session, model, model.clinic_protocol_id, ids, scope, model.clinic_id)
    return grouped(rows, "clinic_protocol_id")


def price_of(row: ProtocolPriceRow) -> Price:
    return Price(
        amount=Money(row.amount_minor, row.currency),
        further_area=Money(row.further_area_minor, row.currency),
        valid_from=row.valid_from,
        add_on_key=row.add_on_key,
        severity=CourseSeverity(row.severity) if row.severity else None,
    )


def package_terms(row: PackageRow) -> PackageTerms:
    return PackageTerms(
        id=row.id,
        code=row.code,
        sessions=row.sessions,
        validity_days=row.validity_days,
        amount=Money(row.amount_minor, row.currency),
        further_area=Money(row.further_area_minor, row.currency),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        severity=CourseSeverity(row.severity) if row.severity else None,
    )
