"""What clinics make of a wish, kept by the process: contents are large, and seldom change."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlmodel import col

from schema.base import Reader, among, execute, named
from schema.clinics.models import ClinicRow
from schema.clinics.rules import local_day
from schema.protocols.models import ClinicProtocolRow, ProtocolTemplateRow
from schema.protocols.rules import AdoptionState
from schema.protocols.store import ResolvedProtocol, resolved_protocols
from schema.scheduling.rules import Offered, Offering, Wish, offering
from schema.scheduling.store.versions import NEVER_CHANGED, versions_by_clinic
from schema.scope import Scope

MOST_KEPT = 20_000

#: What an offering is of: a clinic and what is wished there, the shape of its calendar and its day.
#: A law comes into force by the clinic's day; of all else that changes, triggers count the shape.
Of = tuple[UUID, Wish, int, date]


class Offerings:
    """What was found lately; None where a clinic does not offer it."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Of, Offering | None] = OrderedDict()

    async def of(
        self,
        session: Reader,
        scope: Scope,
        rows: Sequence[ClinicRow],
        wish: Wish,
        now: datetime,
    ) -> dict[UUID, Offering]:
        """What each of these clinics that offers the protocol makes of a wish.

        One statement, and at most three more where something is not known or has changed.
        """
        counted = await versions_by_clinic(session, [each.id for each in rows], scope)
        keys: dict[UUID, Of] = {
            each.id: (
                each.id,
                wish,
                counted.get(each.id, NEVER_CHANGED).shape,
                local_day(now, ZoneInfo(each.time_zone)),
            )
            for each in rows
        }
        found = {each: self._kept[key] for each, key in keys.items() if key in self._kept}
        if missing := [each for each in keys if each not in found]:
            found |= await _found(session, scope, missing, wish)
            self._kept.update({keys[each]: found[each] for each in missing})
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return {each: offer for each in keys if (offer := found[each]) is not None}


async def _found(
    session: Reader, scope: Scope, clinic_ids: Sequence[UUID], wish: Wish
) -> Mapping[UUID, Offering | None]:
    adopted = await adoptions(session, scope, clinic_ids, wish.protocol)
    resolved = await resolved_protocols(session, list(adopted.values()), scope)
    offerings = {key: offering(_offered(each), wish) for key, each in resolved.items()}
    return {each: offerings.get(adopted[each]) if each in adopted else None for each in clinic_ids}


def _offered(found: ResolvedProtocol) -> Offered:
    return Offered(found.id, found.template_code, found.kind, found.content, found.add_on_keys)


async def adoptions(
    session: Reader, scope: Scope, clinic_ids: Sequence[UUID], protocol: UUID | str
) -> Mapping[UUID, UUID]:
    """By clinic: the id of its adoption of a protocol, where it still offers it.

    `protocol` is the template's code, or the id of the template or of an adoption.
    """
    adopted, template = ClinicProtocolRow, ProtocolTemplateRow
    query = (
        select(col(adopted.clinic_id), col(adopted.id))
        .join(template, col(template.id) == adopted.template_id)
        .where(
            among(col(adopted.clinic_id), clinic_ids),
            scope.where(adopted.clinic_id),
            col(adopted.state) == AdoptionState.OFFERED,
            or_(named(template, protocol), col(adopted.id) == protocol)
            if isinstance(protocol, UUID)
            else named(template, protocol),
        )
    )
    return {row.clinic_id: row.id for row in await execute(session, query)}
