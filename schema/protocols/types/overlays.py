"""Jurisdictions' overlays and their versions, as GraphQL shows them."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.clinics import store as clinics
from schema.clinics.types.places import Jurisdiction
from schema.fields import described, extends, identified, key_of, link
from schema.protocols import rules, store
from schema.protocols.models import JurisdictionOverlayRow, JurisdictionOverlayVersionRow
from schema.protocols.rules import VersionState
from schema.protocols.rules.authorship import EditKind, SourcedEdit
from schema.protocols.rules.paths import identity, leaves_of
from schema.protocols.types.differences import DifferenceField, ProtocolDifference
from schema.protocols.types.templates import ProtocolTemplate, person
from schema.protocols.types.values import FieldValue

READ = Permission.PROTOCOLS_READ

described(
    EditKind,
    "What an edit does at its path.",
    {
        EditKind.SET: "A field gets another value: `value`.",
        EditKind.PUT: "An item is there, instead of one with the same key: `fields` says it all.",
        EditKind.REMOVE: "An item is gone, or a field is empty.",
        EditKind.MOVE: "An item stands elsewhere in its list: after `behind`.",
    },
)


@strawberry.type(description="One edit of an overlay, with the law or the decision behind it.")
class OverlayEdit:
    kind: EditKind = strawberry.field(description="What it does.")
    path: str = strawberry.field(description="Where, for example `parameters.needle_depth_mm.max`.")
    value: FieldValue | None = strawberry.field(
        description="Where a field is SET: to what; decimals as texts."
    )
    fields: list[DifferenceField] = strawberry.field(
        description="Where an item is PUT: what it says, field by field."
    )
    behind: str | None = strawberry.field(
        description="Where an item is PUT or MOVED: the key of the item before it; null: first;"
        " empty: where it is, or last."
    )
    source: str = strawberry.field(description="The law or the decision that demands it.")

    @classmethod
    def of(cls, sourced: SourcedEdit) -> "OverlayEdit":
        edit = sourced.edit
        return cls(
            kind=sourced.kind,
            path=edit.path,
            value=FieldValue.of(edit.value) if isinstance(edit, rules.Set) else None,
            fields=list(_fields(edit)) if isinstance(edit, rules.Put) else [],
            behind=edit.behind if isinstance(edit, rules.Put | rules.Move) else None,
            source=sourced.source,
        )


def _fields(edit: rules.Put) -> Iterator[DifferenceField]:
    for path, value in leaves_of(_place(edit), edit.item):
        if value not in (None, ()):
            yield DifferenceField(path=path, value=FieldValue.of(value))


def _place(edit: rules.Put) -> str:
    """Where the item then is: its key below the list's path, unless the path names it already."""
    if not (hasattr(edit.item, "key") or hasattr(edit.item, "path")):
        return edit.path
    key = identity(edit.item)
    return edit.path if edit.path.endswith(f".{key}") else f"{edit.path}.{key}"


@strawberry.type(
    description="An edit that the present version of the template has no place for, or no need of:"
    " it does not apply there, and clinics on an older version may still need it."
)
class OverlayEditSetAside:
    path: str = strawberry.field(description="What it would edit.")
    code: str = strawberry.field(description="Why, stable and machine-readable.")
    message: str = strawberry.field(description="Why, for people, in English; may change.")

    @classmethod
    def of(cls, aside: rules.SetAside) -> "OverlayEditSetAside":
        fault = aside.violation
        return cls(path=aside.path, code=fault.code, message=fault.message)


@identified(store.overlay_versions_by_id, reads=READ)
@strawberry.type(
    description="A version of an overlay. Published, it never changes again; it is in force in the"
    " clinics of its jurisdiction, and of those within it, from a day of theirs on, whatever"
    " version of the template they adopted, until a newer one is."
)
class JurisdictionOverlayVersion(relay.Node):
    id: relay.NodeID[UUID]
    overlay_id: strawberry.Private[UUID]
    stored: strawberry.Private[list[dict[str, Any]]]
    number: int = strawberry.field(description="1, 2, … within its overlay.")
    state: VersionState = strawberry.field(description="Where it stands.")
    published_from: date | None = strawberry.field(
        description="In force from this day of each clinic's on."
    )
    retired_on: date | None = strawberry.field(description="When it was retired.")
    revision: int = strawberry.field(
        description="Counts its changes; send it as `expectedRevision`."
    )
    author_id: relay.GlobalID | None = strawberry.field(description="The person who wrote it last.")
    written_by: list[relay.GlobalID] = strawberry.field(
        description="Everybody who wrote some of it; none of them approves it."
    )
    approver_id: relay.GlobalID | None = strawberry.field(
        description="The person who approved it; null until then, and again once it is returned."
    )
    published_by: relay.GlobalID | None = strawberry.field(
        description="The person who published it."
    )
    differences: list[ProtocolDifference] = link(
        store.differences_by_overlay_version,
        key="id",
        of=ProtocolDifference.of,
        many=True,
        reads=READ,
        describe="What it changes about the version of the template that is in force today, on top"
        " of the overlays of the jurisdictions that its own is part of. Limits that follow from"
        " its edits are told too. None where no version of the template is in force.",
    )
    differences_from_present: list[ProtocolDifference] = link(
        store.differences_from_present_by_overlay_version,
        key="id",
        of=ProtocolDifference.of,
        many=True,
        reads=READ,
        describe="What would be otherwise with it than with the overlay's version in force today,"
        " by the day of UTC: what is given up or made less strict is SAFETY_LOOSENING. Read it"
        " before you approve. None for the version in force; all of `differences` where there is"
        " none.",
    )
    set_aside: list[OverlayEditSetAside] = link(
        store.set_aside_by_overlay_version,
        key="id",
        of=OverlayEditSetAside.of,
        many=True,
        reads=READ,
        describe="Which of its edits do not apply to that version of the template.",
    )

    @classmethod
    def of(cls, row: JurisdictionOverlayVersionRow) -> "JurisdictionOverlayVersion":
        return cls(
            id=row.id,
            overlay_id=row.overlay_id,
            stored=row.edits,
            number=row.number,
            state=VersionState(row.state),
            published_from=row.published_from,
            retired_on=row.retired_on,
            revision=row.revision,
            author_id=person(row.author_id),
            written_by=[relay.GlobalID("Person", str(each)) for each in row.written_by],
            approver_id=person(row.approver_id),
            published_by=person(row.published_by),
        )

    @strawberry.field(description="All its edits, in the order in which they are made.")
    def edits(self) -> list[OverlayEdit]:
        return [OverlayEdit.of(each) for each in store.sourced_edits(self.stored)]


