"""Article 004: a monthly course by needle pen, two hours a session."""

from api.seed.content.add_ons import serum
from api.seed.content.lists import (
    DAY,
    FACE_AND_NECK,
    WEEK,
    after,
    areas,
    before,
    clinic_choices,
    every,
    indications,
    needle_depth,
    outcome,
    screening,
    sessions,
)
from api.seed.content.sources import sources
from api.seed.content.steps import consumables, minutes, session_steps
from schema.protocols.rules import (
    CareKind,
    CourseSeverity,
    Measure,
    OutcomeKind,
    ProtocolContent,
    ToldLength,
    TopUpRule,
)

EVIDENCE = sources(
    "004",
    says={
        "modality": "Shallow needles start the skin's own healing.",
        "toldLength.minutes.typical": "A session takes around two hours in all.",
        "steps.NUMB_APPLY.optional": "An anaesthetic gel is part of every session.",
        "steps.NUMB_WAIT.optional": "Waiting for the gel is part of every session.",
        "steps.NEEDLE.minutes.typical": "Half an hour of needling.",
        "steps.NEEDLE.counts": "It depends on the size of the area.",
        "steps.NEEDLE.needs.NEEDLE_DEVICE.anyOf": "Mostly a needle pen; some use rollers.",
        "steps.SOOTHE": "A soothing salve closes the session.",
        "consumables.ANAESTHETIC": "It is a gel.",
        "indications": "Scars, wrinkles, lines, uneven tone; deep wrinkles and acne too.",
        "sessionCounts.STANDARD.min": "A course has three to six sessions.",
        "sessionCounts.STANDARD.max": "A course has three to six sessions.",
        "intervalRules.GENERAL": "Sessions are a month apart.",
        "topUp.effectDays": "Effect for up to six months after the last session.",
        "topUp": "It can be topped up by more sessions.",
        "careInstructions.NO_SUN": "Sunscreen for a couple of weeks.",
        "careInstructions.NO_HARSH_PRODUCT.window.toHours": "None for a couple of weeks.",
        "careInstructions.NO_MAKEUP.window.toHours": "None for a couple of weeks.",
        "outcomes.FIRST_BENEFIT.window.fromHours": "Benefits may show after 48 hours.",
        "outcomes.VISIBLE.window.fromHours": "Mostly at least a week until it shows.",
        "outcomes.REDNESS.window.toHours": "Redness is gone after 48 hours.",
        "outcomes.HEALING.window.toHours": "Full healing takes a couple of weeks.",
        "addOns.SERUM": "A growth serum may close the session.",
    },
    decided={
        "toldLength.minutes.min": "The least for one area.",
        "toldLength.minutes.max": "The most for one area.",
        "intervalRules.GENERAL.minDays": "A month is at least four weeks: 28 days.",
        "intervalRules.GENERAL.preferredDays": "A month is planned as 30 days.",
        "intervalRules.GENERAL.maxDays": "A month is at most five weeks: 35 days.",
        "topUp.opensDays": "As long as between two sessions at most.",
        "topUp.remindDays": "A month before the effect ends.",
        "steps.NUMB_WAIT.minutes": "What is left of the two hours.",
    },
)


def content() -> ProtocolContent:
    return ProtocolContent(
        name="Monthly microneedling",
        summary="A course of unhurried sessions by needle pen, a month apart.",
        modality="COLLAGEN_INDUCTION",
        told_length=ToldLength(measure=Measure.TOTAL, minutes=minutes(90, 120, 150)),
        areas=areas(*FACE_AND_NECK),
        indications=indications(
            "SCARS", "WRINKLES", "FINE_LINES", "UNEVEN_TONE", "DEEP_WRINKLES", "ACNE"
        ),
        steps=session_steps(
            numb_wait=minutes(30, 35, 45),
            needle=minutes(20, 30, 40),
            devices=("NEEDLE_PEN", "NEEDLE_ROLLER"),
            cleanse=minutes(5, 10, 10),
            numb_apply=minutes(5, 10, 10),
            soothe=minutes(5, 10, 10),
            aftercare=minutes(5, 10, 15),
        ),
        parameters=(needle_depth("0.5", "1.0", "2.0"),),
        add_ons=(serum("Growth serum"),),
        consumables=consumables("Anaesthetic gel"),
        screening_rules=screening(),
        care_instructions=(
            before("NO_EXFOLIANT_BEFORE", CareKind.EXFOLIANT, 3 * DAY, "Stop exfoliants."),
            before("NO_SUN_BEFORE", CareKind.SUN, 3 * DAY, "Stay out of the sun."),
            after("NO_SUN", CareKind.SUN, 2 * WEEK, "Wear sunscreen."),
            after("NO_HARSH_PRODUCT", CareKind.EXFOLIANT, 2 * WEEK, "No harsh product."),
            after("NO_MAKEUP", CareKind.MAKEUP, 2 * WEEK, "No makeup."),
        ),
        session_counts=(
            sessions(CourseSeverity.STANDARD, 3, 4, 6),
            sessions(CourseSeverity.SEVERE, 6, 6, 6),
        ),
        interval_rules=every(28, 30, 35),
        top_up=TopUpRule(opens_days=35, remind_days=150, effect_days=180),
        outcomes=(
            outcome(OutcomeKind.RESULT, "FIRST_BENEFIT", "First benefits.", 2 * DAY, None),
            outcome(OutcomeKind.RESULT, "VISIBLE", "It shows.", WEEK, None),
            outcome(OutcomeKind.RECOVERY, "REDNESS", "Red and irritated.", 0, 2 * DAY),
            outcome(OutcomeKind.RECOVERY, "HEALING", "The skin is healing.", 0, 2 * WEEK),
        ),
        locks=clinic_choices(numb_wait=(30, 45), interval=(28, 42)),
        evidence=EVIDENCE,
    )
