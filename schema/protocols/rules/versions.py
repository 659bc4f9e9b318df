"""The life of a version: drafted, reviewed by another person, published from a day on, retired."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from schema.protocols.rules.violations import (
    AlreadyApproved,
    NotItsWriter,
    NotPublished,
    OwnDraft,
    StaleRevision,
    VersionNeeded,
    VersionStateForbids,
)

#: How far ahead a version is published.
FARTHEST_DAYS = 366


class VersionState(StrEnum):
    """Where a version stands; a published one never changes again."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    APPROVED = "APPROVED"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class AdoptionState(StrEnum):
    """Whether a clinic offers the protocol that it adopted."""

    OFFERED = "OFFERED"
    WITHDRAWN = "WITHDRAWN"


class PinCause(StrEnum):
    """Why a clinic is pinned to a version."""

    ADOPTED = "ADOPTED"
    UPGRADED = "UPGRADED"
    WENT_BACK = "WENT_BACK"


NEXT: Mapping[VersionState, frozenset[VersionState]] = {
    VersionState.DRAFT: frozenset({VersionState.IN_REVIEW}),
    VersionState.IN_REVIEW: frozenset({VersionState.DRAFT, VersionState.APPROVED}),
    VersionState.APPROVED: frozenset({VersionState.DRAFT, VersionState.PUBLISHED}),
    VersionState.PUBLISHED: frozenset({VersionState.RETIRED}),
    VersionState.RETIRED: frozenset(),
}


def check_transition(present: VersionState, wanted: VersionState) -> None:
    """Raise VersionStateForbids unless a version goes from one to the other."""
    if wanted not in NEXT[present]:
        raise VersionStateForbids(f"A version that is {present} does not become {wanted}.")


def check_editable(state: VersionState) -> None:
    """Raise VersionStateForbids unless it is a draft."""
    if state is not VersionState.DRAFT:
        raise VersionStateForbids(f"A version that is {state} is not edited; write a new draft.")


def check_discard(
    state: VersionState, *, written_from_it: Sequence[str], overlays: Sequence[str]
) -> None:
    """Raise VersionStateForbids or VersionNeeded unless it is a draft that nothing needs.

    `overlays` are of the template that goes with the last of its versions.
    """
    if state is not VersionState.DRAFT:
        raise VersionStateForbids(f"A version that is {state} is not discarded; return it first.")
    if written_from_it:
        raise VersionNeeded(f"Written from it: {', '.join(written_from_it)}.", field="version")
    if overlays:
        raise VersionNeeded(
            f"It is the template's only version, and {', '.join(overlays)} has an overlay.",
            field="version",
        )


def check_discard_overlay(published: Sequence[int]) -> None:
    """Raise VersionNeeded where clinics went by versions of the overlay."""
    if published:
        numbers = ", ".join(str(each) for each in sorted(published))
        raise VersionNeeded(
            f"Published: {numbers}. What was published stays; retire what is in force.",
            field="overlay",
        )


def check_withdrawal(state: VersionState) -> None:
    """Raise VersionStateForbids unless it is in review: what others approved, they return."""
    if state is not VersionState.IN_REVIEW:
        raise VersionStateForbids(
            f"What is in review is withdrawn; a version that is {state} is not."
        )


def check_writer(actor_id: UUID | None, written_by: Collection[UUID]) -> None:
    """Raise NotItsWriter unless they wrote some of it."""
    if actor_id not in written_by:
        raise NotItsWriter("Who wrote a version withdraws it; others return it for a reason.")


def check_approval(
    *,
    author_id: UUID,
    approver_id: UUID | None,
    approved_by: Collection[UUID],
    written_by: Collection[UUID] = (),
) -> None:
    """Raise OwnDraft or AlreadyApproved unless somebody approves it who wrote none of it, neither
    last nor before, and did not approve it already."""
    if approver_id is None or approver_id in {author_id, *written_by}:
        raise OwnDraft("Another person approves a version than those who wrote some of it.")
    if approver_id in approved_by:
        raise AlreadyApproved("You approved this version; somebody else does as well.")


def check_publication(*, from_on: date, today: date) -> None:
    """Raise NotPublished unless a version is published from a day to come, at most a year ahead."""
    if from_on < today:
        raise NotPublished("A version is published from today on or later.", field="fromOn")
    if from_on > today + timedelta(days=FARTHEST_DAYS):
        raise NotPublished("A version is published at most a year ahead.", field="fromOn")


def check_adoption(state: VersionState, published_from: date | None, today: date) -> None:
    """Raise NotPublished unless the version can be adopted on the clinic's day `today`."""
    if state is not VersionState.PUBLISHED or published_from is None:
        raise NotPublished(f"A clinic adopts published versions; this one is {state}.")
    if published_from > today:
        raise NotPublished(f"This version can be adopted from {published_from} on.")


def check_revision(present: int, expected: int) -> None:
    """Raise StaleRevision unless what is changed is what was read."""
    if present != expected:
        raise StaleRevision(
            f"Somebody changed it: it is at revision {present}, not {expected}.",
            field="expectedRevision",
        )
