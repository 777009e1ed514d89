"""compile() of a function of Values: the same numbers and gradients, from a tape."""

import random

import pytest

import micrograd_lab as torch
from micrograd_lab import MLP, Value


def loss_of(model, points):
    """micrograd's loss: the mean hinge of a network's answers."""
    parts = [(1 + -y * model([Value(x) for x in xs])).relu() for xs, y in points]
    return sum(parts) * (1.0 / len(parts))


def network():
    rng = random.Random(3)
    model = MLP(2, [4, 1], rng=rng)
    return model, [
        ([rng.uniform(-1, 1), rng.uniform(-1, 1)], rng.choice((-1, 1))) for _ in range(6)
    ]


def test_a_function_of_values_is_a_tape_from_its_third_call():
    compiled = torch.compile(lambda x, y: (x * y + x).tanh() * 3)
    for k in range(4):
        x, y = Value(0.1 * k), Value(0.5 - k)
        z = compiled(x, y)
        z.backward()
        a, b = Value(0.1 * k), Value(0.5 - k)
        expected = (a * b + a).tanh() * 3
        expected.backward()
        assert (z.data, x.grad, y.grad) == (expected.data, a.grad, b.grad)
        assert compiled.cache_info()["compiled"] == (k > 0)
    assert "tanh(" in compiled.source
    assert "a tape of 4 ops" in compiled.explain()


def test_a_closure_over_values_trains_as_before():
    trained = []
    for wrap in (lambda f: f, torch.compile):
        model, points = network()
        loss = wrap(lambda model=model, points=points: loss_of(model, points))
        for _ in range(10):
            model.zero_grad()
            y = loss()
            y.backward()
            for p in model.parameters():
                p.data -= 0.1 * p.grad
        trained.append((y.data, [p.data for p in model.parameters()]))
    assert trained[0][0] == pytest.approx(trained[1][0], rel=1e-12)
    assert trained[0][1] == pytest.approx(trained[1][1], rel=1e-12)
    assert loss.cache_info()["compiled"] == 1


def test_a_result_from_the_tape_goes_on_in_other_graphs():
    compiled = torch.compile(lambda x, y: x * y)
    for _ in range(3):
        compiled(Value(1.0), Value(2.0))
    a = Value(3.0)
    (compiled(a * 2, a) ** 2 + a).backward()
    assert a.grad == 8 * 2 * a.data**3 * 1 * 1 + 1  # d(4a⁴ + a)/da


def test_each_form_of_arguments_has_its_own_tape():
    compiled = torch.compile(lambda xs, n: sum(x**n for x in xs))
    for size, n in [(2, 2), (3, 2), (2, 3)] * 3:
        found = compiled([Value(k + 1.0) for k in range(size)], n)
        assert found.data == sum((k + 1.0) ** n for k in range(size))
    assert compiled.cache_info() == {"signatures": 3, "compiled": 3}


w = Value(2.0)
outside = w * 3


def branching(x):
    return x * 2 if x > 0 else -x


def going_backward(x):
    y = x * w
    y.backward()
    return y


def stepping(x):
    y = x * w
    w.data += 1
    return y


def pairing(x):
    return x * 2, x


calls = []


def counting(x):
    calls.append(1)
    return x * len(calls)


@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (branching, "it compares Values"),
        (going_backward, "it calls backward()"),
        (stepping, "it changes Values"),
        (pairing, "something else than one new Value"),
        (counting, "a constant is"),
        (lambda x: x * outside, "the result of an op that was run outside"),
    ],
)
def test_what_a_tape_would_get_wrong_stays_as_it_is(f, reason):
    compiled = torch.compile(f)
    for k in range(12):
        found = compiled(Value(1.0 - 2 * (k % 2)))
        if f is branching:
            assert found.data in (2.0, 1.0)
    assert compiled.cache_info()["compiled"] == 0
    assert reason in compiled.explain()


def test_an_argument_that_an_op_made_is_waited_for():
    compiled = torch.compile(lambda x: x * x)
    compiled(Value(1.0) + 1)
    assert "no op has made" in compiled.explain()
    assert [compiled(Value(3.0)).data for _ in range(3)] == [9.0] * 3
    assert compiled.cache_info()["compiled"] == 1
