"""Timing in interleaved rounds, memory, and tables of ratios."""

from __future__ import annotations

import ctypes
import gc
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

SLOW = 500.0  # milliseconds


class Time(NamedTuple):
    """The best and the median of some rounds, in milliseconds."""

    best: float
    median: float


def interleaved(lines: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, Time]:
    """Times all lines in turn, round after round, so that a busy moment of the machine hits all alike.

    Lines that take over half a second run in every third round only.
    """
    warm_up = {name: _once(run) for name, run in lines.items()}
    taken: dict[str, list[float]] = {name: [] for name in lines}
    for turn in range(rounds):
        for name, run in lines.items():
            if warm_up[name] < SLOW or turn % 3 == 0:
                taken[name].append(_once(run))
    return {name: Time(min(times), statistics.median(times)) for name, times in taken.items()}


def _once(run: Callable[[], Any]) -> float:
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    result = run()
    taken = time.perf_counter() - start
    gc.enable()
    del result
    return taken * 1e3


def microseconds(run: Callable[[], Any], number: int = 5_000, rounds: int = 9) -> float:
    """The best time of one call."""
    return min(timeit.repeat(run, number=number, repeat=rounds)) / number * 1e6


def ratios(title: str, times: Mapping[str, Time], ours: str, floor: str | None) -> None:
    """Prints a table: each line against ours and against the floor."""
    print(f"\n### {title}\n")
    beside = "" if floor is None else " × the floor |"
    print(f"| line | × ours |{beside} ms, this machine: best | median |")
    print("|---|--:|--:|--:|" + ("" if floor is None else "--:|"))
    for name, (best, median) in times.items():
        cells = [name, f"{best / times[ours].best:.2f}"]
        cells += [] if floor is None else [f"{best / times[floor].best:.2f}"]
        print("| " + " | ".join([*cells, f"{best:.1f}", f"{median:.1f}"]) + " |")


def aim(text: str, measured: str, met: bool) -> None:
    """Prints an aim and whether this run met it."""
    print(f"- {text}: {measured}, {'met' if met else '**not met**'}")


def peak_beyond(run: Callable[[], Any], size: Callable[[Any], int]) -> float:
    """How far the process grew while `run` ran, beyond what it returned, in MB (10⁶ bytes). Linux only."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # else memory freed before would be used without growing
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from here
    before = _status("VmRSS")
    result = run()
    return (_status("VmHWM") - before - size(result)) / 1e6


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {field}")


def import_time(module: str, rounds: int = 25) -> Time:
    """What importing a module adds to starting the interpreter, in milliseconds."""

    def start(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - began) * 1e3

    start(f"import {module}")
    pairs = [(start("pass"), start(f"import {module}")) for _ in range(rounds)]
    empty, full = zip(*pairs, strict=True)
    return Time(min(full) - min(empty), statistics.median(full) - statistics.median(empty))
