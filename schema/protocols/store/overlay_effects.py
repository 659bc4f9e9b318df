"""What versions of overlays change about their templates, as those are today."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from schema.base import Reader
from schema.protocols.models import JurisdictionOverlayRow, JurisdictionOverlayVersionRow
from schema.protocols.rules import (
    LayerChange,
    LayerKind,
    Overlay,
    ProtocolContent,
    SetAside,
    diff,
    overlaid,
)
from schema.protocols.store.overlays import (
    jurisdiction_overlays_by_id,
    overlay_of,
    overlay_versions_by_id,
    overlays_beneath,
    version_in_force_by_overlay,
)
from schema.protocols.store.templates import current_content_by_template
from schema.scope import Scope

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OverlayEffect:
    """What an overlay changes on top of those beneath it, and which of its edits do not apply."""

    differences: list[LayerChange]
    set_aside: list[SetAside]


async def differences_by_overlay_version(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[LayerChange]]:
    """What each version changes about the version of its template that is in force today."""
    return await _effects(session, ids, scope, lambda each: each.differences)


async def differences_from_present_by_overlay_version(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[LayerChange]]:
    """What each version changes about what applies with the overlay's version in force today."""
    versions, overlays, below = await _beneath(session, ids, scope)
    in_force = await version_in_force_by_overlay(session, list(below), scope)
    found = {}
    for key, row in versions.items():
        if row.overlay_id in below:
            content, name = below[row.overlay_id], overlays[row.overlay_id].jurisdiction_code
            present = in_force.get(row.overlay_id)
            edits = present.edits if present else []
            found[key] = _told(
                overlaid(content, [overlay_of(name, edits)]).content,
                overlaid(content, [overlay_of(name, row.edits)]).content,
                name,
            )
    return found


async def set_aside_by_overlay_version(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, list[SetAside]]:
    """The edits of each version that the template of today has no place or no need for."""
    return await _effects(session, ids, scope, lambda each: each.set_aside)


async def _effects(
    session: Reader, ids: Sequence[UUID], scope: Scope, part: Callable[[OverlayEffect], T]
) -> Mapping[UUID, T]:
    """Nothing for an overlay of a template that has no version in force."""
    versions, overlays, below = await _beneath(session, ids, scope)
    return {
        key: part(effect(below[row.overlay_id], overlay_of(overlay.jurisdiction_code, row.edits)))
        for key, row in versions.items()
        if (overlay := overlays[row.overlay_id]).id in below
    }


async def _beneath(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> tuple[
    Mapping[UUID, JurisdictionOverlayVersionRow],
    Mapping[UUID, JurisdictionOverlayRow],
    Mapping[UUID, ProtocolContent],
]:
    """The versions, their overlays, and what lies beneath each of those on today's template."""
    versions = await overlay_versions_by_id(session, ids, scope)
    overlay_ids = list({each.overlay_id for each in versions.values()})
    overlays = await jurisdiction_overlays_by_id(session, overlay_ids, scope)
    template_ids = list({each.template_id for each in overlays.values()})
    contents = await current_content_by_template(session, template_ids)
    beneath = await overlays_beneath(session, list(overlays.values()))
    below = {
        each.id: overlaid(content, beneath[each.id]).content
        for each in overlays.values()
        if (content := contents.get(each.template_id)) is not None
    }
    return versions, overlays, below


def effect(below: ProtocolContent, overlay: Overlay) -> OverlayEffect:
    """What an overlay does to the content beneath it."""
    found = overlaid(below, [overlay])
    return OverlayEffect(_told(below, found.content, overlay.name), list(found.set_aside))


def _told(before: ProtocolContent, after: ProtocolContent, name: str) -> list[LayerChange]:
    return [LayerChange(each, LayerKind.JURISDICTION, name) for each in diff(before, after)]
