"""Right answers to exercise 08b that are not the solution's."""

SOLUTIONS = {
    "a class for the layer": """
from micrograd_lab.scalar import Value

class Neuron:
    def __init__(self, nin, rng, act):
        self.params = [Value(rng.uniform(-1, 1)) for _ in range(nin)] + [Value(0.0)]
        self.act = act

    def __call__(self, x):
        *w, b = self.params
        return self.act(sum((a * c for a, c in zip(w, x)), b))

class Layer:
    def __init__(self, nin, nout, rng, act):
        self.neurons = [Neuron(nin, rng, act) for _ in range(nout)]

    def __call__(self, x):
        return [n(x) for n in self.neurons]

    def parameters(self):
        return sum((n.params for n in self.neurons), [])

class MLP:
    def __init__(self, nin, nouts, rng):
        acts = [lambda t: t.tanh()] * (len(nouts) - 1) + [lambda t: t]
        self.layers = [Layer(i, o, rng, a) for i, o, a in zip([nin] + nouts, nouts, acts)]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x

    def parameters(self):
        return sum((layer.parameters() for layer in self.layers), [])
""",
    "rows of weights, no neurons": """
from micrograd_lab.scalar import Value

class MLP:
    def __init__(self, nin, nouts, rng):
        self.rows = []
        for nout in nouts:
            layer = []
            for _ in range(nout):
                layer.append([Value(rng.uniform(-1, 1)) for _ in range(nin)] + [Value(0.0)])
            self.rows.append(layer)
            nin = nout

    def __call__(self, x):
        *hidden, last = self.rows
        for layer in hidden:
            x = [self.weigh(row, x).tanh() for row in layer]
        return [self.weigh(row, x) for row in last]

    def weigh(self, row, x):
        total = row[-1]
        for w, xi in zip(row, x):
            total = total + w * xi
        return total

    def parameters(self):
        return [p for layer in self.rows for row in layer for p in row]
""",
    "recursive, on the package's neurons": """
from micrograd_lab.scalar import Neuron

class MLP:
    def __init__(self, nin, nouts, rng):
        first, *rest = nouts
        self.layer = [Neuron(nin, nonlin=False, rng=rng) for _ in range(first)]
        self.rest = MLP(first, rest, rng) if rest else None

    def __call__(self, x):
        y = [neuron(x) for neuron in self.layer]
        return self.rest([yi.tanh() for yi in y]) if self.rest else y

    def parameters(self):
        own = [p for neuron in self.layer for p in neuron.parameters()]
        return own + (self.rest.parameters() if self.rest else [])
""",
}
