"""Exercise 06c: backward a second time: leaves add up, everything between starts afresh."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between
from micrograd_lab.graph import topological_order


class Node:
    """A node made of edges: pairs of a parent and the local gradient towards it."""

    def __init__(self, *edges: Any, grad: float = 0.0) -> None:
        self.parents = tuple(parent for parent, _ in edges)
        self.local_grads = tuple(local for _, local in edges)
        self.data, self.grad, self.label = 7.0, grad, ""
        self.op = "op" if edges else None


def backward(root: Any) -> None:
    clear(root, lambda node: bool(node.parents))
    root.grad += 1.0
    flow(root)


def clear(root: Any, which: Any) -> None:
    for node in topological_order(root):
        if which(node):
            node.grad = 0.0


def flow(root: Any) -> None:
    for node in reversed(topological_order(root)):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


# The mistakes.


def interior_adds(root: Any) -> None:
    root.grad = 1.0
    flow(root)


def seed_adds(root: Any) -> None:
    root.grad += 1.0
    flow(root)


def root_not_cleared(root: Any) -> None:
    clear(root, lambda node: node.parents and node is not root)
    seed_adds(root)


def backward_wipes(root: Any) -> None:
    clear(root, lambda node: True)
    seed_adds(root)


def wipes_after(root: Any) -> None:
    backward(root)
    clear(root, lambda node: node.parents and node is not root)


def leaf_root_overwritten(root: Any) -> None:
    clear(root, lambda node: bool(node.parents))
    root.grad = 1.0
    flow(root)


def leaf_root_forgotten(root: Any) -> None:
    if root.parents:
        backward(root)


def overwrites(root: Any) -> None:
    clear(root, lambda node: bool(node.parents))
    root.grad += 1.0
    for node in reversed(topological_order(root)):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad = local * node.grad


def no_seed(root: Any) -> None:
    clear(root, lambda node: bool(node.parents))
    flow(root)


def only_once(root: Any) -> None:
    if not (root.parents and root.grad):
        backward(root)


# The questions.


def twice(backward: Any, p: float, q: float) -> Any:
    """b = p·a, c = q·b"""
    a = Node()
    b = Node((a, p))
    c = Node((b, q))
    backward(c)
    backward(c)
    return [a.grad, b.grad, c.grad]


def diamond(backward: Any, p: float, q: float, k: float, times: int) -> Any:
    """y = k·x, c = p·y + q·y"""
    x = Node()
    y = Node((x, k))
    c = Node((y, p), (y, q))
    for _ in range(times):
        backward(c)
    return [x.grad, y.grad, c.grad]


def two_roots(backward: Any, p: float, q: float, k: float) -> Any:
    """y = k·x, c = p·y, d = q·y: first from c, then from d."""
    x = Node()
    y = Node((x, k))
    c, d = Node((y, p)), Node((y, q))
    backward(c)
    backward(d)
    return [x.grad, y.grad, c.grad, d.grad]


def part_and_whole(backward: Any, p: float, q: float, k: float) -> Any:
    """y = k·x, c = p·y + q·x: from c, and then from y, which lies within."""
    x = Node()
    y = Node((x, k))
    c = Node((y, p), (x, q))
    backward(c)
    backward(y)
    return [x.grad, y.grad]


def left_over(backward: Any, p: float, q: float, old: float) -> Any:
    """y = p·x, c = q·y; all of them hold something from before."""
    x = Node(grad=old)
    y = Node((x, p), grad=old)
    c = Node((y, q), grad=old)
    backward(c)
    return [x.grad, y.grad, c.grad]


def leaf(backward: Any, old: float) -> Any:
    x = Node(grad=old)
    backward(x)
    return x.grad


def draw_two(rng: Random) -> dict[str, Any]:
    return {"p": between(rng, 2, 3), "q": between(rng, -6, -4)}


def draw_three(rng: Random) -> dict[str, Any]:
    return {**draw_two(rng), "k": between(rng, 7, 9)}


def draw_times(rng: Random) -> dict[str, Any]:
    return {**draw_three(rng), "times": rng.randint(3, 5)}


def draw_old(rng: Random) -> dict[str, Any]:
    return {**draw_two(rng), "old": between(rng, 3, 5)}


def draw_leaf(rng: Random) -> dict[str, Any]:
    return {"old": between(rng, 3, 5)}


EXERCISE = Exercise(
    name="ex06c_backward_again",
    title="Backward, and again",
    entry_point="backward",
    reference=backward,
    probes=(
        Probe(
            "a chain, backward twice",
            twice,
            3,
            draw_two,
            "b = {p}·a, c = {q}·b, c.backward() twice: the grads of a, b, c",
            "b and c as after one call; the leaf a has {p} × {q} twice",
        ),
        Probe(
            "a diamond, backward several times",
            diamond,
            2,
            draw_times,
            "y = {k}·x, c = {p}·y + {q}·y, backward {times} times: the grads of x, y, c",
            "y and c as after one call; the leaf x has its gradient {times} times",
        ),
        Probe(
            "two roots that share a node",
            two_roots,
            2,
            draw_three,
            "y = {k}·x, c = {p}·y, d = {q}·y, backward from c, then from d: the grads of x, y, c, d",
            "y holds dd/dy, as the last call left it; the leaf x holds dc/dx + dd/dx",
        ),
        Probe(
            "a whole, then a part of it",
            part_and_whole,
            1,
            draw_three,
            "y = {k}·x, c = {p}·y + {q}·x, backward from c, then from y: the grads of x and y",
            "y is 1, its gradient towards itself; the leaf x holds dc/dx + dy/dx",
        ),
        Probe(
            "gradients left over from before",
            left_over,
            1,
            draw_old,
            "y = {p}·x, c = {q}·y, all with a grad of {old} at first: the grads of x, y, c",
            "the leaf x adds to its {old}; y and c have parents and begin at 0",
        ),
        Probe(
            "a root that is a leaf",
            leaf,
            1,
            draw_leaf,
            "the grad of a leaf that holds {old}, after backward from itself",
            "d(x)/d(x) = 1, and a leaf adds it to what it holds",
        ),
    ),
    misconceptions=(
        Misconception(
            interior_adds,
            "The nodes between kept the gradient of the first call and passed it on once more, so "
            "the second call counts some paths twice. Set every node with parents to 0 first.",
        ),
        Misconception(
            seed_adds,
            "Each call adds a 1 to the root, whose 1 from the last call is still there, and the "
            "nodes between keep theirs too. Set every node with parents to 0 first.",
        ),
        Misconception(
            root_not_cleared,
            "The nodes between begin at 0, but the root does not: the second call starts from 2. "
            "A root that has parents is set back like the others.",
        ),
        Misconception(
            backward_wipes,
            "Each call wipes out what the leaves hold. Gradients of several losses are meant to "
            "add up there; set back only the nodes that have parents.",
        ),
        Misconception(
            wipes_after,
            "The leaves are right, but you clear the nodes between afterwards. Their gradients are "
            "part of the answer: clear them before the pass instead.",
        ),
        Misconception(
            leaf_root_overwritten,
            "A root may be a leaf, and then it holds something worth keeping: add 1 to its "
            "gradient instead of setting it to 1.",
        ),
        Misconception(
            leaf_root_forgotten,
            "A root without parents gets nothing. d(x)/d(x) = 1 for a leaf too: add 1.",
        ),
        Misconception(
            overwrites,
            "A share covers what the leaf had before. Add: parent.grad += ...",
        ),
        Misconception(
            no_seed,
            "Nothing flows until the root says so: d(root)/d(root) = 1.",
        ),
        Misconception(
            only_once,
            "Your second call does nothing when the root has a gradient already. Each call is a "
            "pass of its own, and the leaves add it up.",
        ),
    ),
    hints=(
        "Leaves are what training changes: they collect. A node that has parents is a stopover: "
        "what it held belongs to the last call.",
        "Before the pass go through topological_order(root) once, and set back each node that "
        "has parents.",
        "Then root.grad += 1.0. With += it is right for a root that is a leaf as well.",
        "order = topological_order(root); for node in order: if node.parents: node.grad = 0.0; "
        "root.grad += 1.0; then the chain rule along reversed(order).",
    ),
    difficulty=2,
    minutes=10,
    helpers=(Node,),
    without=("micrograd_lab.scalar", "micrograd_lab.lens"),
)
