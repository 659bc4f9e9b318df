"""What is told about calendars as they change."""

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from schema.access.rules import Permission
from schema.clinics.store import clinics_named
from schema.context import Context, Info, now_in
from schema.errors import BadRequest, NotFound
from schema.fields import By, Watches
from schema.paging import MOST_FIRST
from schema.scheduling.store.live import LiveCalendars
from schema.scheduling.store.versions import NEVER_CHANGED, versions_by_clinic
from schema.scheduling.types.availability_changes import AvailabilityChange

Watched = Annotated[
    list[By],
    strawberry.argument(description=f"Whose calendars to watch: 1 to {MOST_FIRST} clinics."),
]


@strawberry.type
class SchedulingSubscriptions:
    @strawberry.subscription(extensions=[Watches(Permission.AVAILABILITY_READ)])
    async def availability_changed(
        self, info: Info, clinics: Watched
    ) -> AsyncGenerator[AvailabilityChange, None]:
        """How far the calendar of each of these clinics is now, then whenever one changes: by what
        is booked, held, moved or cancelled, by holds that run out, by hours, closures, rooms,
        devices and people. Several changes of a clinic in a row may be told as one, the last. What
        changed is not told: ask `availability` again."""
        context = info.context
        watched, live = await _clinic_ids(context, clinics), context.kept.get(LiveCalendars)
        told: dict[UUID, tuple[int, int]] = {}
        await live.prepare(context.engine, watched, await _now(context))
        async with live.watching(watched) as changed:
            ran_out = {each: live.ran_out(each) for each in watched}
            for each in await _present(context, watched):
                told[each.clinic_id] = each.version, ran_out[each.clinic_id]
                yield each
            async for clinic_id in changed:
                ran_out_by_now = live.ran_out(clinic_id)
                for each in await _present(context, [clinic_id]):
                    if (each.version, ran_out_by_now) > told[clinic_id]:
                        told[clinic_id] = each.version, ran_out_by_now
                        yield each


async def _clinic_ids(context: Context, named: Collection[By]) -> list[UUID]:
    """Raises: BadRequest, NotFound for a clinic out of scope, too."""
    if not 0 < len(named) <= MOST_FIRST:
        raise BadRequest(f"Watch 1 to {MOST_FIRST} clinics at once.")
    keys = [each.key("Clinic", "clinic") for each in named]
    scope = context.actor.scope(Permission.AVAILABILITY_READ)
    async with context.reading() as session:
        found = await clinics_named(session, scope, keys)
    there = {each.id for each in found} | {each.code for each in found}
    for key in keys:
        if (key.upper() if isinstance(key, str) else key) not in there:
            raise NotFound("clinic", key)
    return [each.id for each in found]


async def _now(context: Context) -> datetime:
    return await context.now()


async def _present(context: Context, clinic_ids: Sequence[UUID]) -> list[AvailabilityChange]:
    """How far the calendars are, as the tables say."""
    scope = context.actor.scope(Permission.AVAILABILITY_READ)
    async with context.reading() as session:
        now = await now_in(session, context.clock_offset)
        found = await versions_by_clinic(session, clinic_ids, scope)
    return [
        AvailabilityChange(
            clinic_id=each, version=found.get(each, NEVER_CHANGED).version, as_of=now
        )
        for each in clinic_ids
    ]
