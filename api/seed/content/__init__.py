"""The franchise's templates: one treatment for each of the five articles, and two visits more."""

from dataclasses import dataclass

from api.seed.content import classic, clinical, first, medical, monthly, visits
from api.seed.content.spanish import with_spanish
from schema.protocols.rules import ProtocolContent, ProtocolKind


@dataclass(frozen=True, slots=True)
class Template:
    """A template with the content of its first version."""

    code: str
    kind: ProtocolKind
    content: ProtocolContent

    @property
    def name(self) -> str:
        return self.content.name

    @property
    def certified(self) -> bool:
        """Whether only those trained for it may do it, or some of its steps."""
        return any(need.certified for step in self.content.steps for need in step.needs)


TEMPLATES = (
    Template("CONSULT", ProtocolKind.CONSULTATION, visits.consultation()),
    Template("PATCH-TEST", ProtocolKind.PATCH_TEST, visits.patch_test()),
    Template("MN-MEDICAL", ProtocolKind.TREATMENT, medical.content()),
    Template("MN-CLASSIC", ProtocolKind.TREATMENT, classic.content()),
    Template("MN-FIRST", ProtocolKind.TREATMENT, with_spanish(first.content())),
    Template("MN-CLINICAL", ProtocolKind.TREATMENT, clinical.content()),
    Template("MN-MONTHLY", ProtocolKind.TREATMENT, monthly.content()),
)
#: For what who treats has to be trained.
CERTIFIED = tuple(each.code for each in TEMPLATES if each.certified)
