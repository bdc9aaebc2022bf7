"""Scoring through Python, beside polars, numpy and DuckDB doing the same work.

Run it without arguments; see `benches/README.md`. It fails when any of them scores differently.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import book
import measure
import numpy as np

ROWS = 1_000_000
SELECT = ["score", "tier"]
TOLERANCE = 1e-9
FLOOR = "read only: numpy sum"
HERE = Path(__file__).resolve().parent
WHEELS = HERE.parents[1] / "target" / "wheels"
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
MEMORY = ["polars", "pandas", "pyarrow", "polars, text ids", "pandas, text ids", "peer: polars", "peer: numpy"]

Lines = dict[str, Callable[[], Any]]


def main() -> None:
    """Runs all parts, each in a process of its own: libraries read their number of threads when they start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="?", choices=["book", "cores", "ids", "one", "memory", "start"])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--kind", choices=MEMORY, help="for the part `memory`")
    given = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    if given.part is not None:
        parts = {"book": one_thread, "cores": all_cores, "ids": duplicates}
        if given.part in parts:
            parts[given.part](given.rows, given.rounds)
        elif given.part == "memory":
            print(f"{extra_memory(given.kind, given.rows):.1f}")
        else:
            {"one": one_account, "start": start}[given.part]()
        return

    def child(part: str, *options: str, **environment: str) -> str:
        command = [sys.executable, __file__, part, f"--rows={given.rows}", f"--rounds={given.rounds}", *options]
        done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, encoding="utf-8")
        if done.returncode != 0:
            sys.exit(done.returncode)  # the child has said why
        return done.stdout

    print(f"## Python {sys.version.split()[0]}")
    for part, environment in [("book", ONE_THREAD), ("cores", {}), ("ids", ONE_THREAD), ("one", ONE_THREAD)]:
        print(child(part, **environment), end="", flush=True)
    print("\n### Memory beyond the returned columns, MB\n")
    print("| line | MB |\n|---|--:|")
    extra = {kind: float(child("memory", f"--kind={kind}", **ONE_THREAD)) for kind in MEMORY}
    for kind, megabytes in extra.items():
        print(f"| {kind} | {megabytes:.1f} |")
    ours = max(megabytes for kind, megabytes in extra.items() if not kind.startswith("peer"))
    print()
    measure.aim("under 16 MB beyond the returned columns", f"at most {ours:.1f} MB", ours < 16)
    print(child("start"), end="")


# --- scoring --------------------------------------------------------------------------------------------------------


def frames(rows: int, missing: int = 1) -> dict[str, Any]:
    """The same columns as every kind of frame: nulls in bitmaps for Arrow, NaN for NumPy."""
    import pandas as pd
    import polars as pl

    columns = book.columns(rows, missing)
    frame = pl.DataFrame({name: pl.Series(values).fill_nan(None) for name, values in columns.items()}).rechunk()
    return {"numpy": columns, "polars": frame, "pandas": pd.DataFrame(columns), "pyarrow": frame.to_arrow()}


def ours(data: dict[str, Any], threads: int, kinds: Iterable[str]) -> Lines:
    """Our lines, by kind of frame."""
    import customer_success as cs

    card = cs.Scorecard(book.card())

    def line(frame: Any) -> Callable[[], Any]:
        return lambda: card.score(frame, select=SELECT, threads=threads)

    plural = "s" if threads > 1 else ""
    return {f"customer_success, {kind}, {threads} thread{plural}": line(data[kind]) for kind in kinds}


def theirs(data: dict[str, Any], threads: int) -> Lines:
    """The peers."""
    import peers

    lines: Lines = {"polars": peers.with_polars(data["polars"])}
    if threads == 1:
        lines["numpy"] = peers.with_numpy(data["numpy"])
    lines["DuckDB"] = peers.with_duckdb(data["pyarrow"], threads)
    return lines


def read_only(columns: dict[str, np.ndarray]) -> Lines:
    """Passes that only read."""
    return {FLOOR: lambda: [values.sum() for values in columns.values()]}


