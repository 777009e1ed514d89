"""Exercise 13c: an update of the parameters that autograd does not record, and still notices."""

from random import Random
from typing import Any

from micrograd_lab.grader.arrays import fractions, plain, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def update(params: Any, learning_rate: float) -> None:
    import micrograd_lab as ml

    with ml.no_grad():
        for p in params:
            if p.grad is not None:
                p -= learning_rate * p.grad


# The mistakes.


def step_tracked(params: Any, learning_rate: float) -> None:
    for p in params:
        if p.grad is not None:
            p -= learning_rate * p.grad


def data_bypass(params: Any, learning_rate: float) -> None:
    for p in params:
        if p.grad is not None:
            p.data -= learning_rate * p.grad


def data_replaced(params: Any, learning_rate: float) -> None:
    for p in params:
        if p.grad is not None:
            p.data = p.data - learning_rate * p.grad


def new_in_the_list(params: Any, learning_rate: float) -> None:
    for i, p in enumerate(params):
        if p.grad is not None:
            params[i] = p - learning_rate * p.grad


def none_not_skipped(params: Any, learning_rate: float) -> None:
    import micrograd_lab as ml

    with ml.no_grad():
        for p in params:
            p -= learning_rate * p.grad


def stops_at_none(params: Any, learning_rate: float) -> None:
    for i, p in enumerate(params):
        if p.grad is None:
            return
        update(params[i : i + 1], learning_rate)


def uphill(params: Any, learning_rate: float) -> None:
    update(params, -learning_rate)


def recording_left_off(params: Any, learning_rate: float) -> None:
    import micrograd_lab as ml

    ml.set_grad_enabled(False)
    for p in params:
        if p.grad is not None:
            p -= learning_rate * p.grad


def frozen_for_good(params: Any, learning_rate: float) -> None:
    for p in params:
        if p.grad is not None:
            p.requires_grad_(False)
            p -= learning_rate * p.grad


def rate_ignored(params: Any, learning_rate: float) -> None:
    update(params, 1.0)


# The questions.


def leaf(x: Any) -> Any:
    import micrograd_lab as ml

    return ml.tensor(x, dtype=ml.float64, requires_grad=True)


def prepared(params: Any, grads: Any) -> Any:
    """Leaves that hold these gradients."""
    import micrograd_lab as ml

    leaves = [leaf(x) for x in params]
    for p, g in zip(leaves, grads, strict=True):
        p.grad = None if g is None else ml.tensor(g, dtype=ml.float64)
    return leaves


def recorded(question: Any) -> Any:
    """What the question answers; recording is on again afterwards, whatever happened."""
    import micrograd_lab as ml

    try:
        return question()
    finally:
        ml.set_grad_enabled(True)


def values(update: Any, params: Any, grads: Any, rate: float) -> Any:
    def question() -> Any:
        leaves = prepared(params, grads)
        update(list(leaves), rate)
        return [plain(p) for p in leaves]

    return recorded(question)


def still_leaves(update: Any, params: Any, grads: Any, rate: float) -> Any:
    """The numbers, and what the tensors are afterwards."""

    def question() -> Any:
        leaves = prepared(params, grads)
        handed = list(leaves)
        update(handed, rate)
        same = all(a is b for a, b in zip(leaves, handed, strict=True))
        kind = [
            "the same tensors" if same else "others in their place",
            "leaves" if all(p.is_leaf for p in handed) else "no longer leaves",
            "requiring a gradient" if all(p.requires_grad for p in handed) else "requiring none",
        ]
        return [", ".join(kind), *[plain(p) for p in handed]]

    return recorded(question)


def records_again(update: Any, params: Any, grads: Any, rate: float) -> Any:
    """The numbers, and whether what is computed afterwards is recorded."""

    def question() -> Any:
        import micrograd_lab as ml

        leaves = prepared(params, grads)
        update(list(leaves), rate)
        other = leaf([1.0]) * 2.0
        on = ml.is_grad_enabled() and other.requires_grad
        return ["recording is on" if on else "recording is off", *[plain(p) for p in leaves]]

    return recorded(question)


def seen_elsewhere(update: Any, params: Any, grads: Any, rate: float) -> Any:
    """The numbers as seen through tensors that share the parameters' memory."""

    def question() -> Any:
        leaves = prepared(params, grads)
        shared = [p.detach() for p in leaves]
        update(list(leaves), rate)
        return [plain(p) for p in shared]

    return recorded(question)


def noticed(update: Any, params: Any, grads: Any, rate: float) -> Any:
    """The numbers, and what an older graph says that still needs the former ones."""

    def question() -> Any:
        leaves = prepared(params, grads)
        older = (leaves[0] * leaves[0]).sum()
        update(list(leaves), rate)
        try:
            older.backward()
        except RuntimeError:
            said = "the older graph refuses"
        else:
            said = "the older graph computes with the wrong numbers"
        return [said, *[plain(p) for p in leaves]]

    return recorded(question)


