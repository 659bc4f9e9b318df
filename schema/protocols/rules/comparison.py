"""How two things that apply differ, whatever layers each of them is made of."""

from dataclasses import replace

from schema.protocols.rules.resolution import LayerChange, Resolved, attributed


def compared(old: Resolved, new: Resolved) -> tuple[LayerChange, ...]:
    """What leads from the one to the other, each difference naming the layer that it comes from.

    Of a field that layers set on both sides, the one of `new` is named; of a field that only `old`
    has from a layer, that layer: it is what falls away. Else headquarters wrote it otherwise.
    """
    return attributed(old.content, replace(new, changes=(*old.changes, *new.changes)))