def one_thread(rows: int, rounds: int) -> None:
    """All lines on one thread."""
    data = frames(rows)
    our = ours(data, 1, ["polars", "pandas", "pyarrow"])
    parallel = ours(data, 2, ["polars", "pandas"])
    peers = theirs(data, 1)
    check(our | parallel | peers)
    hard = frames(min(rows, 50_000), missing=12)  # most rows lack the coverage, some lack dimensions
    check(ours(hard, 1, ["polars", "pandas", "pyarrow"]) | theirs(hard, 1))
    times = measure.interleaved(our | parallel | peers | read_only(data["numpy"]), rounds)
    first, *_ = our
    print(f"\nFingerprint of the scores: {fingerprint(our[first]())}, the same in Node.")
    measure.ratios(f"{rows:,} accounts × {book.ITEMS} items, one thread", times, first, FLOOR)
    fastest = min(peers, key=lambda name: times[name].best)
    print()
    for name in our:
        faster = times[fastest].best / times[name].best
        measure.aim(f"{name}: 4× faster than the fastest peer ({fastest})", f"{faster:.1f}×", faster >= 4)
        slower = times[name].best / times[FLOOR].best
        measure.aim(f"{name}: within 4× of the read-only pass", f"{slower:.1f}×", slower <= 4)


def all_cores(rows: int, rounds: int) -> None:
    """The lines that can use all cores."""
    data = frames(rows)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    our = ours(data, cores, ["polars", "pandas"])
    peers = theirs(data, max(cores, 2))
    check(our | peers)
    times = measure.interleaved(our | peers, rounds)
    first, *_ = our
    measure.ratios(f"The same on all cores ({cores})", times, first, None)


# --- checks ---------------------------------------------------------------------------------------------------------


def plain(result: Any) -> tuple[np.ndarray, np.ndarray]:
    """Scores with NaN for null, and the numbers of tiers with −1."""
    if isinstance(result, tuple):
        return result
    names = [name for name, _ in book.TIERS]
    if hasattr(result, "to_pandas") and hasattr(result, "schema") and not hasattr(result, "get_columns"):
        import polars as pl

        result = pl.from_arrow(result)
    if hasattr(result, "get_columns"):
        score = result["score"].to_numpy()
        tier = result["tier"].cast(str).replace_strict(names, range(len(names)), default=-1).to_numpy()
        return score, tier
    numbers = np.array([*map(names.index, result["tier"].cat.categories), -1])
    return result["score"].to_numpy(), numbers[result["tier"].cat.codes.to_numpy()]


def check(lines: Lines) -> None:
    """Ends the run unless all lines score alike: ours to the bit, the peers within the tolerance."""
    (first, run), *others = lines.items()
    score, tier = plain(run())
    for name, other in others:
        their_score, their_tier = plain(other())
        tolerance = 0.0 if name.startswith("customer_success") else TOLERANCE
        close = np.isclose(score, their_score, rtol=0.0, atol=tolerance, equal_nan=True)
        same = tier == their_tier
        if not (close.all() and same.all()):
            wrong = np.flatnonzero(~(close & same))
            row = wrong[0]
            sys.exit(
                f"{first} and {name} differ in {len(wrong)} rows, first in row {row}: "
                f"{score[row]!r} ({tier[row]}) and {their_score[row]!r} ({their_tier[row]})"
            )


def fingerprint(result: Any) -> str:
    """The bits of all scores, folded into one number; nulls count as 0."""
    score = np.nan_to_num(plain(result)[0], nan=0.0)
    return f"{np.bitwise_xor.reduce(score.view(np.uint64)):016x}"


# --- accounts, one account, memory, start ---------------------------------------------------------------------------


def duplicates(rows: int, rounds: int) -> None:
    """Duplicate detection of text ids: scoring with the account column, less scoring without it."""
    import customer_success as cs
    import pandas as pd
    import polars as pl

    texts, rising = book.ids(rows), sorted(book.ids(rows))
    frame = pl.DataFrame({"id": texts, "x": np.full(rows, 50.0)})
    in_order = frame.with_columns(pl.Series("id", rising))
    series = pd.Series(texts)
    array = np.array(texts)
    with_ids, without = cs.Scorecard(book.card_of_ids("id")), cs.Scorecard(book.card_of_ids(None))

    twice = frame.with_columns(pl.when(pl.int_range(pl.len()) == 7).then(pl.lit(texts[0])).otherwise("id").alias("id"))
    try:
        with_ids.score(twice, select=["score"])
        sys.exit("a duplicate account was not found")
    except cs.InvalidDataError as error:
        assert error.code == "duplicate_account", error

    times = measure.interleaved(
        {
            "with": lambda: with_ids.score(frame, select=["score"]),
            "rising": lambda: with_ids.score(in_order, select=["score"]),
            "without": lambda: without.score(frame, select=["score"]),
            "polars `is_duplicated().any()`": lambda: frame["id"].is_duplicated().any(),
            "polars `n_unique()`": lambda: frame["id"].n_unique(),
            "pandas `duplicated().any()`": lambda: series.duplicated().any(),
            "numpy `unique`": lambda: np.unique(array).size,
        },
        rounds,
    )
    without_ids = times.pop("without")

    def less(time: measure.Time) -> measure.Time:
        return measure.Time(time.best - without_ids.best, time.median - without_ids.median)

    first = f"customer_success, {rows:,} text ids, shuffled"
    own = {first: less(times.pop("with")), "customer_success, ids that rise": less(times.pop("rising"))}
    measure.ratios("Duplicate accounts, one thread", own | times, first, None)


