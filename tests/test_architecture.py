"""The dependency direction of the README, and who may pass where, enforced."""

import ast
from collections.abc import Iterator
from pathlib import Path

import alembic
import pytest
from sqlalchemy import UniqueConstraint
from strawberry.types import has_object_definition
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

from schema import DOMAINS, LAYERS
from schema.base import tables
from schema.fields import NODES, Link, Open, Permitted, Stated
from schema.root import Mutation, Query, Subscription, schema

ROOT = Path(__file__).parent.parent
ROOTS = (Query, Mutation, Subscription)
#: What a `rules` module may import of this project: values, and the one value that speaks SQL.
PURE = {"errors", "money", "intervals", "scope"}
MODULES = sorted(each.relative_to(ROOT) for each in (ROOT / "schema").rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def place(module: str) -> tuple[int, int] | None:
    """`schema.clinics.store` → (index of store, index of clinics)."""
    _, domain, layer, *_ = [*module.split("."), "", ""]
    if domain in DOMAINS and layer in LAYERS:
        return LAYERS.index(layer), DOMAINS.index(domain)
    return None


def test_every_domain_is_there_and_none_besides() -> None:
    folders = {each.parent.name for each in (ROOT / "schema").glob("*/__init__.py")}
    assert folders == {*DOMAINS, "execution"}


def test_execution_knows_nothing_of_clinics() -> None:
    """It could be published by itself."""
    for path in (ROOT / "schema" / "execution").glob("*.py"):
        for module, line in imports(path):
            own = module.split(".")[:2] == ["schema", "execution"]
            assert own or module.split(".")[0] not in ("schema", "api"), f"{path}:{line}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_schema_knows_nothing_of_api(path: Path) -> None:
    for module, line in imports(path):
        assert module.split(".")[0] != "api", f"{path}:{line}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_rules_are_pure(path: Path) -> None:
    if "rules" not in (path.stem, path.parent.name):
        return
    for module, line in imports(path):
        root, *rest = module.split(".")
        if root == "schema":
            assert rest[0] in PURE or rest[1] == "rules", f"{path}:{line} imports {module}"
        else:
            assert root not in {"strawberry", "sqlalchemy", "sqlmodel", "starlette"}, f"{path}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_imports_point_down(path: Path) -> None:
    """To a lower layer, or within one layer to an earlier domain."""
    here = place(".".join(path.with_suffix("").parts))
    for module, line in imports(path):
        there = place(module)
        if here and there:
            assert there[0] < here[0] or (there[0] == here[0] and there[1] <= here[1]), (
                f"{path}:{line} imports {module}"
            )


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_nothing_below_the_process_reads_the_environment_or_the_clock(path: Path) -> None:
    text = (ROOT / path).read_text()
    for forbidden in ("os.environ", "os.getenv", "datetime.now(", "datetime.utcnow", "date.today("):
        assert forbidden not in text, f"{path} holds {forbidden}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_only_actions_write(path: Path) -> None:
    """`work.record` aside, whose one insert is in `context`."""
    layer = place(".".join(path.with_suffix("").parts))
    if layer is None or LAYERS[layer[0]] == "actions":
        return
    for module, line in imports(path):
        if module.startswith("sqlalchemy"):
            assert module.split(".")[-1] not in {"insert", "update", "delete"}, f"{path}:{line}"


def home(kind: type) -> str:
    """The domain a GraphQL type is written in."""
    return kind.__module__.split(".")[1]


def fields() -> Iterator[tuple[type, StrawberryField]]:
    for concrete in schema.schema_converter.type_map.values():
        definition = concrete.definition
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            for field in definition.fields:
                yield definition.origin, field


def targets(field: StrawberryField) -> Iterator[type]:
    """The types of our own that a field leads to, through lists, unions, connections and edges."""
    kinds = [field.type]
    seen: set[int] = set()
    while kinds:
        kind = kinds.pop()
        while isinstance(kind, StrawberryContainer):
            kind = kind.of_type
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        if isinstance(kind, StrawberryUnion):
            kinds.extend(kind.types)
        elif has_object_definition(kind):
            if kind.__module__.startswith("strawberry"):
                kinds.extend(each.type for each in kind.__strawberry_definition__.fields)
            else:
                yield kind


def is_value(kind: type) -> bool:
    """Money and the like: no object of its own, and no way on to one."""
    definition = kind.__strawberry_definition__  # type: ignore[attr-defined]
    return kind.__name__ not in NODES and all(stated(each) is None for each in definition.fields)


def stated(field: StrawberryField) -> Stated | None:
    """The permission a field states, at itself or in its link."""
    link = field.metadata.get("link")
    if isinstance(link, Link):
        return link.permitted
    return next((each for each in field.extensions if isinstance(each, Stated)), None)


def test_every_root_field_states_its_permission() -> None:
    for origin, field in fields():
        if origin in ROOTS:
            assert isinstance(stated(field), Open | Permitted), f"{origin.__name__}.{field.name}"


def test_a_crossing_into_a_domain_takes_a_permission() -> None:
    crossings = 0
    for origin, field in fields():
        if origin in ROOTS or origin.__module__.startswith("strawberry"):
            continue
        for target in targets(field):
            if home(target) in (home(origin), "problems") or is_value(target):
                continue
            crossings += 1
            assert isinstance(stated(field), Permitted), f"{origin.__name__}.{field.python_name}"
    assert crossings > 5


def test_links_are_declared_not_coded() -> None:
    """A field that leads to a node is a link, or already holds the object (a payload's part)."""
    for origin, field in fields():
        if origin in ROOTS or "link" in field.metadata:
            continue
        resolver = field.base_resolver
        leads = any(each.__name__ in NODES for each in targets(field))
        own = not origin.__module__.startswith("strawberry")
        assert not (own and leads and resolver), f"{origin.__name__}.{field.python_name}"


def test_every_table_declares_its_kind() -> None:
    found = tables()
    assert len(found) > 10
    for name, row in found.items():
        assert row.kind.name in {"tenant", "shared", "personal"}, name


#: Unique in the world, not in a clinic: a calendar's number, and what a maker stamps on a device.
WORLDWIDE = {("resource_no",), ("device_model_id", "serial_number")}


def test_the_clinic_comes_first_in_unique_keys_and_in_some_index() -> None:
    for name, row in tables().items():
        table = row.__table__  # type: ignore[attr-defined]
        if row.kind.name != "tenant" or name in ("clinics", "events"):
            continue
        unique = [
            tuple(each.name for each in constraint.columns)
            for constraint in (*table.constraints, *table.indexes)
            if isinstance(constraint, UniqueConstraint) or getattr(constraint, "unique", False)
        ]
        for columns in set(unique) - WORLDWIDE:
            assert columns[0] == "clinic_id", f"{name}: {columns}"
        first = {next(iter(each.columns)).name for each in table.indexes}
        first |= {columns[0] for columns in unique} | {table.primary_key.columns[0].name}
        assert "clinic_id" in first, f"{name} has no index that starts with clinic_id"


def test_alembic_is_the_package() -> None:
    assert alembic.__file__ is not None
    assert "site-packages" in alembic.__file__
    assert not (ROOT / "alembic" / "__init__.py").exists()
