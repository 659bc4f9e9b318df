"""What must hold within any content, as written by HQ or as resolved under layers."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import chain, pairwise

from schema.errors import RuleViolation
from schema.protocols.rules.add_ons import AddOnRule, StepExtension
from schema.protocols.rules.content import HourWindow, ProtocolContent
from schema.protocols.rules.healing import HEALING_GUARD_DAYS
from schema.protocols.rules.kinds import CarePhase, ResourceKind
from schema.protocols.rules.steps import (
    GRID_MINUTES,
    Minutes,
    ResourceNeed,
    Step,
    Variant,
)
from schema.protocols.rules.timing import segments, visit_steps
from schema.protocols.rules.violations import BelowHealingGuard, InvalidContent

Faults = Iterator[RuleViolation]


def consistency_faults(content: ProtocolContent) -> list[RuleViolation]:
    """All that contradicts itself, each with the path of the field."""
    return list(
        chain(
            _names(content),
            _steps(content),
            _parallel_groups(content),
            _parameters(content),
            _screening(content),
            _care(content),
            _courses(content),
        )
    )


def fault(path: str, message: str) -> RuleViolation:
    return InvalidContent(f"{path}: {message}", field=path)


def all_steps(content: ProtocolContent) -> Iterator[tuple[str, Step]]:
    """Every step of the protocol and its add-ons, with its path."""
    yield from ((f"steps.{each.key}", each) for each in content.steps)
    for rule in content.add_ons:
        yield from ((f"addOns.{rule.key}.steps.{each.key}", each) for each in rule.steps)


def all_needs(content: ProtocolContent) -> Iterator[tuple[str, ResourceNeed]]:
    """Every resource need of steps and of what add-ons extend, with its path."""
    for path, step in all_steps(content):
        yield from ((f"{path}.needs.{each.role}", each) for each in step.needs)
    for rule, extension in extensions(content):
        path = f"addOns.{rule.key}.extendsSteps.{extension.step}.needs"
        yield from ((f"{path}.{each.role}", each) for each in extension.needs)


def extensions(content: ProtocolContent) -> Iterator[tuple[AddOnRule, StepExtension]]:
    return ((rule, each) for rule in content.add_ons for each in rule.extends_steps)


def ascending(path: str, *values: int | Decimal | None) -> Faults:
    """A fault unless the stated values ascend; null is no value."""
    stated = [each for each in values if each is not None]
    if any(low > high for low, high in pairwise(stated)):
        yield fault(path, f"{', '.join(map(str, stated))} should ascend.")


def _names(content: ProtocolContent) -> Faults:
    if not content.name.strip():
        yield fault("name", "a protocol has a name.")
    if not content.steps:
        yield fault("steps", "a visit has at least one step.")


def _steps(content: ProtocolContent) -> Faults:
    for path, step in all_steps(content):
        yield from _minutes(f"{path}.minutes", step.minutes, GRID_MINUTES)
    for rule, extension in extensions(content):
        path = f"addOns.{rule.key}.extendsSteps.{extension.step}.extraMinutes"
        yield from _minutes(path, extension.extra_minutes, 0)
    for path, need in all_needs(content):
        if need.clean_up_minutes < 0 or need.clean_up_minutes % GRID_MINUTES:
            yield fault(f"{path}.cleanUpMinutes", f"not a multiple of {GRID_MINUTES}.")


def _minutes(path: str, minutes: Minutes, least: int) -> Faults:
    stated = (minutes.min, minutes.typical, minutes.max)
    yield from ascending(path, least, *stated)
    if any(each % GRID_MINUTES for each in stated):
        yield fault(path, f"minutes are multiples of {GRID_MINUTES}.")


def _parallel_groups(content: ProtocolContent) -> Faults:
    """A group is one segment even with every add-on, and nobody is in two of its lanes."""
    everything = [each.key for each in content.add_ons]
    seen: set[str] = set()
    for segment in segments(visit_steps(content, (), Variant(), everything)):
        lane = segment[0].parallel
        if lane is None:
            continue
        if lane.group in seen:
            yield fault(f"steps.{segment[0].key}.parallel", f"{lane.group} is interrupted.")
        seen.add(lane.group)
        yield from _torn_between_lanes(segment)


def _torn_between_lanes(segment: Iterable[Step]) -> Faults:
    lanes: dict[tuple[ResourceKind, str], str] = {}
    for step in segment:
        for need in step.needs:
            lane = step.parallel.lane if step.parallel else ""
            if need.kind is ResourceKind.ROOM:
                continue
            if lanes.setdefault((need.kind, need.role), lane) != lane:
                yield fault(f"steps.{step.key}.parallel", f"{need.role} cannot be in two lanes.")


def _parameters(content: ProtocolContent) -> Faults:
    for each in content.parameters:
        path = f"parameters.{each.key}"
        yield from ascending(path, each.floor, each.min, each.max, each.ceiling)
        yield from ascending(f"{path}.default", each.lowest, each.default, each.highest)


def _screening(content: ProtocolContent) -> Faults:
    for rule in content.screening_rules:
        if rule.caps is None:
            continue
        path = f"screeningRules.{rule.key}.caps"
        parameter = content.parameter(rule.caps.parameter)
        if parameter is None:
            yield fault(f"{path}.parameter", f"there is no parameter {rule.caps.parameter}.")
        else:
            yield from ascending(f"{path}.most", parameter.lowest, rule.caps.most)


def _care(content: ProtocolContent) -> Faults:
    for each in content.care_instructions:
        path = f"careInstructions.{each.key}.window"
        yield from _window(path, each.window)
        if each.phase is CarePhase.PRE:
            if each.window.from_hours is None or (each.window.to_hours or 0) > 0:
                yield fault(path, "care before a session begins and ends before it.")
        elif each.window.from_hours is None or each.window.from_hours < 0:
            yield fault(path, "care after a session begins after it.")
    for outcome in content.outcomes:
        yield from _window(f"outcomes.{outcome.key}.window", outcome.window)


def _window(path: str, window: HourWindow) -> Faults:
    start, end = window.from_hours, window.to_hours
    if start is not None and end is not None and start >= end:
        yield fault(path, "it ends before it begins.")


def _courses(content: ProtocolContent) -> Faults:
    for count in content.session_counts:
        path = f"sessionCounts.{count.key}"
        yield from ascending(path, 1, count.min, count.default, count.max)
        yield from ascending(f"{path}.maySuffice", 1, count.may_suffice, count.max)
    for rule in content.interval_rules:
        path = f"intervalRules.{rule.key}"
        yield from ascending(path, rule.min_days, rule.preferred_days, rule.max_days)
        if rule.min_days < HEALING_GUARD_DAYS:
            yield BelowHealingGuard(
                f"{path}.minDays: skin heals for {HEALING_GUARD_DAYS} days.",
                field=f"{path}.minDays",
            )
        yield from ascending(
            f"{path}.appliesTo",
            rule.applies_to.from_depth_mm,
            rule.applies_to.below_depth_mm,
        )
    if content.top_up is not None:
        kept = content.top_up
        yield from ascending("topUp", 0, kept.opens_days, kept.remind_days, kept.effect_days)