def one_account() -> None:
    """One account at a time."""
    import customer_success as cs

    card = cs.Scorecard(book.card())
    scorer, selecting = card.scorer(), card.scorer(select=SELECT)
    values = [None if x != x else x for x in (float(book.column(item, 1)[0]) for item in range(book.ITEMS))]
    row = dict(zip(book.NAMES, values, strict=True))
    whole = {name: None if x is None else int(x) for name, x in row.items()}
    frame = card.score({name: [x] for name, x in row.items()})
    assert scorer(row) == scorer(values) == {name: column[0] for name, column in frame.items()}
    taken = {
        "`scorer()(dict)`": measure.microseconds(lambda: scorer(row)),
        "`scorer()(dict)`, whole numbers": measure.microseconds(lambda: scorer(whole)),
        "`scorer()(list)`, by position": measure.microseconds(lambda: scorer(values)),
        '`scorer(select=["score", "tier"])(dict)`': measure.microseconds(lambda: selecting(row)),
        "`score_one(dict)`, a new scorer each": measure.microseconds(lambda: card.score_one(row)),
    }
    print(f"\n### One account, {book.ITEMS} items\n")
    print("| line | µs, this machine |\n|---|--:|")
    for name, time in taken.items():
        print(f"| {name} | {time:.1f} |")
    print()
    for name in list(taken)[:4]:
        measure.aim(f"{name}: at most 15 µs", f"{taken[name]:.1f} µs", taken[name] <= 15)


def extra_memory(kind: str, rows: int) -> float:
    """How far the process grows beyond the returned columns; to be called in a fresh process."""
    import customer_success as cs

    def size(result: Any) -> int:
        if isinstance(result, tuple):
            return sum(array.nbytes for array in result)
        if hasattr(result, "estimated_size"):
            return result.estimated_size()
        return result.nbytes if hasattr(result, "nbytes") else int(result.memory_usage(index=False).sum())

    who, _, accounts = kind.partition(", ")
    who = who.removeprefix("peer: ")
    card = cs.Scorecard(book.card("id" if accounts else None))

    def run(n: int) -> Callable[[], Any]:
        data = frames(n)
        if kind.startswith("peer"):
            return theirs(data, 1)[who]
        frame = data[who]
        if accounts == "text ids":
            import polars as pl

            frame = (
                frame.with_columns(pl.Series("id", book.ids(n))) if who == "polars" else frame.assign(id=book.ids(n))
            )
        return lambda: card.score(frame, select=SELECT, threads=1)

    run(1_000)()  # loads what is loaded at the first call
    return measure.peak_beyond(run(rows), size)


def start() -> None:
    """Importing the package, and how large it is."""
    import customer_success._core as core

    time = measure.import_time("customer_success")
    binary = Path(core.__file__)
    wheel = max(WHEELS.glob("*.whl"), key=lambda path: path.stat().st_mtime, default=None)
    if wheel is None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
            package.write(binary)
        size, what = packed.tell(), "the compiled part, compressed (no wheel in target/wheels)"
    else:
        size, what = wheel.stat().st_size, "the wheel"
    print("\n### Start and size\n")
    measure.aim(
        "import within 30 ms over an empty interpreter",
        f"best {time.best:.1f} ms, median {time.median:.1f} ms",
        time.median <= 30,
    )
    measure.aim(f"{what} under 5 MB", f"{size / 1e6:.1f} MB ({binary.stat().st_size / 1e6:.1f} unpacked)", size < 5e6)


if __name__ == "__main__":
    main()
