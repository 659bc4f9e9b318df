"""Money: whole minor units of a currency, never a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from schema.errors import RuleViolation

#: Minor digits of the currencies that the franchise trades in. Source: ISO 4217.
MINOR_DIGITS = {
    "AED": 2, "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2,
    "JPY": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "PLN": 2, "SEK": 2, "SGD": 2, "USD": 2,
}  # fmt: skip


class UnknownCurrency(RuleViolation):
    code = "UNKNOWN_CURRENCY"


class CurrencyMismatch(RuleViolation):
    code = "CURRENCY_MISMATCH"


class InvalidAmount(RuleViolation):
    code = "INVALID_AMOUNT"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, pence) of an ISO 4217 currency."""

    amount_minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        """Raises: CurrencyMismatch."""
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up.")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __mul__(self, times: int) -> "Money":
        return Money(self.amount_minor * times, self.currency)

    def share(self, numerator: Decimal, denominator: Decimal = Decimal(1)) -> "Money":
        """This part of it, rounded half up to the minor unit."""
        exact = Decimal(self.amount_minor) * numerator / denominator
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), self.currency)

    def __str__(self) -> str:
        digits = MINOR_DIGITS[self.currency]
        return f"{Decimal(self.amount_minor).scaleb(-digits):.{digits}f} {self.currency}"


def check_currency(currency: str, field: str = "currency") -> str:
    """The code in capitals. Raises: UnknownCurrency."""
    if currency.upper() not in MINOR_DIGITS:
        raise UnknownCurrency(f"{currency!r} is not one of {', '.join(MINOR_DIGITS)}.", field=field)
    return currency.upper()


def check_amount(amount_minor: int, field: str = "amountMinor") -> int:
    """The amount. Raises: InvalidAmount for less than nothing or more than a bigint holds."""
    if not 0 <= amount_minor <= 10**15:
        raise InvalidAmount("An amount is 0 or more minor units.", field=field)
    return amount_minor
