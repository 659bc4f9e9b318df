"""The life of a version: drafted, reviewed by another person, published from a day on, retired."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from schema.protocols.rules.violations import (
    NotPublished,
    OwnDraft,
    StaleRevision,
    VersionStateForbids,
)


class VersionState(StrEnum):
    """Where a version stands; a published one never changes again."""

    DRAFT = "DRAFT"
    IN_REVIEW = "IN_REVIEW"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class AdoptionState(StrEnum):
    """Whether a clinic offers the protocol that it adopted."""

    OFFERED = "OFFERED"
    WITHDRAWN = "WITHDRAWN"


NEXT: Mapping[VersionState, frozenset[VersionState]] = {
    VersionState.DRAFT: frozenset({VersionState.IN_REVIEW}),
    VersionState.IN_REVIEW: frozenset({VersionState.DRAFT, VersionState.PUBLISHED}),
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


def check_publication(
    *, author_id: UUID | None, approver_id: UUID | None, from_on: date, today: date
) -> None:
    """Raise OwnDraft or NotPublished unless another person publishes it from a day to come."""
    if author_id is None or approver_id is None or author_id == approver_id:
        raise OwnDraft("Another person than the author approves a version.")
    if from_on < today:
        raise NotPublished("A version is published from today on or later.", field="fromOn")


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
