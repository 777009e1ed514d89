"""Exercise 08b: neurons side by side in layers, layers one after another."""

import random
from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Neuron:
    """tanh(w · x + b), or w · x + b alone."""

    def __init__(self, nin: int, rng: Any, linear: bool = False) -> None:
        from micrograd_lab.scalar import Value

        self.w = [Value(rng.uniform(-1, 1)) for _ in range(nin)]
        self.b, self.linear = Value(0.0), linear

    def __call__(self, x: Any) -> Any:
        total = sum((w * xi for w, xi in zip(self.w, x, strict=True)), self.b)
        return total if self.linear else total.tanh()

    def parameters(self) -> Any:
        return [*self.w, self.b]


class MLP:
    """The right one; each mistake below changes one of its methods."""

    def __init__(self, nin: int, nouts: Any, rng: Any) -> None:
        sizes = [nin, *nouts]
        self.layers = [
            self.layer(a, b, rng, i == len(nouts) - 1)
            for i, (a, b) in enumerate(zip(sizes, nouts, strict=False))
        ]

    def layer(self, nin: int, nout: int, rng: Any, last: bool) -> Any:
        return [Neuron(nin, rng, last) for _ in range(nout)]

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x

    def parameters(self) -> Any:
        return [p for layer in self.layers for neuron in layer for p in neuron.parameters()]


# The mistakes.


class Symmetry(MLP):
    def layer(self, nin: int, nout: int, rng: Any, last: bool) -> Any:
        return [Neuron(nin, random.Random(7), last) for _ in range(nout)]


class OneNeuronRepeated(MLP):
    def layer(self, nin: int, nout: int, rng: Any, last: bool) -> Any:
        return [Neuron(nin, rng, last)] * nout


class LastLayerSquashed(MLP):
    def layer(self, nin: int, nout: int, rng: Any, last: bool) -> Any:
        return MLP.layer(self, nin, nout, rng, False)


class AllLinear(MLP):
    def layer(self, nin: int, nout: int, rng: Any, last: bool) -> Any:
        return MLP.layer(self, nin, nout, rng, True)


class LinearTheWrongWayRound(MLP):
    def layer(self, nin: int, nout: int, rng: Any, last: bool) -> Any:
        return MLP.layer(self, nin, nout, rng, not last)


class EveryLayerSeesTheInput(MLP):
    def __call__(self, x: Any) -> Any:
        return [[neuron(x) for neuron in layer] for layer in self.layers][-1]


class LayersStartedAfresh(MLP):
    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            numbers = [getattr(xi, "data", xi) for xi in x]
            x = [neuron(numbers) for neuron in layer]
        return x


class LastLayersParameters(MLP):
    def parameters(self) -> Any:
        return [p for neuron in self.layers[-1] for p in neuron.parameters()]


class OneNeuronsParameters(MLP):
    def parameters(self) -> Any:
        return [p for layer in self.layers for p in layer[0].parameters()]


class ParamRebound(MLP):
    def parameters(self) -> Any:
        from micrograd_lab.scalar import Value

        return [Value(p.data) for p in MLP.parameters(self)]


class OneOutputUnwrapped(MLP):
    def __call__(self, x: Any) -> Any:
        y = MLP.__call__(self, x)
        return y[0] if len(y) == 1 else y


# The questions.


def tuned(MLP: Any, nin: int, nouts: list[int], start: float) -> Any:
    """A network whose parameters are start, start + 0.17, ... in order, each minus 1 above 0.6."""
    from random import Random

    mlp = MLP(nin, nouts, Random(1))
    number = start
    for p in mlp.parameters():
        number = number + 0.17 if number < 0.6 else number - 1.0
        p.data = number
    return mlp


def count(MLP: Any, nin: int, nouts: list[int], seed: int) -> Any:
    from random import Random

    parameters = MLP(nin, nouts, Random(seed)).parameters()
    return [len(parameters), len({id(p) for p in parameters})]


def fresh(MLP: Any, nin: int, nouts: list[int], seed: int) -> Any:
    """How many neurons of the first layer differ in their first weight."""
    from random import Random

    parameters = MLP(nin, nouts, Random(seed)).parameters()
    return [len({p.data for p in parameters[: nouts[0] * (nin + 1) : nin + 1]})]


def outputs(MLP: Any, nin: int, nouts: list[int], start: float, x: list[float]) -> Any:
    return [y.data for y in tuned(MLP, nin, nouts, start)(x)]


def one_output(MLP: Any, nin: int, nouts: list[int], start: float, x: list[float]) -> Any:
    y = tuned(MLP, nin, nouts, start)(x)
    return [y[0].data] if isinstance(y, (list, tuple)) else y.data


