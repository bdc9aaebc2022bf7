"""The same work as others would write it, as well as we could: the variants that lost are named where they lost.

All take the weights into the lines of the curves, count a missing value as 0 points of weight 0, and so
redistribute within a dimension by dividing by the weight that is left, and across dimensions in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import pairwise
from operator import add
from typing import Any

import book
import duckdb
import numpy as np
import polars as pl

TIER_NAMES = [name for name, _ in book.TIERS]
EDGES = [float(low) for _, low in book.TIERS[1:]]
TOTAL = sum(book.DIMENSION_WEIGHTS)
# what one unit of an item's weight is of the whole
SHARES = [w / TOTAL / sum(map(book.weight, items)) for w, items in book.dimensions()]


def lines(item: int) -> tuple[tuple[float, float], list[tuple[float, float, float]], float]:
    """A weighted curve: its start (x, y), its lines as (end, slope, intercept), and its last y."""
    weight, points = book.weight(item), book.points(item)
    found = []
    for (x0, y0), (x1, y1) in pairwise(points):
        slope = (y1 - y0) / (x1 - x0)
        found.append((x1, slope * weight, (y0 - slope * x0) * weight))
    return (points[0][0], points[0][1] * weight), found, points[-1][1] * weight


def with_polars(frame: pl.DataFrame) -> Callable[[], pl.DataFrame]:
    """A lazy query for the streaming engine, which works in batches that fit the cache.

    Slower: the in-memory engine, `clip` for the lines, `sum_horizontal`, casts of booleans for the weights.
    """

    def curve(item: int) -> pl.Expr:
        (x, first), segments, last = lines(item)
        value = pl.col(book.NAMES[item])
        chosen = pl.when(value < x).then(pl.lit(first))
        for end, slope, intercept in segments:
            chosen = chosen.when(value < end).then(value * slope + intercept)
        return chosen.when(value.is_not_null()).then(pl.lit(last)).otherwise(pl.lit(0.0))

    def weight(item: int) -> pl.Expr:
        present = pl.col(book.NAMES[item]).is_not_null()
        return pl.when(present).then(pl.lit(book.weight(item))).otherwise(pl.lit(0.0))

    def total(expressions: Any) -> pl.Expr:
        return reduce(add, expressions)

    dimensions = list(enumerate(book.dimensions()))
    sums = [total(map(curve, items)).alias(f"sum{d}") for d, (_, items) in dimensions]
    weights = [total(map(weight, items)).alias(f"weight{d}") for d, (_, items) in dimensions]
    left = [pl.col(f"weight{d}") for d, _ in dimensions]
    nothing = pl.lit(0.0)
    top = total(
        pl.when(left[d] > 0).then(pl.col(f"sum{d}") / left[d] * w).otherwise(nothing) for d, (w, _) in dimensions
    )
    bottom = total(pl.when(left[d] > 0).then(pl.lit(w)).otherwise(nothing) for d, (w, _) in dimensions)
    coverage = total(left[d] * SHARES[d] for d, _ in dimensions)
    score = pl.col("score")
    names = pl.Enum(TIER_NAMES)
    tier = pl.when(score.is_null()).then(pl.lit(None, dtype=names))
    for name, low in reversed(book.TIERS[1:]):
        tier = tier.when(score >= low).then(pl.lit(name, dtype=names))
    query = (
        frame.lazy()
        .select(*sums, *weights)
        .select(pl.when(coverage >= book.MIN_COVERAGE).then(top / bottom).alias("score"))
        .with_columns(tier.otherwise(pl.lit(TIER_NAMES[0], dtype=names)).alias("tier"))
    )
    return lambda: query.collect(engine="streaming")


def with_numpy(columns: dict[str, np.ndarray], block: int = 32_768) -> Callable[[], tuple[np.ndarray, np.ndarray]]:
    """Column at a time and in place, on blocks of rows that stay in the cache.

    A line is its slope times the value clipped to its ends, and the lines of a curve are added up; NaN goes
    through. Slower: whole columns, `np.interp`, `np.minimum` of `np.maximum`, `np.copyto` with a mask.
    """
    data = [columns[name] for name in book.NAMES]
    rows = len(data[0])
    curves = []
    for item in range(book.ITEMS):
        points, (_, segments, _) = book.points(item), lines(item)
        starts = [x for x, _ in points]
        clips = [(x, end, slope) for x, (end, slope, _) in zip(starts, segments, strict=False)]
        offset = points[0][1] * book.weight(item) - sum(x * slope for x, _, slope in clips)
        curves.append((clips, offset))

    def block_of(start: int, score: np.ndarray, tier: np.ndarray, memory: np.ndarray, mask: np.ndarray) -> None:
        line, points, weights, top, bottom, coverage, values = memory
        top.fill(0.0)
        bottom.fill(0.0)
        coverage.fill(0.0)
        for (dimension_weight, items), share in zip(book.dimensions(), SHARES, strict=True):
            points.fill(0.0)
            weights.fill(0.0)
            for item in items:
                x = data[item][start : start + len(score)]
                clips, offset = curves[item]
                for i, (low, high, slope) in enumerate(clips):
                    out = line if i else values
                    np.clip(x, low, high, out=out)
                    out *= slope
                    if i:
                        values += line
                values += offset
                np.fmax(values, 0.0, out=values)  # NaN becomes 0, and no curve goes below
                points += values
                np.equal(x, x, out=mask)
                np.multiply(mask, book.weight(item), out=line)
                weights += line
            points /= weights
            np.fmax(points, 0.0, out=points)
            points *= dimension_weight
            top += points
            np.greater(weights, 0.0, out=mask)
            np.multiply(mask, dimension_weight, out=line)
            bottom += line
            weights *= share
            coverage += weights
        np.divide(top, bottom, out=score)
        np.less(coverage, book.MIN_COVERAGE, out=mask)
        score[mask] = np.nan
        tier.fill(0)
        for edge in EDGES:
            np.greater_equal(score, edge, out=mask)
            tier += mask.view(np.int8)
        np.not_equal(score, score, out=mask)
        tier[mask] = -1

    def run() -> tuple[np.ndarray, np.ndarray]:
        score, tier = np.empty(rows), np.empty(rows, np.int8)
        memory, mask = np.empty((7, block)), np.empty(block, bool)
        with np.errstate(divide="ignore", invalid="ignore"):
            for start in range(0, rows, block):
                n = min(block, rows - start)
                part = slice(start, start + n)
                block_of(start, score[part], tier[part], memory[:, :n], mask[:n])
        return score, tier

    return run


def with_duckdb(table: Any, threads: int) -> Callable[[], Any]:
    """SQL over a table of DuckDB's own, fetched as an Arrow table.

    Slower: `least` of `greatest` for the lines, casts of booleans for the weights, scanning Arrow.
    """

    def curve(item: int) -> str:
        (x, first), segments, last = lines(item)
        name = book.NAMES[item]
        cases = [f"when {name} < {x}::double then {first}::double"]
        cases += [f"when {name} < {end}::double then {name} * {k!r}::double + {c!r}::double" for end, k, c in segments]
        return f"case {' '.join(cases)} when {name} is not null then {last}::double else 0::double end"

    def weight(item: int) -> str:
        return f"case when {book.NAMES[item]} is null then 0::double else {book.weight(item)}::double end"

    dimensions = list(enumerate(book.dimensions()))
    sums = [f"{' + '.join(map(curve, items))} as sum{d}" for d, (_, items) in dimensions]
    weights = [f"{' + '.join(map(weight, items))} as weight{d}" for d, (_, items) in dimensions]
    top = [
        f"case when weight{d} > 0 then sum{d} / weight{d} * {w}::double else 0::double end" for d, (w, _) in dimensions
    ]
    bottom = [f"case when weight{d} > 0 then {w}::double else 0::double end" for d, (w, _) in dimensions]
    coverage = [f"weight{d} * {share!r}::double" for d, share in enumerate(SHARES)]
    tiers = [f"when score >= {low} then '{name}'" for name, low in reversed(book.TIERS[1:])]
    names = ", ".join(f"'{name}'" for name in TIER_NAMES)
    sql = f"""
        select score, (case {" ".join(tiers)} when score is not null then '{TIER_NAMES[0]}' end)::enum({names}) as tier
        from (select case when {" + ".join(coverage)} >= {book.MIN_COVERAGE}::double
                          then ({" + ".join(top)}) / ({" + ".join(bottom)}) end as score
              from (select {", ".join(sums + weights)} from book))
    """
    connection = duckdb.connect(config={"threads": threads})
    connection.register("given", table)
    connection.execute("create table book as select * from given")
    return lambda: connection.execute(sql).to_arrow_table()
