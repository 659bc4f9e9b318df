"""The franchise's templates written, reviewed and published through the domains' own actions."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from sqlmodel import col, select

from api.seed.content import TEMPLATES, Template
from schema.access.rules import Actor
from schema.context import Work
from schema.governance import actions as governance
from schema.governance.rules import PublicationRisk
from schema.protocols import actions
from schema.protocols.models import ProtocolVersionRow

#: Where templates come before the clinics, or before what is in them.
EVERY_RISK = frozenset(PublicationRisk)


async def publish_templates(
    work: Work,
    *,
    author: Actor,
    approver: Actor,
    templates: Sequence[Template] = TEMPLATES,
    from_on: date | None = None,
    accept: Collection[PublicationRisk] = (),
) -> None:
    """Publish first versions: written by one person of HQ, approved by another.

    Raises: PublicationRefused where the clinics cannot do what a template asks for, unless that
    risk is accepted.
    """
    writing, approving = replace(work, actor=author), replace(work, actor=approver)
    for each in templates:
        template = await actions.create_protocol_template(
            writing, code=each.code, kind=each.kind, content=each.content
        )
        drafts = select(ProtocolVersionRow).where(
            col(ProtocolVersionRow.template_id) == template.id
        )
        version = (await work.session.exec(drafts)).one()
        await actions.submit_protocol_version(
            writing, version_id=version.id, expected_revision=version.revision
        )
        await actions.approve_protocol_version(
            approving, version_id=version.id, expected_revision=version.revision
        )
        await governance.publish_protocol_version(
            approving,
            version_id=version.id,
            expected_revision=version.revision,
            from_on=from_on,
            accept=accept,
        )
