"""Exercise 05a: an order in which every node stands before its parents."""

from random import Random
from typing import Any

from micrograd_lab.grader.small_graphs import small_orders
from micrograd_lab.grader.spec import Exercise, Misconception, Probe
from micrograd_lab.graph import topological_order


class TooMuchWorkError(Exception):
    """A node was visited far more often than it has edges."""


class Node:
    """A node that counts how often it is asked for its parents."""

    def __init__(self) -> None:
        self.edges: tuple[Any, ...] = ()
        self.asked = 0
        self.data, self.grad, self.label, self.op = 7.0, 0.0, "", "op"

    @property
    def parents(self) -> tuple[Any, ...]:
        self.asked += 1
        if self.asked > 2000:
            raise TooMuchWorkError("one node was asked for its parents more than 2000 times")
        return self.edges


def backward_order(root: Any) -> list[Any]:
    return topological_order(root)[::-1]


# The mistakes.


def preorder(root: Any) -> list[Any]:
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack += reversed(node.parents)
    return order


def not_reversed(root: Any) -> list[Any]:
    return topological_order(root)


def bfs_levels(root: Any) -> list[Any]:
    order, seen = [root], {root}
    for node in order:
        for parent in node.parents:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order


def recurses_per_edge(root: Any) -> list[Any]:
    order: list[Any] = []

    def visit(node: Any) -> None:
        for parent in node.parents:
            visit(parent)
        order.append(node)

    visit(root)
    return order[::-1]


def recursion_limit(root: Any) -> list[Any]:
    order, seen = [], set()

    def visit(node: Any) -> None:
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order[::-1]


def lists_once_per_edge(root: Any) -> list[Any]:
    return [node for node in backward_order(root) for _ in node.parents or [node]]


def leaves_missing(root: Any) -> list[Any]:
    return [node for node in backward_order(root) if node.parents]


def root_missing(root: Any) -> list[Any]:
    return backward_order(root)[1:]


def merges_equal_numbers(root: Any) -> list[Any]:
    return list({node.data: node for node in topological_order(root)}.values())[::-1]


# The questions.


def build(parents: list[list[int]]) -> list[Any]:
    """One node per row, which lists the numbers of its parents."""
    nodes = [Node() for _ in parents]
    for node, row in zip(nodes, parents, strict=True):
        node.edges = tuple(nodes[i] for i in row)
    return nodes


def words(order: Any, nodes: list[Any]) -> Any:
    """An order in words, so that any right one will do."""
    if not isinstance(order, (list, tuple)):
        return order
    place = {id(node): i for i, node in enumerate(order)}
    if len(place) < len(order):
        return "some node is listed more than once"
    for node in nodes:
        if id(node) not in place:
            return "a node with parents is missing" if node.edges else "a leaf is missing"
    if len(place) > len(nodes):
        return "something is listed that is not in the graph"
    for node in nodes:
        if any(place[id(parent)] < place[id(node)] for parent in node.edges):
            return "some node stands after one of its parents"
    return "every node stands once, before its parents"


def arranged(backward_order: Any, parents: list[list[int]], root: int) -> Any:
    nodes = build(parents)
    for i, node in enumerate(nodes):
        node.data = float(i)
    return words(backward_order(nodes[root]), nodes)


def equal_numbers(backward_order: Any, parents: list[list[int]], root: int) -> Any:
    nodes = build(parents)
    return words(backward_order(nodes[root]), nodes)


def deep(backward_order: Any, length: int) -> Any:
    nodes = build([[i - 1] if i else [] for i in range(length)])
    return words(backward_order(nodes[-1]), nodes)


def doubling(backward_order: Any, times: int) -> Any:
    nodes = build([[i - 1, i - 1] if i else [] for i in range(times + 1)])
    return words(backward_order(nodes[-1]), nodes)


def relabel(rng: Random, parents: list[list[int]]) -> dict[str, Any]:
    """The same graph, its nodes numbered at random; the root was the last one."""
    number = rng.sample(range(len(parents)), len(parents))
    rows: list[list[int]] = [[] for _ in parents]
    for i, row in enumerate(parents):
        rows[number[i]] = [number[j] for j in row]
    return {"parents": rows, "root": number[-1]}


def draw_line(rng: Random) -> dict[str, Any]:
    return relabel(rng, [[], *([i] for i in range(rng.randint(3, 6)))])


def draw_diamond(rng: Random) -> dict[str, Any]:
    """Two arms that meet in a node, which has a parent of its own."""
    return relabel(rng, [[], [0], [1], [1], [2, 3]])


def draw_shortcuts(rng: Random) -> dict[str, Any]:
    """Nodes 0 and 1 are used by the root at once, and far below: from the left and the right."""
    return relabel(rng, [[], [], [0], [1], [2], [3], [0, 4, 5, 1]])


