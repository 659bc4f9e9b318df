"""The refusals of this domain. Their codes are part of the public schema.

* RuleViolation
  - InvalidContent        a version's content contradicts itself
  - VersionStateForbids   the version is not in a state that allows this
  - OwnDraft              nobody approves what they wrote
  - NotItsWriter          nobody withdraws what others wrote
  - AlreadyApproved       one person approves once
  - VersionNeeded         something was written from the draft, or lies on its template
  - NotPublished          the version cannot be adopted on that day
  - NotAnUpgrade          a clinic goes to a newer version only
  - NothingToGoBackTo     the clinic is on the version that it adopted
  - AddOnNotAllowed       the add-on, or its combination with others
  - AreaNotTreated, IndicationNotTreated, DepthNotAllowed   the protocol is not for this
  - OverrideRefused       a value that a layer may not set
    - UnknownPath, FieldLocked, InvalidValue, OutOfBounds
    - OverlayLoosens      a jurisdiction only tightens, and nobody goes under what it demands
    - OverlayObsolete     what lies below says so already
  - ReasonMissing         whoever deviates says why
  - BelowHealingGuard     sessions closer together than skin heals
  - LeadMayNotAuthor      whoever leads an overlay holds overlays:author
  - UnresolvedConflicts   an upgrade over values that the clinic has not decided about
  - NoSuchOverride        a decision about a field that the clinic does not set
* Conflict
  - StaleRevision         somebody else changed it since it was read
"""

from collections.abc import Sequence
from typing import Any

from schema.errors import Conflict, RuleViolation


class InvalidContent(RuleViolation):
    code = "INVALID_CONTENT"


class VersionStateForbids(RuleViolation):
    code = "VERSION_STATE_FORBIDS"


class OwnDraft(RuleViolation):
    code = "OWN_DRAFT"


class NotItsWriter(RuleViolation):
    code = "NOT_ITS_WRITER"


class AlreadyApproved(RuleViolation):
    code = "ALREADY_APPROVED"


class VersionNeeded(RuleViolation):
    code = "VERSION_NEEDED"


class NotPublished(RuleViolation):
    code = "NOT_PUBLISHED"


class NotAnUpgrade(RuleViolation):
    code = "NOT_AN_UPGRADE"


class NothingToGoBackTo(RuleViolation):
    code = "NOTHING_TO_GO_BACK_TO"


class AddOnNotAllowed(RuleViolation):
    code = "ADD_ON_NOT_ALLOWED"


class AreaNotTreated(RuleViolation):
    code = "AREA_NOT_TREATED"


class IndicationNotTreated(RuleViolation):
    code = "INDICATION_NOT_TREATED"


class DepthNotAllowed(RuleViolation):
    code = "DEPTH_NOT_ALLOWED"


class OverrideRefused(RuleViolation):
    code = "OVERRIDE_REFUSED"


class UnknownPath(OverrideRefused):
    code = "UNKNOWN_PATH"


class FieldLocked(OverrideRefused):
    code = "FIELD_LOCKED"


class InvalidValue(OverrideRefused):
    code = "INVALID_VALUE"


class OutOfBounds(OverrideRefused):
    code = "OUT_OF_BOUNDS"


class OverlayLoosens(OverrideRefused):
    code = "OVERLAY_LOOSENS"


class OverlayObsolete(OverrideRefused):
    code = "OVERLAY_OBSOLETE"


class ReasonMissing(RuleViolation):
    code = "REASON_MISSING"


class UnresolvedConflicts(RuleViolation):
    """Carries the values that wait for a decision, each a `Rebased`."""

    code = "UNRESOLVED_CONFLICTS"

    def __init__(self, conflicts: Sequence[Any]) -> None:
        paths = ", ".join(each.path for each in conflicts)
        super().__init__(f"Keep, take or change first: {paths}.", field="resolutions")
        self.conflicts = tuple(conflicts)


class NoSuchOverride(RuleViolation):
    code = "NO_SUCH_OVERRIDE"


class BelowHealingGuard(RuleViolation):
    code = "BELOW_HEALING_GUARD"


class LeadMayNotAuthor(RuleViolation):
    code = "LEAD_MAY_NOT_AUTHOR"


class StaleRevision(Conflict):
    code = "STALE_REVISION"
