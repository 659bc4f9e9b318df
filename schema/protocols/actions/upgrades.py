"""How a clinic comes from one version of a protocol to another, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlmodel import col

from schema.base import execute
from schema.clinics import store as clinics
from schema.clinics.rules import local_day
from schema.context import Work
from schema.errors import NotFound, RuleViolation
from schema.protocols import store
from schema.protocols.actions.pins import (
    adoption_to_change,
    leave_pin,
    lower_layer,
    offer_add_ons,
    own_values,
    pin,
    set_override,
)
from schema.protocols.models import (
    ClinicProtocolOverrideRow,
    ClinicProtocolRow,
    ProtocolVersionRow,
)
from schema.protocols.rules import (
    PinCause,
    Proposal,
    Resolution,
    Resolved,
    Value,
    VersionState,
    check_adoption,
    check_offer,
    check_own,
    check_reason,
    decided,
    rebase,
)
from schema.protocols.rules.resolution import check_own_value
from schema.protocols.rules.violations import (
    InvalidValue,
    NotAnUpgrade,
    NothingToGoBackTo,
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a clinic decides about one of its own values; a changed one says why."""

    path: str
    resolution: Resolution
    reason: str = ""


async def upgrade_clinic_protocol(
    work: Work,
    *,
    clinic_protocol_id: UUID,
    expected_revision: int,
    version_number: int | None = None,
    decisions: Sequence[Decision] = (),
    add_ons: Sequence[str] | None = None,
) -> ClinicProtocolRow:
    """Take a newer version: the newest published, unless named. The clinic's values come along,
    as it decided; without `add_ons`, so do those that the new version still has.

    Raises: NotFound, StaleRevision, NotAnUpgrade, NotPublished, NoSuchOverride,
    UnresolvedConflicts, AddOnNotAllowed, and for `decisions` what setting a value raises.
    """
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    version = await _newer_version(work, row, version_number)
    left = await work.session.get_one(ProtocolVersionRow, row.version_id)
    old = await lower_layer(work, row)
    new = await store.lower_layer(work.session, row.clinic_id, row.template_id, version)
    overrides = await store.overrides_to_change(work.session, row)
    own = own_values(overrides)
    values = _decided(own, old, new, decisions)
    keys = await _add_ons(work, row, new, add_ons)
    number = await leave_pin(work, row, overrides.values())
    pin(work, row, version.id, PinCause.UPGRADED, number + 1)
    await _carry_over(work, row, overrides, values, decisions)
    await offer_add_ons(work, row, keys)
    row.revision += 1
    work.record(
        "protocol.upgraded",
        row.clinic_id,
        row,
        version=version.number,
        left=left.number,
        kept=sorted(values),
        dropped=sorted(set(own) - set(values)),
    )
    return row


async def _newer_version(
    work: Work, row: ClinicProtocolRow, number: int | None
) -> ProtocolVersionRow:
    """Raises: NotFound, NotAnUpgrade, NotPublished."""
    today = await _today(work, row)
    left = await work.session.get_one(ProtocolVersionRow, row.version_id)
    version = await store.version_to_adopt(work.session, row.template_id, today, number)
    if number is not None and version is None:
        raise NotFound("version", number, field="versionNumber")
    if version is None or version.number <= left.number:
        raise NotAnUpgrade(
            f"This clinic is on version {left.number}; it upgrades to newer ones only.",
            field="versionNumber",
        )
    check_adoption(VersionState(version.state), version.published_from, today)
    return version


def _decided(
    own: Mapping[str, Value], old: Resolved, new: Resolved, decisions: Sequence[Decision]
) -> Mapping[str, Value]:
    """The clinic's values on the new version, if they can be had.

    A refusal names the decision that it is about.
    """
    resolutions: dict[str, Resolution] = {}
    for position, each in enumerate(decisions):
        if each.path in resolutions:
            raise InvalidValue(f"{each.path} is decided twice.", field=f"resolutions.{position}")
        resolutions[each.path] = each.resolution
    values = decided(own, rebase(own, old, new), resolutions)
    for position, each in enumerate(decisions):
        try:
            if each.path in values:
                check_own_value(new, each.path, values[each.path])
            if each.resolution.proposal is Proposal.CHANGE:
                check_reason(each.reason)
        except RuleViolation as refused:
            field = f"resolutions.{position}"
            raise type(refused)(refused.message, field=field) from refused
    check_own(new, values)
    return values


