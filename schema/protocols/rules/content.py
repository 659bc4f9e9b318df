"""The content of a protocol version: one immutable document, addressed by stable keyed paths.

Lists hold items with a key, unique in its list, so that a path such as
`steps.NEEDLE.minutes.typical` names a field for good. A text beside a type is the field's public
description. Depths are decimals, never floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Protocol, TypeVar

from schema.protocols.rules.add_ons import AddOnRule
from schema.protocols.rules.kinds import (
    CareKind,
    CarePhase,
    ConsumableKind,
    CourseSeverity,
    EvidenceKind,
    Lock,
    Measure,
    OutcomeKind,
    ScreeningSeverity,
    Since,
    Strictness,
)
from schema.protocols.rules.meanings import (
    Whole,
    allowed,
    alternatives,
    asked,
    begins,
    clinical,
    commercial,
    copy,
    demanded,
    ends,
    gentlest_low,
    least,
    most,
    strictest_first,
    words,
)
from schema.protocols.rules.steps import EVERY_VARIANT, Minutes, Selector, Step

NEEDLE_DEPTH = "needle_depth_mm"


class Keyed(Protocol):
    @property
    def key(self) -> str: ...


K = TypeVar("K", bound=Keyed)


def item(items: Sequence[K], key: str) -> K | None:
    """The item with this key."""
    return next((each for each in items if each.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A part of the body that is treated; some steps take their time for each."""

    key: Annotated[str, copy, "Stable key, for example `FACE`."]
    name: Annotated[str, words, "What people call it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indication:
    """What a protocol is for. What speaks against it is a screening rule, never this."""

    key: Annotated[str, copy, "Stable key, for example `ACNE_SCARS`."]
    name: Annotated[str, words, "What people call it."]
    usual_severity: Annotated[
        CourseSeverity, commercial, "What a course for it is planned with."
    ] = CourseSeverity.STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A figure that is set for a session."""

    key: Annotated[str, copy, "Stable key, for example `needle_depth_mm`."]
    name: Annotated[str, words, "What people call it."]
    unit: Annotated[str, clinical, "Unit of its values, for example `mm`."]
    min: Annotated[Decimal, least, "The least that is ordinary."]
    max: Annotated[Decimal, most, "The most that is ordinary."]
    default: Annotated[Decimal, gentlest_low, "What applies where nobody says otherwise."]
    lock: Annotated[Lock, strictest_first, "How far a clinic may change the default."] = Lock.LOCKED
    floor: Annotated[Decimal | None, least, "Nobody goes below; null: `min`."] = None
    ceiling: Annotated[Decimal | None, most, "Nobody goes above; null: `max`."] = None

    @property
    def lowest(self) -> Decimal:
        return self.min if self.floor is None else self.floor

    @property
    def highest(self) -> Decimal:
        return self.max if self.ceiling is None else self.ceiling


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterCap:
    """The most a parameter may be set to for a client with a finding."""

    parameter: Annotated[str, clinical, "Key of the parameter."]
    most: Annotated[Decimal, most, "The greatest value allowed."]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRule:
    """A finding asked for before treatment, and what it does."""

    key: Annotated[str, copy, "The coded finding, for example `ACTIVE_ACNE`."]
    question: Annotated[str, words, "What the client is asked, or what is looked for."]
    severity: Annotated[
        ScreeningSeverity, strictest_first, "What the finding does to the treatment."
    ]
    clearance_by: Annotated[
        tuple[str, ...],
        alternatives,
        "Credential types, one of which whoever clears it holds.",
    ] = ()
    caps: Annotated[ParameterCap | None, demanded, "A parameter that it limits."] = None
    acknowledgement: Annotated[str | None, asked, "What the client then acknowledges."] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourWindow:
    """Hours counted from the session, negative before it, half-open; null has no end."""

    from_hours: Annotated[int | None, begins, "Begins this many hours after the session."] = None
    to_hours: Annotated[int | None, ends, "Ends this many hours after the session."] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CareInstruction:
    """What a client does, or leaves, before or after a session."""

    key: Annotated[str, copy, "Stable key, for example `NO_MAKEUP`."]
    phase: Annotated[CarePhase, clinical, "Before or after the session."]
    kind: Annotated[CareKind, clinical, "What it is about."]
    window: Annotated[HourWindow, "When it applies."]
    strictness: Annotated[Strictness, strictest_first, "How binding it is."]
    text: Annotated[str, words, "The instruction, addressed to the client."]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCountRule:
    """How many sessions a course has."""

    severity: Annotated[CourseSeverity, copy, "The severity it is for."]
    min: Annotated[int, commercial, "The fewest a course is sold with."]
    default: Annotated[int, commercial, "What is recommended."]
    max: Annotated[int, commercial, "The most a course is sold with."]
    may_suffice: Annotated[
        int | None, commercial, "After how many some clients are content already."
    ] = None

    @property
    def key(self) -> str:
        return self.severity.value


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalRule:
    """How far apart sessions lie, for the variants it applies to."""

    key: Annotated[str, copy, "Stable key, for example `GENERAL`."]
    applies_to: Annotated[Selector, "The variants it is for; the most specific rule counts."] = (
        EVERY_VARIANT
    )
    min_days: Annotated[int, least, "No session is booked earlier."]
    preferred_days: Annotated[int, clinical, "Ranks the offered starts."]
    max_days: Annotated[int, clinical, "Later than this, the course has lapsed."]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealingGuard:
    """How long skin heals where two weeks is not the answer: nobody below goes under it."""

    key: Annotated[str, copy, "Stable key, for example `SHALLOW_HANDS`."]
    applies_to: Annotated[Selector, "The variants it is for; the most specific guard counts."] = (
        EVERY_VARIANT
    )
    areas: Annotated[
        tuple[str, ...], clinical, "Keys of the areas it is for; none: every area."
    ] = ()
    min_days: Annotated[int, least, "So many days lie between two sessions of an area."]
    source: Annotated[str, words, "Where it comes from, so that two people can approve it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpRule:
    """How the effect is kept up after a course, in days after its last session."""

    opens_days: Annotated[int, commercial, "A top-up session is offered from here on."]
    remind_days: Annotated[int, commercial, "When the client is reminded."]
    effect_days: Annotated[int, commercial, "How long the effect goes on."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A result, a course of recovery, or a side effect to expect."""

    key: Annotated[str, copy, "Stable key, for example `REDNESS`."]
    kind: Annotated[OutcomeKind, clinical, "A result, recovery or side effect."]
    since: Annotated[Since, clinical, "From when the hours are counted."] = Since.EVERY_SESSION
    window: Annotated[
        HourWindow, Whole(clinical), "When a result shows, or when a reaction passes."
    ]
    text: Annotated[str, words, "What to expect, for the client."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumable:
    """What a session uses up, and what to ask before."""

    key: Annotated[str, copy, "Stable key, for example `NUMBING_CREAM`."]
    kind: Annotated[ConsumableKind, clinical, "What it is for."]
    name: Annotated[str, words, "What people call it."]
    step: Annotated[str, clinical, "Key of the step that uses it."]
    allergy_question: Annotated[str | None, asked, "What is asked before it touches the skin."] = (
        None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What is assessed or talked through in a visit."""

    key: Annotated[str, copy, "Stable key, for example `MEDICAL_HISTORY`."]
    text: Annotated[str, words, "What it covers."]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLength:
    """How long clients are told that a visit lasts; must agree with the steps."""

    measure: Annotated[Measure, commercial, "Which of the durations is meant."]
    minutes: Annotated[Minutes, "What they are told."]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLock:
    """Opens a field to clinics; a field without one is LOCKED, but for parameters' defaults."""

    path: Annotated[str, copy, "Path of the field."]
    lock: Annotated[Lock, strictest_first, "How far a clinic may change it."]
    min: Annotated[Decimal | None, least, "BOUNDED: the least."] = None
    max: Annotated[Decimal | None, most, "BOUNDED: the most."] = None
    choices: Annotated[tuple[str, ...], alternatives, "BOUNDED: the texts to choose from."] = ()
    floor: Annotated[Decimal | None, least, "Nobody goes below."] = None
    ceiling: Annotated[Decimal | None, most, "Nobody goes above."] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a field, or all below it, is as it is; the longest path that fits counts."""

    path: Annotated[str, copy, "Path of a field or of what holds it."]
    kind: Annotated[EvidenceKind, copy, "An article, or headquarters' own decision."]
    article: Annotated[str | None, copy, "Number of the article, for example `000`."] = None
    note: Annotated[str, words, "What the article says, in our words, or the reason."]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatedText:
    """A text in another language; it holds as long as the original is what was translated."""

    path: Annotated[str, copy, "Path of the text, for example `careInstructions.NO_SUN.text`."]
    of: Annotated[str, copy, "The original that was translated."]
    text: Annotated[str, copy, "The same in the language of the translation."]


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """The texts of a protocol in another language."""

    language: Annotated[str, copy, "BCP 47 tag, for example `es` or `de-CH`."]
    texts: Annotated[
        tuple[TranslatedText, ...], copy, "What is translated; the rest falls back."
    ] = ()

    @property
    def key(self) -> str:
        return self.language


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolContent:
    """All that a protocol version says."""

    name: Annotated[str, words, "What the franchise calls the protocol."]
    summary: Annotated[str, words, "What it is, for clients."]
    language: Annotated[str, copy, "BCP 47 tag of the language that its texts are written in."] = (
        "en"
    )
    modality: Annotated[str | None, clinical, "How it works, coded."] = None
    told_length: Annotated[
        ToldLength | None, Whole(commercial), "How long clients are told it lasts."
    ] = None
    areas: Annotated[tuple[Area, ...], allowed, "Where it is done."] = ()
    indications: Annotated[tuple[Indication, ...], allowed, "What it is for."] = ()
    topics: Annotated[tuple[Topic, ...], clinical, "What is talked through."] = ()
    steps: Annotated[tuple[Step, ...], clinical, "The visit, in order."] = ()
    parameters: Annotated[
        tuple[Parameter, ...], clinical, "Figures that are set for a session."
    ] = ()
    add_ons: Annotated[tuple[AddOnRule, ...], allowed, "What it can be combined with."] = ()
    consumables: Annotated[tuple[Consumable, ...], clinical, "What it uses up."] = ()
    screening_rules: Annotated[tuple[ScreeningRule, ...], demanded, "What is asked first."] = ()
    care_instructions: Annotated[tuple[CareInstruction, ...], demanded, "Before and after."] = ()
    session_counts: Annotated[
        tuple[SessionCountRule, ...], Whole(commercial), "Sessions in a course."
    ] = ()
    interval_rules: Annotated[tuple[IntervalRule, ...], clinical, "Time between sessions."] = ()
    healing_guards: Annotated[
        tuple[HealingGuard, ...], clinical, "Where skin heals for longer or shorter than two weeks."
    ] = ()
    top_up: Annotated[TopUpRule | None, Whole(commercial), "How the effect is kept up."] = None
    outcomes: Annotated[tuple[Outcome, ...], clinical, "What to expect."] = ()
    locks: Annotated[tuple[FieldLock, ...], clinical, "What clinics may change."] = ()
    evidence: Annotated[tuple[Evidence, ...], copy, "Where each figure comes from."] = ()
    translations: Annotated[tuple[Translation, ...], copy, "Its texts in other languages."] = ()

    def step(self, key: str) -> Step | None:
        return item(self.steps, key)

    def add_on(self, key: str) -> AddOnRule | None:
        return item(self.add_ons, key)

    def parameter(self, key: str) -> Parameter | None:
        return item(self.parameters, key)


def source_of(content: ProtocolContent, path: str) -> Evidence | None:
    """The evidence for a field: of all that name it or something that holds it, the closest."""
    fits = (each for each in content.evidence if f"{path}.".startswith(f"{each.path}."))
    return max(fits, key=lambda each: len(each.path), default=None)


def longest_pre_care_hours(content: ProtocolContent) -> int:
    """How long before a session its care begins: a booking with a shorter lead time is attested.

    Of what clients MUST do; what they SHOULD makes nobody wait. Source: domain.md, "What must be
    computed" 3, and the strictness of care instructions in "Where the articles disagree".
    """
    must = (each for each in content.care_instructions if each.strictness is Strictness.MUST)
    begins = [each.window.from_hours or 0 for each in must]
    return -min([0, *begins])
