"""The figures of a run, as tables in the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.aims import AIMS, OURS
from benchmarks.limits import NEEDS, Machine

Row = dict[str, Any]


def seconds(s: float | None) -> str:
    """Three digits, in the unit that suits."""
    if s is None:
        return "–"
    units = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))
    unit, size = next((pair for pair in units if s >= pair[1]), units[-1])
    return f"{s / size:.3g} {unit}"


def number(x: float | None, form: str = ".3g") -> str:
    return "–" if x is None else format(x, form)


def verdict(row: Row) -> str:
    """The aim of that row, and whether it is met."""
    aim = AIMS[row["workload"]].of(row["engine"], row["threads"]) if row["ratio"] else None
    if aim is None:
        return ""
    return f"≤ {aim:g} {'✓' if row['ratio'] <= aim else '✗'}"


def show(rows: list[Row], machine: Machine, console: Console) -> None:
    """One table: a workload that trains, a line for each engine."""
    workload = rows[0]["workload"]
    aim = AIMS[workload]
    title = f"{workload}: {aim.title}; {rows[0]['rounds']} rounds, threads: {rows[0]['threads']}"
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("engine", no_wrap=True)
    for heading in (
        "a step", "smallest – largest", f"/ {aim.baseline}", "aim", "/ best peer", "of the limit",
        "products", "first call", "cold", "MB",
    ):  # fmt: skip
        table.add_column(heading, justify="right", no_wrap=True)
    for row in sorted(rows, key=lambda row: row["median_s"]):
        table.add_row(
            row["engine"],
            seconds(row["median_s"]),
            f"{seconds(row['low_s'])} – {seconds(row['high_s'])}",
            number(row["ratio"]),
            verdict(row),
            number(row["to_best_peer"]),
            number(row["limit_share"], ".0%"),
            number(row["product_share"], ".0%"),
            seconds(row["first_call_s"]),
            seconds(row["first_call_cold_s"]),
            number(row["peak_mb"], ".0f"),
            style="bold" if row["engine"] in OURS else "",
        )
    console.print(table)
    if workload in NEEDS:
        flops, traffic = NEEDS[workload]
        least = machine.least_seconds(workload)
        console.print(
            f"At least {flops / 1e6:.4g} million multiplies and adds and {traffic / 1e6:.3g} MB "
            f"read and written: {seconds(least)} at this machine's limit.\n"
        )


def show_million(rows: list[Row], console: Console) -> None:
    """The graphs of a million nodes."""
    table = Table("graph", "engine", "seconds", "MB", title="million", title_justify="left")
    for row in rows:
        mb = number(row["peak_mb"], ".0f")
        table.add_row(row["workload"], row["engine"], seconds(row["median_s"]), mb)
    console.print(table)
