"""What one session costs from a day on, and which price is in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from schema.errors import RuleViolation
from schema.money import CurrencyMismatch, InvalidAmount, Money, check_amount
from schema.protocols.rules import CourseSeverity

#: The largest amount an answer can carry: GraphQL's Int ends there.
GREATEST_AMOUNT_MINOR = 2**31 - 1


class PastDay(RuleViolation):
    code = "PAST_DAY"


class NoPrice(RuleViolation):
    code = "NO_PRICE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a session costs from `valid_from` on, a day of the clinic.

    `amount` is for the first area, `further_area` for each one beyond it. Without `add_on_key` it
    is the protocol's own; without `severity` it is for any.
    """

    amount: Money
    further_area: Money
    valid_from: date
    add_on_key: str | None = None
    severity: CourseSeverity | None = None


def price_on(
    prices: Iterable[Price],
    day: date,
    *,
    add_on_key: str | None = None,
    severity: CourseSeverity = CourseSeverity.STANDARD,
) -> Price | None:
    """The price in force on a day of the clinic: of the severity itself, or else for any.

    Each of these is a series of its own, in which the latest counts; None where both are empty.
    """
    fits = (
        each
        for each in prices
        if each.add_on_key == add_on_key
        and each.severity in (None, severity)
        and each.valid_from <= day
    )
    return max(fits, key=lambda each: (each.severity is not None, each.valid_from), default=None)


def check_price(amount: Money, currency: str) -> int:
    """The minor units of a price in the clinic's `currency`.

    Raises: CurrencyMismatch for another one, and what `check_minor` raises.
    """
    if amount.currency != currency:
        raise CurrencyMismatch(
            f"This clinic's prices are in {currency}, not {amount.currency}.",
            field="amount.currency",
        )
    return check_minor(amount.amount_minor, "amount.amountMinor")


def check_minor(amount_minor: int, field: str) -> int:
    """The amount. Raises: InvalidAmount below 0 or beyond what answers carry."""
    if amount_minor > GREATEST_AMOUNT_MINOR:
        raise InvalidAmount("An amount is less than 2^31 minor units.", field=field)
    return check_amount(amount_minor, field)


def check_from_today(day: date, today: date, field: str = "validFrom") -> None:
    """Raise PastDay for a day that has passed in the clinic: what was charged stays true."""
    if day < today:
        raise PastDay(f"{day} has passed; today is {today} in the clinic.", field=field)
