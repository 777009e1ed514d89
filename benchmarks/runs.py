"""One workload in all engines: equal answers, interleaved rounds, and a row of figures for each."""

import statistics
import sys
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

from benchmarks import cores, memory, timing
from benchmarks.aims import AIMS, OURS
from benchmarks.limits import Machine, product_seconds
from benchmarks.peers import Builders
from benchmarks.workloads import MILLION, VALUES, million

Row = dict[str, Any]
Say = Callable[[str], None]
FIGURES = (
    "median_s", "ratio", "peak_mb", "first_call_s",
    "low_s", "high_s", "ratio_low", "ratio_high", "to_best_peer", "limit_share",
    "product_share", "first_call_cold_s", "rounds", "triad_gb_s", "sgemm_gflop_s",
)  # fmt: skip


def note(message: str) -> None:
    """What a reader of the figures has to know."""
    print(message, file=sys.stderr)


def row(workload: str, engine: str, **figures: float | None) -> Row:
    """One line of the results; a figure that was not taken is None."""
    named = {"workload": workload, "engine": engine, "threads": cores.threads()}
    return named | dict.fromkeys(FIGURES) | figures


def over(ours: list[float], theirs: list[float]) -> list[float]:
    """Ratios within a round: what disturbs a round disturbs both."""
    return [a / b for a, b in zip(ours, theirs, strict=True)]


def equal_ones(workload: str, engines: dict[str, Builders]) -> dict[str, Any]:
    """The trainings whose losses and gradients are the reference's; says who is left out, and why.

    The reference is the first that has the workload, which is ours.
    """
    aim, trainings = AIMS[workload], {}
    for name, builders in engines.items():
        if workload not in builders:
            continue
        try:
            training = builders[workload]()
            reference = next(iter(trainings.values()), training)
            if reference is not training:
                timing.agree(reference, training, aim.rtol, aim.atol)
        except Exception as error:  # whatever a peer fails with, the others are timed
            if name in OURS:
                raise
            note(f"{workload}, {name} is left out: {type(error).__name__}: {error}")
            continue
        trainings[name] = training
    return trainings


def train(
    workload: str, engines: dict[str, Builders], rounds: int, machine: Machine, cold: bool, say: Say
) -> list[Row]:
    """A training step in each engine; those that disagree with ours are not timed."""
    trainings = equal_ones(workload, engines)
    times = timing.interleaved(
        trainings, rounds, lambda k: say(f"{workload}: round {k} of {rounds}"), cores.give
    )
    peers = [name for name in times if name not in OURS]
    best = min(peers, key=lambda name: statistics.median(times[name]), default=None)
    limits = {"triad_gb_s": machine.triad / 1e9, "sgemm_gflop_s": machine.sgemm / 1e9}
    baseline, least = AIMS[workload].baseline, machine.least_seconds(workload)
    alone = product_seconds(workload)
    rows = []
    for name, seconds in times.items():
        median, low, high = timing.spread(seconds)
        figures = {"median_s": median, "low_s": low, "high_s": high, "rounds": rounds} | limits
        if baseline in times:
            ratios = over(seconds, times[baseline])
            ratio, low, high = timing.spread(ratios)
            figures |= {"ratio": ratio, "ratio_low": low, "ratio_high": high}
        if best is not None and name in OURS:
            figures["to_best_peer"] = statistics.median(over(seconds, times[best]))
        if least is not None:
            figures["limit_share"] = least / median
        if alone is not None:
            figures["product_share"] = alone / median
        say(f"{workload}: first call and memory of {name}")
        first, peak = memory.in_a_process(memory.first_call_and_peak, name, workload)
        figures |= {"first_call_s": first, "peak_mb": peak}
        if cold:
            cold_s = memory.in_a_process(memory.first_call, name, workload, cold=True)
            figures["first_call_cold_s"] = cold_s
        rows.append(row(workload, name, **figures))
    return rows


def run_million(engines: list[str], rounds: int, say: Say) -> list[Row]:
    """The graphs that recursion cannot walk: seconds and memory, each run in its own process."""
    rows = []
    for name in MILLION:
        for engine in [engine for engine in engines if engine in VALUES]:
            say(f"{name}: {engine}")
            job = partial(memory.in_a_process, memory.with_peak, million, name, engine)
            try:
                runs = [job() for _ in range(rounds)]
            except (RecursionError, BrokenProcessPool) as error:
                note(f"{name}, {engine}: {type(error).__name__}")
                continue
            peak = statistics.median(mb for _, mb in runs)
            for phase in runs[0][0]:
                median, low, high = timing.spread([seconds[phase] for seconds, _ in runs])
                figures = {"median_s": median, "low_s": low, "high_s": high, "peak_mb": peak}
                rows.append(row(f"{name}: {phase}", engine, **figures, rounds=rounds))
    return rows
