"""What a Recorder costs: the digits MLP trained with it and without, in turns.

    python -m benchmarks.recorder [--rounds N] [--steps N]

The model, batches and optimiser are those of `micrograd-lab example digits-mlp`; the Recorder is a
callback of fit().
"""

import argparse
import gc
import time
from typing import Any

from benchmarks import cores
from benchmarks.timing import spread

WAYS: dict[str, dict[str, int] | None] = {
    "without": None,
    "Recorder(net)": {},
    "every=10": {"every": 10},
    "every=1": {"every": 1},
}


def block(how: dict[str, int] | None, steps: int) -> tuple[float, float]:
    """(seconds a step, last loss) of a fresh run from the same seed."""
    import micrograd_lab as torch
    from micrograd_lab.examples.digits import three_parts
    from micrograd_lab.examples.digits_mlp import build
    from micrograd_lab.lens.recorder import Recorder
    from micrograd_lab.nn import functional as F
    from micrograd_lab.optim import AdamW
    from micrograd_lab.train import fit
    from micrograd_lab.utils.data import DataLoader

    learn = three_parts()[0]
    batches = DataLoader(learn, 64, shuffle=True, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    model = build()
    optimizer = AdamW(model.parameters(), lr=0.005, weight_decay=0.01)
    common: dict[str, Any] = {"progress": False, "callbacks": []}
    fit(model, F.cross_entropy, optimizer, batches, steps=5, **common)
    if how is not None:
        common["callbacks"] = [Recorder(model, **how)]
    gc.collect()
    started = time.perf_counter()
    history = fit(model, F.cross_entropy, optimizer, batches, steps=steps, **common)
    return (time.perf_counter() - started) / steps, history.losses[-1]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recorder", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=500, help="in a block; default: 500")
    args = parser.parse_args(arguments)
    cores.use(1)
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    losses = set()
    for k in range(args.rounds):
        turn = list(WAYS.items())
        for name, how in turn if k % 2 == 0 else reversed(turn):
            seconds, loss = block(how, args.steps)
            times[name].append(seconds)
            losses.add(loss)
    assert len(losses) == 1, "a Recorder changed what was learned"
    print(f"digits MLP, batch 64, {args.rounds} rounds of {args.steps} steps, one thread")
    for name, figures in times.items():
        added = [a / b - 1 for a, b in zip(figures, times["without"], strict=True)]
        middle, low, high = spread(added)
        print(
            f"{name:24}{1e3 * spread(figures)[0]:7.3f} ms a step"
            + f"   {middle:+7.1%}  ({low:+.1%} to {high:+.1%})" * (name != "without")
        )


if __name__ == "__main__":
    main()
