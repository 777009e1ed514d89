"""Value: what the graph remembers, what adds up where, and how it goes away again."""

import gc
from operator import add, mul, sub, truediv

import pytest

from micrograd_lab.scalar import Value

# What the graph remembers.


def test_parents_are_a_tuple_in_argument_order():
    a, b = Value(2.0), Value(3.0)
    for op in (add, sub, mul, truediv, pow, Value.max, Value.min):
        assert op(a, b).parents == (a, b)
        assert op(b, a).parents == (b, a)
    assert a.parents == ()
    for y in (2 + a, 2 - a, 2 * a, 2 / a, 2**a):
        number, parent = y.parents
        assert number.data == 2.0
        assert parent is a


def test_a_node_used_twice_is_listed_twice():
    x = Value(3.0)
    assert (x * x).parents == (x, x)
    assert (x * x).local_grads == (3.0, 3.0)
    assert (x + x).parents == (x, x)


def test_numbers_become_leaves_of_the_graph():
    x = Value(3.0)
    y = x * 2
    constant = y.parents[1]
    assert (constant.data, constant.op) == (2.0, None)
    assert constant.parents == constant.local_grads == ()
    y.backward()
    assert constant.grad == 3.0


def test_a_fixed_power_is_part_of_the_op_and_not_a_parent():
    x = Value(3.0)
    assert ((x**2).op, (x**2).parents) == ("**2", (x,))
    assert ((x ** Value(2)).op, len((x ** Value(2)).parents)) == ("**", 2)


def test_a_new_value_is_an_unlabelled_leaf_with_gradient_zero():
    x = Value(3)
    assert (x.data, x.grad, x.op, x.label) == (3.0, 0.0, None, "")
    assert type(x.data) is float


def test_labels_can_be_given_and_set():
    x = Value(3.0, label="x")
    y = x * 2
    y.label = "y"
    assert (x.label, y.label) == ("x", "y")
    assert repr(x) == "Value(data=3.0, grad=0.0, label='x')"
    assert repr(Value(3.0)) == "Value(data=3.0, grad=0.0)"


def test_plus_equals_makes_a_new_node_and_leaves_the_old_one_alone():
    x = Value(3.0)
    old = x
    x += 1
    x *= 2
    assert (old.data, old.op) == (3.0, None)
    assert (x.data, x.op) == (8.0, "*")
    x.backward()
    assert old.grad == 2.0


def test_data_changed_after_the_forward_pass_does_not_change_its_gradients():
    x, w = Value(3.0), Value(2.0)
    y = w * x
    x.data, w.data = 100.0, 100.0
    y.backward()
    assert (w.grad, x.grad, y.data) == (3.0, 2.0, 6.0)


# What adds up, and where.


def test_paths_that_meet_add_up():
    x = Value(3.0)
    (x * x).backward()
    assert x.grad == 6.0  # d(x²)/dx at 3

    a = Value(3.0)
    (a + a).backward()
    assert a.grad == 2.0

    x = Value(1.0)
    y = 3 * x
    (2 * y + 5 * y).backward()
    assert (x.grad, y.grad) == (21.0, 7.0)


def test_shared_nodes_inside_the_graph_are_complete_before_they_pass_on():
    a = Value(2.0)
    b = a + a
    (b * a).backward()  # 2a², whose slope is 4a
    assert (a.grad, b.grad) == (8.0, 2.0)

    x = Value(0.5)  # a ladder: each rung uses the one below twice
    rung = x
    for _ in range(30):
        rung = rung + rung
    rung.backward()
    assert x.grad == 2.0**30


def test_a_second_backward_adds_to_the_leaves():
    a = Value(1.0)
    b = 2 * a
    c = b * 3
    c.backward()
    assert (a.grad, b.grad, c.grad) == (6.0, 3.0, 1.0)
    c.backward()
    assert (a.grad, b.grad, c.grad) == (12.0, 3.0, 1.0)  # in between: afresh, so not 18


def test_two_roots_add_to_the_leaves_they_share():
    x = Value(2.0)
    shared = x * x
    (shared * 3).backward()
    (shared + 1).backward()
    assert shared.grad == 1.0  # of the last root alone
    assert x.grad == 12.0 + 4.0


def test_gradients_set_to_zero_start_again():
    x = Value(3.0)
    y = x * x
    y.backward()
    x.grad = 0.0
    y.backward()
    assert x.grad == 6.0


def test_backward_from_a_node_inside_leaves_what_is_above_alone():
    x = Value(2.0)
    inside = x * 3
    top = inside * 5
    inside.backward()
    assert (x.grad, inside.grad, top.grad) == (3.0, 1.0, 0.0)
    top.backward()
    assert (x.grad, inside.grad) == (3.0 + 15.0, 5.0)


def test_backward_on_a_leaf_is_one():
    x = Value(3.0)
    x.backward()
    assert x.grad == 1.0
    x.backward()
    assert x.grad == 2.0  # a leaf accumulates, even as a root


def test_nodes_that_the_root_does_not_depend_on_get_nothing():
    x, other = Value(2.0), Value(5.0)
    unused = x * other
    (x * 3).backward()
    assert (unused.grad, other.grad) == (0.0, 0.0)


def test_the_order_in_which_the_graph_was_built_does_not_matter():
    numbers = [0.5, -1.5, 2.0, 3.0]
    xs, ys = [Value(v) for v in numbers], [Value(v) for v in numbers]
    sum(x * x for x in xs).backward()
    squares = [y * y for y in reversed(ys)]
    sum(reversed(squares)).backward()
    assert [x.grad for x in xs] == [y.grad for y in ys] == [2 * v for v in numbers]


# Reference counting alone frees a graph; Python's garbage collector is left nothing to find.


def live_values() -> int:
    return sum(type(thing) is Value for thing in gc.get_objects())


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_graph_goes_away_when_its_last_name_does():
    before = live_values()
    x = Value(0.5)
    y = sum((x * k).tanh() ** 2 for k in range(50))
    y.backward()
    y._prev, y._op, y.parents
    assert live_values() > before + 200
    del y
    assert live_values() == before + 1  # x
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_training_steps_leave_only_the_parameters_behind():
    before = live_values()
    w, b = Value(0.1), Value(0.0)
    for k in range(5):
        loss = sum(((w * x + b).tanh() - 0.5) ** 2 for x in (1.0, 2.0, 3.0 + k))
        w.grad = b.grad = 0.0
        loss.backward()
        w.data -= 0.1 * w.grad
        b.data -= 0.1 * b.grad
    del loss
    assert live_values() == before + 2
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_an_op_that_fails_leaves_nothing_behind():
    before = live_values()
    for _ in range(10):
        with pytest.raises(ValueError, match="log"):
            (Value(1.0) - 3).log()
    assert live_values() == before
