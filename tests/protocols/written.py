"""What tests of the protocols share: templates published by HQ, contents as GraphQL inputs."""

from dataclasses import dataclass, fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

from api.seed.content import TEMPLATES, Template
from api.seed.content.publishing import EVERY_RISK, publish_templates
from schema.access.rules import Actor, Role
from schema.protocols.rules.paths import camel
from tests.actors import everywhere
from tests.asking import Acting
from tests.franchise import Franchise, build

BY_CODE = {each.code: each for each in TEMPLATES}


@dataclass(frozen=True)
class Published:
    """A franchise whose HQ published some templates, and two people of HQ."""

    franchise: Franchise
    author: Actor
    approver: Actor

    @property
    def manager(self) -> Actor:
        """Of Raleigh."""
        return self.franchise.manager


async def publish(act: Acting, *codes: str) -> Published:
    author, approver = (everywhere(Role.HQ_CLINICAL_LEAD) for _ in range(2))
    async with act.work() as work:
        franchise = await build(work)
        await publish_templates(
            work,
            author=author,
            approver=approver,
            templates=[BY_CODE[each] for each in codes],
            accept=EVERY_RISK,
        )
    return Published(franchise, author, approver)


def as_input(value: Any) -> Any:
    """A value of the rules as the variables of a GraphQL operation hold it."""
    if is_dataclass(value):
        return {camel(each.name): as_input(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [as_input(each) for each in value]
    if isinstance(value, Enum):
        return value.name
    return str(value) if isinstance(value, Decimal) else value


def template_input(template: Template, code: str | None = None) -> dict[str, Any]:
    return {
        "code": code or template.code,
        "kind": template.kind.name,
        "from": {"content": as_input(template.content)},
    }
