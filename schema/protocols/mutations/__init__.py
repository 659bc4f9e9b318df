import strawberry

from schema.protocols.mutations.adoptions import AdoptionMutations
from schema.protocols.mutations.overlays import OverlayMutations
from schema.protocols.mutations.templates import TemplateMutations


@strawberry.type
class ProtocolMutations(TemplateMutations, OverlayMutations, AdoptionMutations): ...
