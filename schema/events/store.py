"""Every SELECT of what happened."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from schema.base import Reader, columns, fetch, fetch_among
from schema.events.models import EventRow
from schema.paging import Order, Page, keyed
from schema.scope import Scope

LATEST_FIRST = Order.by(col(EventRow.id), descending=True)


async def events(
    session: Reader,
    scope: Scope,
    page: Page,
    *,
    name: str | None = None,
    subject_id: UUID | None = None,
) -> list[EventRow]:
    """A page of what happened in the clinics in scope, the latest first.

    What belongs to no clinic (a template, a person) is HQ's to see.
    """
    query = select(*columns(EventRow)).where(scope.where(EventRow.clinic_id))
    if name is not None:
        query = query.where(col(EventRow.name) == name)
    if subject_id is not None:
        query = query.where(col(EventRow.subject_id) == subject_id)
    return await fetch(session, EventRow, LATEST_FIRST.apply(query, page))


async def events_by_id(
    session: Reader, ids: Sequence[UUID], scope: Scope
) -> Mapping[UUID, EventRow]:
    rows = await fetch_among(session, EventRow, EventRow.id, ids, scope, EventRow.clinic_id)
    return keyed(rows)
