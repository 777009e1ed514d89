"""Exercise 08a: a neuron, its weights, its bias, and the list of what training may change."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Neuron:
    """The right one; each mistake below changes one of its methods."""

    def __init__(self, nin: int, rng: Any) -> None:
        from micrograd_lab.scalar import Value

        self.w = [Value(number) for number in self.start(nin, rng)]
        self.b = Value(0.0)

    def start(self, nin: int, rng: Any) -> list[float]:
        return [rng.uniform(-1, 1) for _ in range(nin)]

    def __call__(self, x: Any) -> Any:
        return self.total(x, self.b).tanh()

    def total(self, x: Any, start: Any) -> Any:
        return sum((w * xi for w, xi in zip(self.w, x, strict=True)), start)

    def parameters(self) -> Any:
        return [*self.w, self.b]


# The mistakes.


class Symmetry(Neuron):
    def start(self, nin: int, rng: Any) -> list[float]:
        return [0.0] * nin


class OneNumberForAll(Neuron):
    def start(self, nin: int, rng: Any) -> list[float]:
        return [float(rng.uniform(-1, 1))] * nin


class StartsPositive(Neuron):
    def start(self, nin: int, rng: Any) -> list[float]:
        return [rng.random() for _ in range(nin)]


class BiasForgotten(Neuron):
    def __call__(self, x: Any) -> Any:
        return self.total(x, 0.0).tanh()


class BiasNotTrained(Neuron):
    def parameters(self) -> Any:
        return list(self.w)


class BiasAfterTanh(Neuron):
    def __call__(self, x: Any) -> Any:
        return self.total(x, 0.0).tanh() + self.b


class BiasPerInput(Neuron):
    def __call__(self, x: Any) -> Any:
        return sum(w * xi + self.b for w, xi in zip(self.w, x, strict=True)).tanh()


class NoSquash(Neuron):
    def __call__(self, x: Any) -> Any:
        return self.total(x, self.b)


class SquashesEachProduct(Neuron):
    def __call__(self, x: Any) -> Any:
        return sum(((w * xi).tanh() for w, xi in zip(self.w, x, strict=True)), self.b)


class ParamRebound(Neuron):
    def parameters(self) -> Any:
        from micrograd_lab.scalar import Value

        return [Value(p.data) for p in (*self.w, self.b)]


class NumbersOfTheParameters(Neuron):
    def __call__(self, x: Any) -> Any:
        from micrograd_lab.scalar import Value

        products = [w.data * xi for w, xi in zip(self.w, x, strict=True)]
        return (sum(products, Value(self.b.data))).tanh()


class NumbersOfTheInputs(Neuron):
    def __call__(self, x: Any) -> Any:
        return Neuron.__call__(self, [getattr(xi, "data", xi) for xi in x])


# The questions.


def tuned(Neuron: Any, weights: list[float], bias: float) -> Any:
    """A neuron with these weights and this bias."""
    from random import Random

    neuron = Neuron(len(weights), Random(1))
    for w, number in zip(neuron.w, weights, strict=True):
        w.data = number
    neuron.b.data = bias
    return neuron


def fresh(Neuron: Any, nin: int, seed: int) -> Any:
    from random import Random

    neuron = Neuron(nin, Random(seed))
    return [[w.data for w in neuron.w], neuron.b.data]


def output(Neuron: Any, weights: list[float], bias: float, x: list[float]) -> Any:
    return [tuned(Neuron, weights, bias)(x).data]


def gradients(Neuron: Any, weights: list[float], bias: float, x: list[float], u: float) -> Any:
    neuron = tuned(Neuron, weights, bias)
    (neuron(x) * u).backward()
    return [[w.grad for w in neuron.w], neuron.b.grad]


def inputs(Neuron: Any, weights: list[float], bias: float, x: list[float], u: float) -> Any:
    from micrograd_lab.scalar import Value

    values = [Value(xi) for xi in x]
    (tuned(Neuron, weights, bias)(values) * u).backward()
    return [xi.grad for xi in values]


def moved(Neuron: Any, weights: list[float], bias: float, x: list[float], step: float) -> Any:
    """The output after every parameter has moved."""
    neuron = tuned(Neuron, weights, bias)
    for p in neuron.parameters():
        p.data += step
    return [len(neuron.parameters()), neuron(x).data]


def draw_fresh(rng: Random) -> dict[str, Any]:
    return {"nin": rng.randint(3, 5), "seed": rng.randint(10, 10**6)}


def draw_output(rng: Random) -> dict[str, Any]:
    return {
        "weights": [between(rng, 0.2, 0.4), between(rng, -0.7, -0.5), between(rng, 0.1, 0.15)],
        "bias": between(rng, 0.3, 0.5),
        "x": [between(rng, 1, 1.5), between(rng, 0.2, 0.4), between(rng, -1.5, -1)],
    }


def draw_upstream(rng: Random) -> dict[str, Any]:
    return {**draw_output(rng), "u": between(rng, -4, -2)}


def draw_step(rng: Random) -> dict[str, Any]:
    return {**draw_output(rng), "step": between(rng, 0.3, 0.5)}


SET = "weights {weights}, bias {bias}, inputs {x}: "

EXERCISE = Exercise(
    name="ex08a_neuron",
    title="A neuron",
    entry_point="Neuron",
    reference=Neuron,
    probes=(
        Probe("how it starts", fresh, 2, draw_fresh,
              "the weights and the bias of Neuron({nin}, random.Random({seed}))",
              "{nin} draws of rng.uniform(-1, 1), one after another; the bias is 0"),
        Probe("its output", output, 2, draw_output, SET + "the output, in a list",
              "tanh of w · x + b"),
        Probe("the gradients of weights and bias", gradients, 2, draw_upstream,
              SET + "their gradients after ({u} · output).backward()",
              "{u} · (1 − y²) times the input for a weight, times 1 for the bias"),
        Probe("the gradients of its inputs", inputs, 1, draw_upstream,
              SET + "the inputs' gradients after ({u} · output).backward()",
              "a neuron in the next layer gets Values as inputs, and passes gradient on to them: "
              "{u} · (1 − y²) · w"),
        Probe("its parameters", moved, 3, draw_step,
              SET + "how many parameters(), and the output after p.data += {step} for each",
              "three weights and a bias, the very Values that the output is computed from"),
    ),
    misconceptions=(
        Misconception(
            Symmetry,
            "All weights start at 0. Neurons that start alike get the same gradients and stay "
            "alike: a layer of them is one neuron. Draw each weight from rng.",
        ),
        Misconception(
            OneNumberForAll,
            "All weights start from one and the same draw. Call rng.uniform(-1, 1) once per weight.",
        ),
        Misconception(
            StartsPositive,
            "The weights start between 0 and 1, so the neuron begins by adding all its inputs. Draw "
            "from both sides: rng.uniform(-1, 1).",
        ),
        Misconception(
            BiasForgotten,
            "The bias takes no part in the output. Without it every neuron is forced through 0 "
            "where its inputs are 0.",
        ),
        Misconception(
            BiasNotTrained,
            "The bias is missing from parameters(), so training never moves it.",
        ),
        Misconception(
            BiasAfterTanh,
            "The bias is added after the tanh. It shifts where the tanh bends: add it to w · x "
            "first.",
        ),
        Misconception(
            BiasPerInput,
            "The bias is added once per input. It belongs to the neuron: one for the whole sum.",
        ),
        Misconception(
            NoSquash,
            "The tanh is missing. Layers without it are one linear map together, however many "
            "there are.",
        ),
        Misconception(
            SquashesEachProduct,
            "Each product goes through a tanh of its own. Add first; one tanh comes last.",
        ),
        Misconception(
            ParamRebound,
            "parameters() makes new Values, so training moves copies and the neuron stays as it "
            "was. Return the very objects: [*self.w, self.b].",
        ),
        Misconception(
            NumbersOfTheParameters,
            "The output is computed from the numbers in the parameters (.data), which have no "
            "graph: no gradient reaches them. Multiply the Values themselves.",
        ),
        Misconception(
            NumbersOfTheInputs,
            "The inputs' numbers are used (x.data), so no gradient reaches the layer below. "
            "Multiply with the inputs as they come.",
        ),
    ),
    hints=(
        "Three methods, one line each or two. Which of the four things in tanh(w · x + b) may "
        "training change?",
        "Values in lists: self.w = [Value(...) for _ in range(nin)], self.b = Value(0.0).",
        "sum(..., start) adds up Values, and self.b can be the start.",
        "__call__: sum((w * xi for w, xi in zip(self.w, x)), self.b).tanh(); parameters: "
        "[*self.w, self.b]",
    ),
    difficulty=1,
    minutes=15,
    helpers=(tuned,),
)  # fmt: skip
