"""What headquarters sets to come before treatments, and whether a client has had it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from schema.access.rules import ActorKind
from schema.clients.models import ClientRow
from schema.clinics import store as clinics
from schema.clinics.actions import Key
from schema.clinics.models import ClinicRow
from schema.context import Work
from schema.errors import NotFound
from schema.practitioners.rules import CredentialType
from schema.protocols import store as protocols
from schema.protocols.rules import ProtocolKind
from schema.scheduling.models import PrerequisiteRow
from schema.scheduling.rules.prerequisites import (
    InvalidPrerequisite,
    Prerequisite,
    applicable,
    check_named,
    check_nothing_lacking,
    check_prerequisite,
    check_prerequisite_end,
    lacking,
)
from schema.scheduling.rules.visits import Wish
from schema.scheduling.store.prerequisites import prerequisites_in, visits_done


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Which treatments something comes before; None: any."""

    templates: Sequence[str] | None = None
    areas: Sequence[str] | None = None
    add_ons: Sequence[str] | None = None


async def set_prerequisite(
    work: Work,
    *,
    jurisdiction_code: str,
    visit_kind: ProtocolKind,
    from_on: date,
    source: str,
    before: Before | None = None,
    owner: Key | None = None,
    credential_types: Collection[CredentialType] | None = None,
    remote_allowed: bool = False,
    min_days: int = 0,
    max_days: int | None = None,
    to_on: date | None = None,
) -> PrerequisiteRow:
    """State that a visit has to come before some treatments, in a jurisdiction and those inside it;
    where an owner is named, in that owner's clinics only. What is booked stays booked.

    Raises: NotFound, InvalidPrerequisite.
    """
    before = before or Before()
    place = await clinics.jurisdiction(work.session, jurisdiction_code)
    if place is None:
        raise NotFound("jurisdiction", jurisdiction_code, field="jurisdictionCode")
    wanted = Prerequisite(
        jurisdiction_code=place.code,
        visit_kind=visit_kind,
        owner_id=await _owner_id(work, owner),
        template_codes=await _treatments(work, check_named(before.templates, "templates")),
        areas=check_named(before.areas, "areas"),
        add_on_keys=check_named(before.add_ons, "addOns"),
        credential_types=check_named(
            None if credential_types is None else list(credential_types), "credentialTypes"
        ),
        remote_allowed=remote_allowed,
        min_days=min_days,
        max_days=max_days,
        from_on=from_on,
        to_on=to_on,
    )
    row = _row(wanted, check_prerequisite(wanted, source))
    row.set_by = work.actor.id if work.actor.kind is ActorKind.PERSON else None
    work.session.add(row)
    work.record(
        "prerequisite.set",
        None,
        row,
        jurisdiction=place.code,
        visit_kind=visit_kind,
        templates=row.template_codes,
        min_days=min_days,
        max_days=max_days,
        from_on=from_on,
        to_on=to_on,
    )
    return row


async def _owner_id(work: Work, owner: Key | None) -> UUID | None:
    if owner is None:
        return None
    found = await clinics.owner(work.session, owner)
    if found is None:
        raise NotFound("owner", owner, field="owner")
    return found.id


async def _treatments(work: Work, codes: frozenset[str] | None) -> frozenset[str] | None:
    """The templates' own codes. Raises: NotFound, InvalidPrerequisite for what is no treatment."""
    if codes is None:
        return None
    found = set()
    for code in sorted(codes):
        template = await protocols.template(work.session, code)
        if template is None:
            raise NotFound("protocol", code, field="templates")
        if template.protocol_kind != ProtocolKind.TREATMENT:
            raise InvalidPrerequisite(f"{template.code} is no treatment.", field="templates")
        found.add(template.code)
    return frozenset(found)


def _row(wanted: Prerequisite, source: str) -> PrerequisiteRow:
    return PrerequisiteRow(
        jurisdiction_code=wanted.jurisdiction_code,
        owner_id=wanted.owner_id,
        visit_kind=wanted.visit_kind,
        template_codes=_listed(wanted.template_codes),
        areas=_listed(wanted.areas),
        add_on_keys=_listed(wanted.add_on_keys),
        credential_types=_listed(wanted.credential_types),
        remote_allowed=wanted.remote_allowed,
        min_days=wanted.min_days,
        max_days=wanted.max_days,
        from_on=wanted.from_on,
        to_on=wanted.to_on,
        source=source,
    )


def _listed(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


async def end_prerequisite(work: Work, *, prerequisite_id: UUID, to_on: date) -> PrerequisiteRow:
    """Set the last day of a prerequisite, or bring it forward.

    Raises: NotFound, PrerequisiteEnded.
    """
    row = await work.session.get(PrerequisiteRow, prerequisite_id, with_for_update=True)
    if row is None:
        raise NotFound("prerequisite", prerequisite_id, field="id")
    check_prerequisite_end(row.from_on, row.to_on, to_on)
    before, row.to_on = row.to_on, to_on
    work.record(
        "prerequisite.ended",
        None,
        row,
        jurisdiction=row.jurisdiction_code,
        visit_kind=row.visit_kind,
        to_on=to_on,
        before=before,
    )
    return row


async def check_prerequisites(
    work: Work,
    here: ClinicRow,
    guest: ClientRow,
    template_code: str,
    wish: Wish,
    day: date,
    starts_at: datetime | None = None,
) -> None:
    """Raise MissingPrerequisite where something has to come before a visit on that day of the
    clinic, and the client neither had it nor has it booked. Nobody overrides it.
    """
    chain = (await clinics.jurisdiction_chains(work.session))[here.jurisdiction_code]
    known = await prerequisites_in(work.session, chain, day)
    template = await protocols.template(work.session, template_code) if known else None
    if template is None or template.protocol_kind != ProtocolKind.TREATMENT:
        return
    owned = await clinics.ownership_on(work.session, here.id, day)
    owner_id = owned.owner_id if owned else None
    wanted = applicable(known, chain, owner_id, template.code, wish.areas, wish.add_ons, day)
    if wanted:
        kinds = {each.visit_kind for each in wanted}
        done = await visits_done(work.session, guest, kinds)
        check_nothing_lacking(lacking(wanted, done, day, starts_at))
