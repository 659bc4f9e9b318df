"""What is asked, of each peer in its own words; and the facts of an answer, in nobody's."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

QUERIES = Path(__file__).parent / "queries"
Facts = Any


@dataclass(frozen=True, slots=True)
class Question:
    """One query; `caller` asks it. `variables` are by kind of peer."""

    name: str
    title: str
    caller: str
    variables: Mapping[str, Mapping[str, Any]]

    def body(self, kind: str) -> dict[str, Any]:
        """The JSON to post to a peer that speaks `kind`."""
        variables = dict(self.variables[kind])
        if kind == "statement":
            return variables
        return {"query": document(self.name, kind), "variables": variables}


def document(name: str, kind: str) -> str:
    """The document in the words of `ours` or of `postgraphile`, without needless blanks."""
    return " ".join((QUERIES / f"{name}.{kind}.graphql").read_text().split())


def facts(kind: str, data: Mapping[str, Any]) -> Facts:
    """What an answer says, however it is put; of ids and cursors that they are there, since each
    has its own."""
    return _plain(data if kind != "postgraphile" else _reshaped(data))


def _reshaped(value: Any) -> Any:
    """PostGraphile's answer in the shape of ours."""
    if isinstance(value, list):
        return [_reshaped(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _reshaped(each) for name, each in value.items()}
    for name, reshape in SHAPES.items():
        if name in found:
            reshape(found)
    return found


def _address(found: dict[str, Any]) -> None:
    found["address"] = {each: found.pop(each) for each in ("street", "city", "country")}


def _amounts(found: dict[str, Any]) -> None:
    further = found.pop("furtherAreaMinor"), found.pop("furtherAreaCurrency")
    found["amount"] = _money(found.pop("amountMinor"), found.pop("currency"))
    found["furtherArea"] = _money(*further)


def _money(minor: str, currency: str) -> dict[str, Any]:
    return {"amountMinor": int(minor), "currency": currency}


def _only(name: str) -> Callable[[dict[str, Any]], None]:
    def reshape(found: dict[str, Any]) -> None:
        found[name] = found[name][0] if found[name] else None

    return reshape


def _each(name: str, inner: str) -> Callable[[dict[str, Any]], None]:
    def reshape(found: dict[str, Any]) -> None:
        found[name] = sorted((each[inner] for each in found[name]), key=lambda each: each["code"])

    return reshape


#: By a member of PostGraphile's objects, how the object becomes ours.
SHAPES: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "street": _address,
    "furtherAreaMinor": _amounts,
    "price": _only("price"),
    "nextSession": _only("nextSession"),
    "practitioners": _each("practitioners", "practitioner"),
    "rooms": _each("rooms", "room"),
}


def _plain(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: bool(each) if key in ("id", "cursor") else _plain(each, key)
            for key, each in sorted(value.items())
        }
    if isinstance(value, list):
        return [_plain(each, name) for each in value]
    if isinstance(value, str) and name.endswith("At"):
        return datetime.fromisoformat(value)
    return value


def leaves(value: Any) -> int:
    """How many leaves an answer has; a list of scalars is one."""
    return sum(1 for _ in _leaves(value))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in value:
            yield from _leaves(each)
    elif value != []:
        yield value