def draw_graph(rng: Random) -> dict[str, Any]:
    """A graph that no walk by depth or by levels gets right, from the left or from the right."""
    while True:
        size = rng.randint(9, 14)
        rows: list[list[int]] = [[], []] + [
            [n - 1, *(rng.randrange(n) for _ in range(rng.randint(0, 2)))] for n in range(2, size)
        ]
        rows = [rng.sample(row, len(row)) for row in rows]
        rows[-1].append(1)
        rows[2].append(0)
        both_ways = rows, [row[::-1] for row in rows]
        if all(
            "after" in arranged(walk, way, size - 1)
            for walk in (preorder, bfs_levels)
            for way in both_ways
        ):
            return relabel(rng, rows)


def draw_deep(rng: Random) -> dict[str, Any]:
    return {"length": rng.randint(5000, 6000)}


def draw_doubling(rng: Random) -> dict[str, Any]:
    return {"times": rng.randint(40, 60)}


CALL = "backward_order of node {root}, where node i has the parents {parents}[i]"
BEFORE = "a node's gradient is complete when all the nodes that use it have had their turn"

EXERCISE = Exercise(
    name="ex05a_backward_order",
    title="Every node before its parents",
    entry_point="backward_order",
    reference=backward_order,
    probes=(
        Probe("a short chain", arranged, 1, draw_line, CALL, BEFORE),
        Probe("a diamond with a tail", arranged, 3, draw_diamond, CALL, BEFORE),
        Probe(
            "a short way and a long way",
            arranged,
            3,
            draw_shortcuts,
            CALL,
            BEFORE,
            simple=small_orders,
        ),
        Probe(
            "a graph drawn at random", arranged, 2, draw_graph, CALL, BEFORE, simple=small_orders
        ),
        Probe(
            "nodes that all hold the same number",
            equal_numbers,
            1,
            draw_diamond,
            CALL + "; every node's data is 7.0",
            "equal numbers do not make two nodes one",
        ),
        Probe(
            "a chain of thousands",
            deep,
            2,
            draw_deep,
            "backward_order of a chain of {length} nodes",
            "the same as a short one",
        ),
        Probe(
            "a number doubled again and again",
            doubling,
            2,
            draw_doubling,
            "backward_order(x) after x = x + x was done {times} times",
            "{times} sums and one leaf, though the ways to the leaf double with each sum",
        ),
    ),
    misconceptions=(
        Misconception(
            preorder,
            "You list a node as soon as you meet it. Another way from the root may still lead to "
            "it: list a node after all its parents are listed, and reverse the list in the end.",
        ),
        Misconception(
            not_reversed,
            "Your order runs from the leaves to the root, which is the forward pass. Gradients "
            "come from the root: turn the list round.",
        ),
        Misconception(
            bfs_levels,
            "You go level by level, by the shortest way from the root. A node also waits for the "
            "longest way: list it after all its parents are listed, then reverse the list.",
        ),
        Misconception(
            recurses_per_edge,
            "A node is visited once for every path that leads to it, and paths double with every "
            "x + x. Remember in a set which nodes you have visited.",
        ),
        Misconception(
            recursion_limit,
            "The order is right, but a function that calls itself once per node runs into Python's "
            "recursion limit on a deep graph. Keep a stack of your own, a list, instead.",
        ),
        Misconception(
            lists_once_per_edge,
            "A node stands in the list once for each of its parents. Append it when its parents "
            "are done, outside the loop over them.",
        ),
        Misconception(
            leaves_missing,
            "The leaves are missing. They have no parents, but they are nodes, and their gradients "
            "are what we are after.",
        ),
        Misconception(
            root_missing,
            "The root is missing. It is the first node of the order.",
        ),
        Misconception(
            merges_equal_numbers,
            "Two nodes with the same number were taken for one. Remember the nodes themselves, not "
            "their data.",
        ),
    ),
    hints=(
        "It is easier the other way round: when is it safe to list a node if parents must come "
        "first? Once all its parents are listed. Reverse the list at the end.",
        "With recursion: visit(node): if it is new, visit its parents, then append it. Write that "
        "first, on paper; it is right on graphs that are not deep.",
        "Without recursion a node goes onto your stack twice: once to be opened (push its parents "
        "above it), once to be closed (append it to the order). Push pairs (node, opened).",
        "stack = [(root, False)]; pop (node, opened); if opened: order.append(node); elif node not "
        "in seen: add it, push (node, True), then (parent, False) for each parent.",
    ),
    difficulty=3,
    minutes=20,
    helpers=(TooMuchWorkError, Node, build, words),
    without=("micrograd_lab.graph",),
)
