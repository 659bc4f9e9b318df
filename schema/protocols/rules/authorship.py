"""Who writes a jurisdiction's overlay, where its edits come from, and whether they may stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from schema.access.rules import Actor, Permission
from schema.errors import RuleViolation, ValidationFailed
from schema.protocols.rules.content import ProtocolContent
from schema.protocols.rules.edits import Edit
from schema.protocols.rules.kinds import ProtocolKind
from schema.protocols.rules.resolution import Overlay, new_faults, overlaid, tightened
from schema.protocols.rules.validity import content_faults
from schema.protocols.rules.violations import LeadMayNotAuthor, ReasonMissing


class EditKind(StrEnum):
    """What an edit does at its path."""

    SET = "SET"
    PUT = "PUT"
    REMOVE = "REMOVE"
    MOVE = "MOVE"


@dataclass(frozen=True, slots=True)
class SourcedEdit:
    """An edit of an overlay, with the law or the decision that demands it."""

    edit: Edit
    source: str

    @property
    def kind(self) -> EditKind:
        return EditKind(type(self.edit).__name__.upper())


def writes_overlay(actor: Actor, lead_id: UUID) -> bool:
    """Whether this is the actor's to write: every overlay is HQ's, and each one its lead's."""
    return bool(actor.scope(Permission.PROTOCOLS_AUTHOR)) or actor.id == lead_id


def check_lead(person: Actor) -> None:
    """Raise LeadMayNotAuthor unless this person may write overlays at all."""
    if not person.scope(Permission.OVERLAYS_AUTHOR):
        raise LeadMayNotAuthor(
            f"Whoever leads an overlay holds {Permission.OVERLAYS_AUTHOR}:"
            " assign a role that grants it first.",
            field="lead",
        )


def check_edits(
    content: ProtocolContent,
    beneath: Sequence[Overlay],
    edits: Sequence[SourcedEdit],
    kind: ProtocolKind,
    carried: Collection[Edit] = (),
    at: str = "edits",
) -> None:
    """Raise all that is wrong with an overlay's edits, on `content` under the overlays beneath it.

    An edit that was `carried` over from what is published may be obsolete on this content, or its
    field gone: clinics on an older version still need it. A single fault is raised as it is.

    Raises: ReasonMissing (field `<at>.<n>.source`); OverlayLoosens, OverlayObsolete, UnknownPath,
    InvalidValue, OutOfBounds, InvalidContent, BelowHealingGuard (field `<at>.<n>`);
    ValidationFailed for several, or for what the edits contradict together.
    """
    faults: list[RuleViolation] = []
    below = stricter = overlaid(content, beneath).content
    for position, each in enumerate(edits):
        here = f"{at}.{position}"
        if not each.source.strip():
            missing = ReasonMissing("Say which law demands this.", field=f"{here}.source")
            faults.append(missing)
        try:
            stricter, _ = tightened(stricter, each.edit)
        except RuleViolation as refused:
            if each.edit not in carried:
                faults.append(type(refused)(refused.message, field=here))
    together = new_faults(lambda each: content_faults(each, kind), below, stricter)
    if together or len(faults) > 1:
        raise ValidationFailed([*faults, *together])
    if faults:
        raise faults[0]