def descent(update: Any, w: Any, x: Any, target: float, rate: float, steps: int) -> Any:
    """(w·x summed − target)², step by step: the loss before each step."""

    def question() -> Any:
        import micrograd_lab as ml

        weights, inputs, losses = leaf(w), ml.tensor(x, dtype=ml.float64), []
        for _ in range(steps):
            error = (weights * inputs).sum() - target
            weights.grad = None
            (error * error).backward()
            update([weights], rate)
            losses.append((error * error).item())
        return losses

    return recorded(question)


def draw_params(rng: Random) -> dict[str, Any]:
    shapes = ((2,), (2, 3), ())
    return {
        "params": [table(rng, *shape) for shape in shapes],
        "grads": [table(rng, *shape) for shape in shapes],
        "rate": rng.choice((0.1, 0.2, 0.5)),
    }


def draw_none(rng: Random) -> dict[str, Any]:
    args = draw_params(rng)
    args["grads"][1] = None
    return args


def draw_descent(rng: Random) -> dict[str, Any]:
    x = [rng.randint(1, 3) for _ in range(3)]
    args = {"w": fractions(rng, 3), "x": x, "target": rng.randint(5, 9)}
    return {**args, "rate": 0.01, "steps": rng.randint(3, 5)}


GIVEN = "update([…], {rate}) with params {params} and grads {grads}: "

EXERCISE = Exercise(
    name="ex13c_step_unseen",
    title="A step off the record",
    entry_point="update",
    reference=update,
    probes=(
        Probe("the numbers after a step", values, 2, draw_params, GIVEN + "the parameters",
              "each p minus {rate} times its gradient"),
        Probe("a parameter without a gradient", values, 1, draw_none, GIVEN + "the parameters",
              "one whose grad is None stays as it is, and the others move"),
        Probe("they are still parameters", still_leaves, 2, draw_params,
              GIVEN + "what they are afterwards, and their numbers",
              "the same leaves, changed in place"),
        Probe("what follows is recorded again", records_again, 1, draw_params,
              GIVEN + "whether recording is on, and their numbers",
              "off during the step, and back to what it was after it"),
        Probe("the memory is the same", seen_elsewhere, 1, draw_params,
              GIVEN + "the numbers that others see who share their memory",
              "a change in place is seen by everyone who shares the memory"),
        Probe("older graphs notice", noticed, 2, draw_params,
              GIVEN + "what loss = (p * p).sum() from before the step says to backward(), and the "
              "numbers", "it saved a p that is gone: the version counter must tell"),
        Probe("a few steps of training", descent, 2, draw_descent,
              "the loss before each of {steps} steps of (w·x − {target})², w = {w}, x = {x}",
              "the same as with any right update"),
    ),
    misconceptions=(
        Misconception(
            step_tracked,
            "The step itself is being recorded, and a leaf cannot become the result of an op. A "
            "step is no part of the loss: make it under no_grad().",
        ),
        Misconception(
            data_bypass,
            "A change through .data goes unseen by the version counter too: a graph that still "
            "needs the old numbers goes on with the new ones, and is silently wrong. Change p "
            "itself, under no_grad().",
        ),
        Misconception(
            data_replaced,
            "p.data = … gives p another memory and tells nobody: whoever shares the old one, or "
            "saved it, knows nothing of the step. Change the numbers in place, with p -= … under "
            "no_grad().",
        ),
        Misconception(
            new_in_the_list,
            "You put new tensors into the list: results of a recorded subtraction, and no longer "
            "leaves, while the model keeps the old ones. Change each p in place, under no_grad().",
        ),
        Misconception(
            none_not_skipped,
            "A parameter that no loss has reached has grad None, and None cannot be multiplied. "
            "Skip it.",
        ),
        Misconception(
            stops_at_none,
            "At the first parameter without a gradient you stop. Skip that one and go on with the "
            "rest: continue rather than return.",
        ),
        Misconception(
            uphill,
            "You add the gradient, which points uphill. Downhill is p -= learning_rate * p.grad.",
        ),
        Misconception(
            recording_left_off,
            "Recording is switched off and stays off, so the next loss has no graph. with "
            "no_grad(): switches it back on by itself.",
        ),
        Misconception(
            frozen_for_good,
            "You switch requires_grad off for the step and never on again: after the first step "
            "nothing learns. with no_grad(): needs no such switch.",
        ),
        Misconception(
            rate_ignored,
            "The gradient is taken off whole. It says which way and how steep; the learning rate "
            "says how far: learning_rate * p.grad.",
        ),
    ),
    hints=(
        "The step is arithmetic about the loss, and no part of the loss. What keeps a few lines "
        "off the record?",
        "with ml.no_grad(): stops the recording, and starts it again at the end of the block.",
        "p -= … changes p's own memory and counts up its version; p = p - … only makes a new "
        "tensor and forgets it.",
        "with ml.no_grad(): for p in params: if p.grad is not None: p -= learning_rate * p.grad",
    ),
    difficulty=2,
    minutes=10,
    helpers=(plain, leaf, prepared, recorded),
    without=("micrograd_lab.optim",),
)  # fmt: skip
