"""Exercise 10a: the gradients of an affine layer, by hand, for a whole batch."""

from random import Random
from typing import Any

import numpy as np

from micrograd_lab.grader.arrays import array, part, plain, sizes, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


def affine_backward(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g, g.sum(axis=0)


# The mistakes.


def transpose_missing(g: Any, x: Any, W: Any) -> Any:
    return g @ W, x.T @ g, g.sum(axis=0)


def x_not_transposed(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x @ g, g.sum(axis=0)


def both_transposes_missing(g: Any, x: Any, W: Any) -> Any:
    return g @ W, x @ g, g.sum(axis=0)


def weight_first(g: Any, x: Any, W: Any) -> Any:
    return W @ g, x.T @ g, g.sum(axis=0)


def batch_not_summed(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g, g


def outer_flipped(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, g.T @ x, g.sum(axis=0)


def bias_averaged(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g, g.mean(axis=0)


def batch_averaged(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g / len(x), g.mean(axis=0)


def bias_summed_over_features(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g, g.sum(axis=1)


def bias_summed_over_everything(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g, g.sum()


def bias_keeps_the_batch_axis(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x.T @ g, g.sum(axis=0, keepdims=True)


def first_example_only(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, np.outer(x[0], g[0]), g[0]


def per_example_weights(g: Any, x: Any, W: Any) -> Any:
    return g @ W.T, x[:, :, None] * g[:, None, :], g.sum(axis=0)


def upstream_ignored(g: Any, x: Any, W: Any) -> Any:
    return affine_backward(np.ones_like(g), x, W)


def gradients_swapped(g: Any, x: Any, W: Any) -> Any:
    dx, dW, db = affine_backward(g, x, W)
    return dW, dx, db


# The questions.


def gradient(affine_backward: Any, i: int, g: Any, x: Any, W: Any) -> Any:
    return part(affine_backward(array(g), array(x), array(W)), i, 3)


def every_gradient(affine_backward: Any, g: Any, x: Any, W: Any) -> Any:
    answer = affine_backward(array(g), array(x), array(W))
    return [part(answer, i, 3) for i in range(3)]


def layer(rng: Random, batch: int, inputs: int, outputs: int) -> dict[str, Any]:
    return {
        "g": table(rng, batch, outputs),
        "x": table(rng, batch, inputs),
        "W": table(rng, inputs, outputs),
    }


def draw_inputs(rng: Random) -> dict[str, Any]:
    return {"i": 0, **layer(rng, *sizes(rng, 2, 3, 4))}


def draw_weights(rng: Random) -> dict[str, Any]:
    return {"i": 1, **layer(rng, *sizes(rng, 2, 3, 4))}


def draw_bias(rng: Random) -> dict[str, Any]:
    return {"i": 2, **layer(rng, *sizes(rng, 2, 3, 4))}


def draw_square_inputs(rng: Random) -> dict[str, Any]:
    return {"i": 0, **layer(rng, 3, 3, 3)}


def draw_square_weights(rng: Random) -> dict[str, Any]:
    return {"i": 1, **layer(rng, 3, 3, 3)}


def draw_single(rng: Random) -> dict[str, Any]:
    return layer(rng, 1, *sizes(rng, 2, 3))


ASKED = "affine_backward(g, x, W) with g = {g}, x = {x}, W = {W}"

EXERCISE = Exercise(
    name="ex10a_affine_backward",
    title="An affine layer, backwards",
    entry_point="affine_backward",
    reference=affine_backward,
    probes=(
        Probe(
            "dx", gradient, 2, draw_inputs, f"dx of {ASKED}",
            "an example's gradient goes back through the same weights it came by: g @ W.T",
        ),
        Probe(
            "dW", gradient, 2, draw_weights, f"dW of {ASKED}",
            "W[i, j] leads from input i to output j, in every example: the sum over the batch of "
            "x[n, i] * g[n, j]",
        ),
        Probe(
            "db", gradient, 2, draw_bias, f"db of {ASKED}",
            "b[j] was added in every example: the sum over the batch of g[n, j]",
        ),
        Probe(
            "dx where every size is the same, so that shapes give nothing away",
            gradient, 2, draw_square_inputs, f"dx of {ASKED}",
            "dx[n, i] is the sum over j of g[n, j] * W[i, j]",
        ),
        Probe(
            "dW where every size is the same",
            gradient, 2, draw_square_weights, f"dW of {ASKED}",
            "dW[i, j] is the sum over n of x[n, i] * g[n, j]",
        ),
        Probe(
            "a batch of one example", every_gradient, 1, draw_single, f"dx, dW, db from {ASKED}",
            "the same rules; each gradient has the shape of what it is the gradient of",
        ),
    ),
    misconceptions=(
        Misconception(
            transpose_missing,
            "In dx the weights stand as they did on the way forward. Going back, a gradient enters "
            "at the outputs and leaves at the inputs: W.T, not W.",
        ),
        Misconception(
            x_not_transposed,
            "In dW the batch has to be the axis that is summed away. x @ g sums over something "
            "else; x.T @ g sums over the examples.",
        ),
        Misconception(
            both_transposes_missing,
            "The two products are in the right order, and both lack a transpose: a gradient goes "
            "back through W.T, and x.T @ g sums over the examples.",
        ),
        Misconception(
            weight_first,
            "W @ g mixes the examples of the batch with one another. Examples are rows, so what "
            "acts on each of them stands on the right: g @ W.T.",
        ),
        Misconception(
            batch_not_summed,
            "db still has a row per example. There is one b for the whole batch, so its gradients "
            "add up over the batch: g.sum(axis=0).",
        ),
        Misconception(
            outer_flipped,
            "Your dW is the transpose of what it should be. W has inputs down and outputs across, "
            "and so has dW: x comes first, x.T @ g.",
        ),
        Misconception(
            bias_averaged,
            "db is averaged over the batch. Each example adds its own effect on the loss, so they "
            "are summed; if the loss is a mean, the 1/N is in g already.",
        ),
        Misconception(
            batch_averaged,
            "dW and db are divided by the size of the batch. If the loss is a mean, that 1/N has "
            "arrived inside g; dividing again counts it twice.",
        ),
        Misconception(
            bias_summed_over_features,
            "For db you sum along the outputs. Each output has its own b; what shares one b is the "
            "examples, so sum over axis 0.",
        ),
        Misconception(
            bias_summed_over_everything,
            "db is one single number. b has one entry per output, and so has its gradient: sum "
            "over the batch only, axis=0.",
        ),
        Misconception(
            bias_keeps_the_batch_axis,
            "db has kept an axis of size 1. b has the shape (outputs,), and a gradient has the "
            "shape of what it belongs to: leave keepdims out.",
        ),
        Misconception(
            first_example_only,
            "Only the first example counts in dW and db. All of them went through the same W and "
            "b, so all of their contributions add up.",
        ),
        Misconception(
            per_example_weights,
            "Your dW has one matrix for each example. They all used the same W, so their matrices "
            "add up, and x.T @ g does that in one go.",
        ),
        Misconception(
            upstream_ignored,
            "The answers would be right if g were all ones. What comes from above is different for "
            "every entry: put g where the ones are.",
        ),
        Misconception(
            gradients_swapped,
            "dx and dW have changed places. The order is that of the arguments: dx, dW, db.",
        ),
    ),
    hints=(
        "Shapes first: a gradient has the shape of what it is the gradient of. Which products of "
        "g, x and W have the shape of x, and which the shape of W?",
        "One entry at a time: y[n, j] = sum over i of x[n, i] * W[i, j], plus b[j]. Which entries "
        "of y does W[i, j] have a hand in? Add up x[n, i] * g[n, j] over those.",
        "A sum over n of x[n, i] * g[n, j] is a matrix product in which n is in the middle.",
        "return g @ W.T, x.T @ g, and g summed over the batch",
    ),
    difficulty=2,
    minutes=15,
    helpers=(array, plain, part),
    without=("micrograd_lab",),
)  # fmt: skip
