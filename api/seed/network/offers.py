"""What a network's clinics adopted, and what they ask for it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from api.seed.network.copying import Sheets
from api.seed.network.ground import Template
from schema.base import Row
from schema.money import Money
from schema.pricing.models import PackageRow, ProtocolPriceRow
from schema.pricing.rules import PackageTerms, Price, QuoteTerms
from schema.protocols.models import (
    ClinicProtocolAddOnRow,
    ClinicProtocolPinRow,
    ClinicProtocolRow,
)
from schema.protocols.rules import AdoptionState, CourseSeverity, PinCause, session_count_for

MODELS: tuple[type[Row], ...] = (
    ClinicProtocolRow,
    ClinicProtocolPinRow,
    ClinicProtocolAddOnRow,
    ProtocolPriceRow,
    PackageRow,
)
MOST_ADD_ONS = 3
VALIDITY_DAYS = 540
#: In whole dollars or pounds, times the clinic's level: a session, an add-on to it.
SESSION, ADD_ON = 300, 120


@dataclass(frozen=True, slots=True)
class Offered:
    """A clinic's adoption, with all that quotes for it are made of."""

    id: UUID
    template: Template
    terms: QuoteTerms


def offer(
    sheets: Sheets, clinic_id: UUID, currency: str, template: Template, level: float, since: date
) -> Offered:
    """Adopt a template with its first add-ons, and price it."""
    add_ons = [each.key for each in template.content.add_ons[:MOST_ADD_ONS]]
    adopted_at = datetime.combine(since, time(12), UTC)
    adopted = sheets.add(
        ClinicProtocolRow,
        clinic_id=clinic_id,
        template_id=template.id,
        version_id=template.version_id,
        adopted_at=adopted_at,
    )
    sheets.add(
        ClinicProtocolPinRow,
        clinic_id=clinic_id,
        clinic_protocol_id=adopted,
        number=1,
        version_id=template.version_id,
        cause=PinCause.ADOPTED,
        pinned_at=adopted_at,
    )
    for key in add_ons:
        sheets.add(
            ClinicProtocolAddOnRow, clinic_id=clinic_id, clinic_protocol_id=adopted, add_on_key=key
        )
    treatment = session_count_for(template.content, CourseSeverity.STANDARD) is not None
    first = Money(int(SESSION * level) * 100 if treatment else 0, currency)
    prices = [_price(first, since, None)]
    prices += [_price(Money(int(ADD_ON * level) * 100, currency), since, key) for key in add_ons]
    for each in prices:
        sheets.add(
            ProtocolPriceRow,
            clinic_id=clinic_id,
            clinic_protocol_id=adopted,
            add_on_key=each.add_on_key,
            amount_minor=each.amount.amount_minor,
            further_area_minor=each.further_area.amount_minor,
            currency=currency,
            valid_from=since,
        )
    packages = _packages(sheets, clinic_id, adopted, template, prices[0]) if treatment else ()
    terms = QuoteTerms(
        clinic_protocol_id=adopted,
        clinic_id=clinic_id,
        currency=currency,
        time_zone="UTC",
        state=AdoptionState.OFFERED,
        content=template.content,
        offered_add_ons=frozenset(add_ons),
        prices=tuple(prices),
        packages=packages,
    )
    return Offered(adopted, template, terms)


def _price(amount: Money, since: date, add_on_key: str | None) -> Price:
    further = Money(amount.amount_minor // 300 * 100, amount.currency)
    return Price(amount=amount, further_area=further, valid_from=since, add_on_key=add_on_key)


def _packages(
    sheets: Sheets, clinic_id: UUID, adopted: UUID, template: Template, price: Price
) -> tuple[PackageTerms, ...]:
    """The usual number of sessions for each severity, a tenth cheaper."""
    found = []
    for severity in CourseSeverity:
        rule = session_count_for(template.content, severity)
        assert rule is not None, "treatments count sessions for every severity"
        code = f"{template.code}-{severity}"
        tenths = rule.default * 9
        amount = Money(price.amount.amount_minor * tenths // 10, price.amount.currency)
        further = Money(price.further_area.amount_minor * tenths // 10, amount.currency)
        package_id = sheets.add(
            PackageRow,
            clinic_id=clinic_id,
            clinic_protocol_id=adopted,
            code=code,
            name=f"{rule.default} sessions",
            severity=severity,
            sessions=rule.default,
            validity_days=VALIDITY_DAYS,
            amount_minor=amount.amount_minor,
            further_area_minor=further.amount_minor,
            currency=amount.currency,
            valid_from=price.valid_from,
        )
        found.append(
            PackageTerms(
                id=package_id,
                code=code,
                sessions=rule.default,
                validity_days=VALIDITY_DAYS,
                amount=amount,
                further_area=further,
                valid_from=price.valid_from,
                severity=severity,
            )
        )
    return tuple(found)
