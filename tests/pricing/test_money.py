"""Money adds up to the minor unit, and shows its currency's digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.money import MINOR_DIGITS, CurrencyMismatch, Money
from schema.pricing.types.money import Money as Shown
from schema.pricing.types.money import MoneyInput

CURRENCIES = st.sampled_from(sorted(MINOR_DIGITS))
MINOR = st.integers(0, 10**15)


@given(CURRENCIES, MINOR, MINOR, MINOR, st.integers(0, 500))
def test_sums_and_multiples_are_exact(currency, one, two, three, times) -> None:
    a, b, c = (Money(each, currency) for each in (one, two, three))
    assert (a + b) + c == a + (b + c) == Money(one + two + three, currency)
    assert (a + b) * times == a * times + b * times
    assert a * times == sum([a] * times, start=Money(0, currency))


@given(MINOR, st.integers(1, 60))
def test_a_share_is_the_nearest_minor_unit(minor: int, parts: int) -> None:
    share = Money(minor, "EUR").share(Decimal(1), Decimal(parts))
    assert abs(share.amount_minor - Decimal(minor) / parts) <= Decimal("0.5")


@given(CURRENCIES, CURRENCIES)
def test_currencies_do_not_mix(one: str, other: str) -> None:
    if one != other:
        with pytest.raises(CurrencyMismatch):
            Money(1, one) + Money(1, other)


@given(CURRENCIES, MINOR)
def test_what_is_shown_reads_back(currency: str, minor: int) -> None:
    shown = Shown.of(Money(minor, currency))
    number, code = shown.display.split()
    assert Decimal(number).scaleb(MINOR_DIGITS[code]) == minor
    given_back = MoneyInput(amount_minor=shown.amount_minor, currency=f" {currency.lower()} ")
    assert given_back.value() == Money(minor, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "display"),
    [(15_000, "USD", "150.00 USD"), (5, "GBP", "0.05 GBP"), (15_000, "JPY", "15000 JPY"),
     (1_500, "KWD", "1.500 KWD"), (0, "EUR", "0.00 EUR")],
)  # fmt: skip
def test_each_currency_shows_its_own_digits(minor: int, currency: str, display: str) -> None:
    assert Shown.of(Money(minor, currency)).display == display
