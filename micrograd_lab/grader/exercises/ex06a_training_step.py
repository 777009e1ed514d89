"""Exercise 06a: training steps, with the gradients set back at the right moment."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


def train(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        loss = loss_of()
        clear(parameters)
        loss.backward()
        move(parameters, -rate)
        losses.append(loss.data)
    return losses


def clear(parameters: Any) -> None:
    for p in parameters:
        p.grad = 0.0


def move(parameters: Any, step: float) -> None:
    for p in parameters:
        p.data += step * p.grad


# The mistakes.


def no_zero(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        loss = loss_of()
        loss.backward()
        move(parameters, -rate)
        losses.append(loss.data)
    return losses


def zero_once(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    clear(parameters)
    return no_zero(parameters, loss_of, rate, steps)


def zero_too_late(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        losses += no_zero(parameters, loss_of, rate, 1)
        clear(parameters)
    return losses


def zero_before_step(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    losses = []
    for _ in range(steps):
        loss = loss_of()
        loss.backward()
        clear(parameters)
        move(parameters, -rate)
        losses.append(loss.data)
    return losses


def uphill_step(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    return train(parameters, loss_of, -rate, steps)


def rate_forgotten(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    return train(parameters, loss_of, 1.0, steps)


def forward_once(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    loss, losses = loss_of(), []
    for _ in range(steps):
        clear(parameters)
        loss.backward()
        move(parameters, -rate)
        losses.append(loss.data)
    return losses


def first_parameter_only(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    return train(parameters[:1], loss_of, rate, steps)


def loss_after_the_step(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[float]:
    losses = train(parameters, loss_of, rate, steps)
    return [*losses, loss_of().data][1:]


def returns_last_loss(parameters: Any, loss_of: Any, rate: float, steps: int) -> Any:
    return train(parameters, loss_of, rate, steps)[-1]


def returns_nodes(parameters: Any, loss_of: Any, rate: float, steps: int) -> list[Any]:
    nodes: list[Any] = []

    def kept() -> Any:
        nodes.append(loss_of())
        return nodes[-1]

    train(parameters, kept, rate, steps)
    return nodes


# The questions.


def bowl(a: float, b: float) -> Any:
    """Two parameters at 0 and their loss, a tilted bowl with its bottom near (a, b)."""
    from micrograd_lab.scalar import Value

    w, v = Value(0.0, label="w"), Value(0.0, label="v")
    return [w, v], lambda: (w - a) ** 2 + 2 * (v - b) ** 2 + 0.5 * w * v


def after(train: Any, a: float, b: float, rate: float, steps: int, old: float) -> Any:
    """Where the parameters end; `old` is the gradient they hold at the start."""
    parameters, loss_of = bowl(a, b)
    for p in parameters:
        p.grad = old
    train(parameters, loss_of, rate, steps)
    return [p.data for p in parameters]


def report(train: Any, a: float, b: float, rate: float, steps: int) -> Any:
    """The losses that come back."""
    parameters, loss_of = bowl(a, b)
    return train(parameters, loss_of, rate, steps)


def draw_one(rng: Random) -> dict[str, Any]:
    return {**draw_many(rng), "steps": 1, "old": 0.0}


def draw_several(rng: Random) -> dict[str, Any]:
    return {**draw_many(rng), "old": 0.0}


def draw_old(rng: Random) -> dict[str, Any]:
    return {**draw_many(rng), "old": between(rng, 3, 5)}


def draw_many(rng: Random) -> dict[str, Any]:
    return {
        "a": between(rng, 1, 2),
        "b": between(rng, -3, -2),
        "rate": between(rng, 0.05, 0.12),
        "steps": rng.randint(3, 5),
    }


BOWL = "w = v = 0, loss (w - {a})² + 2(v - {b})² + w·v/2, rate {rate}, {steps} steps"

EXERCISE = Exercise(
    name="ex06a_training_step",
    title="Steps downhill",
    entry_point="train",
    reference=train,
    probes=(
        Probe(
            "one step",
            after,
            2,
            draw_one,
            BOWL + ": w and v afterwards",
            "each parameter minus rate × its gradient",
        ),
        Probe(
            "several steps",
            after,
            4,
            draw_several,
            BOWL + ": w and v afterwards",
            "each step uses the gradient of its own loss alone",
        ),
        Probe(
            "gradients left over from before",
            after,
            2,
            draw_old,
            BOWL + ", and both hold a gradient of {old} at the start: w and v afterwards",
            "what was there before plays no part",
        ),
        Probe(
            "the losses",
            report,
            2,
            draw_many,
            BOWL + ": what train returns",
            "the loss of every step, as computed before the parameters moved",
        ),
    ),
    misconceptions=(
        Misconception(
            no_zero,
            "backward() adds to the gradients that are there, and yours are never set back: each "
            "step also repeats all steps before it. Set p.grad = 0.0 before each backward().",
        ),
        Misconception(
            zero_once,
            "You set the gradients back once, before the loop. backward() adds every time: set "
            "them back in every step, before backward().",
        ),
        Misconception(
            zero_too_late,
            "The gradients are set back at the end of each step, so the first one still holds what "
            "was there before you began. Set them back just before backward().",
        ),
        Misconception(
            zero_before_step,
            "You set the gradients back between backward() and the step, so every step has length "
            "0. The order is: zero, backward, step.",
        ),
        Misconception(
            uphill_step,
            "The parameters go uphill. The gradient points to where the loss grows: subtract rate "
            "× gradient.",
        ),
        Misconception(
            rate_forgotten,
            "The step is the whole gradient. Multiply by `rate`, which says how far to go.",
        ),
        Misconception(
            forward_once,
            "You compute the loss once and go back through the same graph again and again. Its "
            "local gradients belong to the old parameters: call loss_of() in every step.",
        ),
        Misconception(
            first_parameter_only,
            "Only the first parameter moves. Do it for all of them.",
        ),
        Misconception(
            loss_after_the_step,
            "The parameters are right; the losses you return were taken after each step. Keep the "
            "one that backward() started from.",
        ),
        Misconception(
            returns_last_loss,
            "The parameters are right; you return one loss, and all were asked for, in a list.",
        ),
        Misconception(
            returns_nodes,
            "The losses you return are Values, and each keeps its whole graph in memory. Keep the "
            "number, loss.data.",
        ),
    ),
    hints=(
        "Each step has four parts: compute the loss, forget the old gradients, backward, move. "
        "Which of them may change places, and which may not?",
        "backward() adds to p.grad. What is in there when the second step begins?",
        "The loss is a new graph in each step: loss = loss_of() belongs inside the loop.",
        "Inside the loop: loss = loss_of(); p.grad = 0.0 for each p; loss.backward(); p.data -= "
        "rate * p.grad for each p; losses.append(loss.data)",
    ),
    difficulty=1,
    minutes=10,
    helpers=(bowl,),
)
