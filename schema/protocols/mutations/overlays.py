import strawberry


@strawberry.type
class OverlayMutations: ...
