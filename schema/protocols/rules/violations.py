"""The refusals of this domain. Their codes are part of the public schema.

* RuleViolation
  - InvalidContent        a version's content contradicts itself
  - VersionStateForbids   the version is not in a state that allows this
  - OwnDraft              nobody approves what they wrote
  - AlreadyApproved       one person approves once
  - NotPublished          the version cannot be adopted on that day
  - NotAnUpgrade          a clinic goes to a newer version only
  - NothingToGoBackTo     the clinic is on the version that it adopted
  - AddOnNotAllowed       the add-on, or its combination with others
  - AreaNotTreated, IndicationNotTreated, DepthNotAllowed   the protocol is not for this
  - OverrideRefused       a value that a layer may not set
    - UnknownPath, FieldLocked, InvalidValue, OutOfBounds
  - ReasonMissing         whoever deviates says why
  - BelowHealingGuard     sessions closer together than skin heals
  - LeadMayNotAuthor      whoever leads an overlay holds overlays:author
* Conflict
  - StaleRevision         somebody else changed it since it was read
"""

from schema.errors import Conflict, RuleViolation


class InvalidContent(RuleViolation):
    code = "INVALID_CONTENT"


class VersionStateForbids(RuleViolation):
    code = "VERSION_STATE_FORBIDS"


class OwnDraft(RuleViolation):
    code = "OWN_DRAFT"


class AlreadyApproved(RuleViolation):
    code = "ALREADY_APPROVED"


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


class ReasonMissing(RuleViolation):
    code = "REASON_MISSING"


class BelowHealingGuard(RuleViolation):
    code = "BELOW_HEALING_GUARD"


class LeadMayNotAuthor(RuleViolation):
    code = "LEAD_MAY_NOT_AUTHOR"


class StaleRevision(Conflict):
    code = "STALE_REVISION"
