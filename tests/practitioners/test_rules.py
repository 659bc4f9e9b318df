"""Credentials, scope of practice and periods, by table and by property."""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.access.rules import SYSTEM, Role
from schema.practitioners.rules import (
    AssignmentEnded,
    AssignmentOverlaps,
    CertificationKind,
    CredentialType,
    InvalidCredential,
    InvalidName,
    InvalidScopeRule,
    InvalidTimeOff,
    NotAssigned,
    VerifierUnknown,
    certified_on,
    check_assigned,
    check_assignment,
    check_credential_number,
    check_depth,
    check_end,
    check_name,
    check_source,
    check_time_off,
    check_verifier,
    credential_valid_on,
    depth_allowed,
    in_force_on,
    types_held,
)
from tests.actors import everywhere

DAY = date(2026, 3, 1)
NEXT_DAY = DAY + timedelta(days=1)
RALEIGH = ("US-NC", "US")
AESTHETICIAN, NURSE, PHYSICIAN = (
    CredentialType.AESTHETICIAN,
    CredentialType.NURSE,
    CredentialType.PHYSICIAN,
)


@dataclass(frozen=True)
class Held:
    credential_type: CredentialType
    jurisdiction_code: str = "US-NC"
    expires_on: date | None = None


@dataclass(frozen=True)
class Rule:
    jurisdiction_code: str
    credential_type: CredentialType
    max_needle_depth_mm: Decimal


@dataclass(frozen=True)
class Trained:
    certification_kind: CertificationKind
    code: str
    expires_on: date | None = None


@dataclass(frozen=True)
class Days:
    from_on: date
    to_on: date | None = None


NC_ONE, US_HALF = (
    Rule("US-NC", AESTHETICIAN, Decimal("1.0")),
    Rule("US", AESTHETICIAN, Decimal("0.5")),
)
PHYSICIANS_THREE = Rule("US", PHYSICIAN, Decimal(3))


@pytest.mark.parametrize(
    ("held", "valid"),
    [
        (Held(NURSE), True),
        (Held(NURSE, "US"), True),
        (Held(NURSE, "US-FL"), False),
        (Held(NURSE, "GB"), False),
        (Held(NURSE, expires_on=DAY), True),
        (Held(NURSE, expires_on=NEXT_DAY), True),
        (Held(NURSE, expires_on=DAY - timedelta(days=1)), False),
    ],
)
def test_credential_counts_in_its_place_until_its_last_day(held: Held, valid: bool) -> None:
    assert credential_valid_on(held, DAY, RALEIGH) is valid
    assert types_held([held], DAY, RALEIGH) == ({NURSE} if valid else set())


@pytest.mark.parametrize(
    ("rules", "credentials", "depth"),
    [
        ([], [Held(AESTHETICIAN)], None),
        ([NC_ONE], [], None),
        ([NC_ONE], [Held(AESTHETICIAN)], "1.0"),
        ([NC_ONE], [Held(NURSE)], None),
        ([NC_ONE], [Held(AESTHETICIAN, "US-FL")], None),
        ([NC_ONE], [Held(AESTHETICIAN, expires_on=date(2026, 2, 28))], None),
        ([US_HALF], [Held(AESTHETICIAN)], "0.5"),
        ([US_HALF, NC_ONE], [Held(AESTHETICIAN)], "1.0"),
        ([NC_ONE, US_HALF], [Held(AESTHETICIAN, "US")], "1.0"),
        ([Rule("US-NC", AESTHETICIAN, Decimal(0)), US_HALF], [Held(AESTHETICIAN)], None),
        ([NC_ONE, PHYSICIANS_THREE], [Held(AESTHETICIAN), Held(PHYSICIAN)], "3"),
        ([NC_ONE, PHYSICIANS_THREE], [Held(AESTHETICIAN), Held(PHYSICIAN, "GB")], "1.0"),
        ([Rule("GB", AESTHETICIAN, Decimal(2))], [Held(AESTHETICIAN)], None),
    ],
)
def test_nearest_rule_and_best_credential_decide(
    rules: list[Rule], credentials: list[Held], depth: str | None
) -> None:
    expected = None if depth is None else Decimal(depth)
    assert depth_allowed(rules, credentials, RALEIGH, DAY) == expected


PLACES = st.sampled_from(["US-NC", "US", "GB"])
TYPES = st.sampled_from([AESTHETICIAN, NURSE, PHYSICIAN])
DEPTHS = st.decimals(min_value=0, max_value=10, places=2)
DAYS = st.dates(min_value=DAY - timedelta(days=2), max_value=DAY + timedelta(days=2))
CREDENTIALS = st.lists(st.builds(Held, TYPES, PLACES, st.none() | DAYS), max_size=5)
RULES = st.dictionaries(st.tuples(PLACES, TYPES), DEPTHS).map(
    lambda found: [Rule(*key, depth) for key, depth in found.items()]
)


@given(RULES, CREDENTIALS)
def test_depth_is_one_that_a_valid_credential_was_given(
    rules: list[Rule], credentials: list[Held]
) -> None:
    depth = depth_allowed(rules, credentials, RALEIGH, DAY)
    held = types_held(credentials, DAY, RALEIGH)
    given_depths = {
        each.max_needle_depth_mm
        for each in rules
        if each.credential_type in held and each.jurisdiction_code in RALEIGH
    }
    assert depth is None or (depth > 0 and depth in given_depths)


