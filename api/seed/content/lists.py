"""The coded lists that templates choose from: areas, indications, findings, care."""

from decimal import Decimal

from schema.protocols.rules import (
    NEEDLE_DEPTH,
    Area,
    CareInstruction,
    CareKind,
    CarePhase,
    CourseSeverity,
    FieldLock,
    HourWindow,
    Indication,
    IntervalRule,
    Lock,
    Outcome,
    OutcomeKind,
    Parameter,
    ParameterCap,
    ScreeningRule,
    ScreeningSeverity,
    SessionCountRule,
    Since,
    Strictness,
)

DAY = 24
WEEK = 7 * DAY
MONTH = 30 * DAY

AREAS = {
    "FACE": "Face",
    "NECK": "Neck",
    "DECOLLETAGE": "Décolletage",
    "HANDS": "Hands",
    "SCALP": "Scalp",
    "UNDERARMS": "Underarms",
}
FACE_AND_NECK = ("FACE", "NECK", "DECOLLETAGE", "HANDS")

INDICATIONS = {
    "ACNE": "Acne, once it is calm",
    "ACNE_SCARS": "Acne scars",
    "ALOPECIA": "Hair loss",
    "BURN_SCARS": "Burn scars",
    "DEEP_WRINKLES": "Deep wrinkles",
    "DRUG_DELIVERY": "Delivery of medicine through the skin",
    "ENLARGED_PORES": "Enlarged pores",
    "FINE_LINES": "Fine lines",
    "HYPERHIDROSIS": "Excessive sweating",
    "HYPERPIGMENTATION": "Hyperpigmentation",
    "MELASMA": "Melasma",
    "POST_TRAUMATIC_SCARS": "Scars of injuries",
    "REJUVENATION": "Rejuvenation",
    "ROUGH_TEXTURE": "Rough texture",
    "SCARS": "Scars",
    "SEVERE_ACNE_SCARS": "Severe acne scars",
    "STRETCH_MARKS": "Stretch marks",
    "SUN_DAMAGE": "Sun damage",
    "UNEVEN_TONE": "Uneven tone",
    "WRINKLES": "Wrinkles",
}
SEVERE = {"DEEP_WRINKLES", "SEVERE_ACNE_SCARS", "STRETCH_MARKS", "BURN_SCARS"}


def areas(*keys: str) -> tuple[Area, ...]:
    return tuple(Area(key=key, name=AREAS[key]) for key in keys)


def indications(*keys: str) -> tuple[Indication, ...]:
    return tuple(
        Indication(
            key=key,
            name=INDICATIONS[key],
            usual_severity=CourseSeverity.SEVERE if key in SEVERE else CourseSeverity.STANDARD,
        )
        for key in keys
    )


def needle_depth(least: str, default: str, most: str) -> Parameter:
    return Parameter(
        key=NEEDLE_DEPTH,
        name="Needle depth",
        unit="mm",
        min=Decimal(least),
        max=Decimal(most),
        default=Decimal(default),
        lock=Lock.BOUNDED,
        floor=Decimal(least),
        ceiling=Decimal(most),
    )


def sessions(
    severity: CourseSeverity, least: int, default: int, most: int, may_suffice: int | None = None
) -> SessionCountRule:
    return SessionCountRule(
        severity=severity, min=least, default=default, max=most, may_suffice=may_suffice
    )


def every(least: int, preferred: int, most: int) -> tuple[IntervalRule, ...]:
    """The days between sessions, for every variant."""
    return (IntervalRule(key="GENERAL", min_days=least, preferred_days=preferred, max_days=most),)


def before(
    key: str,
    kind: CareKind,
    hours: int,
    text: str,
    strictness: Strictness = Strictness.MUST,
) -> CareInstruction:
    return CareInstruction(
        key=key,
        phase=CarePhase.PRE,
        kind=kind,
        window=HourWindow(from_hours=-hours, to_hours=0),
        strictness=strictness,
        text=text,
    )


