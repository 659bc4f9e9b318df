"""The content of a version and what is computed from it: mirrors of the rules, and their words."""

from schema.fields import described
from schema.protocols import rules
from schema.protocols.rules import (
    AddOnKind,
    AdoptionState,
    CareKind,
    CarePhase,
    ConsumableKind,
    Counts,
    CourseSeverity,
    EvidenceKind,
    LayerKind,
    Lock,
    Measure,
    OutcomeKind,
    PinCause,
    Placement,
    ProtocolKind,
    ResourceKind,
    ScreeningSeverity,
    Since,
    Strictness,
    VersionState,
)
from schema.protocols.types.mirror import mirrors, mirrors_input, value_of

described(
    ProtocolKind,
    "What a visit is for; each kind is bookable alone.",
    {
        ProtocolKind.CONSULTATION: "A talk about goals and history, before any treatment.",
        ProtocolKind.EXAM: "An examination by a prescriber.",
        ProtocolKind.PATCH_TEST: "A trace of a substance on the skin, days before a treatment.",
        ProtocolKind.TREATMENT: "A treatment, alone or in a course.",
        ProtocolKind.REVIEW: "A look at the result.",
    },
)
described(
    VersionState,
    "Where a version stands.",
    {
        VersionState.DRAFT: "Being written; submit it for review.",
        VersionState.IN_REVIEW: "Waiting for the approval of another person than the author.",
        VersionState.APPROVED: "Approved by as many as it takes; publish it, or return it.",
        VersionState.PUBLISHED: "Clinics may adopt it; it never changes again.",
        VersionState.RETIRED: "Nobody adopts it any more; who did keeps it.",
    },
)
described(
    PinCause,
    "Why a clinic is pinned to a version.",
    {
        PinCause.ADOPTED: "It adopted the protocol with it.",
        PinCause.UPGRADED: "It upgraded to it.",
        PinCause.WENT_BACK: "It went back to it: nothing had been sold under the one after it.",
    },
)
described(
    AdoptionState,
    "Whether a clinic offers what it adopted.",
    {
        AdoptionState.OFFERED: "It can be sold and booked.",
        AdoptionState.WITHDRAWN: "Nothing new is sold or booked; offer it again to resume.",
    },
)
described(
    Counts,
    "How often a step's minutes are spent.",
    {
        Counts.ONCE: "Once a visit.",
        Counts.PER_AREA: "Once for each treated area.",
    },
)
described(
    ResourceKind,
    "What a step occupies besides the client.",
    {
        ResourceKind.PRACTITIONER: "A person with one of the credentials.",
        ResourceKind.ROOM: "A room of one of the kinds.",
        ResourceKind.DEVICE: "A device of one of the classes.",
    },
)
described(
    Lock,
    "How far a clinic may change a field.",
    {
        Lock.LOCKED: "Not at all: headquarters' value stands.",
        Lock.BOUNDED: "Within the bounds that are stated.",
        Lock.OPEN: "Freely, between floor and ceiling.",
    },
)
described(
    AddOnKind,
    "What a session can be combined with.",
    {
        AddOnKind.PRP: "Platelet-rich plasma of the client's own blood.",
        AddOnKind.MMP: "Medicine delivered into the skin by needles.",
        AddOnKind.SERUM: "A serum on the needled skin.",
        AddOnKind.LED: "LED light.",
        AddOnKind.COOLING_MASK: "A cooling mask.",
        AddOnKind.CHEMICAL_PEEL: "A superficial chemical peel.",
        AddOnKind.LASER: "Laser.",
    },
)
described(
    Placement,
    "On which side of a step another one goes.",
    {Placement.BEFORE: "Before it.", Placement.AFTER: "After it."},
)
described(
    ScreeningSeverity,
    "What a screening finding does to the treatment.",
    {
        ScreeningSeverity.ABSOLUTE: "Forbids it; nobody can clear it.",
        ScreeningSeverity.REQUIRES_CLEARANCE: "Stops it until somebody named clears it.",
        ScreeningSeverity.REQUIRES_PRESCRIBER_REVIEW: "Stops it until a prescriber reviewed it.",
        ScreeningSeverity.CAUTION: "Limits a parameter or asks for an acknowledgement.",
    },
)
described(
    CourseSeverity,
    "How severe a concern is; it decides how many sessions a course has.",
    {
        CourseSeverity.STANDARD: "Most concerns.",
        CourseSeverity.SEVERE: "Deep wrinkles, stretch marks, severe scars.",
    },
)
described(
    CarePhase,
    "On which side of the session a care instruction lies.",
    {CarePhase.PRE: "Before the session.", CarePhase.POST: "After the session."},
)
described(
    CareKind,
    "What a care instruction is about.",
    {
        CareKind.ACTIVITY: "Exercise, sauna, swimming.",
        CareKind.CLEANSING: "Cleansing the skin.",
        CareKind.EXFOLIANT: "Exfoliants and other harsh products.",
        CareKind.FRAGRANCE: "Fragrances and gentle products.",
        CareKind.HYDRATION: "Moisture.",
        CareKind.MAKEUP: "Makeup.",
        CareKind.MEDICATION: "Medicine; never stopped by an instruction alone.",
        CareKind.RETINOID: "Retinoids.",
        CareKind.SOOTHING: "Soothing products.",
        CareKind.SUN: "Sun and sunscreen.",
    },
)
described(
    Strictness,
    "How binding a care instruction is.",
    {
        Strictness.MUST: "Without it the session may not take place, or heal.",
        Strictness.SHOULD: "It helps.",
    },
)
described(
    OutcomeKind,
    "What a client can expect.",
    {
        OutcomeKind.RESULT: "What the treatment is for.",
        OutcomeKind.RECOVERY: "What passes as the skin heals.",
        OutcomeKind.SIDE_EFFECT: "What may happen; tell the clinic if it does.",
    },
)
described(
    Since,
    "From when an outcome's hours are counted.",
    {
        Since.EVERY_SESSION: "From each session.",
        Since.FIRST_SESSION: "From the first session of the course.",
        Since.LAST_SESSION: "From the last session of the course.",
    },
)
described(
    ConsumableKind,
    "What a consumable is for.",
    {
        ConsumableKind.ANAESTHETIC: "Numbing; ask its allergy question first.",
        ConsumableKind.CARTRIDGE: "Needles, for one client.",
        ConsumableKind.TOPICAL: "On the skin.",
    },
)
described(
    Measure,
    "One of a visit's three durations.",
    {
        Measure.CHAIR: "While the client occupies a room.",
        Measure.PRACTITIONER: "The practitioners' work.",
        Measure.TOTAL: "From the first step to the end of the last.",
    },
)
described(
    EvidenceKind,
    "Where a figure comes from.",
    {
        EvidenceKind.ARTICLE: "An article, named by its number.",
        EvidenceKind.HQ_DECISION: "Headquarters' own decision, for the stated reason.",
    },
)
described(
    LayerKind,
    "Who set a field; what is set later in this order lies on top.",
    {
        LayerKind.HEADQUARTERS: "Headquarters, in the version.",
        LayerKind.JURISDICTION: "A country or a part of one.",
        LayerKind.CLINIC: "The clinic.",
    },
)


@mirrors(rules.IntervalRule)
class IntervalRule: ...


@mirrors(rules.SessionCountRule)
class SessionCountRule: ...


@mirrors(rules.ProtocolContent)
class ProtocolContent: ...


@mirrors_input(rules.ProtocolContent)
class ProtocolContentInput:
    def value(self) -> rules.ProtocolContent:
        content: rules.ProtocolContent = value_of(rules.ProtocolContent, self)
        return content


@mirrors(rules.Durations)
class VisitDurations: ...


@mirrors_input(rules.Variant)
class VariantInput:
    def value(self) -> rules.Variant:
        variant: rules.Variant = value_of(rules.Variant, self)
        return variant
