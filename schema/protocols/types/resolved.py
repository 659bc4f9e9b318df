"""What applies in a clinic, layer by layer, as GraphQL shows it."""

from typing import Annotated, cast

import strawberry

from schema.protocols import rules, store
from schema.protocols.rules import CourseSeverity, LayerKind
from schema.protocols.types.content import (
    IntervalRule,
    ProtocolContent,
    SessionCountRule,
    VisitDurations,
)
from schema.protocols.types.differences import ProtocolDifference
from schema.protocols.types.templates import AddOnKeys, Areas, WhichVariant, durations_of
from schema.protocols.types.translations import Languages, in_languages

WhichSeverity = Annotated[
    CourseSeverity, strawberry.argument(description="How severe the concern is.")
]
HealingAreas = Annotated[
    list[str] | None,
    strawberry.argument(description="Keys of the areas to treat; null: what holds for all."),
]


@strawberry.type(description="What a layer says and cannot have: it does not apply, and why.")
class SetAside:
    path: str = strawberry.field(description="For example `steps.CLEANSE.minutes.typical`.")
    layer: LayerKind = strawberry.field(description="What kind of layer says it.")
    layer_name: str | None = strawberry.field(
        description="Code of the jurisdiction or the clinic; null for headquarters."
    )
    code: str = strawberry.field(description="Why, stable and machine-readable.")
    message: str = strawberry.field(description="Why, for people, in English; may change.")

    @classmethod
    def of(cls, found: rules.SetAside) -> "SetAside":
        return cls(
            path=found.path,
            layer=found.layer,
            layer_name=found.layer_name or None,
            code=found.violation.code,
            message=found.violation.message,
        )


@strawberry.type(
    description="What applies in a clinic: the version it is pinned to, with what the law of the"
    " place tightens and the clinic's own values on top."
)
class ResolvedProtocol:
    resolved: strawberry.Private[store.ResolvedProtocol]
    changes: list[ProtocolDifference] = strawberry.field(
        description="What leads from headquarters' version to what applies, the jurisdictions'"
        " changes first, each with the layer it comes from."
    )
    set_aside: list[SetAside] = strawberry.field(
        description="What a jurisdiction or the clinic says and what does not fit, so that it does"
        " not apply; somebody should look at it."
    )

    @classmethod
    def of(cls, found: store.ResolvedProtocol) -> "ResolvedProtocol":
        return cls(
            resolved=found,
            changes=[ProtocolDifference.of(each) for each in found.changes],
            set_aside=[SetAside.of(each) for each in found.set_aside],
        )

    @strawberry.field(description="All that applies.")
    def content(self, languages: Languages = None) -> ProtocolContent:
        return cast(ProtocolContent, in_languages(self.resolved.content, languages))

    @strawberry.field(description="How long a visit takes here, with add-ons that are offered.")
    def durations(
        self, areas: Areas, variant: WhichVariant = None, add_ons: AddOnKeys = None
    ) -> VisitDurations:
        found = self.resolved
        return durations_of(found.content, areas, variant, add_ons or (), found.add_on_keys)

    @strawberry.field(
        description="Days between sessions, never shorter than skin heals; null where there are no"
        " courses."
    )
    def interval(
        self, variant: WhichVariant = None, areas: HealingAreas = None
    ) -> IntervalRule | None:
        wanted = variant.value() if variant else rules.Variant()
        found = rules.spacing_for(self.resolved.content, wanted, areas or ())
        return cast("IntervalRule | None", found)

    @strawberry.field(description="How many sessions a course has; null where there are none.")
    def session_count(
        self, severity: WhichSeverity = CourseSeverity.STANDARD
    ) -> SessionCountRule | None:
        found = rules.session_count_for(self.resolved.content, severity)
        return cast("SessionCountRule | None", found)
