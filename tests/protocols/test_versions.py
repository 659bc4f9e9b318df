"""The life of a version, as rules."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from schema.errors import RuleViolation
from schema.protocols.rules import (
    VersionState,
    check_adoption,
    check_approval,
    check_discard,
    check_editable,
    check_publication,
    check_revision,
    check_transition,
)
from schema.protocols.rules.violations import (
    AlreadyApproved,
    NotPublished,
    OwnDraft,
    StaleRevision,
    VersionNeeded,
    VersionStateForbids,
)

TODAY = date(2026, 11, 21)
LEGAL = {
    (VersionState.DRAFT, VersionState.IN_REVIEW),
    (VersionState.IN_REVIEW, VersionState.DRAFT),
    (VersionState.IN_REVIEW, VersionState.APPROVED),
    (VersionState.APPROVED, VersionState.DRAFT),
    (VersionState.APPROVED, VersionState.PUBLISHED),
    (VersionState.PUBLISHED, VersionState.RETIRED),
}


@pytest.mark.parametrize("present", VersionState)
@pytest.mark.parametrize("wanted", VersionState)
def test_version_goes_only_these_ways(present, wanted):
    if (present, wanted) in LEGAL:
        check_transition(present, wanted)
    else:
        with pytest.raises(VersionStateForbids):
            check_transition(present, wanted)


def test_only_a_draft_is_edited_or_discarded():
    check_editable(VersionState.DRAFT)
    check_discard(VersionState.DRAFT, written_from_it=(), overlays=())
    for state in set(VersionState) - {VersionState.DRAFT}:
        with pytest.raises(VersionStateForbids):
            check_editable(state)
        with pytest.raises(VersionStateForbids):
            check_discard(state, written_from_it=(), overlays=())


@pytest.mark.parametrize(
    "needs",
    [{"written_from_it": ["MN 2"], "overlays": ()}, {"written_from_it": (), "overlays": ["GB"]}],
)
def test_a_draft_that_something_needs_stays(needs):
    with pytest.raises(VersionNeeded) as refused:
        check_discard(VersionState.DRAFT, **needs)
    assert any(each in refused.value.message for each in ("MN 2", "GB"))


def test_who_wrote_none_of_it_approves_once():
    author, helper, first, second = (uuid4() for _ in range(4))
    writers = [author, helper]
    for approver in (first, second):
        check_approval(author_id=author, approver_id=approver, approved_by=(), written_by=writers)
    for writer in (author, helper, None):
        with pytest.raises(OwnDraft):
            check_approval(author_id=author, approver_id=writer, approved_by=(), written_by=writers)
    check_approval(author_id=author, approver_id=second, approved_by={first}, written_by=writers)
    with pytest.raises(AlreadyApproved):
        check_approval(author_id=author, approver_id=first, approved_by={first}, written_by=writers)


def test_a_version_is_published_from_today_on_or_later_within_a_year():
    check_publication(from_on=TODAY, today=TODAY)
    check_publication(from_on=TODAY + timedelta(366), today=TODAY)
    for days in (-1, 367):
        with pytest.raises(NotPublished) as refused:
            check_publication(from_on=TODAY + timedelta(days), today=TODAY)
        assert refused.value.field == "fromOn"


@pytest.mark.parametrize(
    ("state", "published_from"),
    [
        (VersionState.DRAFT, None),
        (VersionState.IN_REVIEW, None),
        (VersionState.APPROVED, None),
        (VersionState.RETIRED, TODAY),
        (VersionState.PUBLISHED, date(2026, 11, 22)),
    ],
)
def test_version_that_a_clinic_cannot_adopt(state, published_from):
    with pytest.raises(NotPublished):
        check_adoption(state, published_from, TODAY)


def test_version_that_a_clinic_can_adopt():
    check_adoption(VersionState.PUBLISHED, TODAY, TODAY)


def test_stale_revision_is_a_conflict():
    check_revision(2, 2)
    with pytest.raises(StaleRevision) as refused:
        check_revision(3, 2)
    assert not isinstance(refused.value, RuleViolation)
