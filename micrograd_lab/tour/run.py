"""The tour itself: its stages in order, what each one says, and what each one leaves behind."""

from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from micrograd_lab.command import command
from micrograd_lab.graph import topological_order
from micrograd_lab.lens import draw, steps
from micrograd_lab.lens.picture import Picture
from micrograd_lab.scalar.gradcheck import gradcheck
from micrograd_lab.scalar.value import Value
from micrograd_lab.tour.folder import open_folder, write_json
from micrograd_lab.tour.train import cross_entropy, read
from micrograd_lab.tour.watch import FULL, QUICK, Plan, Trained, learn, progress_bar


def tour(out: Path, *, quick: bool, seed: int, console: Console) -> None:
    """Run every stage and write every file.  FolderError, before any work, if out will not do."""
    folder = open_folder(out)
    plan = QUICK if quick else FULL

    heading(console, "1 · A derivative, checked two ways")
    console.print("f = (a·b + a)² at a = 2, b = 3: how fast does f move when a moves, or b?\n")
    inputs = [Value(2.0, "a"), Value(3.0, "b")]
    check = gradcheck(example, inputs)
    console.print(str(check))
    console.print("\nWhat backward() works out is what a small nudge measures.")

    heading(console, "2 · The chain rule, edge by edge")
    f = example(*inputs)
    f.backward()
    chain = steps(f)
    console.print(chain.rich())
    chain.save(folder / "steps.html")
    expression = draw(f)
    save_picture(expression, folder / "expression")

    heading(console, "3 · A network of scalars learns to read")
    trained = learn(plan, seed, console)
    right = sum(read(trained.net, x) == answer for x, answer in trained.exam)
    console.print(
        f"It reads [bold]{right} of {len(trained.exam)}[/] held-out digits rightly: "
        f"[bold]{right / len(trained.exam):.1%}[/]."
    )

    heading(console, "4 · Pictures of what it learned")
    with progress_bar(console, "drawing", 5) as report:
        table = plot(trained, folder, report)
        neuron, size = busiest_neuron(trained)
        save_picture(neuron, folder / "neuron")
        report("neuron.svg, neuron.png", True)

    results = facts(trained, plan, seed) | {"nodes_per_example": size, "confusion": table}
    write_json(folder / "results.json", results)
    from micrograd_lab.tour.report import write_report

    write_report(folder, check, chain, expression, neuron, results)
    console.print(f"Everything is in [bold]{folder}[/].")

    heading(console, "What next")
    console.print(f"Look at  [bold]{folder / 'index.html'}[/], this story with its pictures.")
    console.print(
        f"Then     [bold]{command()} lab[/] opens the course: a map, and one slope to begin with."
    )


def example(a: Value, b: Value) -> Value:
    """The tour's small expression; a takes part twice, so two paths lead back to it."""
    product = a * b
    product.label = "p"
    total = product + a
    total.label = "s"
    f = total**2
    f.label = "f"
    return f


def heading(console: Console, title: str) -> None:
    console.print()
    console.rule(f"[bold]{title}[/]", align="left", style="dim")


def save_picture(picture: Picture, path: Path) -> None:
    for ending in (".svg", ".png"):
        picture.save(path.with_suffix(ending))


def plot(trained: Trained, folder: Path, report: Any) -> list[list[int]]:
    """Save the four plots; gives the confusion table, rows what it is, columns what was read."""
    from micrograd_lab.tour import pictures

    guesses = np.array([read(trained.net, x) for x, _ in trained.exam])
    table = pictures.confusion(trained.held_out.answers, guesses)
    weights = np.array([[w.data for w in n.w] for n in trained.net.layers[0].neurons])

    pictures.loss_curve(folder / "loss.png", trained.losses, trained.accuracies)
    report("loss.png", True)
    pictures.digit_grid(folder / "digits.png", trained.held_out, guesses)
    report("digits.png", True)
    pictures.confusion_matrix(folder / "confusion.png", table)
    report("confusion.png", True)
    pictures.weight_images(folder / "weights.png", trained.patterns.in_pixels(weights))
    report("weights.png", True)
    return [[int(count) for count in row] for row in table]


def busiest_neuron(trained: Trained) -> tuple[Picture, int]:
    """The end of one neuron, with its gradients: of all hidden ones, the one that matters most to
    the digit that the network gets most wrong.

    Also gives the number of nodes in the whole graph of that digit's loss.
    """
    x, answer = max(trained.exam, key=lambda e: cross_entropy(trained.net(e[0]), e[1]).data)
    first, last = trained.net.layers
    hidden: Any = first(x)
    scores: Any = last(hidden)
    loss = cross_entropy(scores, answer)
    trained.net.zero_grad()
    for number in x:
        number.grad = 0.0
    loss.backward()

    busiest = max(range(len(hidden)), key=lambda i: abs(hidden[i].grad * hidden[i].data))
    hidden[busiest].label = f"neuron {busiest + 1}"
    for i, (number, weight) in enumerate(zip(x, first.neurons[busiest].w, strict=True), start=1):
        number.label, weight.label = f"x{i}", f"w{i}"
    return draw(hidden[busiest], depth=4), len(topological_order(loss))


def facts(trained: Trained, plan: Plan, seed: int) -> dict[str, Any]:
    """What results.json says of the training; the same seed gives the same bytes."""
    accuracy, held_out = trained.accuracies[-1], len(trained.exam)
    last_epoch = trained.losses[-(len(trained.losses) // plan.epochs) :]
    return {
        "seed": seed,
        "accuracy": round(accuracy, 6),
        "right": round(accuracy * held_out),
        "held_out": held_out,
        "learned_from": plan.images,
        "layers": [plan.patterns, plan.hidden, 10],
        "parameters": len(trained.net.parameters()),
        "epochs": plan.epochs,
        "batch": plan.batch,
        "steps": len(trained.losses),
        "loss_of_last_epoch": round(sum(last_epoch) / len(last_epoch), 6),
        "accuracy_by_epoch": [round(a, 6) for a in trained.accuracies],
    }
