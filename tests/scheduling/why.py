"""What the tests of reasons share: asking why not."""

from datetime import date, datetime
from typing import Any

from schema.access.rules import Actor
from tests.asking import Asking

WHY = """query ($input: WhyNotInput!) { whyNotBookable(input: $input) { bookable message asOf
    nextFree
    reasons { code message field role until untilOn
        blocking { kind code id } cause { kind code id }
        override { possible rule requires youMay } } } }"""


def wanted(when: datetime | date | None = None, **changed: Any) -> dict[str, Any]:
    """A treatment of the face in Raleigh, at a start or on a day."""
    visit = {"protocol": {"code": "MN-MEDICAL"}, "areas": ["FACE"]}
    found: dict[str, Any] = {"clinic": {"code": "RALEIGH"}, "visit": visit}
    if isinstance(when, datetime):
        found["at"] = {"start": when.isoformat()}
    elif when is not None:
        found["at"] = {"day": when.isoformat()}
    return {key: each for key, each in (found | changed).items() if each is not None}


async def why(
    ask: Asking, actor: Actor, when: datetime | date | None = None, **changed: Any
) -> Any:
    data = await ask.data(actor, WHY, input=wanted(when, **changed))
    return data["whyNotBookable"]


def codes(found: Any) -> set[str]:
    return {each["code"] for each in found["reasons"]}


def one(found: Any, code: str) -> Any:
    """The first reason with this code."""
    return next(each for each in found["reasons"] if each["code"] == code)
