"""Which price is in force, against the plain reading of the rule."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.money import CurrencyMismatch, InvalidAmount, Money
from schema.pricing.rules import PastDay, check_from_today, check_price, price_on
from schema.protocols.rules import CourseSeverity
from tests.pricing.terms import START, price, usd

SEVERITIES = st.sampled_from(CourseSeverity)
LISTED = st.lists(
    st.builds(
        price,
        st.integers(0, 10**6),
        days=st.integers(-5, 5),
        add_on=st.sampled_from([None, "PRP"]),
        severity=st.none() | SEVERITIES,
    ),
    unique_by=lambda each: (each.add_on_key, each.severity, each.valid_from),
)


@given(LISTED, st.integers(-6, 6), st.sampled_from([None, "PRP"]), SEVERITIES)
def test_the_latest_of_the_most_specific_series_is_in_force(prices, days, add_on, severity) -> None:
    day = START + timedelta(days)
    found = price_on(prices, day, add_on_key=add_on, severity=severity)
    begun = [each for each in prices if each.valid_from <= day and each.add_on_key == add_on]
    own = [each for each in begun if each.severity is severity]
    general = [each for each in begun if each.severity is None]
    series = own or general
    assert (found is None) == (not series)
    if found:
        assert found in series
        assert all(each.valid_from <= found.valid_from for each in series)


def test_a_price_counts_from_its_day_on() -> None:
    prices = [price(100), price(200, days=10)]
    on = [price_on(prices, START + timedelta(days)) for days in (-1, 0, 9, 10)]
    assert [each and each.amount.amount_minor for each in on] == [None, 100, 100, 200]


def test_a_later_general_price_leaves_the_severe_one() -> None:
    prices = [price(300, severity=CourseSeverity.SEVERE), price(150, days=5)]
    found = price_on(prices, START + timedelta(9), severity=CourseSeverity.SEVERE)
    assert found == prices[0]


def test_prices_are_in_the_currency_of_the_clinic() -> None:
    assert check_price(usd(0), "USD") == 0
    with pytest.raises(CurrencyMismatch) as refused:
        check_price(Money(100, "GBP"), "USD")
    assert refused.value.field == "amount.currency"


@pytest.mark.parametrize("minor", [-1, 2**31, 10**16])
def test_amounts_are_what_answers_can_carry(minor: int) -> None:
    with pytest.raises(InvalidAmount):
        check_price(usd(minor), "USD")


def test_days_that_passed_are_refused() -> None:
    check_from_today(START, START)
    with pytest.raises(PastDay):
        check_from_today(START - timedelta(1), START)
