"""How long visits take and what they occupy."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from api.seed.content import TEMPLATES
from schema.protocols.rules import (
    Counts,
    Durations,
    Lane,
    Minutes,
    Need,
    ProtocolContent,
    ResourceKind,
    ResourceNeed,
    Step,
    Variant,
    durations,
    needs,
    timeline,
)
from schema.protocols.rules.timing import visit_steps

MEDICAL = next(each.content for each in TEMPLATES if each.code == "MN-MEDICAL")
ALWAYS = Variant()
ROOM = ResourceNeed(role="ROOM", kind=ResourceKind.ROOM, any_of=("TREATMENT",))
PEN = ResourceNeed(role="PEN", kind=ResourceKind.DEVICE, any_of=("NEEDLE_PEN",))

multiples_of_5 = st.integers(0, 12).map(lambda each: each * 5)
minutes = st.lists(multiples_of_5, min_size=3, max_size=3).map(lambda each: Minutes(*sorted(each)))


def operator(name: str) -> ResourceNeed:
    return ResourceNeed(role=name, kind=ResourceKind.PRACTITIONER, any_of=("NURSE",))


@st.composite
def contents(draw: st.DrawFn) -> ProtocolContent:
    """Steps alone or in parallel lanes; nobody is in two lanes at once."""
    steps: list[Step] = []
    for group in range(draw(st.integers(1, 4))):
        for lane in range(draw(st.integers(1, 3))):
            possible = [(ROOM,), (), (operator(f"O{lane}"),), (ROOM, operator(f"O{lane}"))]
            steps += [
                Step(
                    key=f"S{group}_{lane}_{position}",
                    name="Step",
                    minutes=draw(minutes),
                    counts=draw(st.sampled_from(Counts)),
                    optional=draw(st.booleans()),
                    on_by_default=draw(st.booleans()),
                    parallel=Lane(group=f"G{group}", lane=f"L{lane}"),
                    needs=draw(st.sampled_from(possible)),
                )
                for position in range(draw(st.integers(1, 3)))
            ]
    return ProtocolContent(name="Any", summary="Any", steps=tuple(steps))


def each_duration(found: Durations) -> tuple[Minutes, Minutes, Minutes]:
    return found.chair, found.practitioner, found.total


def occupied(found: tuple[Need, ...], kind: ResourceKind) -> int:
    return sum(end - start for each in found if each.kind is kind for start, end in each.stretches)


@given(contents(), st.integers(1, 4))
def test_durations_ascend_on_the_grid(content, count):
    areas = [str(each) for each in range(count)]
    for each in each_duration(durations(content, areas, ALWAYS, ())):
        assert 0 <= each.min <= each.typical <= each.max
        assert all(value % 5 == 0 for value in (each.min, each.typical, each.max))


@given(contents(), st.integers(1, 3))
def test_another_area_never_shortens(content, count):
    some = durations(content, range(count), ALWAYS, ())
    more = durations(content, range(count + 1), ALWAYS, ())
    for fewer, greater in zip(each_duration(some), each_duration(more), strict=True):
        assert fewer.typical <= greater.typical


@given(contents())
def test_chair_is_never_longer_than_the_visit(content):
    found = durations(content, ["FACE"], ALWAYS, ())
    assert found.chair.typical <= found.total.typical


@given(contents(), st.integers(1, 3))
def test_needs_and_durations_agree(content, count):
    found = needs(content, range(count), ALWAYS, ())
    told = durations(content, range(count), ALWAYS, ())
    assert occupied(found, ResourceKind.ROOM) == told.chair.typical
    assert occupied(found, ResourceKind.PRACTITIONER) == told.practitioner.typical


@given(contents())
def test_stretches_ascend_apart_within_the_visit(content):
    total = durations(content, ["FACE"], ALWAYS, ()).total.typical
    for need in needs(content, ["FACE"], ALWAYS, ()):
        edges = [edge for stretch in need.stretches for edge in stretch]
        assert edges == sorted(set(edges))
        assert all(0 <= edge <= total and edge % 5 == 0 for edge in edges)


@given(st.permutations(["PRP", "MMP", "LED", "COOLING_MASK"]))
def test_order_of_add_ons_does_not_matter(chosen):
    usual = ("PRP", "MMP", "LED", "COOLING_MASK")
    assert needs(MEDICAL, ["FACE"], ALWAYS, chosen) == needs(MEDICAL, ["FACE"], ALWAYS, usual)


def test_waiting_takes_the_room_and_no_practitioner():
    found = {each.role: each for each in needs(MEDICAL, ["FACE"], ALWAYS, ())}
    assert found["ROOM"].stretches == ((0, 70),)
    assert found["OPERATOR"].stretches == ((0, 20), (40, 70))
    assert found["NEEDLE_DEVICE"].stretches == ((40, 60),)
    assert found["NEEDLE_DEVICE"].clean_up == 10


def test_areas_share_cleansing_and_the_wait():
    one = durations(MEDICAL, ["FACE"], ALWAYS, ())
    two = durations(MEDICAL, ["FACE", "NECK"], ALWAYS, ())
    assert two.total.typical - one.total.typical == 20


def test_blood_is_drawn_and_spun_during_the_wait():
    found = {each.role: each for each in needs(MEDICAL, ["FACE"], ALWAYS, ["PRP"])}
    assert found["PHLEBOTOMIST"].stretches == ((20, 30),)
    assert found["CENTRIFUGE"].stretches == ((30, 45),)
    assert found["NEEDLE_DEVICE"].stretches == ((45, 65),)
    assert found["ROOM"].stretches == ((0, 85),)


def test_mmp_lengthens_needling_and_asks_more_of_the_operator():
    found = {each.role: each for each in needs(MEDICAL, ["FACE"], ALWAYS, ["MMP"])}
    assert found["NEEDLE_DEVICE"].stretches == found["MMP_DEVICE"].stretches == ((40, 70),)
    assert found["OPERATOR"].met_by({"NURSE"})
    assert not found["OPERATOR"].met_by({"AESTHETICIAN"})


def test_depth_rules_apply_to_who_needles():
    depth = {each.role: each.depth_mm for each in needs(MEDICAL, ["FACE"], ALWAYS, ["PRP"])}
    needling = {role for role, each in depth.items() if each is not None}
    assert needling == {"OPERATOR", "NEEDLE_DEVICE"}


def test_optional_step_that_is_off_takes_no_time():
    off = tuple(
        replace(each, optional=True, on_by_default=False) if each.key == "NUMB_WAIT" else each
        for each in MEDICAL.steps
    )
    found = durations(replace(MEDICAL, steps=off), ["FACE"], ALWAYS, ())
    assert found.total.typical == durations(MEDICAL, ["FACE"], ALWAYS, ()).total.typical - 20


def test_clean_up_counts_from_the_last_stretch():
    early = replace(PEN, clean_up_minutes=30)
    content = ProtocolContent(
        name="Two steps",
        summary="Two steps",
        steps=(
            Step(key="FIRST", name="First", minutes=Minutes(10, 10, 10), needs=(early,)),
            Step(key="LAST", name="Last", minutes=Minutes(10, 10, 10), needs=(PEN,)),
        ),
    )
    (need,) = needs(content, (), ALWAYS, ())
    assert (need.stretches, need.clean_up) == (((0, 20),), 20)


def test_steps_follow_their_anchor():
    placed = timeline(visit_steps(MEDICAL, ["FACE"], ALWAYS, ["PRP", "LED"]))
    keys = [each.step.key for each in placed]
    assert keys.index("PRP_APPLY") == keys.index("NEEDLE") + 1
    assert keys.index("LED") == keys.index("SOOTHE") + 1


def test_whoever_is_certified_for_one_step_does_the_others_of_the_role_too():
    trained = replace(operator("OPERATOR"), certified=True)
    steps = (
        Step(key="TALK", name="Talk", minutes=Minutes(5, 5, 5), needs=(operator("OPERATOR"),)),
        Step(key="NEEDLE", name="Needle", minutes=Minutes(5, 5, 5), needs=(ROOM, trained)),
    )
    content = ProtocolContent(name="Any", summary="Any", steps=steps)
    found = {each.role: each.certified for each in needs(content, ["FACE"], ALWAYS, ())}
    assert found == {"OPERATOR": True, "ROOM": False}
