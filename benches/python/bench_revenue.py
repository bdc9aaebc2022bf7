"""Recurring revenue through Python, beside polars, numpy and DuckDB doing the same work: bridge, cohorts, MRR.

`bench_revenue.py bridge|cohorts|mrr|all`; see `benches/README.md`. It fails when any line counts differently.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import measure
import numpy as np
import revenue_books as books

OURS = "customer_success"
FLOOR = "read only: numpy sum"
ONE_THREAD = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
POLICY = {"schema_version": 1, "policy": "default", "currency": "USD"}  # the preset says no currency
BOOKS = {
    "bridge": ["close sorted", "text sorted", "close shuffled", "spread shuffled", "text shuffled"],
    "cohorts": ["close", "text"],
    "mrr": ["periods"],
}
ALL_CORES = ["close sorted", "close shuffled", "close", "periods"]
SIZES = {"bridge": books.ACCOUNT_MONTHS, "cohorts": books.ACTIVITY, "mrr": books.PERIODS}
MOVEMENTS = ["opening", "new", "reactivation", "expansion", "contraction", "churn", "closing"]

Lines = dict[str, Callable[[], Any]]


def main() -> None:
    """Runs the benches, each book in a process of its own: libraries read their number of threads when they start."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", nargs="?", default="all", choices=[*BOOKS, "all"])
    parser.add_argument("--scale", type=float, default=1.0, help="part of the full size, such as 0.1")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--book", help="one book of the bench, in this process")
    parser.add_argument("--memory", action="store_true", help="its memory instead of its times")
    parser.add_argument("--threads", type=int, default=1, help="for the peers; ours has one")
    given = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    if given.book is not None:
        rows = int(SIZES[given.bench] * given.scale)
        if given.memory:
            print(f"{extra_memory(given.bench, given.book, rows):.1f}")
        else:
            compare(given.bench, given.book, rows, given.rounds, given.threads)
        return

    def child(bench: str, book: str, *options: str, **environment: str) -> str:
        command = [sys.executable, __file__, bench, f"--book={book}", f"--scale={given.scale}"]
        command += [f"--rounds={given.rounds}", *options]
        done = subprocess.run(command, env=os.environ | environment, stdout=subprocess.PIPE, encoding="utf-8")
        if done.returncode != 0:
            sys.exit(done.returncode)  # the child has said why
        return done.stdout

    print(f"## Recurring revenue, Python {sys.version.split()[0]}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    extra = {}
    for bench in BOOKS if given.bench == "all" else [given.bench]:
        for book in BOOKS[bench]:
            print(child(bench, book, **ONE_THREAD), end="")
        for book in [book for book in BOOKS[bench] if book in ALL_CORES and cores > 1]:
            print(child(bench, book, f"--threads={cores}"), end="")
        for book in BOOKS[bench]:
            extra[bench, book] = float(child(bench, book, "--memory", **ONE_THREAD))
    print("\n### Memory beyond the input and the result, MB\n\n| line | MB |\n|---|--:|")
    for (bench, book), megabytes in extra.items():
        print(f"| {bench}, {book} | {megabytes:.1f} |")
    print()
    for (bench, book), megabytes in extra.items():
        if bench == "bridge":
            measure.aim(f"{bench}, {book}: under 100 MB", f"{megabytes:.1f} MB", megabytes < 100)


# --- lines ----------------------------------------------------------------------------------------------------------


def frame(bench: str, book: str, rows: int) -> Any:
    """The book, as a polars frame."""
    if bench == "bridge":
        return books.snapshots(rows, *book.split())
    return books.activity(rows, book) if bench == "cohorts" else books.subscriptions(rows)


def ours(bench: str, data: Any) -> Callable[[], Any]:
    """Our line: nothing is kept from one run to the next."""
    import customer_success as cs

    if bench == "bridge":
        return lambda: cs.Revenue.from_snapshots(data, policy=POLICY).bridge()
    if bench == "cohorts":
        return lambda: cs.Revenue.from_activity(data, horizon=books.HORIZON).cohorts(kind="bounded")
    days = [str(day) for day in books.INSTANTS.astype("datetime64[D]")]
    return lambda: cs.Revenue.from_subscriptions(data, policy=POLICY, horizon=books.HORIZON).mrr(at=days)


def theirs(bench: str, book: str, data: Any, threads: int) -> Lines:
    """The peers."""
    import peers_revenue as peers

    if bench == "bridge":
        order = book.split()[1]
        lines: Lines = {"polars": (peers.polars_sorted if order == "sorted" else peers.polars_shuffled)(data)}
        if order == "sorted":
            lines["polars, sums of all rows"] = peers.polars_all_rows(data)
        return lines | {"DuckDB": peers.duckdb_bridge(data, threads, order)}
    if bench == "cohorts":
        lines = {"polars": peers.polars_cohorts(data), "DuckDB": peers.duckdb_cohorts(data, threads)}
        if book != "text" and threads == 1:
            lines["numpy, bitmap"] = peers.numpy_cohorts(data)
        return lines
    return {"polars": peers.polars_mrr(data), "DuckDB": peers.duckdb_mrr(data, threads)}


def compare(bench: str, book: str, rows: int, rounds: int, threads: int) -> None:
    """All lines of one book, in turns."""
    data = frame(bench, book, rows)
    peers = theirs(bench, book, data, threads)
    lines: Lines = {OURS: ours(bench, data)} | peers
    check(bench, lines)
    physical = [column.to_physical() for column in data.get_columns()]
    numbers = [column.drop_nulls().to_numpy() for column in physical if column.dtype.is_numeric()]
    floor = FLOOR if len(numbers) == len(physical) else f"{FLOOR} (without the texts)"
    lines[floor] = lambda: [column.sum() for column in numbers]
    times = measure.interleaved(lines, rounds)
    what = "one thread" if threads == 1 else f"{threads} threads for the peers, one for ours"
    accounts = data["account"].n_unique()
    measure.ratios(f"{bench}: {rows:,} rows of {accounts:,} accounts, {book}, {what}", times, OURS, floor)
    if threads > 1:
        return
    print()
    for text, names, most in aims(bench, book, peers):
        fastest = min(names, key=lambda name: times[name].best)
        share = times[OURS].best / times[fastest].best
        measure.aim(f"{text} ({fastest})", f"{share:.2f}", share <= most)


def aims(bench: str, book: str, peers: Iterable[str]) -> list[tuple[str, list[str], float]]:
    """What is aimed at: in words, beside whom, and which part of their time."""
    polars = [name for name in peers if name.startswith("polars")]
    if bench == "bridge" and book.endswith("sorted"):
        return [("at most 0.3 of polars", [name], 0.3) for name in polars]
    if bench == "bridge":
        return [("less than polars", polars, 1.0)]
    return [("at most 0.4 of the fastest peer", list(peers), 0.4)] if bench == "cohorts" else []


# --- checks ---------------------------------------------------------------------------------------------------------


def check(bench: str, lines: Lines) -> None:
    """Ends the run unless all lines count the same accounts and cents."""
    import peers_revenue as peers

    mine = {"bridge": our_bridge, "cohorts": our_triangle, "mrr": our_levels}[bench]
    other = {"bridge": peers.finished, "cohorts": peers.triangle, "mrr": peers.levels}[bench]
    (first, run), *others = lines.items()
    expected = mine(run())
    assert expected.any(), "nothing is counted"
    for name, run in others:
        found = other(run())
        if expected.shape != found.shape or not (expected == found).all():
            wrong = np.argwhere(expected != found)[:3].tolist() if expected.shape == found.shape else found.shape
            sys.exit(f"{first} and {name} differ at {wrong}")


def cents(column: Any) -> np.ndarray:
    """Decimals of two places as whole cents."""
    assert column.dtype.scale == 2, column.dtype
    return np.array([int(amount.scaleb(2)) for amount in column.to_list()], np.int64)


def our_bridge(table: Any) -> np.ndarray:
    """Our bridge as cents and accounts by month."""
    assert not cents(table["transfer"]).any() and not cents(table["fx"]).any()
    amounts = [cents(table[name]) for name in MOVEMENTS]
    counts = [table[f"{name}_accounts"].to_numpy() for name in MOVEMENTS]
    return np.stack(amounts + counts, axis=1)


def our_triangle(table: Any) -> np.ndarray:
    """Our triangle as counts by cohort and age; cells beyond the horizon count 0."""
    counts = np.zeros((books.MONTHS, books.MONTHS), np.int64)
    cohort = table["from"].dt.year().cast(int) * 12 + table["from"].dt.month() - books.FIRST_MONTH
    counts[cohort.to_numpy(), table["age"].to_numpy()] = table["retained"].fill_null(0).to_numpy()
    return counts


def our_levels(table: Any) -> np.ndarray:
    """Our MRR as cents and accounts at each instant."""
    return np.stack([cents(table["mrr"]), table["accounts"].to_numpy()], axis=1)


def extra_memory(bench: str, book: str, rows: int) -> float:
    """How far the process grows beyond the result; to be called in a fresh process.

    Yet another process writes the book to a file, which is mapped. Were it made or read here, polars would hold on to
    what it had freed on the way and give it back during the run, and so hide as much of the growth.
    """
    import polars as pl
    import pyarrow as pa

    ours(bench, frame(bench, book, 1_000))()  # loads what is loaded at the first call
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "book.arrow")
        code = f"import bench_revenue as b; b.write({bench!r}, {book!r}, {rows}, {path!r})"
        subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent)
        data = pl.from_arrow(pa.ipc.open_file(pa.memory_map(path)).read_all(), rechunk=False)
    assert data.n_chunks() == 1
    for column in data.get_columns():
        column.max()  # brings in its pages
    run = ours(bench, data)
    ctypes.CDLL(None).malloc_trim(0)
    before = resident()
    extra = measure.peak_beyond(run, lambda table: table.estimated_size())
    assert resident() > before - 2e6, "memory from before was given back during the run"
    return extra


def write(bench: str, book: str, rows: int, path: str) -> None:
    """Writes a book to a file, in one batch."""
    import pyarrow as pa

    table = frame(bench, book, rows).to_arrow()
    with pa.OSFile(path, "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=rows)


def resident() -> int:
    """Resident memory of this process, in bytes. Linux only."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    assert Path(books.__file__).parent == Path(__file__).parent
    main()
