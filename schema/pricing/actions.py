"""A function per write: a clinic sets its prices and defines its packages."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from schema.base import insert
from schema.clinics.actions import Key
from schema.clinics.rules import check_code, check_period
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.money import Money
from schema.pricing import store
from schema.pricing.models import PackageRow, ProtocolPriceRow
from schema.pricing.rules import (
    NotOffered,
    PackageWarning,
    QuoteTerms,
    check_end,
    check_from_today,
    check_minor,
    check_package,
    check_price,
)
from schema.protocols.rules import CourseSeverity


@dataclass(frozen=True, slots=True)
class DefinedPackage:
    """A package, and what the clinic should know about it."""

    row: PackageRow
    warnings: tuple[PackageWarning, ...]


async def terms_in_scope(work: Work, clinic_protocol_id: UUID) -> QuoteTerms:
    """What the clinic quotes by. Raises: NotFound outside the scope of the change."""
    found = await store.quote_terms(work.session, [clinic_protocol_id], work.scope)
    if clinic_protocol_id not in found:
        raise NotFound("clinic protocol", clinic_protocol_id, field="clinicProtocol")
    return found[clinic_protocol_id]


async def set_protocol_price(
    work: Work,
    *,
    clinic_protocol_id: UUID,
    amount: Money,
    further_area_minor: int = 0,
    add_on_key: str | None = None,
    severity: CourseSeverity | None = None,
    valid_from: date | None = None,
) -> ProtocolPriceRow:
    """The price of a session, or of an add-on to one, from a day of the clinic on (None: today).

    It supersedes the earlier from that day on; set again for the same day, it is replaced.
    Raises: NotFound, NotOffered, CurrencyMismatch, InvalidAmount, PastDay, Conflict.
    """
    terms = await terms_in_scope(work, clinic_protocol_id)
    if add_on_key is not None and add_on_key not in terms.offered_add_ons:
        raise NotOffered(f"The clinic does not offer {add_on_key}.", field="addOn")
    today = terms.today(work.now)
    day = valid_from or today
    check_from_today(day, today)
    row = await _price_row(work, terms, add_on_key, severity, day)
    row.amount_minor = check_price(amount, terms.currency)
    row.further_area_minor = check_minor(further_area_minor, "furtherAreaMinor")
    taken = Conflict("Somebody else sets this price right now.", field="validFrom")
    await insert(work.session, row, taken=taken)
    work.record(
        "protocol_price.set",
        terms.clinic_id,
        row,
        add_on=add_on_key,
        severity=severity,
        amount=str(amount),
        further_area_minor=further_area_minor,
        valid_from=day,
    )
    return row


async def _price_row(
    work: Work,
    terms: QuoteTerms,
    add_on_key: str | None,
    severity: CourseSeverity | None,
    day: date,
) -> ProtocolPriceRow:
    """The row to set: the one that begins on that day already, or a new one."""
    found = await store.price_from(
        work.session, work.scope, terms.clinic_protocol_id, add_on_key, severity, day
    )
    if found is not None:
        return await work.session.get_one(ProtocolPriceRow, found.id, with_for_update=True)
    return ProtocolPriceRow(
        clinic_id=terms.clinic_id,
        clinic_protocol_id=terms.clinic_protocol_id,
        add_on_key=add_on_key,
        severity=severity,
        currency=terms.currency,
        valid_from=day,
    )


async def define_package(
    work: Work,
    *,
    clinic_protocol_id: UUID,
    code: str,
    name: str,
    sessions: int,
    validity_days: int,
    amount: Money,
    further_area_minor: int = 0,
    severity: CourseSeverity | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> DefinedPackage:
    """A package of sessions, sold from a day of the clinic on (None: today).

    Raises: NotFound, InvalidCode, InvalidPackage, PackageNotFeasible, CurrencyMismatch,
    InvalidAmount, PastDay, InvalidPeriod, Conflict.
    """
    terms = await terms_in_scope(work, clinic_protocol_id)
    warnings = check_package(
        terms.content, severity=severity, sessions=sessions, validity_days=validity_days
    )
    today = terms.today(work.now)
    check_from_today(valid_from or today, today)
    check_period(valid_from or today, valid_to, "validTo")
    row = PackageRow(
        clinic_id=terms.clinic_id,
        clinic_protocol_id=clinic_protocol_id,
        code=check_code(code),
        name=name,
        severity=severity,
        sessions=sessions,
        validity_days=validity_days,
        amount_minor=check_price(amount, terms.currency),
        further_area_minor=check_minor(further_area_minor, "furtherAreaMinor"),
        currency=terms.currency,
        valid_from=valid_from or today,
        valid_to=valid_to,
    )
    await insert(work.session, row, taken=Conflict(f"The code {row.code} is taken.", field="code"))
    work.record(
        "package.defined",
        terms.clinic_id,
        row,
        code=row.code,
        sessions=sessions,
        validity_days=validity_days,
        amount=str(amount),
    )
    return DefinedPackage(row, warnings)


async def end_package(work: Work, *, package: Key, valid_to: date | None = None) -> PackageRow:
    """The last day (None: today) on which a package is sold; courses already sold stay as they are.

    Raises: NotFound, PastDay, InvalidPackage.
    """
    found = await store.package(work.session, work.scope, package)
    if found is None:
        raise NotFound("package", package, field="package")
    row = await work.session.get_one(PackageRow, found.id, with_for_update=True)
    terms = await terms_in_scope(work, row.clinic_protocol_id)
    today = terms.today(work.now)
    check_end(store.package_terms(row), valid_to or today, today)
    row.valid_to = valid_to or today
    work.record("package.ended", row.clinic_id, row, code=row.code, valid_to=row.valid_to)
    return row
