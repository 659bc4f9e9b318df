"""Generated queries: selections of hypothesis-graphql on any type, led to from `Query`, then
rewritten with all that a caller may do to a document."""

import json
from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    GraphQLInputType,
    GraphQLNonNull,
    SelectionSetNode,
    Undefined,
    get_named_type,
    is_composite_type,
)
from hypothesis import strategies as st

from tests.execution.fuzz_held import Held
from tests.execution.fuzz_shapes import Shapes
from tests.execution.fuzz_tree import Field, Query, Selections, Spread, literal
from tests.execution.fuzz_values import Values


class Writer:
    """Writes one document: draws, and keeps the variables and fragments that it makes."""

    def __init__(self, shapes: Shapes, held: Held, draw: st.DrawFn) -> None:
        self.shapes = shapes
        self.held = held
        self.draw = draw
        self.values = Values(held)
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}
        self.fragments: list[str] = []
        self.coordinates: set[tuple[str, str]] = set()

    def chance(self, percent: int) -> bool:
        """Shrinks to False. Not at the ends of the range, which hypothesis likes best."""
        return bool(1 <= self.draw(st.integers(0, 101)) <= percent)

    def query(self) -> Query:
        roots: Selections = []
        for _ in range(self.draw(st.sampled_from([1, 2, 2, 3]))):
            roots += self.branch(self.draw(st.sampled_from(self.shapes.kinds)))
        if self.chance(4):
            roots.append(self.introspection())
        roots = self.rewritten(roots, "Query")
        self.set_apart(roots, {})
        body = self.printed(roots, "Query")
        head = f"query Fuzz({', '.join(self.declared)})" if self.declared else "query Fuzz"
        text = "\n".join([f"{head} {body}", *self.fragments])
        return Query(text, self.variables, tuple(sorted(self.coordinates)))

    def change(self) -> Query:
        """A mutation of one field or more: of what it answers, only what has no ids."""
        fields: dict[str, Any] = self.shapes.schema.type_map["Mutation"].fields  # type: ignore[attr-defined]
        names = st.sampled_from([each for each in fields if each != "signIn"])
        problem: Selections = [Field("Problem", name) for name in ("code", "message", "retry")]
        roots: Selections = []
        for _ in range(self.draw(st.sampled_from([1, 2, 3]))):
            name = self.draw(names)
            answered: Selections = [Field(self.named_type("Mutation", name), "__typename")]
            if "Problem" in self.members(name):
                answered.append(Spread("Problem", list(problem)))
            roots.append(self.asked(Field("Mutation", name, answered)))
        self.set_apart(roots, {})
        body = self.printed(roots, "Mutation")
        head = f"mutation Fuzz({', '.join(self.declared)})" if self.declared else "mutation Fuzz"
        return Query(f"{head} {body}", self.variables, tuple(sorted(self.coordinates)))

    def members(self, mutation: str) -> set[str]:
        """The interfaces of what a mutation may answer."""
        kinds = self.shapes.objects_of(self.named_type("Mutation", mutation))
        types: list[Any] = [self.shapes.schema.type_map[each] for each in kinds]
        return {each.name for kind in types for each in kind.interfaces}

    def introspection(self) -> Field:
        """What the server says of a type."""
        named = json.dumps(self.draw(st.sampled_from(self.shapes.names)))
        inner: Selections = [Field("__Field", "name"), Field("__Field", "isDeprecated")]
        children: Selections = [Field("__Type", "kind"), Field("__Type", "fields", inner)]
        return Field("Query", "__type", children, passed={"name": named})

    # How one gets to a type.

    def branch(self, kind: str) -> Selections:
        """Selections on `kind`, under fields that lead there from the root or from a node."""
        children = self.pieces(kind)
        farther = self.draw(st.integers(0, 2))
        while kind != "Query":
            near = bool(self.held.ids.get(kind))
            options = self.feeders(kind, farther)
            if near and (not options or self.draw(st.integers(0, 2)) < 2):
                return [self.by_id(kind, children)]
            farther = max(0, farther - 1)
            parent, name = self.draw(st.sampled_from(options or self.shapes.feeders[kind]))
            target = self.named_type(parent, name)
            here: Selections = children if target == kind else [Spread(kind, children)]
            step = self.asked(Field(parent, name, here))
            beside = parent != "Query" and self.chance(15)
            kind, children = parent, [step, *(self.pieces(parent) if beside else [])]
        return children

    def feeders(self, kind: str, farther: int) -> list[tuple[str, str]]:
        """Fields that lead to the type, from types that are hardly farther from the root."""
        most = self.shapes.depths[kind] + (1 if farther else -1)
        return [each for each in self.shapes.feeders[kind] if self.shapes.depths[each[0]] <= most]

    def by_id(self, kind: str, children: Selections) -> Field:
        """`node` or `nodes` with ids of the type, and maybe of another."""
        spreads: Selections = [Spread(kind, children)]
        ids = st.sampled_from(self.held.ids[kind])
        if self.chance(35):
            passed = {"id": json.dumps(self.draw(ids))}
            return Field("Query", "node", spreads, passed=passed)
        wanted = [self.draw(ids) for _ in range(self.draw(st.sampled_from([3, 1, 2, 5])))]
        if self.chance(40):
            other = self.draw(st.sampled_from(sorted(k for k, ids in self.held.ids.items() if ids)))
            spreads.append(Spread(other, self.pieces(other)))
            wanted += [self.draw(st.sampled_from(self.held.ids[other])), wanted[0]]
        if self.chance(5):
            wanted.append("nonsense")
        return Field("Query", "nodes", spreads, passed={"ids": json.dumps(wanted)})

    def pieces(self, kind: str) -> Selections:
        """What hypothesis-graphql selects on the type: twice and thrice, so that fields merge."""
        found: Selections = []
        for _ in range(self.draw(st.sampled_from([2, 1, 3, 4]))):
            (operation,) = self.draw(self.shapes.pieces(kind)).definitions
            (root,) = operation.selection_set.selections
            found += self.read(root.selection_set, kind)
        return found

    def read(self, chosen: SelectionSetNode, parent: str) -> Selections:
        """Selections of hypothesis-graphql as ours, with arguments."""
        found: Selections = []
        for each in chosen.selections:
            if isinstance(each, FieldNode):
                inner = each.selection_set
                name = each.name.value
                children = self.read(inner, self.named_type(parent, name)) if inner else []
                key = each.alias.value if each.alias else ""
                found.append(self.asked(Field(parent, name, children, key)))
            else:
                on = each.type_condition.name.value
                found.append(Spread(on, self.read(each.selection_set, on)))
        return found + self.leaves(parent)

    def leaves(self, parent: str) -> Selections:
        """Some more: hypothesis-graphql mostly takes one, and that the last of the type."""
        names = self.shapes.leaves(parent)
        wanted = self.draw(st.sampled_from([1, 0, 2, 4])) if names else 0
        chosen = [self.draw(st.sampled_from(names)) for _ in range(wanted)]
        found: Selections = [self.asked(Field(parent, name)) for name in dict.fromkeys(chosen)]
        if self.chance(30) and (lists := self.shapes.lists(parent)):
            name = self.draw(st.sampled_from(lists))
            kind = self.named_type(parent, name)
            inner = self.leaves(kind) or [Field(kind, "__typename")]
            found.append(self.asked(Field(parent, name, inner)))
        return found

    def named_type(self, parent: str, name: str) -> str:
        return get_named_type(self.definition(parent, name).type).name

    def definition(self, parent: str, name: str) -> Any:
        kind: Any = self.shapes.schema.type_map[parent]
        return self.shapes.schema.get_field(kind, name)

    # Arguments and variables.

    def asked(self, each: Field) -> Field:
        """With arguments, some of them by variables."""
        declared = self.definition(each.parent, each.name).args
        if declared:
            coordinate = f"{each.parent}.{each.name}"
            returns = self.named_type(each.parent, each.name)
            values = self.values.arguments(self.draw, coordinate, returns, declared)
            for name, value in values.items():
                each.passed[name] = self.argument(declared[name], value)
        return each

    def argument(self, declared: Any, value: Any) -> str:
        """As a literal, as a variable, or with a variable inside."""
        roll = self.draw(st.integers(0, 9))
        if roll >= 7:
            return self.by_variable(declared, value)
        if roll == 6 and isinstance(value, dict) and len(value) == 1:
            ((name, inner),) = value.items()
            kind = get_named_type(declared.type).fields[name].type
            if inner is not None and not isinstance(inner, dict | list):
                bare = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
                return f"{{{name}: {self.variable(f'{bare}!', inner)}}}"
        return literal(value, declared.type)

    def by_variable(self, declared: Any, value: Any) -> str:
        """A variable: given, or left to its default, or to the argument's."""
        kind: GraphQLInputType = declared.type
        optional = not isinstance(kind, GraphQLNonNull)
        if declared.default_value is not Undefined and not optional and self.chance(30):
            return self.variable(str(kind.of_type), value, given=self.chance(50))
        if value is None or not self.chance(40):
            return self.variable(str(kind), value)
        return self.variable(f"{kind} = {literal(value, kind)}", value, given=self.chance(50))

    def variable(self, kind: str, value: Any, given: bool = True) -> str:
        name = f"v{len(self.declared)}"
        self.declared.append(f"${name}: {kind}")
        if given:
            self.variables[name] = value
        return f"${name}"

    # What a caller may do to a document.

    def rewritten(self, selections: Selections, parent: str) -> Selections:
        """The same, with aliases, directives, fragments, repetitions and type names."""
        found: Selections = []
        for each in selections:
            inner = self.inner_type(each, parent)
            each.children = self.rewritten(each.children, inner)
            found += self.changed(each, parent)
        if selections and self.chance(12):
            found.insert(0, Field(parent, "__typename"))
        return found

    def inner_type(self, each: Field | Spread, parent: str) -> str:
        if isinstance(each, Spread):
            return each.on or parent
        return self.named_type(parent, each.name) if each.children else ""

    def changed(self, each: Field | Spread, parent: str) -> Selections:
        roll = self.draw(st.integers(0, 60))
        if roll == 53 and isinstance(each, Field):
            each.key = f"other_{each.name}"
        elif roll in (54, 55):
            each.directive = self.directive()
        elif roll == 56:
            return [Spread(self.draw(st.sampled_from([None, parent])), [each])]
        elif roll == 57:
            return [Spread(parent, [each], "named", self.directive() if self.chance(30) else "")]
        elif roll == 58:
            return [each, each]
        elif roll == 59 and isinstance(each, Field):
            return [Spread(on, [each]) for on in self.interfaces(parent, each.name)] or [each]
        return [each]

    def interfaces(self, parent: str, name: str) -> list[str]:
        """One that has the field, if the type implements any."""
        found = getattr(self.shapes.schema.type_map[parent], "interfaces", ())
        return [each.name for each in found if name in each.fields][:1]

    def directive(self) -> str:
        name, value = self.draw(st.sampled_from(["include", "skip"])), self.draw(st.booleans())
        if self.draw(st.booleans()):
            return f" @{name}(if: {json.dumps(value)})"
        kind = "Boolean! = true" if self.chance(30) else "Boolean!"
        return f" @{name}(if: {self.variable(kind, value)})"

    def set_apart(self, selections: Selections, scope: dict[str, Any]) -> None:
        """Give fields that cannot be merged keys of their own."""
        for each in selections:
            if isinstance(each, Spread):
                self.set_apart(each.children, scope)
                continue
            signature = (each.name, str(sorted(each.passed.items())), self.result(each))
            key, tries = each.key, 2
            while scope.setdefault(key, (signature, {}))[0] != signature:
                key, tries = f"{each.key}_{tries}", tries + 1
            each.key = key
            self.set_apart(each.children, scope[key][1])

    def result(self, each: Field) -> str:
        """The type, as far as merging asks for it."""
        kind = self.definition(each.parent, each.name).type
        named = get_named_type(kind)
        return str(kind).replace(named.name, "{}") if is_composite_type(named) else str(kind)

    # The text.

    def printed(self, selections: Selections, parent: str) -> str:
        return "{ " + " ".join(self.lines(selections, parent)) + " }"

    def lines(self, selections: Selections, parent: str) -> Iterator[str]:
        for each in selections:
            inner = self.inner_type(each, parent)
            if isinstance(each, Spread):
                yield self.spread(each, self.printed(each.children, inner))
                continue
            self.coordinates |= {(kind, each.name) for kind in self.shapes.objects_of(parent)}
            alias = "" if each.key == each.name else f"{each.key}: "
            passed = ", ".join(f"{name}: {value}" for name, value in each.passed.items())
            body = f" {self.printed(each.children, inner)}" if each.children else ""
            arguments = f"({passed})" if passed else ""
            yield f"{alias}{each.name}{arguments}{each.directive}{body}"

    def spread(self, each: Spread, body: str) -> str:
        if not each.name:
            on = f" on {each.on}" if each.on else ""
            return f"...{on}{each.directive} {body}"
        name = f"F{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {each.on} {body}")
        return f"...{name}{each.directive}"


@st.composite
def documents(draw: st.DrawFn, shapes: Shapes, held: Held) -> Query:
    """Valid queries over what the database holds."""
    return Writer(shapes, held, draw).query()


@st.composite
def changes(draw: st.DrawFn, shapes: Shapes, held: Held) -> Query:
    """Valid mutations over what the database holds."""
    return Writer(shapes, held, draw).change()
