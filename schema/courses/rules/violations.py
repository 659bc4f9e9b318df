"""What is refused, drawn as a tree.

* RuleViolation
  - ClinicNotSelling        only a live clinic sells
  - NotACourse              one visit, no interval: nothing to sell in advance
  - CourseNotFeasible       its sessions cannot be finished before it expires
  - SessionCountRefused     outside the protocol's rule, without a reason
  - CourseNotActive         completed, expired or cancelled
  - SessionNotPlanned       done already, cancelled, or not of this course
  - InvalidDay              not yet, or before the sale
  - IntervalTooShort        skin has not healed yet
  - InvalidDepth            no needle goes there
  - DepthNotAllowed         this protocol's needle does not: of the protocols
  - PractitionerNotAssigned not to this clinic on that day
* Conflict
  - CourseReferenceTaken    sold under this reference before
"""

from schema.errors import Conflict, Retry, RuleViolation


class ClinicNotSelling(RuleViolation):
    code = "CLINIC_NOT_SELLING"


class NotACourse(RuleViolation):
    code = "NOT_A_COURSE"


class CourseNotFeasible(RuleViolation):
    code = "COURSE_NOT_FEASIBLE"


class SessionCountRefused(RuleViolation):
    code = "SESSION_COUNT_REFUSED"


class CourseNotActive(RuleViolation):
    code = "COURSE_NOT_ACTIVE"


class SessionNotPlanned(RuleViolation):
    code = "SESSION_NOT_PLANNED"


class InvalidDay(RuleViolation):
    code = "INVALID_DAY"


class IntervalTooShort(RuleViolation):
    code = "INTERVAL_TOO_SHORT"
    retry = Retry.NEW_SLOT


class InvalidDepth(RuleViolation):
    code = "INVALID_DEPTH"


class PractitionerNotAssigned(RuleViolation):
    code = "PRACTITIONER_NOT_ASSIGNED"


class CourseReferenceTaken(Conflict):
    code = "REFERENCE_TAKEN"
