"""HQ's templates and their versions, as GraphQL shows them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry
from strawberry import relay

from schema.access.rules import Permission
from schema.context import Info
from schema.errors import BadRequest, NotFound, RuleViolation
from schema.fields import By, extends, identified, key_of, link, read_by_columns
from schema.protocols import rules, store
from schema.protocols.models import ProtocolApprovalRow, ProtocolTemplateRow, ProtocolVersionRow
from schema.protocols.rules import ProtocolKind, VersionState
from schema.protocols.types.content import ProtocolContent, VariantInput, VisitDurations
from schema.protocols.types.translations import (
    Language,
    Languages,
    TranslationGap,
    in_languages,
    tag,
)

Areas = Annotated[
    list[str], strawberry.argument(description="Keys of the areas to treat, for example `FACE`.")
]
WhichVariant = Annotated[
    VariantInput | None, strawberry.argument(description="What for and how deep; null: usual.")
]
AddOnKeys = Annotated[
    list[str] | None, strawberry.argument(description="Keys of the add-ons, for example `PRP`.")
]


def durations_of(
    content: rules.ProtocolContent,
    areas: Sequence[str],
    variant: VariantInput | None,
    add_ons: Sequence[str],
    offered: Sequence[str] | None = None,
) -> VisitDurations:
    """Raises: BadRequest where the protocol is not for such a visit."""
    wanted = variant.value() if variant else rules.Variant()
    try:
        rules.check_visit(content, areas, wanted, add_ons, offered=offered)
    except RuleViolation as refused:
        raise BadRequest(refused.message) from refused
    return cast(VisitDurations, rules.durations(content, areas, wanted, add_ons))


@strawberry.type(description="A person's approval of a version that somebody else wrote.")
class ProtocolApproval:
    approver_id: relay.GlobalID | None = strawberry.field(description="Who approved it.")
    approved_at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: ProtocolApprovalRow) -> "ProtocolApproval":
        return cls(approver_id=person(row.approver_id), approved_at=row.approved_at)


@identified(store.versions_by_id, reads=Permission.PROTOCOLS_READ)
@read_by_columns(
    author_id=lambda row: person(row.author_id),
    written_by=lambda row: [relay.GlobalID("Person", str(each)) for each in row.written_by],
    published_by=lambda row: person(row.published_by),
)
@strawberry.type(
    description="A version of a protocol. Published from a day on, it never changes again; a clinic"
    " keeps the version it adopted, and a course the version it was sold with."
)
class ProtocolVersion(relay.Node):
    id: relay.NodeID[UUID]
    template_id: strawberry.Private[UUID]
    based_on_id: strawberry.Private[UUID | None]
    number: int = strawberry.field(description="1, 2, … within its template.")
    state: VersionState = strawberry.field(description="Where it stands.")
    published_from: date | None = strawberry.field(
        description="Clinics may adopt it from this day of theirs on."
    )
    retired_on: date | None = strawberry.field(description="When it was retired.")
    revision: int = strawberry.field(
        description="Counts its changes; send it as `expectedRevision`."
    )
    author_id: relay.GlobalID | None = strawberry.field(description="The person who wrote it last.")
    written_by: list[relay.GlobalID] = strawberry.field(
        description="Everybody who wrote some of it; none of them approves it."
    )
    published_by: relay.GlobalID | None = strawberry.field(
        description="The person who published it."
    )
    approvals: list[ProtocolApproval] = link(
        store.approvals_by_version,
        key="id",
        of=ProtocolApproval.of,
        many=True,
        reads=Permission.PROTOCOLS_READ,
        describe="Who approved it, the first first; a version that is returned loses them.",
    )

    @classmethod
    def of(cls, row: ProtocolVersionRow) -> "ProtocolVersion":
        return cls(
            id=row.id,
            template_id=row.template_id,
            based_on_id=row.based_on_id,
            number=row.number,
            state=VersionState(row.state),
            published_from=row.published_from,
            retired_on=row.retired_on,
            revision=row.revision,
            author_id=person(row.author_id),
            written_by=[relay.GlobalID("Person", str(each)) for each in row.written_by],
            published_by=person(row.published_by),
        )

    async def said(self, info: Info) -> rules.ProtocolContent:
        """What the version says. Raises: NotFound where it is a draft that is gone meanwhile."""
        load = info.context.load
        found = await load(store.contents_by_version, self.id, Permission.PROTOCOLS_READ)
        if found is None:
            raise NotFound("protocol version", self.id)
        return found

    @strawberry.field(description="All that the version says, as headquarters wrote it.")
    async def content(self, info: Info, languages: Languages = None) -> ProtocolContent:
        return cast(ProtocolContent, in_languages(await self.said(info), languages))

    @strawberry.field(
        description="Every text that readers of a language see in the original's, and translations"
        " of what is no longer there."
    )
    async def translation_gaps(self, info: Info, language: Language) -> list[TranslationGap]:
        found = rules.gaps(await self.said(info), tag(language))
        return cast("list[TranslationGap]", list(found))

    @strawberry.field(
        description="How many people other than its author approve it before it is published: two"
        " where it sets a healing guard of less than two weeks, else one."
    )
    async def approvals_needed(self, info: Info) -> int:
        return rules.approvals_needed(await self.said(info))

    @strawberry.field(description="How long a visit takes by this version, with these add-ons.")
    async def durations(
        self, info: Info, areas: Areas, variant: WhichVariant = None, add_ons: AddOnKeys = None
    ) -> VisitDurations:
        return durations_of(await self.said(info), areas, variant, add_ons or ())


def version_key(identity: relay.GlobalID) -> UUID:
    """The id in the tables of the version that an input names."""
    return key_of(identity, "ProtocolVersion", "protocol version")


def template_key(by: By) -> UUID | str:
    """The id or the code of the template that an input names."""
    return by.key("ProtocolTemplate", "protocol template")


def person(person_id: UUID | None) -> relay.GlobalID | None:
    return relay.GlobalID("Person", str(person_id)) if person_id else None


@identified(store.templates_by_id, reads=Permission.PROTOCOLS_READ)
@read_by_columns(kind="protocol_kind")
@strawberry.type(
    description="A protocol of the franchise, written by headquarters; its versions say what it is."
)
class ProtocolTemplate(relay.Node):
    id: relay.NodeID[UUID]
    code: str = strawberry.field(description="Its human-readable code, for example `MN-MEDICAL`.")
    name: str = strawberry.field(
        description="What the newest published version calls it; before there is one, its draft."
    )
    kind: ProtocolKind = strawberry.field(description="What a visit by it is for.")
    current_version: ProtocolVersion | None = link(
        store.current_version_by_template,
        key="id",
        of=ProtocolVersion.of,
        reads=Permission.PROTOCOLS_READ,
        describe="The newest version that clinics may adopt today.",
    )
    versions: relay.Connection[ProtocolVersion] = link(
        store.versions_by_template,
        key="id",
        of=ProtocolVersion.of,
        page=store.VERSIONS_NEWEST_FIRST,
        reads=Permission.PROTOCOLS_READ,
        describe="Its published and retired versions, the newest first.",
    )
    drafts: relay.Connection[ProtocolVersion] | None = link(
        store.drafts_by_template,
        key="id",
        of=ProtocolVersion.of,
        page=store.VERSIONS_NEWEST_FIRST,
        reads=Permission.PROTOCOLS_AUTHOR,
        describe="Its versions that are being written or reviewed, the newest first.",
    )

    @classmethod
    def of(cls, row: ProtocolTemplateRow) -> "ProtocolTemplate":
        return cls(id=row.id, code=row.code, name=row.name, kind=ProtocolKind(row.protocol_kind))


extends(
    ProtocolVersion,
    template=(
        ProtocolTemplate | None,
        link(
            store.templates_by_id,
            key="template_id",
            of=ProtocolTemplate.of,
            reads=Permission.PROTOCOLS_READ,
            describe="What it is a version of.",
        ),
    ),
    based_on=(
        ProtocolVersion | None,
        link(
            store.versions_by_id,
            key="based_on_id",
            of=ProtocolVersion.of,
            reads=Permission.PROTOCOLS_READ,
            describe="The version, of this template or another, that its first draft was copied"
            " from; null where it was written from scratch, or you may not see that one.",
        ),
    ),
)
