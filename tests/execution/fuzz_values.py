"""Arguments of generated queries: mostly what the database holds, sometimes anything."""

from datetime import timedelta
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_argument,
    is_required_input_field,
)
from hypothesis import strategies as st

from tests.execution.fuzz_held import Held

#: What an argument names, where that is not the type of the same name.
NOUNS = {
    "clinics": "Clinic",
    "protocol": "ProtocolTemplate",
    "template": "ProtocolTemplate",
    "version": "ProtocolVersion",
    "jurisdictionCode": "Jurisdiction",
}
TEXTS = {
    "addOns": ["PRP", "MMP", "SERUM", "LED", "COOLING_MASK", "NONE_SUCH"],
    "areas": ["FACE", "FACE", "NECK", "HANDS", "DECOLLETAGE", "NONE_SUCH"],
    "indication": ["ACNE_SCARS", "FINE_LINES", "STRETCH_MARKS", "NONE_SUCH"],
    "language": ["en", "es", "de", "xx"],
    "languages": ["en", "es", "de", "xx"],
    "viewerZone": ["Europe/London", "America/New_York", "Nowhere"],
}
#: Fields that a search cannot do without, though each of them is optional.
WANTED = {
    "AvailabilityInput": ("where", "visit", "window"),
    "PriceQuoteInput": ("areas", "variant"),
    "WhyNotInput": ("visit", "at"),
}
FIRST = [3, 2, 1, 4, 5, 20]
WHOLE = [1, 2, 3, 5, 10, 15, 60]
FLOATS = {
    "latitude": [35.78, 51.5, 25.76],
    "longitude": [-78.64, -0.12, -80.19],
    "radiusKm": [5000.0, 20000.0, 10.0],
}
DAYS, HOURS = (0, 1, 3, 7, 30, -30), (0, 2, 24, 60, 200, -24)
LATER = {"to": ((9, 10, 14), (220, 300))}
#: What no honest caller sends.
WILD: dict[str, list[Any]] = {
    "ID": ["nonsense", ""],
    "String": ["", "x", "Ünïcode ✓", '"quoted" \\ \n', "nonsense"],
    "Int": [0, -1, 101, 2**31 - 1],
    "Date": ["2026-02-28", "1900-01-01"],
    "DateTime": ["2026-02-28T00:00:00Z"],
    "Decimal": ["0", "-1", "1000000"],
    "Float": [0.0, -1.0, 1e9],
}


class Values:
    """Draws what a caller could send for an input type."""

    def __init__(self, held: Held) -> None:
        self.held = held

    def arguments(
        self, draw: st.DrawFn, coordinate: str, returns: str, declared: dict[str, GraphQLArgument]
    ) -> dict[str, Any]:
        """Values for some of a field's arguments, and for all that are required.

        `coordinate` is the field's, as `Clinic.rooms`; `returns` its type's name.
        """
        found = {}
        for name, each in declared.items():
            likely = 5 if name == "first" else 2
            if is_required_argument(each) or draw(st.integers(0, likely)):
                found[name] = self.value(draw, each.type, name, coordinate, returns)
        return found

    def value(
        self, draw: st.DrawFn, kind: GraphQLInputType, name: str, coordinate: str, returns: str
    ) -> Any:
        """As JSON. Null one time in ten where it may be."""
        if isinstance(kind, GraphQLNonNull):
            return self.given(draw, kind.of_type, name, coordinate, returns)
        if seldom(draw, 15):
            return None
        return self.given(draw, kind, name, coordinate, returns)

    def given(self, draw: st.DrawFn, kind: Any, name: str, coordinate: str, returns: str) -> Any:
        """Not null."""
        if isinstance(kind, GraphQLList):
            lengths = st.sampled_from([1, 1, 1, 1, 2, 3])
            items = range(0 if seldom(draw, 20) else draw(lengths))
            return [self.value(draw, kind.of_type, name, coordinate, returns) for _ in items]
        if isinstance(kind, GraphQLEnumType):
            return draw(st.sampled_from(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            if kind.name == "By":
                return self.by(draw, self.noun(name, returns))
            return self.object(draw, kind, coordinate)
        if seldom(draw, 30) and kind.name in WILD:
            return draw(st.sampled_from(WILD[kind.name]))
        return draw(st.sampled_from(self.scalars(kind.name, name, coordinate, returns)))

    def object(self, draw: st.DrawFn, kind: GraphQLInputObjectType, coordinate: str) -> Any:
        """With the required fields and some others; of a @oneOf just one."""
        fields: dict[str, GraphQLInputField] = kind.fields
        if kind.extensions["strawberry-definition"].is_one_of:
            name = draw(st.sampled_from(list(fields)))
            return {name: self.given(draw, fields[name].type, name, coordinate, name)}
        return {
            name: self.value(draw, each.type, name, coordinate, name)
            for name, each in fields.items()
            if is_required_input_field(each) or self.also(draw, kind.name, name)
        }

    def also(self, draw: st.DrawFn, kind: str, name: str) -> bool:
        """Whether an optional field is given."""
        if kind in WANTED:
            return (name in WANTED[kind]) != seldom(draw, 8)
        return bool(draw(st.booleans()))

    def noun(self, name: str, returns: str) -> str:
        """The type that an argument names an object of; none where it may be any."""
        plain = name.removesuffix("Id").removesuffix("Ids")
        guesses = (NOUNS.get(plain), plain[:1].upper() + plain[1:], returns)
        return next((each for each in guesses if each in self.held.ids), "")

    def by(self, draw: st.DrawFn, noun: str) -> dict[str, str]:
        """An object, by its id or its code; seldom of another type."""
        foreign = not noun or seldom(draw, 15)
        ids = self.held.any_id if foreign else self.held.ids[noun]
        codes = self.held.any_code if foreign else self.held.codes[noun]
        if codes and draw(st.booleans()):
            return {"code": draw(st.sampled_from(codes))}
        return {"id": draw(st.sampled_from(ids or self.held.any_id))}

    def scalars(self, kind: str, name: str, coordinate: str, returns: str) -> list[Any]:
        """Values to choose from."""
        if kind == "ID":
            return self.held.ids.get(self.noun(name, returns)) or self.held.any_id
        if kind == "String":
            return self.strings(name, coordinate, returns)
        now, (days, hours) = self.held.now, LATER.get(name, (DAYS, HOURS))
        return {
            "Boolean": [False, True],
            "Date": [(now + timedelta(days=n)).date().isoformat() for n in days],
            "DateTime": [(now + timedelta(hours=n)).isoformat() for n in hours],
            "Decimal": ["0.5", "1.0", "1.5", "2.5"],
            "Float": FLOATS.get(name, [1.0]),
            "Int": FIRST if name == "first" else WHOLE,
            "JSON": [{}, [1], "x"],
        }[kind]

    def strings(self, name: str, coordinate: str, returns: str) -> list[str]:
        if name == "after":
            return self.held.cursors.get(coordinate) or self.held.cursors["Query.clinics"]
        known = TEXTS.get(name) or self.held.texts.get(name)
        return known or self.held.codes.get(self.noun(name, returns)) or self.held.any_code


def seldom(draw: st.DrawFn, one_in: int) -> bool:
    """About one time in so many: hypothesis likes the ends of a range better than its middle."""
    return bool(draw(st.integers(0, one_in - 1)) == one_in // 2)
