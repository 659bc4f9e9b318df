"""Who may treat: credentials, certifications, scope of practice, and when they work.

The protocols below are met by the tables' rows. A *chain* is a jurisdiction's code followed by its
parents', nearest first: `("US-NC", "US")`. A day is a local day of the clinic in question.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from schema.access.rules import Actor, ActorKind
from schema.errors import RuleViolation

#: Millimetres; no needle in the trade goes deeper.
DEEPEST = Decimal(10)


class CredentialType(StrEnum):
    """What a practitioner is licensed as, in some jurisdiction."""

    AESTHETICIAN = "AESTHETICIAN"
    DERMATOLOGIST = "DERMATOLOGIST"
    NURSE = "NURSE"
    PHLEBOTOMIST = "PHLEBOTOMIST"
    PHYSICIAN = "PHYSICIAN"
    PRESCRIBER = "PRESCRIBER"


class PractitionerStatus(StrEnum):
    """Whether a practitioner may be booked anywhere at all."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class CertificationKind(StrEnum):
    """What a practitioner was trained for."""

    DEVICE_MODEL = "DEVICE_MODEL"
    PROTOCOL_TEMPLATE = "PROTOCOL_TEMPLATE"


class Supervision(StrEnum):
    """Who else must be there, from least to most."""

    NONE = "NONE"
    REMOTE = "REMOTE"
    ON_SITE = "ON_SITE"
    DIRECT = "DIRECT"


class AssignmentOverlaps(RuleViolation):
    code = "ASSIGNMENT_OVERLAPS"


class AssignmentEnded(RuleViolation):
    code = "ASSIGNMENT_ENDED"


class NotAssigned(RuleViolation):
    code = "NOT_ASSIGNED"


class InvalidCredential(RuleViolation):
    code = "INVALID_CREDENTIAL"


class InvalidName(RuleViolation):
    code = "INVALID_NAME"


class InvalidScopeRule(RuleViolation):
    code = "INVALID_SCOPE_RULE"


class InvalidTimeOff(RuleViolation):
    code = "INVALID_TIME_OFF"


class VerifierUnknown(RuleViolation):
    code = "VERIFIER_UNKNOWN"


class Period(Protocol):
    """Days from `from_on` to `to_on`, both included; `to_on` None: still."""

    @property
    def from_on(self) -> date: ...
    @property
    def to_on(self) -> date | None: ...


class Credential(Protocol):
    """A licence, good until the end of `expires_on`; None: for good."""

    @property
    def credential_type(self) -> CredentialType: ...
    @property
    def jurisdiction_code(self) -> str: ...
    @property
    def expires_on(self) -> date | None: ...


class Certification(Protocol):
    """Training for what `code` names, good until the end of `expires_on`; None: for good."""

    @property
    def certification_kind(self) -> CertificationKind: ...
    @property
    def code(self) -> str: ...
    @property
    def expires_on(self) -> date | None: ...


class ScopeRule(Protocol):
    """How deep a credential may go in a jurisdiction and those inside it, in millimetres."""

    @property
    def jurisdiction_code(self) -> str: ...
    @property
    def credential_type(self) -> CredentialType: ...
    @property
    def max_needle_depth_mm(self) -> Decimal: ...


def in_force_on(period: Period, day: date) -> bool:
    """Whether `day` lies in the period."""
    return period.from_on <= day and (period.to_on is None or day <= period.to_on)


def credential_valid_on(credential: Credential, day: date, chain: Sequence[str]) -> bool:
    """Whether a credential counts on a day, where the law of `chain` holds."""
    return credential.jurisdiction_code in chain and _unexpired(credential.expires_on, day)


def types_held(
    credentials: Iterable[Credential], day: date, chain: Sequence[str]
) -> frozenset[CredentialType]:
    """As what a holder of `credentials` is licensed on a day, where the law of `chain` holds."""
    valid = (each for each in credentials if credential_valid_on(each, day, chain))
    return frozenset(CredentialType(each.credential_type) for each in valid)


def certified_on(
    certifications: Iterable[Certification], kind: CertificationKind, code: str, day: date
) -> bool:
    """Whether one of `certifications` is for what `code` names, and good on a day."""
    return any(
        each.certification_kind == kind and each.code == code and _unexpired(each.expires_on, day)
        for each in certifications
    )