@identified(store.jurisdiction_overlays_by_id, reads=READ)
@strawberry.type(
    description="What the law of a country, or of a part of one, makes stricter about a template:"
    " it lies between headquarters' version and what a clinic sets for itself, and only tightens."
    " One for each template and jurisdiction; its versions say what it does."
)
class JurisdictionOverlay(relay.Node):
    id: relay.NodeID[UUID]
    template_id: strawberry.Private[UUID]
    jurisdiction_code: strawberry.Private[str]
    lead_id: relay.GlobalID | None = strawberry.field(
        description="The person who owns it and writes it; headquarters may write it too."
    )
    revision: int = strawberry.field(
        description="Counts its changes of lead; send it as `expectedRevision`."
    )
    template: ProtocolTemplate | None = link(
        store.templates_by_id,
        key="template_id",
        of=ProtocolTemplate.of,
        reads=READ,
        describe="What it tightens.",
    )
    jurisdiction: Jurisdiction | None = link(
        clinics.jurisdictions_by_code,
        key="jurisdiction_code",
        of=Jurisdiction.of,
        reads=Permission.CLINICS_READ,
        describe="Whose law it is.",
    )
    in_force: JurisdictionOverlayVersion | None = link(
        store.version_in_force_by_overlay,
        key="id",
        of=JurisdictionOverlayVersion.of,
        reads=READ,
        describe="The version in force today, by the day of UTC: the newest of those whose day has"
        " come. A clinic goes by its own day.",
    )
    versions: relay.Connection[JurisdictionOverlayVersion] = link(
        store.overlay_versions_by_overlay,
        key="id",
        of=JurisdictionOverlayVersion.of,
        page=store.OVERLAY_VERSIONS_NEWEST_FIRST,
        reads=READ,
        describe="Its published and retired versions, the newest first.",
    )
    drafts: relay.Connection[JurisdictionOverlayVersion] | None = link(
        store.overlay_drafts_by_overlay,
        key="id",
        of=JurisdictionOverlayVersion.of,
        page=store.OVERLAY_VERSIONS_NEWEST_FIRST,
        reads=Permission.OVERLAYS_AUTHOR,
        describe="Its versions that are written or reviewed, the newest first: its lead's and"
        " headquarters' to see.",
    )

    @classmethod
    def of(cls, row: JurisdictionOverlayRow) -> "JurisdictionOverlay":
        return cls(
            id=row.id,
            template_id=row.template_id,
            jurisdiction_code=row.jurisdiction_code,
            lead_id=person(row.lead_id),
            revision=row.revision,
        )


def overlay_key(identity: relay.GlobalID) -> UUID:
    """The id in the tables of the overlay that an input names."""
    return key_of(identity, "JurisdictionOverlay", "overlay")


def overlay_version_key(identity: relay.GlobalID) -> UUID:
    """The id in the tables of the overlay's version that an input names."""
    return key_of(identity, "JurisdictionOverlayVersion", "overlay version")


extends(
    JurisdictionOverlayVersion,
    overlay=(
        JurisdictionOverlay | None,
        link(
            store.jurisdiction_overlays_by_id,
            key="overlay_id",
            of=JurisdictionOverlay.of,
            reads=READ,
            describe="What it is a version of.",
        ),
    ),
)
extends(
    ProtocolTemplate,
    overlays=(
        relay.Connection[JurisdictionOverlay],
        link(
            store.overlays_by_template,
            key="id",
            of=JurisdictionOverlay.of,
            page=store.OVERLAYS_BY_JURISDICTION,
            reads=READ,
            describe="What jurisdictions make stricter about it, by their codes.",
        ),
    ),
)
extends(
    Jurisdiction,
    overlays=(
        relay.Connection[JurisdictionOverlay] | None,
        link(
            store.overlays_by_jurisdiction,
            key="code",
            of=JurisdictionOverlay.of,
            page=store.OVERLAYS_BY_TEMPLATE,
            reads=READ,
            describe="What its own law makes stricter about templates, the oldest template first;"
            " what applies in a clinic also has the overlays of the jurisdictions that this one is"
            " part of.",
        ),
    ),
)
