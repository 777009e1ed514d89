"""Exercise 05b: a whole backward pass over any graph, however deep and however tangled."""

from random import Random
from typing import Any

from micrograd_lab.grader.small_graphs import small_graphs
from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between
from micrograd_lab.graph import topological_order


class TooMuchWorkError(Exception):
    """A node was visited far more often than it has edges."""


class Node:
    """A node made of pairs (parent, local gradient), which counts how often it is looked into."""

    def __init__(self, *edges: Any) -> None:
        self.edges, self.asked = edges, 0
        self.data, self.grad, self.label = 7.0, 0.0, ""
        self.op = "op" if edges else None

    def column(self, which: int) -> tuple[Any, ...]:
        self.asked += 1
        if self.asked > 4000:
            raise TooMuchWorkError("one node was asked for its parents more than 2000 times")
        return tuple(edge[which] for edge in self.edges)

    @property
    def parents(self) -> tuple[Any, ...]:
        return self.column(0)

    @property
    def local_grads(self) -> tuple[Any, ...]:
        return self.column(1)


def walk(order: Any) -> None:
    """The chain rule, node by node, in the order given."""
    order[0].grad = 1.0
    for node in order:
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


def backward(root: Any) -> None:
    walk(topological_order(root)[::-1])


# The mistakes.


def by_depth(root: Any, step: int) -> list[Any]:
    """Nodes as a walk by depth meets them; step 1 takes the left parent first, -1 the right."""
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack += node.parents[::-step]
    return order


def by_levels(root: Any, step: int) -> list[Any]:
    order, seen = [root], {root}
    for node in order:
        for parent in node.parents[::step]:
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order


def preorder(root: Any) -> None:
    walk(by_depth(root, 1))


def preorder_right_first(root: Any) -> None:
    walk(by_depth(root, -1))


def bfs_levels(root: Any) -> None:
    walk(by_levels(root, 1))


def bfs_levels_right_first(root: Any) -> None:
    walk(by_levels(root, -1))


def not_reversed(root: Any) -> None:
    root.grad = 1.0
    for node in topological_order(root):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


def recurses_per_edge(root: Any) -> None:
    def visit(node: Any) -> None:
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad
            visit(parent)

    root.grad = 1.0
    visit(root)


def recurses_per_path(root: Any) -> None:
    def visit(node: Any, upstream: float) -> None:
        node.grad += upstream
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            visit(parent, local * upstream)

    visit(root, 1.0)


def recursion_limit(root: Any) -> None:
    order, seen = [], set()

    def visit(node: Any) -> None:
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    walk(order[::-1])


def overwrites(root: Any) -> None:
    order = topological_order(root)[::-1]
    root.grad = 1.0
    for node in order:
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad = local * node.grad


def duplicate_edge_dropped(root: Any) -> None:
    order = topological_order(root)[::-1]
    root.grad = 1.0
    for node in order:
        for parent, local in dict(zip(node.parents, node.local_grads, strict=True)).items():
            parent.grad += local * node.grad


def no_seed(root: Any) -> None:
    for node in reversed(topological_order(root)):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


def upstream_ignored(root: Any) -> None:
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local


# The questions.


def line(backward: Any, p: float, q: float) -> Any:
    x = Node()
    y = Node((x, p))
    z = Node((y, q))
    backward(z)
    return [x.grad, y.grad, z.grad]


def square(backward: Any, k: float, y: float) -> Any:
    """c = y * y with y = k·x"""
    leaf = Node()
    middle = Node((leaf, k))
    c = Node((middle, y), (middle, y))
    backward(c)
    return [leaf.grad, middle.grad, c.grad]


def diamond(backward: Any, p: float, q: float, k: float) -> Any:
    """y = k·x; u and v both q·y; c = p·u + p·v.  Alike from the left and from the right."""
    x = Node()
    y = Node((x, k))
    u, v = Node((y, q)), Node((y, q))
    c = Node((u, p), (v, p))
    backward(c)
    return [x.grad, y.grad, u.grad, v.grad, c.grad]


def short_and_long(backward: Any, p: float, q: float, k: float) -> Any:
    """y = k·x; the root uses y at once, twice, and once by way of u and v."""
    x = Node()
    y = Node((x, k))
    u = Node((y, p))
    v = Node((u, q))
    c = Node((y, 1.0), (v, 1.0), (y, 1.0))
    backward(c)
    return [x.grad, y.grad, u.grad, v.grad, c.grad]


def any_graph(backward: Any, edges: list[list[list[float]]]) -> Any:
    """Each node as a list of [number of a node made before, local gradient]."""
    nodes: list[Any] = []
    for node in edges:
        nodes.append(Node(*((nodes[int(parent)], local) for parent, local in node)))
    backward(nodes[-1])
    return [node.grad for node in nodes]


def doubling(backward: Any, times: int) -> Any:
    """x = x + x again and again; the answer as a power of two."""
    from math import log2

    x = leaf = Node()
    for _ in range(times):
        x = Node((x, 1.0), (x, 1.0))
    backward(x)
    return log2(leaf.grad) if leaf.grad > 0 else leaf.grad


def deep(backward: Any, length: int, p: float) -> Any:
    x = leaf = Node()
    for i in range(length):
        x = Node((x, p if i < 3 else 1.0))
    backward(x)
    return leaf.grad


def draw_line(rng: Random) -> dict[str, Any]:
    return {"p": between(rng, 2, 3), "q": between(rng, -6, -4)}


def draw_square(rng: Random) -> dict[str, Any]:
    return {"k": between(rng, 4, 6), "y": between(rng, 2, 3)}


def draw_three(rng: Random) -> dict[str, Any]:
    return {**draw_line(rng), "k": between(rng, 7, 9)}


