"""What must hold within any content, as written by HQ or as resolved under layers."""

from itertools import chain

from schema.errors import RuleViolation
from schema.protocols.rules.content import HourWindow, ProtocolContent
from schema.protocols.rules.faults import (
    Faults,
    all_needs,
    all_steps,
    ascending,
    extensions,
    fault,
)
from schema.protocols.rules.healing import shortest_guard_days
from schema.protocols.rules.kinds import CarePhase, ResourceKind
from schema.protocols.rules.parallel import scheduling_faults
from schema.protocols.rules.steps import GRID_MINUTES, Minutes
from schema.protocols.rules.violations import BelowHealingGuard

#: Five years, which is how long a course is good for at most: dates beyond it are nobody's.
LONGEST_INTERVAL_DAYS = 5 * 366

__all__ = ["all_needs", "all_steps", "consistency_faults"]


def consistency_faults(content: ProtocolContent) -> list[RuleViolation]:
    """All that contradicts itself, each with the path of the field."""
    return list(
        chain(
            _names(content),
            _steps(content),
            scheduling_faults(content),
            _parameters(content),
            _screening(content),
            _care(content),
            _courses(content),
        )
    )


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
        if need.certified and need.kind is not ResourceKind.PRACTITIONER:
            yield fault(f"{path}.certified", "only who treats can be certified.")


def _minutes(path: str, minutes: Minutes, least: int) -> Faults:
    stated = (minutes.min, minutes.typical, minutes.max)
    yield from ascending(path, least, *stated)
    if any(each % GRID_MINUTES for each in stated):
        yield fault(path, f"minutes are multiples of {GRID_MINUTES}.")


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
        if rule.max_days > LONGEST_INTERVAL_DAYS:
            reason = f"no course goes on for longer than {LONGEST_INTERVAL_DAYS} days."
            yield fault(f"{path}.maxDays", reason)
        guard = shortest_guard_days(content, rule.applies_to)
        if rule.min_days < guard:
            yield BelowHealingGuard(
                f"{path}.minDays: skin heals for {guard} days.", field=f"{path}.minDays"
            )
    if content.top_up is not None:
        kept = content.top_up
        yield from ascending("topUp", 0, kept.opens_days, kept.remind_days, kept.effect_days)
