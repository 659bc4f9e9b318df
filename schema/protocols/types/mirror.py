"""GraphQL types of the values in `rules`: one type and one input for each dataclass.

Fields, types, defaults and descriptions are those of the dataclass, so that the schema cannot drift
from the rules. An object of the rules answers for its type as it is; an input is read back by
`value_of`.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from inspect import getdoc
from types import GenericAlias, NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import strawberry

T = TypeVar("T", bound=type)

#: Names in GraphQL where the dataclass's own would say too little beside other domains' types.
NAMES: Mapping[str, str] = {
    "Anchor": "StepAnchor",
    "Area": "TreatedArea",
    "Lane": "StepLane",
    "Outcome": "ExpectedOutcome",
    "Parameter": "ProtocolParameter",
    "Selector": "VariantSelector",
    "Step": "ProtocolStep",
    "Topic": "VisitTopic",
}
_outputs: dict[type, type] = {}
_inputs: dict[type, type] = {}


def mirrors(kind: type) -> Callable[[T], T]:
    """Make a class the GraphQL type of the dataclass `kind`."""

    def declare(cls: T) -> T:
        assert kind not in _outputs, f"declare {kind.__name__} before what holds it"
        _outputs[kind] = _declared(cls, kind, output, _output_field, strawberry.type)
        return cls

    return declare


def mirrors_input(kind: type) -> Callable[[T], T]:
    """Make a class the GraphQL input of the dataclass `kind`."""

    def declare(cls: T) -> T:
        assert kind not in _inputs, f"declare {kind.__name__} before what holds it"
        _inputs[kind] = _declared(cls, kind, input_of, _input_field, strawberry.input)
        return cls

    return declare


def output(kind: type) -> type:
    """The GraphQL type of a dataclass of the rules, made when it is first asked for."""
    if kind not in _outputs:
        mirrors(kind)(type(NAMES.get(kind.__name__, kind.__name__), (), {"__module__": __name__}))
    return _outputs[kind]


def input_of(kind: type) -> type:
    """The GraphQL input of a dataclass of the rules, made when it is first asked for."""
    if kind not in _inputs:
        name = f"{NAMES.get(kind.__name__, kind.__name__)}Input"
        mirrors_input(kind)(type(name, (), {"__module__": __name__}))
    return _inputs[kind]


def _declared(
    cls: T,
    kind: type,
    mirrored: Callable[[type], type],
    declare: Callable[[Field[Any], Any, str], tuple[Any, Any]],
    make: Callable[..., Any],
) -> T:
    hints = get_type_hints(kind, include_extras=True)
    annotations = {}
    for each in fields(kind):
        hint, *_, description = get_args(hints[each.name])
        annotations[each.name], field = declare(each, _translated(hint, mirrored), description)
        setattr(cls, each.name, field)
    cls.__annotations__ = annotations
    declared: T = make(cls, description=getdoc(kind))
    return declared


def _translated(hint: Any, mirrored: Callable[[type], type]) -> Any:
    """The annotation with dataclasses mirrored and tuples as lists."""
    if get_origin(hint) is tuple:
        return GenericAlias(list, (_translated(get_args(hint)[0], mirrored),))
    if isinstance(hint, UnionType):
        (one,) = (each for each in get_args(hint) if each is not NoneType)
        return _translated(one, mirrored) | None
    return mirrored(hint) if _is_value(hint) else hint


def _is_value(hint: Any) -> bool:
    return is_dataclass(hint)


def _output_field(field: Field[Any], annotation: Any, description: str) -> tuple[Any, Any]:
    return annotation, strawberry.field(description=description)


def _input_field(field: Field[Any], annotation: Any, description: str) -> tuple[Any, Any]:
    """Optional where the dataclass has a default; a default object is what null stands for."""
    default = field.default
    if default is MISSING:
        return annotation, strawberry.field(description=description)
    if default == ():
        return annotation, strawberry.field(description=description, default_factory=list)
    if is_dataclass(default):
        return annotation | None, strawberry.field(description=description, default=None)
    return annotation, strawberry.field(description=description, default=default)


def value_of(kind: type, given: Any) -> Any:
    """The dataclass that an input stands for."""
    hints = get_type_hints(kind)
    values = {
        each.name: _value(hints[each.name], getattr(given, each.name)) for each in fields(kind)
    }
    stated = {
        each.name: values[each.name]
        for each in fields(kind)
        if not (values[each.name] is None and is_dataclass(each.default))
    }
    return kind(**stated)


def _value(hint: Any, given: Any) -> Any:
    if given is None:
        return None
    if get_origin(hint) is tuple:
        return tuple(_value(get_args(hint)[0], each) for each in given)
    if isinstance(hint, UnionType):
        return _value(next(each for each in get_args(hint) if each is not NoneType), given)
    return value_of(hint, given) if _is_value(hint) else given
