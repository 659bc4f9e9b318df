"""Writing protocols: templates, and drafts from scratch or from what is there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from schema.base import insert
from schema.clinics.actions import Key
from schema.clinics.rules import check_code
from schema.context import Work
from schema.errors import Conflict, NotFound
from schema.protocols import store
from schema.protocols.actions.templates import version_to_change
from schema.protocols.actions.versions import rewritten, writer, writers
from schema.protocols.models import ProtocolTemplateRow, ProtocolVersionRow
from schema.protocols.rules import (
    Edit,
    ProtocolContent,
    ProtocolKind,
    VersionState,
    check_content,
    check_discard,
    check_editable,
    edited,
)
from schema.protocols.rules.violations import InvalidContent


@dataclass(frozen=True, slots=True)
class FromVersion:
    """What another version says, also one of another template, also a draft."""

    version_id: UUID


@dataclass(frozen=True, slots=True)
class FromTemplate:
    """What another template's newest version that is in force says."""

    template: Key


#: What a draft begins as.
Source: TypeAlias = ProtocolContent | FromVersion | FromTemplate


async def create_protocol_template(
    work: Work, *, code: str, kind: ProtocolKind, content: Source, name: str | None = None
) -> ProtocolTemplateRow:
    """A template with its first draft, and called what the draft is called.

    `name` replaces the content's; a copy of another protocol has to have one of its own.

    Raises: InvalidCode, NotFound, InvalidContent, ValidationFailed, Conflict.
    """
    code = check_code(code)
    written, base = await _source(work, content)
    if name is not None:
        written = replace(written, name=name)
    elif base is not None:
        raise InvalidContent("Say what it is called, to tell it from the other.", field="name")
    check_content(written, kind)
    template = ProtocolTemplateRow(code=code, name=written.name, protocol_kind=kind)
    taken = Conflict(f"The code {code} is taken.", field="code")
    await insert(work.session, template, taken=taken)
    work.record("protocol_template.created", None, template, code=code, kind=kind)
    await _draft(work, template.id, 1, written, base)
    return template


async def draft_protocol_version(
    work: Work, *, template: Key, content: Source | None = None
) -> ProtocolVersionRow:
    """The template's next version, as a draft; without a source it says what the newest says.

    Raises: NotFound, ValidationFailed, Conflict.
    """
    found = await store.template(work.session, template)
    if found is None:
        raise NotFound("protocol template", template, field="template")
    if content is None:
        newest = await store.newest_version(work.session, found.id)
        if newest is None:  # it went with the last of its versions, since it was found
            raise NotFound("protocol template", template, field="template")
        content = FromVersion(newest.id)
    written, base = await _source(work, content)
    check_content(written, ProtocolKind(found.protocol_kind))
    number = await store.next_number(work.session, found.id)
    return await _draft(work, found.id, number, written, base)


async def _source(work: Work, source: Source) -> tuple[ProtocolContent, ProtocolVersionRow | None]:
    """What a draft begins as, and the version that says so. Raises: NotFound."""
    match source:
        case FromVersion(version_id):
            base = await store.version(work.session, version_id)
            if base is None:
                raise NotFound("protocol version", version_id, field="from.version")
        case FromTemplate(template):
            base = await _version_in_force(work, template)
        case _:
            return source, None
    return store.said_by(base), base


async def _version_in_force(work: Work, template: Key) -> ProtocolVersionRow:
    """The template's newest version that is published today, by the day of UTC."""
    found = await store.template(work.session, template)
    if found is None:
        raise NotFound("protocol template", template, field="from.template")
    today = work.now.date()
    base = await store.version_to_adopt(work.session, found.id, today, None)
    if base is None:
        raise NotFound("published version of", found.code, field="from.template")
    return base


async def _draft(
    work: Work,
    template_id: UUID,
    number: int,
    content: ProtocolContent,
    base: ProtocolVersionRow | None,
) -> ProtocolVersionRow:
    author = writer(work)
    wrote = base.written_by if base and VersionState(base.state) not in store.PUBLIC else ()
    row = ProtocolVersionRow(
        template_id=template_id,
        number=number,
        content=store.document(content),
        based_on_id=base.id if base else None,
        author_id=author,
        written_by=writers(wrote, author),
    )
    taken = Conflict("Somebody else drafts or discards a version at the same time.")
    await insert(work.session, row, taken=taken)
    work.record("protocol_version.drafted", None, row, number=number, based_on=row.based_on_id)
    return row


async def revise_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, content: ProtocolContent
) -> ProtocolVersionRow:
    """Replace a draft's content; whoever revises it is its author from then on.

    Raises: NotFound, StaleRevision, VersionStateForbids, ValidationFailed.
    """
    row = await _draft_to_write(work, version_id, expected_revision)
    await _rewrite(work, row, content)
    work.record("protocol_version.revised", None, row, revision=row.revision)
    return row


async def edit_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int, edits: Sequence[Edit]
) -> ProtocolVersionRow:
    """Make all of these edits to a draft, one after another, or none of them.

    Only what they make together is judged, so that one may break what the next one mends.

    Raises: NotFound, StaleRevision, VersionStateForbids, UnknownPath, InvalidValue (field
    `edits.<n>`), InvalidContent, ValidationFailed.
    """
    row = await _draft_to_write(work, version_id, expected_revision)
    if not edits:
        raise InvalidContent("Say what to edit.", field="edits")
    await _rewrite(work, row, edited(store.content(row.content), edits))
    paths = [each.path for each in edits]
    work.record("protocol_version.edited", None, row, revision=row.revision, paths=paths)
    return row


async def _draft_to_write(
    work: Work, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    row = await version_to_change(work, version_id, expected_revision)
    check_editable(VersionState(row.state))
    return row


async def _rewrite(work: Work, row: ProtocolVersionRow, content: ProtocolContent) -> None:
    template = await work.session.get_one(ProtocolTemplateRow, row.template_id)
    check_content(content, ProtocolKind(template.protocol_kind))
    row.content = store.document(content)
    rewritten(work, row)


async def discard_protocol_version(
    work: Work, *, version_id: UUID, expected_revision: int
) -> ProtocolVersionRow:
    """Delete a draft that nobody needs; a template without another version goes with it.

    Raises: NotFound, StaleRevision, VersionStateForbids, VersionNeeded.
    """
    row = await version_to_change(work, version_id, expected_revision)
    template = await work.session.get_one(
        ProtocolTemplateRow, row.template_id, with_for_update=True
    )
    alone = await store.newest_version(work.session, template.id, besides=row.id) is None
    check_discard(
        VersionState(row.state),
        written_from_it=await store.written_from(work.session, row.id),
        overlays=await store.overlaid_in(work.session, template.id) if alone else (),
    )
    work.record("protocol_version.discarded", None, row, template=template.code, number=row.number)
    await work.session.delete(row)
    if alone:
        await work.session.flush()
        work.record("protocol_template.discarded", None, template, code=template.code)
        await work.session.delete(template)
    return row