@given(RULES, CREDENTIALS, CREDENTIALS)
def test_another_credential_never_lessens_the_depth(
    rules: list[Rule], credentials: list[Held], more: list[Held]
) -> None:
    before = depth_allowed(rules, credentials, RALEIGH, DAY) or Decimal(0)
    after = depth_allowed(rules, [*credentials, *more], RALEIGH, DAY) or Decimal(0)
    assert after >= before


def test_certification_is_for_its_code_until_its_last_day() -> None:
    pen = Trained(CertificationKind.DEVICE_MODEL, "PEN-3", expires_on=DAY)
    assert certified_on([pen], CertificationKind.DEVICE_MODEL, "PEN-3", DAY)
    assert not certified_on([pen], CertificationKind.DEVICE_MODEL, "PEN-3", NEXT_DAY)
    assert not certified_on([pen], CertificationKind.DEVICE_MODEL, "PEN-4", DAY)
    assert not certified_on([pen], CertificationKind.PROTOCOL_TEMPLATE, "PEN-3", DAY)


PERIODS = st.tuples(DAYS, st.none() | DAYS).filter(lambda each: not each[1] or each[0] <= each[1])


def days_of(period: Days) -> set[date]:
    span = (DAY + timedelta(days=each) for each in range(-5, 6))
    return {day for day in span if in_force_on(period, day)}


@given(PERIODS, PERIODS)
def test_assignments_overlap_where_they_share_a_day(
    one: tuple[date, date | None], other: tuple[date, date | None]
) -> None:
    existing = Days(*other)
    overlaps = days_of(Days(*one)) & days_of(existing)
    with pytest.raises(AssignmentOverlaps) if overlaps else nullcontext():
        check_assignment([existing], *one)


@given(PERIODS, DAYS)
def test_end_takes_days_from_an_assignment_and_leaves_one(
    period: tuple[date, date | None], to_on: date
) -> None:
    assignment = Days(*period)
    shorter = days_of(Days(assignment.from_on, to_on))
    legal = bool(shorter) and shorter < days_of(assignment)
    with nullcontext() if legal else pytest.raises(AssignmentEnded):
        check_end(assignment, to_on)


@pytest.mark.parametrize(
    ("assignments", "assigned"),
    [
        ([], False),
        ([Days(DAY)], True),
        ([Days(NEXT_DAY)], True),
        ([Days(date(2020, 1, 1), DAY)], True),
        ([Days(date(2020, 1, 1), DAY - timedelta(days=1))], False),
    ],
)
def test_hours_need_an_assignment_that_has_not_passed(
    assignments: Iterable[Days], assigned: bool
) -> None:
    if assigned:
        check_assigned(assignments, DAY)
    else:
        with pytest.raises(NotAssigned):
            check_assigned(assignments, DAY)


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "field"),
    [
        (NOON, NOON, "endsAt"),
        (NOON, NOON - timedelta(hours=1), "endsAt"),
        (NOON.replace(tzinfo=None), NOON, None),
        (NOON, NOON.replace(tzinfo=None) + timedelta(hours=1), None),
    ],
)
def test_time_off_lasts_and_names_its_offset(
    starts_at: datetime, ends_at: datetime, field: str | None
) -> None:
    check_time_off(NOON, NOON + timedelta(microseconds=1))
    with pytest.raises(InvalidTimeOff) as refusal:
        check_time_off(starts_at, ends_at)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("depth", "stored"),
    [("0", "0.00"), ("0.5", "0.50"), ("1.00", "1.00"), ("1.000", "1.00"), ("10", "10.00")],
)
def test_depths_of_needles_are_in_hundredths(depth: str, stored: str) -> None:
    assert str(check_depth(Decimal(depth))) == stored


@pytest.mark.parametrize("depth", ["-0.1", "10.01", "0.505", "NaN", "Infinity"])
def test_depth_is_one_that_a_needle_can_have(depth: str) -> None:
    with pytest.raises(InvalidScopeRule) as refusal:
        check_depth(Decimal(depth))
    assert refusal.value.field == "maxNeedleDepthMm"


def test_scope_rule_has_a_source_and_a_person_who_verified_it() -> None:
    assert check_source(" 21 NCAC 14 ") == "21 NCAC 14"
    with pytest.raises(InvalidScopeRule):
        check_source(" ")
    person = everywhere(Role.HQ_CLINICAL_LEAD)
    assert check_verifier(person) == person.id
    with pytest.raises(VerifierUnknown):
        check_verifier(SYSTEM)


@pytest.mark.parametrize("text", ["", "  ", "x" * 201])
def test_names_and_numbers_say_something(text: str) -> None:
    assert check_name(" Ana Ruiz ") == "Ana Ruiz"
    assert check_credential_number(" RN-1 ") == "RN-1"
    with pytest.raises(InvalidName):
        check_name(text)
    with pytest.raises(InvalidCredential):
        check_credential_number(text)
