"""Who a client is, and what holds a client back. Days are local days of the client's clinic.

* RuleViolation
  - InvalidIdentity           a name, address or birthday that cannot be one
  - ClientErased              its key is gone: nothing can be sealed or read any more
  - ExternalReferenceNeeded   a partner registers under a reference of its own
  - InvalidReference          too long, or not printable
  - InvalidAgreement          nowhere to be found, or not given yet
  - LinkCodeRefused           unknown, used or expired: which of them is not told
  - ReasonNeeded              a finding, or its clearing, without a reason
  - InvalidHold               names no template, or ends before it begins
  - HoldCleared               nothing is left to clear
  - HoldStops                 what stops a sale or a booking, with one face for each kind of caller
    - Contraindicated, ClinicalReviewNeeded, ContactClinic
  - NotYet                    another clinic of the same person says so
* Conflict
  - ReferenceTaken            registered under this reference before
  - AlreadyLinked             the client is joined to somebody else
  - CodeTaken                 two clients drew the same code
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID

from schema.access.rules import Actor, ActorKind, InvalidEmail, Permission, normal_email
from schema.errors import Conflict, Retry, RuleViolation

LONGEST_NAME = 100
LONGEST_REASON = 4_000
OLDEST_BIRTHDAY = date(1900, 1, 1)


class Hold(Protocol):
    """A finding; `template_codes` None: whatever the protocol, `until_on` is its last day."""

    @property
    def template_codes(self) -> Sequence[str] | None: ...
    @property
    def until_on(self) -> date | None: ...


class InvalidIdentity(RuleViolation):
    code = "INVALID_IDENTITY"


class ClientErased(RuleViolation):
    code = "CLIENT_ERASED"


class ExternalReferenceNeeded(RuleViolation):
    code = "EXTERNAL_REFERENCE_NEEDED"


class InvalidReference(RuleViolation):
    code = "INVALID_REFERENCE"


class InvalidAgreement(RuleViolation):
    code = "INVALID_AGREEMENT"


class LinkCodeRefused(RuleViolation):
    code = "LINK_CODE_REFUSED"


class ReasonNeeded(RuleViolation):
    code = "REASON_NEEDED"


class InvalidHold(RuleViolation):
    code = "INVALID_HOLD"


class HoldCleared(RuleViolation):
    code = "HOLD_CLEARED"


class HoldStops(RuleViolation):
    """Holds stop it. `holds` are the findings, where the caller may see them, and else nothing."""

    holds: tuple[Hold, ...] = ()


class Contraindicated(HoldStops):
    code = "CONTRAINDICATED"


class ClinicalReviewNeeded(HoldStops):
    code = "CLINICAL_REVIEW_NEEDED"


class ContactClinic(HoldStops):
    code = "CONTACT_CLINIC"


class NotYet(RuleViolation):
    code = "NOT_YET"


class ReferenceTaken(Conflict):
    code = "REFERENCE_TAKEN"


class AlreadyLinked(Conflict):
    code = "ALREADY_LINKED"


class CodeTaken(Conflict):
    code = "CODE_TAKEN"
    retry = Retry.SAME_INPUT


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a client is: nothing of it is ever stored or sent but sealed."""

    given_name: str
    family_name: str
    email: str | None = None
    phone: str | None = None
    born_on: date | None = None


H = TypeVar("H", bound=Hold)


class Face(StrEnum):
    """How much of a reason a caller sees."""

    FINDING = "FINDING"
    REVIEW = "REVIEW"
    CONTACT = "CONTACT"


FACES: dict[Face, tuple[type[HoldStops], str]] = {
    Face.FINDING: (Contraindicated, "A clinical finding stops this: see `holds`."),
    Face.REVIEW: (
        ClinicalReviewNeeded,
        "A clinical review is needed first; a practitioner of this clinic can do it.",
    ),
    Face.CONTACT: (ContactClinic, "Ask the client to contact the clinic."),
}


def check_identity(identity: Identity, today: date) -> Identity:
    """The identity, trimmed, its email address as it is compared.

    Raises: InvalidIdentity, InvalidEmail.
    """
    if identity.born_on is not None and not OLDEST_BIRTHDAY <= identity.born_on <= today:
        raise InvalidIdentity("Nobody alive was born on that day.", field="identity.bornOn")
    return Identity(
        given_name=_name(identity.given_name, "givenName"),
        family_name=_name(identity.family_name, "familyName"),
        email=_email(identity.email) if identity.email else None,
        phone=_phone(identity.phone) if identity.phone else None,
        born_on=identity.born_on,
    )


def _name(name: str, field: str) -> str:
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        raise InvalidIdentity(
            f"A name has 1 to {LONGEST_NAME} characters.", field=f"identity.{field}"
        )
    return name.strip()