def after(
    key: str,
    kind: CareKind,
    hours: int,
    text: str,
    strictness: Strictness = Strictness.MUST,
) -> CareInstruction:
    return CareInstruction(
        key=key,
        phase=CarePhase.POST,
        kind=kind,
        window=HourWindow(from_hours=0, to_hours=hours),
        strictness=strictness,
        text=text,
    )


def outcome(
    kind: OutcomeKind,
    key: str,
    text: str,
    from_hours: int | None,
    to_hours: int | None,
    since: Since = Since.EVERY_SESSION,
) -> Outcome:
    window = HourWindow(from_hours=from_hours, to_hours=to_hours)
    return Outcome(key=key, kind=kind, since=since, window=window, text=text)


def screening() -> tuple[ScreeningRule, ...]:
    """What every treatment asks first; each article supports some of it."""
    dermatologist = ("DERMATOLOGIST",)
    return (
        ScreeningRule(
            key="SKIN_INFECTION",
            question="Is there an infection or an open wound where we would treat?",
            severity=ScreeningSeverity.ABSOLUTE,
        ),
        *(
            ScreeningRule(
                key=key,
                question=f"Is there {words} where we would treat?",
                severity=ScreeningSeverity.REQUIRES_CLEARANCE,
                clearance_by=dermatologist,
            )
            for key, words in (
                ("ACTIVE_ACNE", "active acne"),
                ("ECZEMA", "eczema"),
                ("ROSACEA", "rosacea"),
            )
        ),
        ScreeningRule(
            key="SPECIFIC_MEDICATION",
            question="Do you take any medicine regularly?",
            severity=ScreeningSeverity.REQUIRES_CLEARANCE,
            clearance_by=dermatologist,
        ),
        ScreeningRule(
            key="BLOOD_THINNERS",
            question="Do you take aspirin, ibuprofen or another medicine that thins the blood?",
            severity=ScreeningSeverity.REQUIRES_PRESCRIBER_REVIEW,
        ),
        ScreeningRule(
            key="ANAESTHETIC_ALLERGY",
            question="Did a numbing cream or a dentist's injection ever harm you?",
            severity=ScreeningSeverity.REQUIRES_PRESCRIBER_REVIEW,
        ),
        ScreeningRule(
            key="DARKER_PHOTOTYPE",
            question="Is the skin of Fitzpatrick phototype V or VI?",
            severity=ScreeningSeverity.CAUTION,
            caps=ParameterCap(parameter=NEEDLE_DEPTH, most=Decimal("1.0")),
            acknowledgement="Needling can leave darker marks, more so in darker skin.",
        ),
        ScreeningRule(
            key="SUNBURN",
            question="Is the skin sunburned or freshly tanned?",
            severity=ScreeningSeverity.CAUTION,
            acknowledgement="Sunburned skin is treated on another day.",
        ),
    )


def clinic_choices(numb_wait: tuple[int, int], interval: tuple[int, int]) -> tuple[FieldLock, ...]:
    """What every treatment leaves to its clinics, within bounds."""

    def bounded(path: str, least: int, most: int, floor: int | None = None) -> FieldLock:
        return FieldLock(
            path=path,
            lock=Lock.BOUNDED,
            min=Decimal(least),
            max=Decimal(most),
            floor=None if floor is None else Decimal(floor),
        )

    return (
        FieldLock(path="name", lock=Lock.OPEN),
        FieldLock(path="summary", lock=Lock.OPEN),
        bounded("steps.CLEANSE.minutes.typical", 5, 15),
        bounded("steps.CLEANSE.minutes.max", 5, 15),
        bounded("steps.AFTERCARE.minutes.typical", 5, 15),
        bounded("steps.AFTERCARE.minutes.max", 5, 20),
        bounded("steps.NUMB_WAIT.minutes.typical", *numb_wait),
        bounded("intervalRules.GENERAL.minDays", *interval, floor=14),
        bounded("intervalRules.GENERAL.preferredDays", *interval),
        bounded("intervalRules.GENERAL.maxDays", interval[0], interval[1] + 28),
        bounded("sessionCounts.STANDARD.default", 1, 8),
    )
