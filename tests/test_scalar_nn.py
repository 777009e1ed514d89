"""Neuron, Layer, MLP: sizes, parameters and their order, zero_grad."""

import random

import pytest

from micrograd_lab.errors import SizeError
from micrograd_lab.scalar import MLP, Layer, Neuron, Value
from micrograd_lab.scalar.nn import Module


def test_a_neuron_is_relu_of_weights_times_inputs_plus_bias():
    neuron = Neuron(2)
    neuron.w[0].data, neuron.w[1].data, neuron.b.data = 2.0, -3.0, 1.0
    assert neuron([5.0, 1.0]).data == 8.0
    assert neuron([0.0, 1.0]).data == 0.0
    assert neuron([0.0, 1.0]).op == "relu"
    neuron.nonlin = False
    assert neuron([0.0, 1.0]).data == -2.0


def test_inputs_may_be_numbers_or_values():
    neuron = Neuron(2, nonlin=False)
    x = Value(5.0)
    y = neuron([x, 1])
    y.backward()
    assert x.grad == neuron.w[0].data
    assert [w.grad for w in neuron.w] == [5.0, 1.0]
    assert neuron.b.grad == 1.0


def test_parameters_are_weights_then_bias_neuron_by_neuron_layer_by_layer():
    model = MLP(2, [3, 1])
    first, second = model.layers
    expected = [p for n in (*first.neurons, *second.neurons) for p in (*n.w, n.b)]
    assert model.parameters() == expected
    assert len(expected) == 3 * (2 + 1) + 1 * (3 + 1)
    assert Module().parameters() == []


def test_weights_start_between_minus_one_and_one_and_biases_at_zero():
    layer = Layer(50, 4, rng=random.Random(0))
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    assert len(set(weights)) == 200  # all different: equal ones would learn the same
    assert min(weights) < -0.9 < 0.9 < max(weights)
    assert all(-1 <= w <= 1 for w in weights)
    assert all(neuron.b.data == 0.0 for neuron in layer.neurons)


def test_a_generator_of_its_own_makes_a_network_repeatable():
    first, again, other = (MLP(2, [3, 1], rng=random.Random(seed)) for seed in (1, 1, 2))
    assert [p.data for p in first.parameters()] == [p.data for p in again.parameters()]
    assert [p.data for p in first.parameters()] != [p.data for p in other.parameters()]


def test_only_the_last_layer_is_linear():
    model = MLP(2, [3, 3, 1])
    assert [[n.nonlin for n in layer.neurons] for layer in model.layers] == [
        [True] * 3,
        [True] * 3,
        [False],
    ]


def test_one_output_is_a_value_and_several_are_a_list():
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    outputs = MLP(2, [3, 2])([1.0, 2.0])
    assert [type(y) for y in outputs] == [Value, Value]


@pytest.mark.parametrize("inputs", [[1.0], [1.0, 2.0, 3.0], []])
def test_the_wrong_number_of_inputs_is_refused_not_cut_short(inputs):
    for module, name in (
        (Neuron(2), r"ReLUNeuron\(2\)"),
        (Layer(2, 3, nonlin=False), r"LinearNeuron\(2\)"),
        (MLP(2, [3, 1]), r"ReLUNeuron\(2\)"),
    ):
        with pytest.raises(SizeError, match=rf"{name} takes 2 numbers; found {len(inputs)}\."):
            module(inputs)
    assert issubclass(SizeError, ValueError)


def test_zero_grad_forgets_every_gradient_and_no_number():
    model = MLP(2, [3, 1], rng=random.Random(3))
    before = [p.data for p in model.parameters()]
    (model([1.0, 2.0]) ** 2).backward()
    assert any(p.grad != 0 for p in model.parameters())
    model.zero_grad()
    assert all(p.grad == 0.0 for p in model.parameters())
    assert [p.data for p in model.parameters()] == before


def test_a_network_fits_four_points():
    model = MLP(2, [8, 1], rng=random.Random(0))
    xor = [((0, 0), -1), ((0, 1), 1), ((1, 0), 1), ((1, 1), -1)]
    losses = []
    for _ in range(120):
        loss = sum((model(x) - y) ** 2 for x, y in xor) / 4
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        losses.append(loss.data)
    assert losses[-1] < 0.01 < losses[0]
