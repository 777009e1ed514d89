"""The order of the graph, on small random graphs and on those with a million nodes or uses."""

import contextlib
import inspect
import random
import sys
from collections.abc import Iterator

import pytest

from micrograd_lab.graph import topological_order
from micrograd_lab.scalar import Value

MILLION = 1_000_000


class Plain:
    """The least that topological_order needs of a node."""

    def __init__(self, *parents: "Plain") -> None:
        self.parents = parents


def random_dag(seed: int, size: int = 60) -> list[Plain]:
    """Nodes with 0 to 4 parents among those before them, repeats allowed."""
    rng = random.Random(seed)
    nodes: list[Plain] = []
    for _ in range(size):
        nodes.append(Plain(*rng.choices(nodes, k=rng.randint(0, 4)) if nodes else ()))
    return nodes


def ancestors(root: Plain) -> set[Plain]:
    found = {root}
    while more := {p for node in found for p in node.parents} - found:
        found |= more
    return found


@contextlib.contextmanager
def little_recursion() -> Iterator[None]:
    """So few calls may nest that any recursion over the graph fails at once."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 50)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


def test_a_low_recursion_limit_catches_recursion():
    def depth(n: int) -> int:
        return n and 1 + depth(n - 1)

    with little_recursion(), pytest.raises(RecursionError):
        depth(100)


@pytest.mark.parametrize("seed", range(30))
def test_every_node_comes_once_and_after_all_of_its_parents(seed):
    root = random_dag(seed)[-1]
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert set(order) == ancestors(root)
    assert order[-1] is root
    assert all(place[p] < place[node] for node in order for p in node.parents)


def test_parents_come_in_argument_order():
    a, b, c = Plain(), Plain(), Plain()
    assert topological_order(Plain(a, b, c))[:3] == [a, b, c]
    assert topological_order(Plain(c, a, b, a))[:3] == [c, a, b]


def test_a_leaf_is_its_own_order():
    leaf = Plain()
    assert topological_order(leaf) == [leaf]


def test_reuse_at_every_level_costs_one_visit_each():
    node = Plain()
    for _ in range(200):  # 2²⁰⁰ paths
        node = Plain(node, node)
    assert len(topological_order(node)) == 201


@pytest.mark.parametrize("seed", range(20))
def test_replaying_the_order_gives_backwards_gradients_to_the_bit(seed):
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-1, 1)) for _ in range(3)]
    for _ in range(40):
        a, b = rng.choices(nodes, k=2)
        nodes.append(rng.choice((a + b, a * b, a - b, a.tanh(), a.max(b), a.sin())))
    root = sum(nodes)
    root.backward()
    order = topological_order(root)
    by_backward = [node.grad for node in order]

    for node in order:
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        for parent, local_grad in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local_grad * node.grad
    assert [node.grad for node in order] == by_backward


def test_a_chain_of_a_million_nodes():
    x = Value(2.0)
    with little_recursion():
        y = x
        for _ in range(MILLION):
            y = -y
        z = y * 3
        z.backward()
        order = topological_order(z)
        length, first, last = len(order), order[0], order[-1]
        del order, y, z  # dropping the last name frees the chain, link by link
    assert length == MILLION + 3  # x, the chain, the 3, the product
    assert first is x
    assert last.data == 6.0
    assert x.grad == 3.0
    with little_recursion():
        del last


def test_one_node_used_a_million_times():
    x = Value(2.0)
    with little_recursion():
        total = sum([x] * MILLION)
        total.backward()
        length = len(topological_order(total))
    assert total.data == 2.0 * MILLION
    assert x.grad == MILLION
    assert length == MILLION + 2  # x, sum's 0, the additions
    with little_recursion():
        total.backward()
        del total
    assert x.grad == 2 * MILLION
