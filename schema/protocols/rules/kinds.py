"""The vocabulary of protocols."""

from enum import StrEnum


class ProtocolKind(StrEnum):
    """What a visit by this protocol is for; each kind is bookable alone."""

    CONSULTATION = "CONSULTATION"
    EXAM = "EXAM"
    PATCH_TEST = "PATCH_TEST"
    TREATMENT = "TREATMENT"
    REVIEW = "REVIEW"


class Counts(StrEnum):
    """Whether a step's minutes are spent once a visit, or once for each treated area."""

    ONCE = "ONCE"
    PER_AREA = "PER_AREA"


class ResourceKind(StrEnum):
    """What a step occupies besides the client."""

    PRACTITIONER = "PRACTITIONER"
    ROOM = "ROOM"
    DEVICE = "DEVICE"


class Lock(StrEnum):
    """How far a clinic may change a field."""

    LOCKED = "LOCKED"
    BOUNDED = "BOUNDED"
    OPEN = "OPEN"


class AddOnKind(StrEnum):
    """What a session can be combined with."""

    PRP = "PRP"
    MMP = "MMP"
    SERUM = "SERUM"
    LED = "LED"
    COOLING_MASK = "COOLING_MASK"
    CHEMICAL_PEEL = "CHEMICAL_PEEL"
    LASER = "LASER"


class Placement(StrEnum):
    """Where an add-on's step goes, seen from the step it is anchored to."""

    BEFORE = "BEFORE"
    AFTER = "AFTER"


class ScreeningSeverity(StrEnum):
    """What a screening finding does to the treatment, the strictest first."""

    ABSOLUTE = "ABSOLUTE"
    REQUIRES_CLEARANCE = "REQUIRES_CLEARANCE"
    REQUIRES_PRESCRIBER_REVIEW = "REQUIRES_PRESCRIBER_REVIEW"
    CAUTION = "CAUTION"


class CourseSeverity(StrEnum):
    """How severe a concern is; it decides how many sessions a course has."""

    STANDARD = "STANDARD"
    SEVERE = "SEVERE"


class CarePhase(StrEnum):
    """On which side of the session a care instruction lies."""

    PRE = "PRE"
    POST = "POST"


class CareKind(StrEnum):
    """What a care instruction is about."""

    ACTIVITY = "ACTIVITY"
    CLEANSING = "CLEANSING"
    EXFOLIANT = "EXFOLIANT"
    FRAGRANCE = "FRAGRANCE"
    HYDRATION = "HYDRATION"
    MAKEUP = "MAKEUP"
    MEDICATION = "MEDICATION"
    RETINOID = "RETINOID"
    SOOTHING = "SOOTHING"
    SUN = "SUN"


class Strictness(StrEnum):
    """How binding a care instruction is."""

    MUST = "MUST"
    SHOULD = "SHOULD"


class OutcomeKind(StrEnum):
    """What a client can expect after a session."""

    RESULT = "RESULT"
    RECOVERY = "RECOVERY"
    SIDE_EFFECT = "SIDE_EFFECT"


class Since(StrEnum):
    """From when an outcome's hours are counted."""

    EVERY_SESSION = "EVERY_SESSION"
    FIRST_SESSION = "FIRST_SESSION"
    LAST_SESSION = "LAST_SESSION"


class ConsumableKind(StrEnum):
    """What is used up in a session."""

    ANAESTHETIC = "ANAESTHETIC"
    CARTRIDGE = "CARTRIDGE"
    TOPICAL = "TOPICAL"


class Measure(StrEnum):
    """Which of a visit's three durations a figure speaks of."""

    CHAIR = "CHAIR"
    PRACTITIONER = "PRACTITIONER"
    TOTAL = "TOTAL"


class EvidenceKind(StrEnum):
    """Where a figure comes from."""

    ARTICLE = "ARTICLE"
    HQ_DECISION = "HQ_DECISION"


class LayerKind(StrEnum):
    """Who set a field; later layers lie on top of earlier ones."""

    HEADQUARTERS = "HEADQUARTERS"
    JURISDICTION = "JURISDICTION"
    CLINIC = "CLINIC"


class ChangeClass(StrEnum):
    """What a change of a protocol does, computed from its direction."""

    SAFETY_TIGHTENING = "SAFETY_TIGHTENING"
    SAFETY_LOOSENING = "SAFETY_LOOSENING"
    CLINICAL = "CLINICAL"
    COMMERCIAL = "COMMERCIAL"
    COPY = "COPY"


class DifferenceKind(StrEnum):
    """How two contents differ at a path."""

    SET = "SET"
    ADDED = "ADDED"
    REMOVED = "REMOVED"
    MOVED = "MOVED"


class RebaseOutcome(StrEnum):
    """What becomes of a clinic's own value on another version."""

    KEPT = "KEPT"
    OBSOLETE = "OBSOLETE"
    CONFLICTING = "CONFLICTING"
    OUT_OF_BOUNDS = "OUT_OF_BOUNDS"


class Proposal(StrEnum):
    """What to do with a clinic's own value."""

    KEEP = "KEEP"
    TAKE = "TAKE"
    CHANGE = "CHANGE"
