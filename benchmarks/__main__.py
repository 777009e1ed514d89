"""python -m benchmarks [--workload S1|T1|...|T10|million] [--peer micrograd|torch] [--rounds N] [--json FILE]"""

import argparse
import json
import statistics
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import timing
from benchmarks.networks import NETWORKS
from benchmarks.peers import HOMES, OURS, TENSORS, MissingPeerError, load, load_tensors
from benchmarks.timing import UnequalError
from benchmarks.workloads import MILLION, TRAINING, million, one_block

Row = dict[str, Any]


@dataclass(frozen=True)
class Aim:
    """What a workload is, how close two engines must agree on it, and what share of the time is aimed at."""

    title: str
    rtol: float
    atol: float
    target: float


AIMS = {
    "S1": Aim("a training step on moons, in scalars", 1e-9, 1e-12, 0.15),
    "T1": Aim(f"{NETWORKS['T1'][2]}, eager", 1e-3, 1e-5, 0.35),
    **{
        name: Aim(f"{NETWORKS[name][2]}, eager", 1e-2, 1e-4, target)
        for name, target in (
            ("T2", 0.76), ("T3", 0.95), ("T4", 0.70), ("T5", 0.45), ("T6a", 0.40), ("T6b", 0.45),
            ("T7", 0.87), ("T8", 0.50), ("T9", 0.50), ("T10", 0.90),
        )
    },
}  # fmt: skip


def row(workload: str, engine: str, **figures: float | None) -> Row:
    """One line of the results; a figure that was not taken is None."""
    empty = {"median_s": None, "ratio": None, "peak_mb": None, "first_call_s": None}
    return {"workload": workload, "engine": engine, "threads": 1} | empty | figures


def run_training(what: str, peers: list[str], rounds: int) -> list[Row]:
    """A training step in each engine; refuses to time engines that disagree."""
    aim = AIMS[what]
    names = [OURS, *peers]
    workloads = {name: TRAINING[what](name) for name in names}
    first = {}
    for name, workload in workloads.items():
        started = time.perf_counter()
        workload.step()
        first[name] = time.perf_counter() - started
        workload.reset()
    for peer in peers:
        workloads[OURS].reset()
        timing.agree(workloads[OURS], workloads[peer], aim.rtol, aim.atol)

    times = timing.interleaved(workloads, rounds, progress(what, rounds))
    print(f"{what}, {aim.title}; garbage collector on, {rounds} rounds:")
    rows = []
    for name in names:
        median, low, high = timing.spread(times[name])
        ratios = [ours / peer for ours, peer in zip(times[OURS], times[name], strict=True)]
        _, peak = timing.in_a_process(one_block, what, name)
        ratio = statistics.median(ratios)
        figures = {"median_s": median, "peak_mb": peak, "first_call_s": first[name]}
        rows.append(row(what, name, ratio=ratio, **figures))
        print(
            f"  {name:14} {median * 1e3:8.3g} ms a step ({low * 1e3:.3g} to {high * 1e3:.3g})"
            f"   peak {peak:.0f} MB"
        )
        if name != OURS:
            print(
                f"  ours / {name}: {ratio:.3f}"
                f" ({min(ratios):.3f} to {max(ratios):.3f}); aim: at most {aim.target}"
            )
    return rows


def run_million(peers: list[str], rounds: int) -> list[Row]:
    """The graphs that recursion cannot walk: seconds and memory, each run in its own process."""
    rows = []
    for name in MILLION:
        print(f"{name}:")
        ours: dict[str, float] = {}
        for engine in [OURS, *peers]:
            try:
                runs = [timing.in_a_process(million, name, engine) for _ in range(rounds)]
            except (RecursionError, BrokenProcessPool) as error:
                print(f"  {engine:14} {type(error).__name__}")
                rows.append(row(name, engine))
                continue
            peak = statistics.median(mb for _, mb in runs)
            phases = {p: statistics.median(s[p] for s, _ in runs) for p in runs[0][0]}
            ours = ours or phases
            for phase, seconds in phases.items():
                ratio = ours[phase] / seconds
                figures = {"median_s": seconds, "ratio": ratio, "peak_mb": peak}
                rows.append(row(f"{name}: {phase}", engine, **figures))
            said = ", ".join(f"{phase} {s:.2f} s" for phase, s in phases.items())
            print(f"  {engine:14} {said}, peak {peak:.0f} MB")
    return rows


def progress(what: str, rounds: int) -> Any:
    """A line that counts the rounds, where somebody is watching."""
    if not sys.stderr.isatty():
        return lambda k: None
    return lambda k: print(
        f"\r{what}: round {k} of {rounds}", end="\n" if k == rounds else "", file=sys.stderr
    )


def installed(peers: list[str]) -> list[str]:
    """Those of the peers that are here; says what to do about the others."""
    found = []
    for peer in peers:
        try:
            (load_tensors if peer in TENSORS else load)(peer)
            found.append(peer)
        except MissingPeerError as missing:
            print(missing, file=sys.stderr)
    return found


def save(rows: list[Row], path: Path) -> None:
    """All or nothing: an interrupted run leaves the file of the last one."""
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(rows, indent=1) + "\n")
    part.replace(path)


WORKLOADS = {  # how to run it, how many rounds, and next to whom
    "S1": (partial(run_training, "S1"), 9, tuple(HOMES)),
    **{name: (partial(run_training, name), 9, TENSORS) for name in NETWORKS},
    "million": (run_million, 3, tuple(HOMES)),
}


def main(arguments: list[str] | None = None) -> list[Row]:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    others = [name for name in {**HOMES, **dict.fromkeys(TENSORS)} if name != OURS]
    parser.add_argument("--workload", choices=WORKLOADS, action="append", help="default: all")
    parser.add_argument("--peer", choices=others, action="append", help="default: all")
    parser.add_argument("--rounds", type=int, help="default: 9, and 3 for million")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE as well")
    args = parser.parse_args(arguments)
    if args.rounds is not None and args.rounds < 1:
        parser.error(f"--rounds {args.rounds}: at least one round is needed")

    if args.json and not args.json.absolute().parent.is_dir():
        parser.error(f"--json {args.json}: there is no folder {args.json.parent}")

    chosen = args.workload or list(WORKLOADS)
    wanted = [p for p in args.peer or others if any(p in WORKLOADS[name][2] for name in chosen)]
    peers = installed(wanted)
    rows = []
    for name in chosen:
        run, usual, known = WORKLOADS[name]
        try:
            rows += run([peer for peer in peers if peer in known], args.rounds or usual)
        except UnequalError as error:
            sys.exit(f"{name}: {error}")
        if args.json:
            save(rows, args.json)
    return rows


if __name__ == "__main__":
    main()