def _unexpired(expires_on: date | None, day: date) -> bool:
    return expires_on is None or day <= expires_on


def depth_allowed(
    rules: Iterable[ScopeRule], credentials: Iterable[Credential], chain: Sequence[str], day: date
) -> Decimal | None:
    """How deep a holder of `credentials` may needle, in millimetres; None for no needle at all.

    Of the rules for a credential's type the nearest in the chain decides, be it stricter or laxer;
    of several credentials the one that allows most. Where no rule was verified, nothing is allowed.
    """
    depths = {
        (each.jurisdiction_code, each.credential_type): each.max_needle_depth_mm for each in rules
    }
    nearest = (
        next((depths[place, held] for place in chain if (place, held) in depths), None)
        for held in types_held(credentials, day, chain)
    )
    return max((depth for depth in nearest if depth), default=None)


def check_assignment(others: Iterable[Period], from_on: date, to_on: date | None) -> None:
    """Raise AssignmentOverlaps if a period shares a day with another in the same clinic."""
    for other in others:
        begins_before_end = to_on is None or other.from_on <= to_on
        if begins_before_end and (other.to_on is None or from_on <= other.to_on):
            until = f"until {other.to_on}" if other.to_on else "for good"
            raise AssignmentOverlaps(
                f"Assigned to this clinic from {other.from_on} {until}.", field="fromOn"
            )


def check_end(assignment: Period, to_on: date) -> None:
    """Raise AssignmentEnded unless `to_on` shortens an assignment by some of its days."""
    if to_on < assignment.from_on or (assignment.to_on and assignment.to_on <= to_on):
        until = assignment.to_on or "no day in particular"
        raise AssignmentEnded(
            f"The assignment runs from {assignment.from_on} to {until}.", field="toOn"
        )


def check_assigned(assignments: Iterable[Period], today: date) -> None:
    """Raise NotAssigned unless one of `assignments` in the clinic is in force or still to come."""
    if not any(each.to_on is None or today <= each.to_on for each in assignments):
        raise NotAssigned("The practitioner is not assigned to this clinic.", field="practitioner")


def check_name(name: str) -> str:
    """The name, trimmed. Raises: InvalidName unless it has 1 to 200 characters."""
    if not 1 <= len(name.strip()) <= 200:
        raise InvalidName("A name has 1 to 200 characters.", field="name")
    return name.strip()


def check_credential_number(number: str, field: str = "number") -> str:
    """The number, trimmed. Raises: InvalidCredential unless it has 1 to 60 characters."""
    if not 1 <= len(number.strip()) <= 60:
        raise InvalidCredential("A credential's number has 1 to 60 characters.", field=field)
    return number.strip()


def check_depth(depth: Decimal) -> Decimal:
    """The depth in millimetres, with two decimals.

    Raises: InvalidScopeRule beyond 0 to 10, or where two decimals do not suffice.
    """
    if not depth.is_finite() or not 0 <= depth <= DEEPEST or depth != round(depth, 2):
        raise InvalidScopeRule(
            f"A depth is 0 to {DEEPEST} mm, in hundredths.", field="maxNeedleDepthMm"
        )
    return round(depth, 2)


def check_source(source: str) -> str:
    """The source, trimmed. Raises: InvalidScopeRule if it names none."""
    if not source.strip():
        raise InvalidScopeRule("Name the law, or who confirmed it.", field="source")
    return source.strip()


def check_verifier(actor: Actor) -> UUID:
    """The id of the person who verifies. Raises: VerifierUnknown, for only a person can answer."""
    if actor.kind is not ActorKind.PERSON or actor.id is None:
        raise VerifierUnknown("A person verifies, in their own name.")
    return actor.id


def check_time_off(starts_at: datetime, ends_at: datetime) -> None:
    """Raise InvalidTimeOff unless both are aware and time off ends after it starts."""
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise InvalidTimeOff("Instants name their offset, as in 2026-11-21T09:00:00Z.")
    if ends_at <= starts_at:
        raise InvalidTimeOff("Time off ends after it starts.", field="endsAt")
