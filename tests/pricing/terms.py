"""Terms of quotes to compute with, made of the real templates."""

from datetime import date, timedelta

from api.seed.content import TEMPLATES
from schema.base import new_id
from schema.money import Money
from schema.pricing.rules import PackageTerms, Price, QuoteTerms
from schema.protocols.rules import AdoptionState, CourseSeverity

CONTENT = {each.code: each.content for each in TEMPLATES}
MEDICAL = CONTENT["MN-MEDICAL"]
START = date(2026, 1, 1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def price(
    minor: int,
    further_area: int = 0,
    *,
    days: int = 0,
    add_on: str | None = None,
    severity: CourseSeverity | None = None,
) -> Price:
    """A price in force from so many days after START."""
    return Price(
        amount=usd(minor),
        further_area=usd(further_area),
        valid_from=START + timedelta(days),
        add_on_key=add_on,
        severity=severity,
    )


def package(minor: int, sessions: int = 3, **differently: object) -> PackageTerms:
    terms = {
        "id": new_id(),
        "code": "THREE",
        "sessions": sessions,
        "validity_days": 365,
        "amount": usd(minor),
        "further_area": usd(5_000),
        "valid_from": START,
        **differently,
    }
    return PackageTerms(**terms)  # type: ignore[arg-type]  # the tests say what they change


def terms(
    *prices: Price,
    packages: tuple[PackageTerms, ...] = (),
    state: AdoptionState = AdoptionState.OFFERED,
) -> QuoteTerms:
    """What a clinic that adopted MN-MEDICAL with all its add-ons quotes by."""
    return QuoteTerms(
        clinic_protocol_id=new_id(),
        clinic_id=new_id(),
        currency="USD",
        time_zone="America/New_York",
        state=state,
        content=MEDICAL,
        offered_add_ons=frozenset(each.key for each in MEDICAL.add_ons),
        prices=prices,
        packages=packages,
    )
