"""Exercise 10b: the backward pass of a net with one hidden layer, line by line from the end."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, fractions, part, plain, sizes
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def two_layer_backward(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    da = (g @ W2.T) * (1 - h * h)
    return x.T @ da, da.sum(axis=0), h.T @ g, g.sum(axis=0)


# The mistakes.


def activation_skipped(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    dh = g @ W2.T
    return x.T @ dh, dh.sum(axis=0), h.T @ g, g.sum(axis=0)


def tanh_uses_input(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    a = x @ W1 + b1
    da = (g @ W2.T) * (1 - a * a)
    return x.T @ da, da.sum(axis=0), np.tanh(a).T @ g, g.sum(axis=0)


def tanh_forgets_square(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    da = (g @ W2.T) * (1 - h)
    return x.T @ da, da.sum(axis=0), h.T @ g, g.sum(axis=0)


def tanh_twice(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    da = (g @ W2.T) * (1 - np.tanh(h) ** 2)
    return x.T @ da, da.sum(axis=0), h.T @ g, g.sum(axis=0)


def hidden_before_tanh(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    a = x @ W1 + b1
    dW1, db1, _, db2 = two_layer_backward(g, x, W1, b1, W2)
    return dW1, db1, a.T @ g, db2


def bias_left_out(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    return two_layer_backward(g, x, W1, 0 * b1, W2)


def transpose_missing(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    da = (g @ W2) * (1 - h * h)
    return x.T @ da, da.sum(axis=0), h.T @ g, g.sum(axis=0)


def outer_flipped(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    dW1, db1, dW2, db2 = two_layer_backward(g, x, W1, b1, W2)
    return dW1.T, db1, dW2.T, db2


def batch_not_summed(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    da = (g @ W2.T) * (1 - h * h)
    return x.T @ da, da, h.T @ g, g


def batch_averaged(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    return tuple(d / len(x) for d in two_layer_backward(g, x, W1, b1, W2))


def second_layer_skipped(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    h = np.tanh(x @ W1 + b1)
    da = g * (1 - h * h)
    return x.T @ da, da.sum(axis=0), h.T @ g, g.sum(axis=0)


def layers_swapped(g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    dW1, db1, dW2, db2 = two_layer_backward(g, x, W1, b1, W2)
    return dW2, db2, dW1, db1


# The questions.


def gradient(two_layer_backward: Any, i: int, g: Any, x: Any, W1: Any, b1: Any, W2: Any) -> Any:
    answer = two_layer_backward(array(g), array(x), array(W1), array(b1), array(W2))
    return part(answer, i, 4)


def net(rng: Random, batch: int, inputs: int, hidden: int, outputs: int) -> dict[str, Any]:
    return {
        "g": fractions(rng, batch, outputs),
        "x": fractions(rng, batch, inputs),
        "W1": fractions(rng, inputs, hidden),
        "b1": fractions(rng, hidden),
        "W2": fractions(rng, hidden, outputs),
    }


def draw_gradient(rng: Random, i: int) -> dict[str, Any]:
    inputs, hidden = sizes(rng, 2, 3)
    return {"i": i, **net(rng, 4, inputs, hidden, 5)}


def draw_first_weights(rng: Random) -> dict[str, Any]:
    return draw_gradient(rng, 0)


def draw_first_bias(rng: Random) -> dict[str, Any]:
    return draw_gradient(rng, 1)


def draw_second_weights(rng: Random) -> dict[str, Any]:
    return draw_gradient(rng, 2)


def draw_second_bias(rng: Random) -> dict[str, Any]:
    return draw_gradient(rng, 3)


def draw_square(rng: Random) -> dict[str, Any]:
    return {"i": 0, **net(rng, 3, 3, 3, 3)}


def draw_one_output(rng: Random) -> dict[str, Any]:
    return {"i": 0, **net(rng, 3, 2, 2, 1)}


ASKED = (
    "two_layer_backward(g, x, W1, b1, W2) with g = {g}, x = {x}, W1 = {W1}, b1 = {b1}, W2 = {W2}"
)

EXERCISE = Exercise(
    name="ex10b_two_layers",
    title="Two layers, backwards",
    entry_point="two_layer_backward",
    reference=two_layer_backward,
    probes=(
        Probe("dW2", gradient, 2, draw_second_weights, f"dW2 of {ASKED}",
              "what entered the second layer is h = tanh(x @ W1 + b1): h.T @ g"),
        Probe("db2", gradient, 1, draw_second_bias, f"db2 of {ASKED}", "the sum of g over the batch"),
        Probe("dW1", gradient, 3, draw_first_weights, f"dW1 of {ASKED}",
              "g goes back through W2, then through tanh, entry by entry, and meets x"),
        Probe("db1", gradient, 2, draw_first_bias, f"db1 of {ASKED}",
              "g goes back through W2, then through tanh, and is summed over the batch"),
        Probe("dW1 where every size is the same", gradient, 2, draw_square, f"dW1 of {ASKED}",
              "x.T @ da, where da is dh times the slope of tanh, and dh is g @ W2.T"),
        Probe("dW1 of a net with one output", gradient, 2, draw_one_output, f"dW1 of {ASKED}",
              "each hidden unit gets g times its own weight in W2"),
    ),
    misconceptions=(
        Misconception(
            activation_skipped,
            "The second layer is right; on the way to the first, tanh was passed over. Multiply "
            "dh by its slope, 1 - h * h, entry by entry.",
        ),
        Misconception(
            tanh_uses_input,
            "The slope of tanh is 1 - y² in terms of its output. You squared its input, a; square "
            "h = tanh(a).",
        ),
        Misconception(
            tanh_forgets_square,
            "The slope of tanh is 1 - h², and the square got lost on the way: 1 - h * h.",
        ),
        Misconception(
            tanh_twice,
            "tanh was applied twice. h is tanh(a) already, so its slope is 1 - h * h, with no "
            "further tanh.",
        ),
        Misconception(
            hidden_before_tanh,
            "For dW2 you use the hidden layer before its tanh. What W2 was multiplied with is "
            "h, after tanh, so dW2 is h.T @ g.",
        ),
        Misconception(
            bias_left_out,
            "The hidden layer is computed again without its b1, so h is another than it was. On "
            "the way forward it was tanh(x @ W1 + b1).",
        ),
        Misconception(
            transpose_missing,
            "Going back through the second layer, g meets W2 as it stood on the way forward. "
            "It enters at the outputs now: g @ W2.T.",
        ),
        Misconception(
            outer_flipped,
            "dW1 and dW2 are the transposes of what they should be. What came into the layer "
            "stands first: x.T @ da, h.T @ g.",
        ),
        Misconception(
            batch_not_summed,
            "db1 and db2 still have a row per example. All examples share one bias, so its "
            "gradients are summed over the batch, axis 0.",
        ),
        Misconception(
            batch_averaged,
            "Everything is divided by the size of the batch. If the loss is a mean, that 1/N "
            "has arrived inside g; here the contributions are just added.",
        ),
        Misconception(
            second_layer_skipped,
            "g arrives at the hidden layer without having gone through W2. A hidden unit with a "
            "small weight in W2 has a small say in the output: dh = g @ W2.T.",
        ),
        Misconception(
            layers_swapped,
            "The two layers have changed places. The backward pass meets the second one first, "
            "but the answer is dW1, db1, dW2, db2.",
        ),
    ),
    hints=(
        "Write the forward pass as four short lines: a, h, y and what each is made of. The "
        "backward pass is the same lines from the last to the first, one gradient for each.",
        "The second layer is affine, with h as its input: dW2, db2, and a gradient dh that "
        "goes on.",
        "Through tanh entry by entry: da = dh * (1 - h * h).",
        "The first layer is affine too, with x as its input and da coming from above.",
        "dh = g @ W2.T; da = dh * (1 - h * h); dW1 = x.T @ da; db1 = da.sum(axis=0)",
    ),
    difficulty=3,
    minutes=20,
    helpers=(array, plain, part),
    without=("micrograd_lab",),
)  # fmt: skip
