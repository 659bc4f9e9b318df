"""Whether a protocol is for a visit as asked: areas, variant and add-ons."""

from collections.abc import Collection, Sequence

from schema.protocols.rules.add_ons import check_add_ons
from schema.protocols.rules.content import NEEDLE_DEPTH, ProtocolContent, item
from schema.protocols.rules.steps import Variant
from schema.protocols.rules.timing import timeline, visit_steps
from schema.protocols.rules.violations import (
    AddOnNotAllowed,
    AreaNotTreated,
    DepthNotAllowed,
    IndicationNotTreated,
)


def check_visit(
    content: ProtocolContent,
    areas: Sequence[str],
    variant: Variant,
    add_ons: Sequence[str],
    *,
    offered: Collection[str] | None = None,
) -> None:
    """Raise what is wrong with a visit as asked, with the field of the input that says so.

    Raises: AreaNotTreated, IndicationNotTreated, DepthNotAllowed, AddOnNotAllowed.
    """
    _check_areas(content, areas)
    _check_variant(content, variant)
    check_add_ons(content.add_ons, add_ons, offered=offered)
    _check_freshness(content, areas, variant, add_ons)


def _check_areas(content: ProtocolContent, areas: Sequence[str]) -> None:
    if content.areas and not areas:
        raise AreaNotTreated("Name at least one area.", field="areas")
    for position, area in enumerate(areas):
        if item(content.areas, area) is None:
            known = ", ".join(each.key for each in content.areas) or "no area"
            raise AreaNotTreated(
                f"{content.name} does not treat {area}; it treats {known}.",
                field=f"areas.{position}",
            )
        if area in areas[:position]:
            raise AreaNotTreated(f"{area} is named twice.", field=f"areas.{position}")


def _check_variant(content: ProtocolContent, variant: Variant) -> None:
    if variant.indication is not None and item(content.indications, variant.indication) is None:
        raise IndicationNotTreated(
            f"{content.name} is not for {variant.indication}.",
            field="variant.indication",
        )
    depth = content.parameter(NEEDLE_DEPTH)
    if variant.depth_mm is None:
        return
    if depth is None:
        raise DepthNotAllowed(f"{content.name} uses no needle.", field="variant.depthMm")
    if not depth.lowest <= variant.depth_mm <= depth.highest:
        raise DepthNotAllowed(
            f"{content.name} goes from {depth.lowest} to {depth.highest} mm.",
            field="variant.depthMm",
        )


def _check_freshness(
    content: ProtocolContent,
    areas: Sequence[str],
    variant: Variant,
    add_ons: Sequence[str],
) -> None:
    """Raise AddOnNotAllowed where what an add-on prepares would be used too late."""
    visit = timeline(visit_steps(content, areas, variant, add_ons))
    placed = {each.step.key: each for each in visit}
    for position, key in enumerate(add_ons):
        rule = content.add_on(key)
        fresh = rule.fresh if rule else None
        if fresh is None or fresh.prepared_by not in placed or fresh.used_by not in placed:
            continue
        kept = placed[fresh.used_by].start - placed[fresh.prepared_by].end
        if kept > fresh.within_minutes:
            raise AddOnNotAllowed(
                f"What {key} prepares is used within {fresh.within_minutes} minutes;"
                f" here it would wait {kept}. Treat fewer areas at once.",
                field=f"addOns.{position}",
            )
