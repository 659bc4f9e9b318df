"""When a visit can start, by one SQL statement with multiranges: the way beyond the calendars.

It shares no rule with `free_starts` but the meaning of a `Need`, so that each can prove the other.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, String, bindparam, text
from sqlalchemy import Interval as Duration
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from schema.base import Reader, execute
from schema.context import every_clinic
from schema.intervals import EPOCH, Interval, in_utc
from schema.scheduling.rules import GRID_MINUTES, AllocationState, Need

# Sets of starts are closed: 30 minutes fit into [9:00, 10:00) from 9:00 to 9:30, both included.
# What is taken off them is open: 30 minutes touch [9:00, 10:00) after 8:30 and before 10:00.
STARTS = """
with recursive asked as materialized (
    select position, need -> 'pool' as pool, need -> 'stretches' as stretches,
        need -> 'idle' as idle, coalesce(need = lag(need) over (order by position), false) as twin
    from jsonb_array_elements(:needs) with ordinality as needs (need, position)
),
-- By plain columns: operators on ranges are not leakproof, so that their index would go unused.
taken as materialized (
    select resource_no as number, range_agg(tstzrange(starts_at, ends_at)) as during
    from allocations
    where resource_no = any(:numbers) and starts_at < :latest and ends_at > :earliest
        and (state = :booked or state = :held and expires_at > :now)
    group by resource_no
),
hours as (
    select number, range_agg(tstzrange(opens, closes)) as during
    from unnest(:open_numbers, :opens, :closes) as given (number, opens, closes)
    where opens < closes
    group by number
),
-- Open time in whole cells of the grid. What is taken is made of them: the table checks that.
opened as (
    select number, range_agg(tstzrange(opens, closes)) as during
    from hours, unnest(during) as span,
        date_bin(:grid, lower(span) + :grid - interval '1 microsecond', :epoch) as opens,
        date_bin(:grid, upper(span), :epoch) as closes
    where opens < closes
    group by number
),
calendars as materialized (
    select number, coalesce(taken.during, '{}') as taken,
        coalesce(opened.during, '{}') - coalesce(taken.during, '{}') as free
    from unnest(:numbers) as number
        left join opened using (number)
        left join taken using (number)
),
-- The starts at which one resource can meet one need.
able as materialized (
    select position, number, twin, count(*) over (partition by number) > 1 as shared,
        (
            select coalesce(range_intersect_agg(fitting), tstzmultirange(tstzrange(:first, :last)))
            from jsonb_array_elements(stretches) as stretch, lateral (
                select coalesce(range_agg(tstzrange(earliest, latest, '[]')), '{}') as fitting
                from unnest(free) as span,
                    make_interval(mins => cast(stretch -> 0 as int)) as begins,
                    make_interval(mins => cast(stretch -> 1 as int)) as ends,
                    lateral (select lower(span) - begins, upper(span) - ends)
                        as fit (earliest, latest)
                where earliest <= latest
            ) as found
        ) - (
            select coalesce(
                range_agg(tstzrange(lower(span) - ends, upper(span) - begins, '()')), '{}'
            )
            from jsonb_array_elements(idle) as stretch, unnest(taken) as span,
                make_interval(mins => cast(stretch -> 0 as int)) as begins,
                make_interval(mins => cast(stretch -> 1 as int)) as ends
        ) as starts
    from asked, jsonb_array_elements(pool) as member
        join calendars on number = cast(member as bigint)
),
-- Those whom no other need wants are as good as one, who is able whenever one of them is.
choices as materialized (
    select position, twin, case when shared then number end as number, range_agg(starts) as starts
    from able
    group by 1, 2, 3
),
-- Twins, needs that ask the same, take their resources in one order: the others bring nothing new.
served (needs, used, starts) as (
    select cast(0 as bigint), cast('{}' as bigint[]), tstzmultirange(tstzrange(:first, :last))
    union all
    select position, case when number is null then used else used || number end,
        served.starts * choices.starts
    from served join choices on position = needs + 1
    where (number is null or number <> all(used)) and served.starts && choices.starts
        and (not twin or number > used[cardinality(used)])
)
select start
from (
    select range_agg(starts) as starts
    from served
    where needs = (select count(*) from asked)
) as found, generate_series(:first, :last, :step) as start
where starts @> start
order by start
limit :limit
"""
MINUTE, GRID = timedelta(minutes=1), timedelta(minutes=GRID_MINUTES)
INSTANT, SPAN = DateTime(timezone=True), Duration()
STATEMENT = text(STARTS).bindparams(
    *(bindparam(name, type_=INSTANT) for name in ("first", "last", "earliest", "latest", "now")),
    *(bindparam(name, type_=ARRAY(INSTANT)) for name in ("opens", "closes")),
    *(bindparam(name, type_=ARRAY(BigInteger)) for name in ("numbers", "open_numbers")),
    bindparam("needs", type_=JSONB),
    bindparam("step", type_=SPAN),
    bindparam("limit", type_=Integer),
    bindparam("grid", GRID, type_=SPAN),
    bindparam("epoch", EPOCH, type_=INSTANT),
    bindparam("booked", AllocationState.BOOKED, type_=String),
    bindparam("held", AllocationState.HELD, type_=String),
)


async def starts_by_sql(
    session: Reader,
    open: Mapping[int, Sequence[Interval]],
    needs: Sequence[Need],
    window: Interval,
    step_minutes: int,
    now: datetime,
    limit: int | None = None,
) -> list[datetime]:
    """What `free_starts` answers, or the first `limit` of it, with the allocations of all clinics.

    Taken is what is booked, or held beyond `now`. Bare instants: whoever asks learns when a visit
    can start, neither where nor for what the resources are taken.
    """
    window = in_utc(window)
    if window.start >= window.end:
        return []
    asked = sorted((_asked(need) for need in needs), key=str)  # twins side by side
    minutes = [
        0,
        *(each for need in asked for pair in (*need["stretches"], *need["idle"]) for each in pair),
    ]
    touched = Interval(window.start + min(minutes) * MINUTE, window.end + max(minutes) * MINUTE)
    numbers = sorted({number for need in needs for number in need.pool})
    hours = [
        (number, *each)
        for number in numbers
        for each in open.get(number, ())
        if each[0] < touched.end + GRID and each[1] > touched.start - GRID
    ]
    parameters = {
        "needs": asked,
        "numbers": numbers,
        "open_numbers": [number for number, _, _ in hours],
        "opens": [opens for _, opens, _ in hours],
        "closes": [closes for _, _, closes in hours],
        "first": window.start,
        "last": window.end,
        "earliest": touched.start,
        "latest": touched.end,
        "step": step_minutes * MINUTE,
        "now": now,
        "limit": limit,
    }
    async with every_clinic(session):
        rows = await execute(session, STATEMENT.bindparams(**parameters))
    return list(rows.scalars())


def _asked(need: Need) -> dict[str, Any]:
    """A need as minutes after the start: in which its resource works, in which it only is idle."""
    stretches = [(begins, ends) for begins, ends in need.stretches if begins < ends]
    begins = min((each for each, _ in stretches), default=0)
    ends = max((each for _, each in stretches), default=0)
    around = [(begins - need.set_up, begins), (ends, ends + need.clean_up)]
    return {
        "pool": sorted(need.pool),
        "stretches": stretches,
        "idle": [(begins, ends) for begins, ends in around if begins < ends],
    }
