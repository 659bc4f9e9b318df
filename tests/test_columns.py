"""Types that are read by the columns of their rows say what the objects made of them say."""

from types import SimpleNamespace
from typing import Any, get_type_hints

import pytest
from sqlalchemy import select

from schema.access.rules import SYSTEM
from schema.base import columns, fetch
from schema.execution import Column
from schema.fields import NODES
from schema.pricing.types.money import amount_in
from tests.demo import Demo


def read_of(name: str) -> dict[str, Column]:
    """How a type is read by columns; nothing where it is always made."""
    return getattr(NODES[name].of.__self__, "__columns__", {})  # type: ignore[attr-defined]  # a class method


BY_COLUMNS = [name for name in NODES if read_of(name)]


def value(column: Column, row: Any) -> Any:
    found = getattr(row, column.read) if isinstance(column.read, str) else column.read(row)
    return column.shape.made(found) if column.shape else found


def test_amounts_are_read_as_they_are_made() -> None:
    row = SimpleNamespace(amount_minor=15000, currency="GBP")
    shape = amount_in("amount_minor").shape
    assert shape is not None
    assert shape.columns is not None
    made = shape.build(row)
    assert {key: value(column, row) for key, column in shape.columns.items()} == vars(made)


def test_the_types_that_were_measured_are_read_by_columns() -> None:
    assert {"Clinic", "ClinicProtocol", "AdoptedAddOn", "Appointment"} <= set(BY_COLUMNS)


@pytest.mark.parametrize("name", BY_COLUMNS)
async def test_columns_say_what_the_object_says(demo: Demo, name: str) -> None:
    of, read = NODES[name].of, read_of(name)
    model = get_type_hints(of.__func__)["row"]  # type: ignore[attr-defined]  # a class method
    async with demo.act.work(SYSTEM) as work:
        rows = await fetch(work.session, model, select(*columns(model)))
    assert rows
    for row in rows:
        made = of(row)
        assert {key: getattr(made, key) for key in read} == {
            key: value(column, row) for key, column in read.items()
        }
