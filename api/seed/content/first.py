"""Article 002: what a first session brings, and what the next ones add."""

from api.seed.content.add_ons import prp, serum
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
from api.seed.content.steps import attended, consumables, minutes, session_steps
from schema.protocols.rules import (
    CareKind,
    CourseSeverity,
    Measure,
    OutcomeKind,
    ProtocolContent,
    Since,
    Strictness,
    ToldLength,
    Topic,
)

EVIDENCE = sources(
    "002",
    says={
        "modality": "Tiny punctures set off repair: collagen and elastin.",
        "toldLength.minutes.min": "The treatment lasts 30 to 60 minutes, by area.",
        "toldLength.minutes.max": "The treatment lasts 30 to 60 minutes, by area.",
        "steps.CONSULT": "The first session begins with a consultation.",
        "steps.NUMB_APPLY.optional": "An anaesthetic is usually applied.",
        "steps.NUMB_WAIT.optional": "An anaesthetic is usually applied.",
        "steps.NEEDLE.counts": "How long it lasts depends on the area.",
        "steps.NEEDLE.needs.OPERATOR.anyOf": "Qualified, certified professionals.",
        "steps.NEEDLE.needs.OPERATOR.certified": "Qualified, certified professionals.",
        "consumables.ANAESTHETIC": "A topical anaesthetic.",
        "areas": "Not the face alone: neck, décolletage and hands too.",
        "topics": "Skin type and concerns are assessed first.",
        "indications": "Fine lines, acne scars, pores, scars, stretch marks, ageing skin.",
        "sessionCounts.STANDARD.maySuffice": "One session can already show.",
        "intervalRules.GENERAL.minDays": "Every four to six weeks: 28 days.",
        "intervalRules.GENERAL.maxDays": "Every four to six weeks: 42 days.",
        "screeningRules.ACTIVE_ACNE": "A dermatologist may be asked first.",
        "screeningRules.ECZEMA": "A dermatologist may be asked first.",
        "screeningRules.SPECIFIC_MEDICATION": "To be talked over with a dermatologist.",
        "careInstructions.NO_EXFOLIANT_BEFORE.window.fromHours": "For at least a week.",
        "careInstructions.NO_SUN_BEFORE": "Stay out of the sun before.",
        "careInstructions.NO_SUN": "Protected from the sun.",
        "careInstructions.MOISTURISE": "Kept hydrated.",
        "careInstructions.NO_MAKEUP.window.toHours": "No makeup for at least 24 hours.",
        "careInstructions.NO_HARSH_PRODUCT.window.toHours": "None for at least 24 hours.",
        "outcomes.TIGHTER_SKIN": "Tighter at once, by slight swelling.",
        "outcomes.GLOW": "A glow at once, for a while.",
        "outcomes.SMALLER_PORES": "Pores look smaller.",
        "outcomes.FULL_RESULT": "Clearer after a few weeks.",
        "outcomes.REDNESS.window.fromHours": "Redness passes in a day or two.",
        "outcomes.REDNESS.window.toHours": "Redness passes in a day or two.",
        "outcomes.IRRITATION": "Redness, swelling, irritation for a few days.",
        "addOns.PRP": "It can be combined with platelet-rich plasma.",
        "addOns.SERUM": "It can be combined with serums.",
    },
    decided={
        "addOns.PRP.steps": "Drawn and spun while the numbing takes effect.",
        "addOns.PRP.fresh": "Plasma is used soon: within 90 minutes of the spin.",
        "addOns.PRP.consent": "A blood draw has a consent of its own.",
        "addOns.PRP.excludes": "The plasma goes where the serum would.",
        "careInstructions.NO_SUN_BEFORE.window": "Read as three days.",
        "careInstructions.NO_SUN.window": "Until the skin has healed: two weeks.",
        "careInstructions.MOISTURISE.window": "Until the skin has healed: two weeks.",
        "steps.CONSULT.minutes": "A short one; the long one is a visit of its own.",
        "outcomes.FULL_RESULT.window": "A few weeks, read as three.",
        "outcomes.IRRITATION.window": "A few days, read as three.",
    },
)


def content() -> ProtocolContent:
    return ProtocolContent(
        name="First microneedling",
        summary="One session to see what needling does for you, or the first of a course.",
        modality="COLLAGEN_INDUCTION",
        told_length=ToldLength(measure=Measure.PRACTITIONER, minutes=minutes(30, 45, 60)),
        areas=areas(*FACE_AND_NECK),
        indications=indications(
            "FINE_LINES", "ACNE_SCARS", "ENLARGED_PORES", "SCARS", "STRETCH_MARKS", "REJUVENATION"
        ),
        topics=(
            Topic(key="SKIN_TYPE", text="Skin type and condition."),
            Topic(key="CONCERNS", text="What troubles you."),
        ),
        steps=(
            attended("CONSULT", "Short consultation", minutes(5)),
            *session_steps(
                numb_wait=minutes(15, 20, 30),
                needle=minutes(10, 20, 25),
                numbing_optional=True,
                certified=True,
            ),
        ),
        parameters=(needle_depth("0.5", "0.5", "1.5"),),
        add_ons=(prp(), serum()),
        consumables=consumables("Topical anaesthetic"),
        screening_rules=screening(),
        care_instructions=(
            before("NO_EXFOLIANT_BEFORE", CareKind.EXFOLIANT, WEEK, "Stop exfoliants."),
            before("NO_SUN_BEFORE", CareKind.SUN, 3 * DAY, "Stay out of the sun."),
            after("NO_SUN", CareKind.SUN, 2 * WEEK, "No direct sun; sunscreen of high SPF."),
            after(
                "MOISTURISE", CareKind.HYDRATION, 2 * WEEK, "Moisturise often.", Strictness.SHOULD
            ),
            after("NO_MAKEUP", CareKind.MAKEUP, DAY, "No makeup."),
            after("NO_HARSH_PRODUCT", CareKind.EXFOLIANT, DAY, "No harsh product."),
        ),
        session_counts=(
            sessions(CourseSeverity.STANDARD, 1, 3, 4, may_suffice=1),
            sessions(CourseSeverity.SEVERE, 3, 6, 8),
        ),
        interval_rules=every(28, 35, 42),
        outcomes=(
            outcome(OutcomeKind.RESULT, "TIGHTER_SKIN", "Skin feels tighter.", 0, None),
            outcome(OutcomeKind.RESULT, "GLOW", "A glow, for a while.", 0, None),
            outcome(OutcomeKind.RESULT, "SMALLER_PORES", "Pores look smaller.", 0, None),
            outcome(
                OutcomeKind.RESULT,
                "FULL_RESULT",
                "Firmer skin, an even tone, fainter scars and lines.",
                3 * WEEK,
                None,
                Since.FIRST_SESSION,
            ),
            outcome(OutcomeKind.RECOVERY, "REDNESS", "Red as after mild sunburn.", DAY, 2 * DAY),
            outcome(OutcomeKind.SIDE_EFFECT, "IRRITATION", "Irritated skin.", 0, 3 * DAY),
        ),
        locks=clinic_choices(numb_wait=(15, 30), interval=(28, 56)),
        evidence=EVIDENCE,
    )
