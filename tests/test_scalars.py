"""What callers send: days, instants, decimals and cursors that nothing behind them can hold."""

import base64
import json
from decimal import Decimal

import pytest
from strawberry.exceptions import StrawberryInputCoercionError

from schema.access.rules import Role
from schema.scalars import SCALARS
from tests.actors import everywhere
from tests.asking import Asking

BY_NAME = {each.name: each for each in SCALARS.values()}


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("Date", "0001-01-01"),
        ("Date", "9999-12-31"),
        ("Date", 1),
        ("DateTime", "0001-01-01T00:00:00+14:00"),
        ("DateTime", "2030-01-07T10:00:00"),
        ("DateTime", "9999-12-31T23:59:59-14:00"),
        ("Decimal", "NaN"),
        ("Decimal", "sNaN"),
        ("Decimal", "-Infinity"),
        ("Decimal", "1e999999"),
        ("Decimal", "1e-999999"),
        ("Decimal", "0e999999"),
        ("Decimal", "9" * 31),
    ],
)
def test_refused(scalar: str, value: object) -> None:
    parse = BY_NAME[scalar].parse_value
    assert parse is not None
    with pytest.raises(StrawberryInputCoercionError):
        parse(value)


@pytest.mark.parametrize("value", ["0", "-0.0", "2.50", 1.5, "1e3", "9" * 30])
def test_decimals_in_few_digits(value: object) -> None:
    parse = BY_NAME["Decimal"].parse_value
    assert parse is not None
    assert parse(value) == Decimal(str(value))


def cursor(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode()


@pytest.mark.parametrize(
    ("field", "after"),
    [
        ("clinics", cursor(b'["\\u0000"]')),
        ("clinics", cursor(b'["\\ud800"]')),
        ("clinics", cursor(b"[" * 20_000)),
        ("clinics", cursor(b"null")),
        ("clinics", "\u00e9"),
        ("appointments", cursor(json.dumps(["0001-01-01T00:00:00+14:00", "0" * 32]).encode())),
        ("appointments", cursor(json.dumps(["9999-12-31T23:59:59-14:00", "0" * 32]).encode())),
    ],
)
async def test_a_made_up_cursor_is_a_bad_request(ask: Asking, field: str, after: str) -> None:
    query = f"query ($after: String) {{ {field}(after: $after) {{ edges {{ cursor }} }} }}"
    answer = await ask(everywhere(Role.HQ_ADMINISTRATOR), query, after=after)
    assert answer.codes == ["BAD_REQUEST"]
