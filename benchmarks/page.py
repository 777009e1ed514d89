"""python -m benchmarks.page FILE... [--out docs/benchmarks.md]: the results page, from the rows of runs."""

import argparse
import json
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks.aims import AIMS, OURS
from benchmarks.peers import ENGINES
from benchmarks.report import number, seconds
from micrograd_lab.files import replace_file

Row = dict[str, Any]
OPENING = """# Benchmarks

How long a training step takes in micrograd_lab and in other libraries, on the same mathematics from the same numbers. Made by

```
python -m benchmarks --threads 1 --cold --json one.json
python -m benchmarks --threads all --cold --json all.json
python -m benchmarks.page one.json all.json
```

Losses and gradients of every engine agreed with ours before anything was timed. Rounds are interleaved; times are medians, and a ratio is taken within a round. S1 and S2 have processes of their own (`--workload S1 --peer micrograd`), because Python's garbage collector also searches what other libraries have brought. [How it is measured, and what makes it fair](../benchmarks/README.md).
"""


def table(heading: list[str], lines: list[list[str]]) -> str:
    """In Markdown, numbers to the right."""
    rule = ["---"] + ["---:"] * (len(heading) - 1)
    return "\n".join(f"| {' | '.join(line)} |" for line in (heading, rule, *lines))


def threads_of(row: Row) -> int:
    return int(row["threads"])


def said(threads: int) -> str:
    return "One thread" if threads == 1 else f"{threads} threads"


def with_aim(row: Row) -> str:
    """The ratio, and whether it is what was aimed at."""
    aim = AIMS[row["workload"]].of(row["engine"], row["threads"])
    if row["ratio"] is None or aim is None:
        return number(row["ratio"])
    return f"{number(row['ratio'])} {'✓' if row['ratio'] <= aim else '✗'} (≤ {aim:g})"


def overview(rows: list[Row]) -> str:
    """A line for each workload: everybody's time as a share of the baseline's; the best in bold."""
    engines = [name for name in ENGINES if any(row["engine"] == name for row in rows)]
    lines = []
    for workload, group in groupby(rows, lambda row: row["workload"]):
        found = {row["engine"]: row for row in group}
        best = min(found.values(), key=lambda row: row["median_s"])
        line = [workload]
        for engine in engines:
            text = with_aim(found[engine]) if engine in found else "–"
            line.append(f"**{text}**" if engine in found and found[engine] is best else text)
        lines.append(line)
    return table(["", *engines], lines)


def details(rows: list[Row]) -> str:
    """A table for each workload."""
    parts = []
    heading = [
        "engine", "a step", "smallest – largest", "/ baseline", "/ best peer", "of the limit",
        "its products", "first call", "first call, cold", "peak MB",
    ]  # fmt: skip
    for workload, group in groupby(rows, lambda row: row["workload"]):
        lines = [
            [
                row["engine"],
                seconds(row["median_s"]),
                f"{seconds(row['low_s'])} – {seconds(row['high_s'])}",
                number(row["ratio"]),
                number(row["to_best_peer"]),
                number(row["limit_share"], ".0%"),
                number(row.get("product_share"), ".0%"),
                seconds(row["first_call_s"]),
                seconds(row["first_call_cold_s"]),
                number(row["peak_mb"], ".0f"),
            ]
            for row in sorted(group, key=lambda row: float(row["median_s"]))
        ]
        parts.append(f"#### {workload}: {AIMS[workload].title}\n\n{table(heading, lines)}")
    return "\n\n".join(parts)


def million(rows: list[Row]) -> str:
    lines = [
        [row["workload"], row["engine"], seconds(row["median_s"]), number(row["peak_mb"], ".0f")]
        for row in rows
    ]
    return table(["graph", "engine", "time", "peak MB"], lines)


def page(rows: list[Row]) -> str:
    """All of it, in Markdown: the same rows give the same page."""
    parts = [OPENING]
    order = list(AIMS)
    trained = [row for row in rows if row["workload"] in AIMS]
    trained.sort(key=lambda row: (threads_of(row), order.index(row["workload"])))
    for threads, group in groupby(trained, threads_of):
        these = list(group)
        first = these[0]
        parts.append(
            f"## {said(threads)}\n\nTime as a share of PyTorch eager's (S1: of micrograd's); smaller "
            f"is faster, the fastest is bold, ✓ and ✗ say whether an aim was reached. Measured in "
            f"the same run: triad {first['triad_gb_s']:.1f} GB/s, sgemm {first['sgemm_gflop_s']:.0f} GF/s.\n"
        )
        parts.append(overview(these) + "\n")
        parts.append(f"### {said(threads)}, in detail\n\n{details(these)}\n")
    rest = [row for row in rows if row["workload"] not in AIMS]
    if rest:
        parts.append(f"## Graphs of a million scalar nodes\n\n{million(rest)}\n")
    lacking = [f"- {name}: {engine.lacks}." for name, engine in ENGINES.items() if engine.lacks]
    lacking.append("- All but ours and micrograd: S1 and S2, for they have no scalars.")
    parts.append("## What is not there\n\n" + "\n".join(lacking) + "\n")
    peers = [name for name in ENGINES if name not in OURS]
    absent = [name for name in peers if all(row["engine"] != name for row in rows)]
    if absent:
        parts.append(f"Not timed in these runs: {', '.join(absent)}.\n")
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"))
    args = parser.parse_args(arguments)
    rows = [row for file in args.files for row in json.loads(file.read_text())]
    replace_file(args.out.absolute(), page(rows).encode())


if __name__ == "__main__":
    main()
