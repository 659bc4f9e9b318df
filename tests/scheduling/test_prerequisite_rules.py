"""Which visits have to come before a treatment, whether they did, and what they allow."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain as flat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.base import new_id
from schema.protocols.rules import ProtocolKind
from schema.scheduling.rules.prerequisites import (
    Done,
    InvalidPrerequisite,
    MissingPrerequisite,
    Prerequisite,
    PrerequisiteEnded,
    applicable,
    check_named,
    check_nothing_lacking,
    check_prerequisite,
    check_prerequisite_end,
    days_between,
    fulfils,
    lacking,
    reach,
    treatment_days,
)
from schema.scheduling.rules.terms import FURTHEST_DAYS

DAY = date(2027, 3, 1)
OWNER, OTHER = new_id(), new_id()
CONSULTATION, EXAM = ProtocolKind.CONSULTATION, ProtocolKind.EXAM
CONSULT = Prerequisite(
    jurisdiction_code="US", visit_kind=CONSULTATION, min_days=2, max_days=90, from_on=DAY
)
CHAIN = ("US-NC", "US")
HALF_A_YEAR = [DAY + timedelta(days=n) for n in range(180)]
days = st.sampled_from(HALF_A_YEAR)
spans = st.tuples(st.integers(0, 40), st.none() | st.integers(0, 60))
prerequisites = spans.map(
    lambda span: replace(
        CONSULT, min_days=span[0], max_days=None if span[1] is None else span[0] + span[1]
    )
)


def asked(*known: Prerequisite, **changed) -> tuple[Prerequisite, ...]:
    of = {
        "chain": CHAIN,
        "owner_id": OWNER,
        "template_code": "MN-MEDICAL",
        "areas": ("FACE", "NECK"),
        "add_ons": ("PRP",),
        "day": DAY,
    }
    return applicable(known, **{**of, **changed})


def done(days_before: int, *held: str, kind: ProtocolKind = CONSULTATION) -> Done:
    return Done(kind, DAY - timedelta(days=days_before), frozenset(held))


@pytest.mark.parametrize(
    ("changes", "applies"),
    [
        ({}, True),
        ({"jurisdiction_code": "US-NC"}, True),
        ({"jurisdiction_code": "US-FL"}, False),
        ({"owner_id": OWNER}, True),
        ({"owner_id": OTHER}, False),
        ({"template_codes": frozenset({"MN-MEDICAL", "MN-FIRST"})}, True),
        ({"template_codes": frozenset({"MN-FIRST"})}, False),
        ({"areas": frozenset({"NECK"})}, True),
        ({"areas": frozenset({"HANDS"})}, False),
        ({"add_on_keys": frozenset({"PRP", "MMP"})}, True),
        ({"add_on_keys": frozenset({"MMP"})}, False),
        ({"from_on": DAY + timedelta(days=1)}, False),
        ({"from_on": DAY - timedelta(days=9), "to_on": DAY}, True),
        ({"from_on": DAY - timedelta(days=9), "to_on": DAY - timedelta(days=1)}, False),
    ],
)
def test_what_applies_to_a_treatment(changes, applies) -> None:
    known = replace(CONSULT, **changes)
    assert asked(known) == ((known,) if applies else ())


def test_what_is_nearer_and_an_owners_own_add_to_the_rest() -> None:
    near = replace(CONSULT, jurisdiction_code="US-NC", min_days=5)
    own = replace(CONSULT, visit_kind=EXAM, owner_id=OWNER)
    assert asked(CONSULT, near, own) == (CONSULT, near, own)
    assert asked(CONSULT, near, own, owner_id=None) == (CONSULT, near)
    assert asked(CONSULT, near, own, chain=("US",)) == (CONSULT, own)


@pytest.mark.parametrize(
    ("visit", "enough"),
    [
        (done(1), False),
        (done(2), True),
        (done(90), True),
        (done(91), False),
        (done(-2), False),
        (done(10, kind=EXAM), False),
    ],
)
def test_a_visit_counts_so_many_days_before(visit, enough) -> None:
    assert (lacking([CONSULT], [visit], DAY) == ()) == enough


def test_who_did_it_counts_where_that_is_asked() -> None:
    by_nurse = replace(CONSULT, credential_types=frozenset({"NURSE", "PHYSICIAN"}))
    assert lacking([by_nurse], [done(5)], DAY) == (by_nurse,)
    assert lacking([by_nurse], [done(5, "AESTHETICIAN")], DAY) == (by_nurse,)
    assert lacking([by_nurse], [done(5, "AESTHETICIAN", "PHYSICIAN")], DAY) == ()
    assert lacking([by_nurse], [done(1, "NURSE"), done(5)], DAY) == (by_nurse,)


def test_on_the_same_day_the_order_counts() -> None:
    at_once = replace(CONSULT, min_days=0)
    noon = datetime(2027, 3, 1, 12, tzinfo=UTC)
    visit = Done(CONSULTATION, DAY, ended_at=noon)
    assert fulfils(visit, at_once, DAY, noon)
    assert not fulfils(visit, at_once, DAY, noon - timedelta(minutes=5))
    assert fulfils(visit, at_once, DAY)


def test_what_is_missing_is_told_in_words() -> None:
    by_prescriber = replace(
        CONSULT,
        visit_kind=EXAM,
        credential_types=frozenset({"PRESCRIBER", "AESTHETICIAN"}),
        min_days=0,
        max_days=None,
    )
    patch = replace(CONSULT, visit_kind=ProtocolKind.PATCH_TEST, min_days=1, max_days=None)
    with pytest.raises(MissingPrerequisite) as raised:
        check_nothing_lacking([CONSULT, by_prescriber, patch])
    assert (raised.value.code, raised.value.field) == ("MISSING_PREREQUISITE", "client")
    assert raised.value.message == (
        "Before this treatment there has to be a consultation, 2 to 90 days before;"
        " an exam by an AESTHETICIAN or PRESCRIBER, any time before;"
        " a patch test, at least 1 day before."
    )
    assert raised.value.lacking == (CONSULT, by_prescriber, patch)
    check_nothing_lacking([])


@given(prerequisites, days, days)
def test_a_treatment_is_within_reach_just_where_the_visit_counts(wanted, earlier, later) -> None:
    begin, end = reach(wanted, earlier)
    counts = lacking([wanted], [Done(CONSULTATION, earlier)], later) == ()
    assert (begin <= later <= end) == counts
    assert days_between(earlier, later) == (later - earlier).days


@given(prerequisites, st.sets(days, max_size=12), st.none() | days)
def test_the_days_of_treatments_are_those_that_some_visit_reaches(wanted, possible, last) -> None:
    found = treatment_days(wanted, possible, last)
    until = last or DAY + timedelta(days=180 + FURTHEST_DAYS)
    every = [DAY + timedelta(days=n) for n in range((until - DAY).days + 1)]
    visits = [Done(CONSULTATION, each) for each in possible]
    brute = {
        day
        for day in every
        if any(
            fulfils(visit, wanted, day)
            and (last is not None or days_between(visit.day, day) <= _furthest(wanted))
            for visit in visits
        )
    }
    assert found == brute


def _furthest(wanted: Prerequisite) -> int:
    return FURTHEST_DAYS if wanted.max_days is None else wanted.max_days


@given(prerequisites, st.sets(days, max_size=6), st.sets(days, max_size=6))
def test_more_days_of_visits_never_allow_fewer_treatments(wanted, some, more) -> None:
    both = treatment_days(wanted, some | more)
    assert both == set(flat(treatment_days(wanted, some), treatment_days(wanted, more)))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"visit_kind": ProtocolKind.TREATMENT}, "visitKind"),
        ({"min_days": -1}, "minDays"),
        ({"min_days": 367, "max_days": None}, "minDays"),
        ({"max_days": 1}, "maxDays"),
        ({"max_days": 3661}, "maxDays"),
        ({"to_on": DAY - timedelta(days=1)}, "toOn"),
    ],
)
def test_what_no_visit_could_fulfil_is_refused(changes, field) -> None:
    with pytest.raises(InvalidPrerequisite) as raised:
        check_prerequisite(replace(CONSULT, **changes), "The law")
    assert raised.value.field == field


def test_a_source_is_named() -> None:
    assert check_prerequisite(CONSULT, "  The law ") == "The law"
    for source in ("", "  ", "x" * 1001):
        with pytest.raises(InvalidPrerequisite, match="Name the law"):
            check_prerequisite(CONSULT, source)


def test_names_are_trimmed_and_few() -> None:
    assert check_named(None, "areas") is None
    assert check_named([" FACE", "FACE", "NECK"], "areas") == {"FACE", "NECK"}
    for names in ([], [" "], ["A" * 61], ["A\nB"], [str(n) for n in range(51)]):
        with pytest.raises(InvalidPrerequisite) as raised:
            check_named(names, "areas")
        assert raised.value.field == "areas"


@pytest.mark.parametrize(("before", "to_on", "allowed"), [
    (None, DAY, True),
    (None, DAY - timedelta(days=1), False),
    (DAY + timedelta(days=9), DAY + timedelta(days=8), True),
    (DAY + timedelta(days=9), DAY + timedelta(days=9), False),
    (DAY + timedelta(days=9), DAY + timedelta(days=10), False),
])  # fmt: skip
def test_an_end_is_only_brought_forward(before, to_on, allowed) -> None:
    if allowed:
        check_prerequisite_end(DAY, before, to_on)
    else:
        with pytest.raises(PrerequisiteEnded):
            check_prerequisite_end(DAY, before, to_on)