def gradients(MLP: Any, nin: int, nouts: list[int], start: float, x: list[float], u: Any) -> Any:
    mlp = tuned(MLP, nin, nouts, start)
    sum(y * ui for y, ui in zip(mlp(x), u, strict=True)).backward()
    return [p.grad for p in mlp.parameters()]


def draw_size(rng: Random) -> dict[str, Any]:
    sizes = {"nin": rng.randint(2, 4), "nouts": [rng.randint(3, 6) for _ in range(3)]}
    return {**sizes, "seed": rng.randint(10, 10**6)}


def draw_outputs(rng: Random) -> dict[str, Any]:
    x = [between(rng, 1, 2), between(rng, -2, -1), between(rng, 2, 3)]
    return {"nin": 3, "nouts": [4, 3, 2], "start": between(rng, -0.4, 0), "x": x}


def draw_one_output(rng: Random) -> dict[str, Any]:
    return {**draw_outputs(rng), "nouts": [3, 1]}


def draw_upstream(rng: Random) -> dict[str, Any]:
    return {**draw_outputs(rng), "nouts": [2, 2], "u": [between(rng, 2, 3), between(rng, -2, -1)]}


SET = "MLP({nin}, {nouts}, rng) with parameters of our own, at {x}: "

EXERCISE = Exercise(
    name="ex08b_mlp",
    title="Layers of neurons",
    entry_point="MLP",
    reference=MLP,
    probes=(
        Probe("how many parameters", count, 2, draw_size,
              "MLP({nin}, {nouts}, rng): how many parameters, and how many different ones",
              "each neuron has one weight per input and a bias, and all neurons are different"),
        Probe("how the neurons start", fresh, 2, draw_size,
              "MLP({nin}, {nouts}, random.Random({seed})): how many different first weights the "
              "neurons of the first layer have",
              "each neuron draws its own weights from the rng, so no two start alike"),
        Probe("the outputs", outputs, 3, draw_outputs, SET + "the outputs",
              "each layer takes what the one before it gives; tanh everywhere but in the last"),
        Probe("one output", one_output, 1, draw_one_output, SET + "the outputs",
              "a list of one Value: what uses it need not ask how many there are"),
        Probe("the gradients of all parameters", gradients, 3, draw_upstream,
              SET + "the parameters' gradients after backward() from {u} · outputs",
              "every parameter in every layer gets its share, in the order of parameters()"),
    ),
    misconceptions=(
        Misconception(
            Symmetry,
            "All neurons of a layer start with the same weights, because each gets a fresh "
            "generator. They would stay alike for ever: hand on the one rng, which moves on.",
        ),
        Misconception(
            OneNeuronRepeated,
            "[Neuron(...)] * n is one neuron listed n times. Make n of them: "
            "[Neuron(...) for _ in range(n)].",
        ),
        Misconception(
            LastLayerSquashed,
            "The last layer goes through tanh too, so no score gets beyond ±1. It is linear.",
        ),
        Misconception(
            AllLinear,
            "No layer has a tanh. Linear maps one after another are one linear map: only the last "
            "layer is linear.",
        ),
        Misconception(
            LinearTheWrongWayRound,
            "tanh and linear are the wrong way round: the last layer is linear, all before it have "
            "the tanh.",
        ),
        Misconception(
            EveryLayerSeesTheInput,
            "Every layer gets the network's inputs. Hand each one what the layer before it gave: "
            "x = [neuron(x) for neuron in layer].",
        ),
        Misconception(
            LayersStartedAfresh,
            "Between the layers only numbers are handed on (.data), so no gradient gets below the "
            "last one. Hand on the Values.",
        ),
        Misconception(
            LastLayersParameters,
            "parameters() lists one layer's only, so the others are never trained. Collect them "
            "over all layers.",
        ),
        Misconception(
            OneNeuronsParameters,
            "parameters() takes one neuron of each layer. Collect them from all.",
        ),
        Misconception(
            ParamRebound,
            "parameters() makes new Values, so training moves copies. Return the very objects that "
            "the neurons hold.",
        ),
        Misconception(
            OneOutputUnwrapped,
            "With one output you return it alone, not in a list. A list always means that nobody "
            "has to ask.",
        ),
    ),
    hints=(
        "A layer is a list of neurons; a network is a list of layers. How many inputs does a "
        "neuron of the second layer have?",
        "sizes = [nin, *nouts]: layer i goes from sizes[i] inputs to sizes[i + 1] neurons.",
        "The last layer is the one with i == len(nouts) - 1; its neurons get linear=True.",
        "__call__: for layer in self.layers: x = [neuron(x) for neuron in layer]; parameters(): "
        "for layers, for neurons, for p in neuron.parameters()",
    ),
    difficulty=2,
    minutes=15,
    helpers=(tuned,),
)  # fmt: skip
