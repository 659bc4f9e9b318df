"""Quotes sum, to the minor unit, what their lines say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.errors import RuleViolation
from schema.money import InvalidAmount
from schema.pricing.rules import (
    LineKind,
    NoPrice,
    NotOffered,
    PackageNotOffered,
    Quote,
    QuoteRequest,
    QuoteTerms,
    quote,
)
from schema.protocols.rules import AdoptionState, CourseSeverity, Variant
from tests.pricing.terms import START, package, price, terms, usd

AREAS = ("FACE", "NECK", "DECOLLETAGE", "HANDS")
ADD_ONS = ("SERUM", "LED", "COOLING_MASK")
AMOUNTS = st.integers(0, 200_000)
SEVERE = Variant(severity=CourseSeverity.SEVERE)


def asked(priced: QuoteTerms, **request: object) -> Quote:
    wanted = {"day": START, "areas": ("FACE",), **request}
    return quote(priced, QuoteRequest(**wanted))  # type: ignore[arg-type]  # the tests say what


@given(
    own=st.tuples(AMOUNTS, AMOUNTS),
    added=st.dictionaries(st.sampled_from(ADD_ONS), st.tuples(AMOUNTS, AMOUNTS), max_size=1),
    areas=st.lists(st.sampled_from(AREAS), min_size=1, unique=True),
    sessions=st.integers(1, 50),
)
def test_the_total_is_protocol_and_add_ons_by_areas_and_sessions(
    own, added, areas, sessions
) -> None:
    listed = [price(*own), *(price(*each, add_on=key) for key, each in added.items())]
    made = asked(terms(*listed), areas=tuple(areas), add_ons=tuple(added), sessions=sessions)
    beyond = len(areas) - 1
    per_session = sum(first + further * beyond for first, further in (own, *added.values()))
    assert made.total == usd(per_session * sessions)
    assert made.total.amount_minor == sum(each.amount.amount_minor for each in made.lines)
    assert type(made.total.amount_minor) is int


@given(
    amounts=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS),
    areas=st.lists(st.sampled_from(AREAS), min_size=1, unique=True),
    sessions=st.integers(1, 8),
)
def test_a_package_has_one_price_and_add_ons_their_own_for_each_session(
    amounts, areas, sessions
) -> None:
    whole, further, serum = amounts
    sold = package(whole, sessions, further_area=usd(further))
    priced = terms(price(serum, add_on="SERUM"), packages=(sold,))
    made = asked(priced, areas=tuple(areas), add_ons=("SERUM",), package=sold.id)
    assert made.total == usd(whole + further * (len(areas) - 1) + serum * sessions)
    assert (made.sessions, made.package_id) == (sessions, sold.id)


def test_lines_say_what_was_applied() -> None:
    priced = terms(
        price(15_000, 2_500), price(22_000, 3_000, severity=CourseSeverity.SEVERE, days=-30),
        price(9_900, 0, add_on="PRP"),
    )  # fmt: skip
    made = asked(priced, areas=("FACE", "NECK"), add_ons=("PRP",), variant=SEVERE, sessions=6)
    assert [(each.kind, each.add_on_key, each.quantity) for each in made.lines] == [
        (LineKind.SESSIONS, None, 6),
        (LineKind.FURTHER_AREAS, None, 6),
        (LineKind.ADD_ON, "PRP", 6),
        (LineKind.FURTHER_AREAS, "PRP", 6),
    ]
    assert made.lines[0].explanation == (
        "6 times 220.00 USD for each session; the price for SEVERE concerns since 2025-12-02."
    )
    assert made.lines[2].explanation.startswith("PRP, 6 times 99.00 USD with each session")


def test_a_package_is_named_by_its_code_in_any_case() -> None:
    sold = package(40_000)
    assert asked(terms(packages=(sold,)), package=" three ").package_id == sold.id


@pytest.mark.parametrize(
    ("priced", "request_", "error", "field"),
    [
        (terms(), {}, NoPrice, "clinicProtocol"),
        (terms(price(1, days=1)), {}, NoPrice, "clinicProtocol"),
        (terms(price(1, add_on="PRP")), {}, NoPrice, "clinicProtocol"),
        (terms(price(1)), {"add_ons": ("LED", "SERUM")}, NoPrice, "addOns.0"),
        (terms(price(1, severity=CourseSeverity.SEVERE)), {}, NoPrice, "clinicProtocol"),
        (terms(price(1)), {"package": "THREE"}, PackageNotOffered, "buying.package"),
        (
            terms(packages=(package(1, severity=CourseSeverity.SEVERE),)),
            {"package": "THREE"},
            PackageNotOffered,
            "buying.package",
        ),
        (terms(price(1)), {"sessions": 0}, RuleViolation, "buying.sessions"),
        (terms(price(1)), {"sessions": 51}, RuleViolation, "buying.sessions"),
        (terms(price(1)), {"areas": ("FACE", "FACE")}, RuleViolation, "areas.1"),
        (terms(price(1)), {"areas": ()}, RuleViolation, "areas"),
        (terms(price(1)), {"add_ons": ("LASER",)}, RuleViolation, "addOns.0"),
        (
            terms(price(1), state=AdoptionState.WITHDRAWN),
            {},
            NotOffered,
            "clinicProtocol",
        ),
    ],
)
def test_refusals_name_their_field(priced, request_, error, field) -> None:
    with pytest.raises(error) as refused:
        asked(priced, **request_)
    assert refused.value.field == field


def test_a_total_beyond_what_answers_carry_is_refused() -> None:
    with pytest.raises(InvalidAmount):
        asked(terms(price(2**31 - 1)), sessions=2)
