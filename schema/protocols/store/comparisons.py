"""What can be compared: versions as HQ wrote them, and what applies in clinics."""

from collections.abc import Collection, Mapping
from uuid import UUID

from schema.base import Reader
from schema.protocols.rules import Resolved
from schema.protocols.store.resolved import resolved_protocols
from schema.protocols.store.templates import contents_by_version
from schema.scope import Scope


async def compared_points(
    session: Reader,
    scope: Scope,
    *,
    versions: Collection[UUID],
    clinic_protocols: Collection[UUID],
) -> Mapping[UUID, Resolved]:
    """What versions say and what applies under adoptions, by the ids of both.

    At most one SELECT for the versions and those of `resolved_protocols` for the adoptions.
    """
    found: dict[UUID, Resolved] = {}
    if versions:
        for key, says in (await contents_by_version(session, list(versions), scope)).items():
            found[key] = Resolved(says, says)
    if clinic_protocols:
        resolved = await resolved_protocols(session, list(clinic_protocols), scope)
        for key, each in resolved.items():
            found[key] = Resolved(each.content, each.lower.content, each.changes, each.set_aside)
    return found
