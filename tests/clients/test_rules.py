"""Who a client can be, and which holds stop what."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.access.rules import InvalidEmail
from schema.clients.rules import (
    ExternalReferenceNeeded,
    Face,
    Identity,
    InvalidAgreement,
    InvalidHold,
    InvalidIdentity,
    InvalidReference,
    ReasonNeeded,
    check_agreement,
    check_hold,
    check_identity,
    check_reason,
    check_reference,
    holds_that_stop,
    not_yet,
    stopped,
)
from schema.errors import RuleViolation

TODAY = date(2026, 3, 1)
ANNA = Identity(given_name=" Anna ", family_name="Q", email=" A@B.org ", phone="+1 919 555")


@dataclass(frozen=True)
class Found:
    template_codes: tuple[str, ...] | None = None
    until_on: date | None = None


days = st.dates(date(2026, 1, 1), date(2026, 12, 31))
codes = st.sampled_from(["MN-MEDICAL", "MN-CLASSIC"])
found = st.builds(
    Found,
    st.none() | st.lists(codes, min_size=1).map(tuple),
    st.none() | days,
)


@given(st.lists(found), codes, days)
def test_a_hold_stops_what_it_names_while_it_holds(
    holds: list[Found], template: str, day: date
) -> None:
    stopping = holds_that_stop(holds, template, day)
    for each in holds:
        named = each.template_codes is None or template in each.template_codes
        over = each.until_on is not None and each.until_on < day
        assert (each in stopping) == (named and not over)


@pytest.mark.parametrize(
    ("face", "code", "seen"),
    [
        (Face.FINDING, "CONTRAINDICATED", 1),
        (Face.REVIEW, "CLINICAL_REVIEW_NEEDED", 0),
        (Face.CONTACT, "CONTACT_CLINIC", 0),
    ],
)
def test_a_refusal_has_a_face_for_each_kind_of_caller(face: Face, code: str, seen: int) -> None:
    refusal = stopped(face, [Found()])
    assert refusal.code == code
    assert len(refusal.holds) == seen


def test_another_clinic_tells_a_day_at_most() -> None:
    assert not_yet(TODAY).message == "Not yet: until 2026-03-01."
    assert not_yet(None).message == "Not yet."


def test_an_identity_is_trimmed() -> None:
    checked = check_identity(ANNA, TODAY)
    assert (checked.given_name, checked.email) == ("Anna", "a@b.org")


@pytest.mark.parametrize(
    ("wrong", "refusal", "field"),
    [
        ({"given_name": "  "}, InvalidIdentity, "identity.givenName"),
        ({"family_name": "x" * 101}, InvalidIdentity, "identity.familyName"),
        ({"phone": "call me"}, InvalidIdentity, "identity.phone"),
        ({"born_on": TODAY + timedelta(1)}, InvalidIdentity, "identity.bornOn"),
        ({"born_on": date(1899, 12, 31)}, InvalidIdentity, "identity.bornOn"),
        ({"email": "nowhere"}, InvalidEmail, "identity.email"),
    ],
)
def test_what_cannot_be_is_refused(
    wrong: dict[str, object], refusal: type[RuleViolation], field: str
) -> None:
    with pytest.raises(refusal) as caught:
        check_identity(replace(ANNA, **wrong), TODAY)  # type: ignore[arg-type]  # as parametrized
    assert caught.value.field == field


def test_partners_name_a_reference() -> None:
    assert check_reference(None, needed=False) is None
    assert check_reference(" 7 ", needed=True) == "7"
    with pytest.raises(ExternalReferenceNeeded):
        check_reference("  ", needed=True)
    for wrong in ("x" * 101, "a\0b"):
        with pytest.raises(InvalidReference):
            check_reference(wrong, needed=False)


def test_findings_and_agreements_say_why_and_where() -> None:
    for reason in ("", "  ", "x" * 4_001):
        with pytest.raises(ReasonNeeded):
            check_reason(reason)
    for agreement, agreed_on in (("", TODAY), ("x" * 201, TODAY), ("A", TODAY + timedelta(1))):
        with pytest.raises(InvalidAgreement):
            check_agreement(agreement, agreed_on, TODAY)
    assert check_agreement(" Folder 7 ", TODAY, TODAY) == "Folder 7"


def test_a_hold_names_a_template_and_is_not_over() -> None:
    check_hold(None, TODAY, TODAY)
    with pytest.raises(InvalidHold):
        check_hold([], None, TODAY)
    with pytest.raises(InvalidHold):
        check_hold(None, TODAY - timedelta(1), TODAY)
