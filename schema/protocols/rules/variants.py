"""What depends on the variant: the interval between sessions, and how many there are."""

from dataclasses import replace

from schema.protocols.rules.content import (
    NEEDLE_DEPTH,
    IntervalRule,
    ProtocolContent,
    SessionCountRule,
    item,
)
from schema.protocols.rules.kinds import CourseSeverity
from schema.protocols.rules.steps import Selector, Variant


def complete(content: ProtocolContent, variant: Variant) -> Variant:
    """The variant with the depth that applies where it states none."""
    depth = content.parameter(NEEDLE_DEPTH)
    if variant.depth_mm is not None or depth is None:
        return variant
    return replace(variant, depth_mm=depth.default)


def interval_for(content: ProtocolContent, variant: Variant) -> IntervalRule | None:
    """The most specific rule that fits; among equals, the one that waits longest.

    None for a protocol without courses.
    """
    wanted = complete(content, variant)
    fits = (each for each in content.interval_rules if each.applies_to.fits(wanted))
    return max(
        fits,
        key=lambda each: (each.applies_to.specificity, each.min_days, each.key),
        default=None,
    )


def session_count_for(
    content: ProtocolContent, severity: CourseSeverity
) -> SessionCountRule | None:
    """The rule for `severity`, or for STANDARD where it has none; None without courses."""
    rules = content.session_counts
    return item(rules, severity) or item(rules, CourseSeverity.STANDARD)


def overlap(one: Selector, other: Selector) -> bool:
    """Whether some variant may fit both."""
    indications = {one.indication, other.indication} - {None}
    severities = {one.severity, other.severity} - {None}
    starts = [each.from_depth_mm for each in (one, other) if each.from_depth_mm is not None]
    ends = [each.below_depth_mm for each in (one, other) if each.below_depth_mm is not None]
    deep_enough = not starts or not ends or max(starts) < min(ends)
    return len(indications) <= 1 and len(severities) <= 1 and deep_enough
