"""What must hold in a content that HQ writes, beyond its being consistent."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from schema.clinics.rules import DeviceClass, RoomKind
from schema.errors import RuleViolation, ValidationFailed
from schema.practitioners.rules import CredentialType
from schema.protocols.rules.combinations import add_on_faults
from schema.protocols.rules.consistency import consistency_faults
from schema.protocols.rules.content import ProtocolContent, item
from schema.protocols.rules.faults import (
    Faults,
    all_needs,
    all_steps,
    ascending,
    extensions,
    fault,
    within,
)
from schema.protocols.rules.kinds import (
    CourseSeverity,
    EvidenceKind,
    ProtocolKind,
    ResourceKind,
    ScreeningSeverity,
)
from schema.protocols.rules.limits import figure_faults, limit_faults
from schema.protocols.rules.openings import lock_faults
from schema.protocols.rules.paths import exists, shapes
from schema.protocols.rules.steps import EVERY_VARIANT, Selector, Variant
from schema.protocols.rules.timing import durations
from schema.protocols.rules.translations import translation_faults

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
ARTICLE = re.compile(r"\d{3}")
LONGEST_GUARD_DAYS = 365
VOCABULARY: Mapping[ResourceKind, type[StrEnum]] = {
    ResourceKind.PRACTITIONER: CredentialType,
    ResourceKind.ROOM: RoomKind,
    ResourceKind.DEVICE: DeviceClass,
}


def check_content(content: ProtocolContent, kind: ProtocolKind) -> None:
    """Raise ValidationFailed with all that is wrong with a version of this kind, by path."""
    if faults := content_faults(content, kind):
        raise ValidationFailed(faults)


def content_faults(content: ProtocolContent, kind: ProtocolKind) -> list[RuleViolation]:
    """All that is wrong, each with the path of a field that is there."""
    if broken := list(figure_faults(content)):
        return broken
    found = (
        *_keys(content),
        *_references(content),
        *limit_faults(content),
        *consistency_faults(content),
        *_needs(content),
        *add_on_faults(content),
        *_defaults(content),
        *_screening(content),
        *_guards(content),
        *_told_length(content),
        *_completeness(content, kind),
        *lock_faults(content),
        *_evidence(content),
        *translation_faults(content),
    )
    return list({each.message: each for each in found}.values())


def _keys(content: ProtocolContent) -> Faults:
    for path, keys in _key_lists(content):
        for key, times in Counter(keys).items():
            if times > 1:
                yield fault(path, f"{key} is there {times} times.")
            if not KEY.fullmatch(key):
                yield fault(path, f"{key!r} is not a key: letters, digits and underscores.")


def _key_lists(content: ProtocolContent) -> Iterator[tuple[str, list[str]]]:
    """The keys of every list, with its path; steps of add-ons join those of the protocol."""
    for name, shape in shapes(ProtocolContent).items():
        if shape.items and name not in ("steps", "translations"):
            items = getattr(content, shape.attribute)
            yield name, [each.key for each in items if hasattr(each, "key")]
    yield "steps", [step.key for _, step in all_steps(content)]
    for path, step in all_steps(content):
        yield f"{path}.needs", [need.role for need in step.needs]
        if step.parallel is not None:
            yield f"{path}.parallel.group", [step.parallel.group]
            yield f"{path}.parallel.lane", [step.parallel.lane]
    for rule in content.add_ons:
        path = f"addOns.{rule.key}"
        yield f"{path}.extendsSteps", [each.step for each in rule.extends_steps]
        yield f"{path}.substances", list(rule.substances)
        for extension in rule.extends_steps:
            roles = [need.role for need in extension.needs]
            yield f"{path}.extendsSteps.{extension.step}.needs", roles
    if content.modality is not None:
        yield "modality", [content.modality]


def _references(content: ProtocolContent) -> Faults:
    """Keys of steps and indications that are named, but not there."""
    for path, step in all_steps(content):
        named = step.anchor.step if step.anchor else None
        if named is not None and content.step(named) is None:
            yield fault(f"{path}.anchor.step", f"there is no step {named}.")
        if (step.anchor is None) == path.startswith("addOns."):
            yield fault(f"{path}.anchor", "steps of add-ons have an anchor, and only they.")
        yield from _selector(content, f"{path}.appliesTo", step.applies_to)
    for each in content.interval_rules:
        yield from _selector(content, f"intervalRules.{each.key}.appliesTo", each.applies_to)
    for rule, extension in extensions(content):
        if content.step(extension.step) is None:
            path = f"addOns.{rule.key}.extendsSteps.{extension.step}.step"
            yield fault(path, f"there is no step {extension.step}.")
    for used in content.consumables:
        if all(step.key != used.step for _, step in all_steps(content)):
            yield fault(f"consumables.{used.key}.step", f"there is no step {used.step}.")


def _selector(content: ProtocolContent, path: str, selector: Selector) -> Faults:
    if selector.indication is not None and item(content.indications, selector.indication) is None:
        yield fault(f"{path}.indication", f"there is no indication {selector.indication}.")
    yield from ascending(path, 0, selector.from_depth_mm, selector.below_depth_mm)


def _needs(content: ProtocolContent) -> Faults:
    kinds: dict[str, str] = {}
    for path, need in all_needs(content):
        yield from _known(f"{path}.anyOf", need.any_of, VOCABULARY[need.kind])
        if not need.any_of:
            yield fault(f"{path}.anyOf", "nothing would do.")
        if kinds.setdefault(need.role, need.kind) != need.kind:
            yield fault(f"{path}.kind", f"{need.role} is a {kinds[need.role]} elsewhere.")


def _known(path: str, values: Sequence[str], known: type[StrEnum]) -> Faults:
    for value in values:
        if value not in set(known):
            yield fault(path, f"{value} is none of {', '.join(known)}.")


def _defaults(content: ProtocolContent) -> Faults:
    for each in content.parameters:
        yield from ascending(f"parameters.{each.key}.default", each.min, each.default, each.max)


def _screening(content: ProtocolContent) -> Faults:
    for rule in content.screening_rules:
        path = f"screeningRules.{rule.key}"
        yield from _known(f"{path}.clearanceBy", rule.clearance_by, CredentialType)
        clearable = rule.severity is ScreeningSeverity.REQUIRES_CLEARANCE
        if clearable and not rule.clearance_by:
            yield fault(f"{path}.clearanceBy", "somebody can clear it.")
        if rule.severity is ScreeningSeverity.ABSOLUTE and rule.clearance_by:
            yield fault(f"{path}.clearanceBy", "nobody can clear what is absolute.")
        cautious = rule.severity is ScreeningSeverity.CAUTION
        if cautious and rule.caps is None and rule.acknowledgement is None:
            yield fault(path, "a caution limits a parameter or asks for an acknowledgement.")


def _guards(content: ProtocolContent) -> Faults:
    """Guards that HQ sets are for what it treats, and no two of them for the same."""
    seen: dict[tuple[Selector, str | None], str] = {}
    for each in content.healing_guards:
        path = f"healingGuards.{each.key}"
        yield from _selector(content, f"{path}.appliesTo", each.applies_to)
        if not 1 <= each.min_days <= LONGEST_GUARD_DAYS:
            yield fault(f"{path}.minDays", f"skin heals for 1 to {LONGEST_GUARD_DAYS} days.")
        if len(set(each.areas)) < len(each.areas):
            yield fault(f"{path}.areas", "an area is named twice.")
        for area in dict.fromkeys(each.areas or (None,)):
            if area is not None and item(content.areas, area) is None:
                yield fault(f"{path}.areas", f"there is no area {area}.")
            first = seen.setdefault((each.applies_to, area), each.key)
            if first != each.key:
                yield fault(f"{path}.areas", f"{first} is for {area or 'all areas'} already.")


def _evidence(content: ProtocolContent) -> Faults:
    seen = Counter(each.path for each in content.evidence)
    for each in content.evidence:
        path = within("evidence", each.path)
        if seen[each.path] > 1:
            yield fault(path, "is there more than once.")
        if not exists(content, each.path):
            yield fault(path, "there is no such field.")
        if (each.kind is EvidenceKind.ARTICLE) != (each.article is not None):
            yield fault(path, "an article has its number, a decision has none.")
        elif each.article is not None and not ARTICLE.fullmatch(each.article):
            yield fault(path, "an article's number has three digits.")


def _told_length(content: ProtocolContent) -> Faults:
    """What clients are told agrees with a visit for one area without add-ons."""
    if content.told_length is None or not content.steps:
        return
    areas = [each.key for each in content.areas[:1]]
    told = content.told_length
    computed = durations(content, areas, Variant(), ())
    typical = getattr(computed, told.measure.lower()).typical
    yield from ascending("toldLength.minutes", told.minutes.min, typical, told.minutes.max)


def _completeness(content: ProtocolContent, kind: ProtocolKind) -> Faults:
    general = [each for each in content.interval_rules if each.applies_to == EVERY_VARIANT]
    if content.interval_rules and len(general) != 1:
        yield fault("intervalRules", "exactly one rule is for every variant.")
    if kind is ProtocolKind.TREATMENT:
        required: dict[str, Sequence[object]] = {
            "areas": content.areas,
            "indications": content.indications,
            "intervalRules": content.interval_rules,
        }
        yield from (
            fault(path, "a treatment has some.") for path, found in required.items() if not found
        )
        if item(content.session_counts, CourseSeverity.STANDARD) is None:
            yield fault("sessionCounts", "a treatment has a count for STANDARD.")
