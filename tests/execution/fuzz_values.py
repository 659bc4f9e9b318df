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
    Undefined,
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
ANYTHING = ["", "x", "Ünïcode ✓", '"quoted" \\ \n', "0"]
FIRST = [1, 2, 2, 3, 3, 4, 5, 20, 0, -1]
WHOLE = [0, 1, 2, 3, 5, 10, 15, 60, -1]
PLACES = [35.78, -78.64, 51.5, -0.12, 25.76, -80.19, 500.0]


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
            if is_required_argument(each) or draw(st.integers(0, 2)):
                found[name] = self.value(draw, each.type, name, coordinate, returns)
        return found

    def value(
        self, draw: st.DrawFn, kind: GraphQLInputType, name: str, coordinate: str, returns: str
    ) -> Any:
        """As JSON. Null one time in ten where it may be."""
        if isinstance(kind, GraphQLNonNull):
            return self.given(draw, kind.of_type, name, coordinate, returns)
        if draw(st.integers(0, 9)) == 9:
            return None
        return self.given(draw, kind, name, coordinate, returns)

    def given(self, draw: st.DrawFn, kind: Any, name: str, coordinate: str, returns: str) -> Any:
        """Not null."""
        if isinstance(kind, GraphQLList):
            lengths = st.sampled_from([1, 1, 1, 2, 0, 3])
            items = range(draw(lengths))
            return [self.value(draw, kind.of_type, name, coordinate, returns) for _ in items]
        if isinstance(kind, GraphQLEnumType):
            return draw(st.sampled_from(list(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            if kind.name == "By":
                return self.by(draw, self.noun(name, returns))
            return self.object(draw, kind, coordinate)
        return draw(st.sampled_from(self.scalars(kind.name, name, coordinate, returns)))

    def object(self, draw: st.DrawFn, kind: GraphQLInputObjectType, coordinate: str) -> Any:
        """With the required fields and some others; of a @oneOf just one."""
        fields: dict[str, GraphQLInputField] = kind.fields
        if kind.is_one_of:
            name = draw(st.sampled_from(list(fields)))
            return {name: self.given(draw, fields[name].type, name, coordinate, name)}
        return {
            name: self.value(draw, each.type, name, coordinate, name)
            for name, each in fields.items()
            if is_required_input_field(each) or draw(st.integers(0, 3)) > each_is_optional(each)
        }

    def noun(self, name: str, returns: str) -> str:
        """The type that an argument names an object of; none where it may be any."""
        plain = name.removesuffix("Id").removesuffix("Ids")
        guesses = (NOUNS.get(plain), plain[:1].upper() + plain[1:], returns)
        return next((each for each in guesses if each in self.held.ids), "")

    def by(self, draw: st.DrawFn, noun: str) -> dict[str, str]:
        """An object, by its id or its code; one time in eight of any type."""
        foreign = not noun or draw(st.integers(0, 7)) == 7
        ids = self.held.any_id if foreign else self.held.ids[noun]
        codes = self.held.any_code if foreign else self.held.codes[noun]
        if codes and draw(st.booleans()):
            return {"code": draw(st.sampled_from(codes))}
        return {"id": draw(st.sampled_from(ids or self.held.any_id))}

    def scalars(self, kind: str, name: str, coordinate: str, returns: str) -> list[Any]:
        """Values to choose from."""
        if kind == "ID":
            ids = self.held.ids.get(self.noun(name, returns)) or self.held.any_id
            return [*ids, *self.held.any_id[:1], "nonsense"]
        if kind == "String":
            return self.strings(name, coordinate, returns)
        now = self.held.now
        return {
            "Boolean": [False, True],
            "Date": [(now + timedelta(days=n)).date().isoformat() for n in (0, 1, 3, 7, 30, -30)],
            "DateTime": [(now + timedelta(hours=n)).isoformat() for n in (0, 2, 24, 60, 200, -24)],
            "Decimal": ["0.5", "1.0", "1.5", "2.5"],
            "Float": PLACES,
            "Int": FIRST if name == "first" else WHOLE,
            "JSON": [{}, [1], "x"],
        }[kind]

    def strings(self, name: str, coordinate: str, returns: str) -> list[str]:
        if name == "after":
            return [*self.held.cursors.get(coordinate, []), "nonsense"]
        known = TEXTS.get(name) or self.held.texts.get(name)
        codes = self.held.codes.get(self.noun(name, returns))
        return [*(known or codes or self.held.any_code), *ANYTHING[:1]] or ANYTHING


def each_is_optional(each: GraphQLInputField) -> int:
    """How rarely an optional field is given: more rarely where the server has a default."""
    return 1 if each.default_value is Undefined else 2