async def _add_ons(
    work: Work, row: ClinicProtocolRow, new: Resolved, wanted: Sequence[str] | None
) -> Sequence[str]:
    """The add-ons that the clinic offers on the new version. Raises: AddOnNotAllowed."""
    if wanted is None:
        offered = await store.add_ons_by_clinic_protocol(work.session, [row.id], work.scope)
        keys = [each.add_on_key for each in offered.get(row.id, ())]
        wanted = [each for each in keys if new.content.add_on(each)]
    check_offer(new.content.add_ons, wanted)
    return wanted


async def _carry_over(
    work: Work,
    row: ClinicProtocolRow,
    overrides: Mapping[str, ClinicProtocolOverrideRow],
    values: Mapping[str, Value],
    decisions: Sequence[Decision],
) -> None:
    """Drop what the clinic gave up, write what it changed; what it keeps stays as it was set."""
    for path, override in overrides.items():
        if path not in values:
            await work.session.delete(override)
    for each in decisions:
        if each.resolution.proposal is Proposal.CHANGE:
            value = values[each.path]
            set_override(work, row, overrides[each.path], each.path, value, each.reason)


async def go_back(
    work: Work, *, clinic_protocol_id: UUID, expected_revision: int, reason: str
) -> ClinicProtocolRow:
    """Undo the clinic's last upgrade: the version before, with the values and add-ons it had there.

    Whoever calls this made sure that nothing was sold under the version that is left.

    Raises: ReasonMissing, NotFound, StaleRevision, NothingToGoBackTo; NotPublished where that
    version is retired.
    """
    check_reason(reason)
    row = await adoption_to_change(work, clinic_protocol_id, expected_revision)
    earlier = await store.pin_left(work.session, row)
    if earlier is None:
        raise NothingToGoBackTo("This clinic is on the version that it adopted.")
    left = await work.session.get_one(ProtocolVersionRow, row.version_id)
    version = await work.session.get_one(ProtocolVersionRow, earlier.version_id)
    check_adoption(VersionState(version.state), version.published_from, await _today(work, row))
    overrides = await store.overrides_to_change(work.session, row)
    number = await leave_pin(work, row, overrides.values())
    pin(work, row, version.id, PinCause.WENT_BACK, number + 1)
    await _restore(work, row, store.overrides_left(earlier.overrides))
    await offer_add_ons(work, row, earlier.add_on_keys or ())
    row.revision += 1
    work.record(
        "protocol.went_back",
        row.clinic_id,
        row,
        version=version.number,
        left=left.number,
        reason=reason,
    )
    return row


async def _today(work: Work, row: ClinicProtocolRow) -> date:
    """The day that it is in the adoption's clinic."""
    clinic = await clinics.clinic(work.session, work.scope, row.clinic_id)
    assert clinic is not None, "an adoption in scope has a clinic in scope"
    return local_day(work.now, ZoneInfo(clinic.time_zone))


async def _restore(
    work: Work, row: ClinicProtocolRow, left: tuple[store.OverrideLeft, ...]
) -> None:
    """Make the clinic's values those that it left, each as it was set, by whom and why."""
    override = ClinicProtocolOverrideRow
    await execute(
        work.session,
        delete(override).where(
            col(override.clinic_id) == row.clinic_id, col(override.clinic_protocol_id) == row.id
        ),
    )
    work.session.add_all(
        override(
            clinic_id=row.clinic_id,
            clinic_protocol_id=row.id,
            path=each.path,
            value=each.value,
            reason=each.reason,
            set_by=each.set_by,
            set_at=each.set_at,
        )
        for each in left
    )
