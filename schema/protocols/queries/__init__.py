import strawberry

from schema.protocols.queries.diffs import DiffQueries
from schema.protocols.queries.overlays import OverlayQueries
from schema.protocols.queries.protocols import TemplateQueries


@strawberry.type
class ProtocolQueries(TemplateQueries, DiffQueries, OverlayQueries): ...