def draw_graph(rng: Random) -> dict[str, Any]:
    """A graph on which every wrong order gives other numbers than the right one and each other."""
    orders = backward, preorder, preorder_right_first, bfs_levels, bfs_levels_right_first
    while True:
        edges: list[list[list[float]]] = [[], []]
        for n in range(2, rng.randint(8, 12)):
            parents = [n - 1, *(rng.randrange(n) for _ in range(rng.randint(1, 2)))]
            rng.shuffle(parents)
            edges.append([[i, between(rng, 0.5, 2) * rng.choice([1, -1])] for i in parents])
        answers = {str([round(g, 3) for g in any_graph(way, edges)]) for way in orders}
        if len(answers) == len(orders):
            return {"edges": edges}


def draw_doubling(rng: Random) -> dict[str, Any]:
    return {"times": rng.randint(40, 60)}


def draw_deep(rng: Random) -> dict[str, Any]:
    return {"length": rng.randint(5000, 6000), "p": between(rng, 2, 3)}


SUM = "over all paths from the root, the sum of the products of local gradients"

EXERCISE = Exercise(
    name="ex05b_backward",
    title="The whole backward pass",
    entry_point="backward",
    reference=backward,
    probes=(
        Probe(
            "a short chain",
            line,
            1,
            draw_line,
            "y = {p}·x, z = {q}·y: the grads of x, y, z",
            SUM,
        ),
        Probe(
            "the same parent twice",
            square,
            1,
            draw_square,
            "y = {k}·x, c = y * y at y = {y}: the grads of x, y, c",
            "c has two edges to y",
        ),
        Probe(
            "a diamond with a tail",
            diamond,
            2,
            draw_three,
            "y = {k}·x, u = {q}·y, v = {q}·y, c = {p}·u + {p}·v: the grads of x, y, u, v, c",
            "y passes on to x when u and v have both given to it",
        ),
        Probe(
            "a short way and a long way",
            short_and_long,
            2,
            draw_three,
            "y = {k}·x, u = {p}·y, v = {q}·u, c = y + v + y: the grads of x, y, u, v, c",
            "y passes on to x when c and u have both given to it",
        ),
        Probe(
            "a graph drawn at random",
            any_graph,
            3,
            draw_graph,
            "nodes with (parent's number, local gradient) {edges}: all grads in order",
            SUM,
            simple=small_graphs,
        ),
        Probe(
            "a number doubled again and again",
            doubling,
            2,
            draw_doubling,
            "x = x + x, {times} times: log2 of the leaf's grad",
            "each sum doubles it, and each node needs its turn only once",
        ),
        Probe(
            "a chain of thousands",
            deep,
            1,
            draw_deep,
            "a chain of {length} nodes, three local gradients {p}, the others 1: the leaf's grad",
            "{p} × {p} × {p}",
        ),
    ),
    misconceptions=(
        Misconception(
            preorder,
            "A node passes its gradient on as soon as you meet it, and what arrives later along "
            "another path goes no further. First make an order in which every node stands after "
            "all that use it.",
        ),
        Misconception(
            preorder_right_first,
            "You start with the last parent and go deep, and a node passes its gradient on as soon "
            "as you meet it. What arrives later is lost: wait until all that use it had their turn.",
        ),
        Misconception(
            bfs_levels,
            "You go level by level. A node that is near the root by one path and far by another "
            "has its turn too early; let it wait for all that use it.",
        ),
        Misconception(
            bfs_levels_right_first,
            "You go level by level, from the right. A node that is near the root by one path and "
            "far by another has its turn too early; let it wait for all that use it.",
        ),
        Misconception(
            not_reversed,
            "You walk from the leaves to the root, and only the root has a gradient to give. "
            "Walk the other way: reversed(order).",
        ),
        Misconception(
            recurses_per_edge,
            "You start again at a parent each time an edge arrives, so what was there before is "
            "passed on a second time. Each node has one turn, when its gradient is complete.",
        ),
        Misconception(
            recurses_per_path,
            "The sums are right, but you follow every path by itself, and paths double with every "
            "x + x. Let each node collect first, and pass its sum on once.",
        ),
        Misconception(
            recursion_limit,
            "All is right but for the depth: a function that calls itself once per node runs into "
            "Python's recursion limit. Keep a stack of your own, a list.",
        ),
        Misconception(
            overwrites,
            "Where two paths meet, the second share covered the first. Add: parent.grad += ...",
        ),
        Misconception(
            duplicate_edge_dropped,
            "A parent that is listed twice got one share. Every edge counts: no set or dict of "
            "parents.",
        ),
        Misconception(
            no_seed,
            "All gradients stay at 0. Nothing flows until the root says so: d(root)/d(root) = 1.",
        ),
        Misconception(
            upstream_ignored,
            "Each parent gets the local gradient as it is; multiply by node.grad, what came from "
            "above.",
        ),
    ),
    hints=(
        "Two parts: an order in which every node stands before its parents, then the chain rule "
        "node by node in that order.",
        "The order may come from `from micrograd_lab.graph import topological_order`, which puts "
        "parents first and the root last, so go through it backwards.",
        "Set root.grad to 1 first. For each node then, for each edge: parent.grad += local * "
        "node.grad. Leaves have no edges, so nothing special is needed for them.",
        "root.grad = 1.0; for node in reversed(topological_order(root)): for parent, local in "
        "zip(node.parents, node.local_grads): parent.grad += local * node.grad",
    ),
    difficulty=2,
    minutes=12,
    helpers=(TooMuchWorkError, Node),
    without=("micrograd_lab.scalar", "micrograd_lab.lens"),
)
