"""How much a content may hold: more than any author needs, and no more than clinics can be served.

The document that is stored stays below half a megabyte, because what it would come to is added up
here, field by field, before it is. The lists and texts have limits of their own, so that the one
that is too long is named.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from schema.protocols.rules.content import (
    Evidence,
    FieldLock,
    ProtocolContent,
    TranslatedText,
    Translation,
)
from schema.protocols.rules.faults import Faults, fault
from schema.protocols.rules.paths import Leaf, Shape, identity, leaf_at, shapes
from schema.protocols.rules.translations import MOST_LANGUAGES, is_text
from schema.protocols.rules.violations import InvalidValue

MOST_BYTES = 500_000
MOST_ITEMS = 100
#: Lists of what is said about fields are as long as there are fields.
LONGER_LISTS: Mapping[type, int] = {
    Evidence: 1_000,
    FieldLock: 500,
    TranslatedText: 1_000,
    Translation: MOST_LANGUAGES,
}
LONGEST_TEXT, LONGEST_NAME = 2_000, 300
GREATEST, MOST_PLACES = 100_000, 4
#: What the name of a field takes beside its characters: quotes, colon, comma.
NAMED = 4


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a class, with its name in paths."""

    name: str
    shape: Shape
    attribute: str
    leaf: bool
    many: bool


def _parts_of(holder: Any) -> tuple[Part, ...]:
    kind: Any = type(holder)
    return _parts(kind)


@cache
def _parts(kind: Any) -> tuple[Part, ...]:
    return tuple(
        Part(name, each, each.attribute, each.leaf, each.many)
        for name, each in shapes(kind).items()
    )


def limit_faults(content: ProtocolContent) -> Faults:
    """Every list and text that is too long, every text without words, every figure out of reason;
    and the field that takes most where all together is too much."""
    for path, shape, value in _fields(content):
        if not _usual(value):
            yield from (fault(path, reason) for reason in _reasons(shape, value))
    total = size(content)
    if total > MOST_BYTES:
        shares = {each.name: size(getattr(content, each.attribute)) for each in _parts_of(content)}
        largest = max(shares, key=lambda name: shares[name])
        yield fault(largest, f"all in all {total} bytes are too many: {MOST_BYTES} at most.")


def check_extent(content: ProtocolContent, path: str, value: Leaf) -> None:
    """Raise InvalidValue unless the leaf at `path` may hold so much. Raises: UnknownPath."""
    for reason in () if value is None else _reasons(leaf_at(content, path), value):
        raise InvalidValue(f"{path}: {reason}", field="value")


def figure_faults(content: ProtocolContent) -> Faults:
    """Every figure that is no number: nothing else can be judged beside it."""
    for path, _, value in _fields(content):
        if isinstance(value, Decimal) and not value.is_finite():
            yield fault(path, "it is no number.")


def _fields(content: ProtocolContent) -> list[tuple[str, Shape, Any]]:
    """Every leaf and every list, with its path; null is neither."""
    found: list[tuple[str, Shape, Any]] = []
    _collect(content, "", found)
    return found


def _collect(holder: Any, prefix: str, found: list[tuple[str, Shape, Any]]) -> None:
    for part in _parts_of(holder):
        path, value = prefix + part.name, getattr(holder, part.attribute)
        if value is None:
            continue
        if part.leaf or part.many:
            found.append((path, part.shape, value))
        if part.leaf:
            continue
        if part.many:
            for each in value:
                _collect(each, f"{path}.{identity(each)}.", found)
        else:
            _collect(value, f"{path}.", found)


def _usual(value: Any) -> bool:
    """Whether nothing can be said against it, whatever the field: most values, at once."""
    if isinstance(value, str):
        return len(value) <= LONGEST_NAME and not value[:1].isspace() and value != ""
    return isinstance(value, int) and -GREATEST <= value <= GREATEST


def _reasons(shape: Shape, value: Any) -> Iterator[str]:
    values: tuple[Any, ...]
    if isinstance(value, tuple):
        (kind,) = shape.kinds
        most = LONGER_LISTS.get(kind, MOST_ITEMS)
        if len(value) > most:
            yield f"{len(value)} are too many: {most} at most."
        values = value if shape.leaf else ()
    else:
        values = (value,)
    for each in values:
        if isinstance(each, str):
            yield from _text_reasons(shape, each)
        elif isinstance(each, Decimal):
            exponent = each.as_tuple().exponent
            if isinstance(exponent, int) and -exponent > MOST_PLACES:
                yield f"a figure has at most {MOST_PLACES} decimal places."
        if isinstance(each, int | Decimal) and not -GREATEST <= each <= GREATEST:
            yield f"a figure goes up to {GREATEST}."


def _text_reasons(shape: Shape, text: str) -> Iterator[str]:
    most = LONGEST_TEXT if is_text(shape) or shape.attribute in ("of", "text") else LONGEST_NAME
    if len(text) > most:
        yield f"{len(text)} characters are too many: {most} at most."
    if is_text(shape) and not text.strip():
        yield "it needs words."


def size(value: Any) -> int:
    """How many bytes of JSON a value comes to, or a few more."""
    if isinstance(value, str):
        if value.isprintable() and '"' not in value and "\\" not in value:
            return len(value.encode(errors="surrogatepass")) + 2
        return len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))
    if value is None or isinstance(value, bool):
        return len("false")
    if isinstance(value, int | Decimal):
        return len(str(value)) + 2
    if isinstance(value, tuple):
        return 2 + sum([size(each) + 1 for each in value])
    fields = _parts_of(value)
    return 2 + sum(
        [len(each.attribute) + NAMED + size(getattr(value, each.attribute)) for each in fields]
    )
