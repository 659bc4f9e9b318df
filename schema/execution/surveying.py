"""What is known of an operation before it is compiled: whether it can be, and what decides how."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    BooleanValueNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.language import DirectiveNode, FieldNode

NOT_BOOLEAN = "conditions that are not booleans"
CONDITIONAL = frozenset({"skip", "include"})
DEEPEST = 60  # levels of fields: each takes some frames of Python's stack


@dataclass(frozen=True, slots=True)
class Survey:
    """`conditions` are the variables that decide what is selected; `obstacle` is why an operation
    is left to the stock executor, where it is."""

    conditions: tuple[str, ...]
    obstacle: str | None


@dataclass
class _Surveying:
    fragments: Mapping[str, FragmentDetails]
    conditions: set[str] = field(default_factory=set)
    obstacle: str | None = None
    _depths: dict[str, int] = field(default_factory=dict)

    def depth(self, selections: SelectionSetNode | None) -> int:
        """How many levels of fields there are; notes what is met on the way."""
        if selections is None:
            return 0
        deepest = 0
        for each in selections.selections:
            self._directives(each.directives or ())
            if isinstance(each, FragmentSpreadNode):
                deepest = max(deepest, self._fragment(each.name.value))
            else:
                is_field = isinstance(each, FieldNode)
                deepest = max(deepest, is_field + self.depth(each.selection_set))  # type: ignore[attr-defined]  # a field or an inline fragment
        return deepest

    def _fragment(self, name: str) -> int:
        if name not in self._depths:
            self._depths[name] = 0  # what a cycle, which validation refuses, finds
            fragment = self.fragments.get(name)
            if fragment is not None:
                if fragment.variable_signatures:
                    self.obstacle = "variables of fragments"
                self._depths[name] = self.depth(fragment.definition.selection_set)
        return self._depths[name]

    def _directives(self, directives: tuple[DirectiveNode, ...] | list[DirectiveNode]) -> None:
        for each in directives:
            if each.name.value not in CONDITIONAL:
                self.obstacle = f"@{each.name.value}"
                continue
            values = [argument.value for argument in each.arguments or ()]
            if len(values) != 1 or not isinstance(values[0], VariableNode | BooleanValueNode):
                self.obstacle = NOT_BOOLEAN
            elif isinstance(values[0], VariableNode):
                self.conditions.add(values[0].name.value)


def survey(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails]) -> Survey:
    """What is known of the operation by reading it once."""
    surveying = _Surveying(fragments)
    try:
        depth = surveying.depth(operation.selection_set)
    except RecursionError:
        depth = DEEPEST + 1
    if depth > DEEPEST:
        surveying.obstacle = f"more than {DEEPEST} levels"
    return Survey(tuple(sorted(surveying.conditions)), surveying.obstacle)