def _email(email: str) -> str:
    try:
        return normal_email(email)
    except InvalidEmail as error:
        raise InvalidEmail(error.message, field="identity.email") from error


def _phone(phone: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 ()./-]{3,30}", phone.strip()):
        raise InvalidIdentity("This is not a telephone number.", field="identity.phone")
    return phone.strip()


def check_reference(reference: str | None, *, needed: bool) -> str | None:
    """The caller's own reference, trimmed.

    Raises: ExternalReferenceNeeded where a partner gives none, InvalidReference.
    """
    given = (reference or "").strip()
    if needed and not given:
        raise ExternalReferenceNeeded("Name your own reference.", field="externalReference")
    if len(given) > 100 or not given.isprintable():
        raise InvalidReference(
            "A reference has up to 100 printable characters.", field="externalReference"
        )
    return given or None


def check_reason(reason: str, field: str = "reason") -> str:
    """The reason, trimmed. Raises: ReasonNeeded unless it has 1 to 4,000 characters."""
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise ReasonNeeded(f"A reason has 1 to {LONGEST_REASON} characters.", field=field)
    return reason.strip()


def check_hold(template_codes: Collection[str] | None, until_on: date | None, today: date) -> None:
    """Raise InvalidHold for a hold of no template, or one that is over already."""
    if template_codes is not None and not template_codes:
        raise InvalidHold("Name a template, or leave them out for all.", field="templates")
    if until_on is not None and until_on < today:
        raise InvalidHold(f"{until_on} has passed.", field="untilOn")


def check_agreement(agreement: str, agreed_on: date, today: date) -> str:
    """Where the agreement is kept, trimmed. Raises: InvalidAgreement."""
    if agreed_on > today:
        raise InvalidAgreement("An agreement is recorded once it is given.", field="agreedOn")
    given = agreement.strip()
    if not 1 <= len(given) <= 200 or not given.isprintable():
        raise InvalidAgreement("Say where the agreement is kept.", field="agreement")
    return given


def in_force_on(hold: Hold, day: date) -> bool:
    """Whether a hold that was not cleared still holds on a day."""
    return hold.until_on is None or day <= hold.until_on


def holds_that_stop(holds: Iterable[H], template_code: str, day: date) -> list[H]:
    """Those of the uncleared `holds` that forbid a visit by this template on that day.

    Whatever its severity: a CAUTION too, until a clinician acknowledges it by clearing it.
    Source: domain.md, cautions and blood thinners.
    """
    return [each for each in holds if _names(each, template_code) and in_force_on(each, day)]


def _names(hold: Hold, template_code: str) -> bool:
    return hold.template_codes is None or template_code in hold.template_codes


def stopped(face: Face, holds: Iterable[Hold], field: str = "client") -> HoldStops:
    """The refusal, as this kind of caller sees it. Source: domain.md, two faces of a reason."""
    kind, words = FACES[face]
    refusal = kind(words, field=field)
    refusal.holds = tuple(holds) if face is Face.FINDING else ()
    return refusal


def not_yet(until_on: date | None, field: str = "client") -> NotYet:
    """All that one clinic learns from another: not yet, and until when, where that is known."""
    return NotYet(f"Not yet: until {until_on}." if until_on else "Not yet.", field=field)


@dataclass(frozen=True, slots=True)
class Holds:
    """What holds a client: findings of its own clinic, and what other clinics found of the same
    person; none of it cleared."""

    own: Sequence[Hold] = ()
    elsewhere: Sequence[Hold] = ()

    def naming(self, template_code: str) -> "Holds":
        """Those that are about a template, on whatever day."""
        return Holds(
            *(
                [each for each in holds if _names(each, template_code)]
                for holds in (self.own, self.elsewhere)
            )
        )

    def refusal(
        self, template_code: str, day: date, face: Face, field: str = "client"
    ) -> HoldStops | NotYet | None:
        """What is said of a visit by this template on that day; None: nothing stops it."""
        if holds := holds_that_stop(self.own, template_code, day):
            return stopped(face, holds, field)
        if others := holds_that_stop(self.elsewhere, template_code, day):
            return not_yet(last_held(others), field)
        return None


def last_held(holds: Iterable[Hold]) -> date | None:
    """The last day on which any of these holds; None: until it is cleared."""
    days = [each.until_on for each in holds]
    known = [each for each in days if each is not None]
    return max(known, default=None) if len(known) == len(days) else None


def face_of(actor: Actor, clinic_id: UUID) -> Face:
    """How much of a reason this caller sees in a clinic."""
    if clinic_id in actor.scope(Permission.CLINICAL_READ):
        return Face.FINDING
    return Face.CONTACT if actor.kind is ActorKind.PARTNER else Face.REVIEW
