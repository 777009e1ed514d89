"""Exercise 04b: the ledger of paths: what each one contributes to a gradient."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Node:
    """A node made of edges: pairs of a parent and the local gradient towards it."""

    def __init__(self, *edges: Any) -> None:
        self.parents = tuple(parent for parent, _ in edges)
        self.local_grads = tuple(local for _, local in edges)
        self.data, self.grad, self.label = 7.0, 0.0, ""
        self.op = "op" if edges else None


def ledger(root: Any, x: Any) -> list[float]:
    if root is x:
        return [1.0]
    edges = zip(root.parents, root.local_grads, strict=True)
    return [local * rest for parent, local in edges for rest in ledger(parent, x)]


# The mistakes.


def duplicate_edge_dropped(root: Any, x: Any) -> list[float]:
    if root is x:
        return [1.0]
    edges = dict(zip(root.parents, root.local_grads, strict=True)).items()
    return [local * rest for parent, local in edges for rest in duplicate_edge_dropped(parent, x)]


def merges_equal(root: Any, x: Any) -> list[float]:
    return sorted(set(ledger(root, x)))


def visits_each_node_once(root: Any, x: Any) -> list[float]:
    found, seen = [], set()

    def walk(node: Any, product: float) -> None:
        if node is x:
            found.append(product)
        elif node not in seen:
            seen.add(node)
            for parent, local in zip(node.parents, node.local_grads, strict=True):
                walk(parent, product * local)

    walk(root, 1.0)
    return found


def first_path_only(root: Any, x: Any) -> list[float]:
    return ledger(root, x)[:1]


def adds_along_the_path(root: Any, x: Any) -> list[float]:
    if root is x:
        return [0.0]
    edges = zip(root.parents, root.local_grads, strict=True)
    return [local + rest for parent, local in edges for rest in adds_along_the_path(parent, x)]


def last_edge_only(root: Any, x: Any) -> list[float]:
    edges = zip(root.parents, root.local_grads, strict=True)
    found = [(parent, local) for parent, local in edges if parent is x]
    if root is x:
        return [1.0]
    return [local for _, local in found] + [
        rest for parent in root.parents if parent is not x for rest in last_edge_only(parent, x)
    ]


def total_only(root: Any, x: Any) -> list[float]:
    return [sum(ledger(root, x))]


def every_leaf(root: Any, x: Any) -> list[float]:
    if root is x or not root.parents:
        return [1.0]
    edges = zip(root.parents, root.local_grads, strict=True)
    return [local * rest for parent, local in edges for rest in every_leaf(parent, x)]


def runs_past_the_middle(root: Any, x: Any) -> list[float]:
    return [] if x.parents else ledger(root, x)


def averages_paths(root: Any, x: Any) -> list[float]:
    found = ledger(root, x)
    return [contribution / len(found) for contribution in found]


# The questions.


def sort(found: Any) -> Any:
    """Paths may come in any order."""
    return sorted(found) if isinstance(found, (list, tuple)) else found


def chain(ledger: Any, p: float, q: float, k: float) -> Any:
    x = Node()
    return sort(ledger(Node((Node((Node((x, p)), q)), k)), x))


def parent_twice(ledger: Any, p: float, q: float, k: float) -> Any:
    """y = k·x, c = p·y + q·y"""
    x = Node()
    y = Node((x, k))
    return sort(ledger(Node((y, p), (y, q)), x))


def equal_shares(ledger: Any, p: float, k: float) -> Any:
    """u = k·x and v = k·x, two nodes; c = p·u + p·v"""
    x = Node()
    return sort(ledger(Node((Node((x, k)), p), (Node((x, k)), p)), x))


def two_leaves(ledger: Any, p: float, q: float, k: float) -> Any:
    """u = p·x + q·y, c = k·u + x, and a leaf apart from it all."""
    x, y, apart = Node(), Node(), Node()
    c = Node((Node((x, p), (y, q)), k), (x, 1.0))
    return [sort(ledger(c, leaf)) for leaf in (x, y, apart)]


def layers(ledger: Any, factors: list[list[float]]) -> Any:
    """x feeds two nodes, those feed two more, and so on; at the end all meet."""
    x = Node()
    below = [x]
    for a, b in factors:
        below = [Node(*((node, f) for node in below)) for f in (a, b)]
    return sort(ledger(Node(*((node, 1.0) for node in below)), x))


def in_the_middle(ledger: Any, p: float, q: float, k: float) -> Any:
    """y = k·x, c = p·y + q·y: towards y, and from c to c itself."""
    y = Node((Node(), k))
    c = Node((y, p), (y, q))
    return [sort(ledger(c, y)), sort(ledger(c, c))]


def draw_three(rng: Random) -> dict[str, Any]:
    return {"p": between(rng, 2, 3), "q": between(rng, -6, -4), "k": between(rng, 7, 9)}


def draw_two(rng: Random) -> dict[str, Any]:
    return {"p": between(rng, 2, 3), "k": between(rng, 7, 9)}


def draw_layers(rng: Random) -> dict[str, Any]:
    rows = [[between(rng, 1.2, 1.9), between(rng, -3, -2)] for _ in range(rng.randint(2, 4))]
    return {"factors": rows}


EXERCISE = Exercise(
    name="ex04b_ledger",
    title="The ledger of paths",
    entry_point="ledger",
    reference=ledger,
    probes=(
        Probe(
            "one path",
            chain,
            1,
            draw_three,
            "x, then {p}·, then {q}·, then {k}·: ledger(root, x)",
            "one path, one product",
        ),
        Probe(
            "two edges to the same parent",
            parent_twice,
            2,
            draw_three,
            "y = {k}·x, c = {p}·y + {q}·y: ledger(c, x), sorted",
            "{k} × {q} along one edge, {k} × {p} along the other",
        ),
        Probe(
            "two paths with equal products",
            equal_shares,
            2,
            draw_two,
            "u = {k}·x, v = {k}·x, c = {p}·u + {p}·v: ledger(c, x)",
            "two paths, two entries, though they are equal",
        ),
        Probe(
            "two leaves, and one apart",
            two_leaves,
            2,
            draw_three,
            "u = {p}·x + {q}·y, c = {k}·u + x: the ledgers of x, of y, and of a leaf outside",
            "only paths that end at the node asked about",
        ),
        Probe(
            "layers in which every path splits",
            layers,
            2,
            draw_layers,
            "x feeds two nodes, each layer feeds the next, factors {factors}; all meet: ledger, sorted",
            "twice as many paths with each layer, each with its own product",
        ),
        Probe(
            "a node in the middle, and the root itself",
            in_the_middle,
            1,
            draw_three,
            "y = {k}·x, c = {p}·y + {q}·y: ledger(c, y), then ledger(c, c)",
            "paths from c end at y; from c to c leads the path without edges, worth 1",
        ),
    ),
    misconceptions=(
        Misconception(
            duplicate_edge_dropped,
            "A parent that is listed twice counts for one path. Two edges are two paths: don't put "
            "the parents into a set or a dict.",
        ),
        Misconception(
            merges_equal,
            "Two paths that contribute the same became one entry. Equal numbers are still two "
            "contributions: keep a list, not a set.",
        ),
        Misconception(
            visits_each_node_once,
            "You pass each node once, so paths that share a node are lost. That is right for "
            "counting nodes; here every way through counts, however often it meets a node.",
        ),
        Misconception(
            first_path_only,
            "Your ledger stops at its first entry. Go on: every path contributes.",
        ),
        Misconception(
            adds_along_the_path,
            "You add the local gradients along a path. One after another they multiply; it is the "
            "finished paths that add.",
        ),
        Misconception(
            last_edge_only,
            "Each entry holds the local gradient of the last edge only. Multiply all of them, from "
            "the root to x.",
        ),
        Misconception(
            total_only,
            "That is the sum, the whole gradient in one number. The ledger lists what it is made "
            "of: one entry per path.",
        ),
        Misconception(
            every_leaf,
            "Paths that end at other leaves are in your ledger too. Keep those that arrive at x; "
            "a leaf that is not x ends a path without an entry.",
        ),
        Misconception(
            runs_past_the_middle,
            "For a node that is no leaf your ledger is empty. A path ends as soon as it arrives at "
            "x, whether x has parents or not.",
        ),
        Misconception(
            averages_paths,
            "You divide by the number of paths. Contributions add, none is made smaller because "
            "there are others.",
        ),
    ),
    hints=(
        "Suppose you had the ledgers of the root's parents already. How do you make the root's?",
        "From each edge of the root: multiply the edge's local gradient into every entry of the "
        "ledger from that parent to x. Put all of these into one list.",
        "Where does it end? From x to x leads exactly one path, the one without edges; an empty "
        "product is 1. From another leaf to x leads none.",
        "if root is x: return [1.0]; otherwise [local * rest for parent, local in "
        "zip(root.parents, root.local_grads) for rest in ledger(parent, x)]",
    ),
    difficulty=2,
    minutes=12,
    helpers=(Node, sort),
    without=("micrograd_lab.scalar", "micrograd_lab.lens"),
)
