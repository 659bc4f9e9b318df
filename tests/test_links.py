"""Links of the schema, asked as an executor asks them."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col

from schema.access.rules import SYSTEM, Permission
from schema.base import new_id
from schema.clinics.models import ClinicRow
from schema.execution import Shape
from schema.fields import Link, Permitted
from schema.paging import Order
from tests.asking import Acting

BY_CODE = Order.by(col(ClinicRow.code))


async def fails(session: Any, keys: Sequence[UUID], *_: Any) -> Mapping[UUID, Any]:
    raise LookupError(f"{len(keys)} lost")


def link(*, many: bool = False, page: Order | None = None) -> Link:
    permitted = Permitted(Permission.CLINICS_READ)
    return Link(fails, "id", str, permitted, many, page, Shape(str))


@pytest.mark.parametrize("many", [False, True])
async def test_none_leads_nowhere_whatever_fails_for_the_others(act: Acting, many: bool) -> None:
    keys = [new_id(), None, new_id()]
    first, none, second = await link(many=many).find(keys, act.context(SYSTEM))
    assert none == ([] if many else None)
    assert str(first) == str(second) == "2 lost"
    assert isinstance(first, LookupError)


async def test_who_is_called_off_takes_nobody_along(act: Acting) -> None:
    async def names(session: Any, keys: Sequence[UUID], *_: Any) -> Mapping[UUID, str]:
        await asyncio.sleep(0.01)
        return {each: str(each) for each in keys}

    context, key = act.context(SYSTEM), new_id()
    waiting = [
        asyncio.create_task(context.load(names, key, Permission.CLINICS_READ)) for _ in range(2)
    ]
    await asyncio.sleep(0)
    waiting[0].cancel()
    called_off, found = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(called_off, asyncio.CancelledError)
    assert found == str(key)


@pytest.mark.parametrize("page", [None, BY_CODE])
async def test_what_fails_for_all_is_raised(act: Acting, page: Order | None) -> None:
    with pytest.raises(LookupError, match="1 lost"):
        await link(page=page).find([new_id()], act.context(SYSTEM))
