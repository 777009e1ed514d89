"""Exercise 04a: walk back over nodes in order, and add where arrows meet."""

from random import Random
from typing import Any

from micrograd_lab.grader.small_graphs import small_graphs
from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Node:
    """A node made of edges: pairs of a parent and the local gradient towards it."""

    def __init__(self, *edges: Any) -> None:
        self.parents = tuple(parent for parent, _ in edges)
        self.local_grads = tuple(local for _, local in edges)
        self.data, self.grad, self.label = 7.0, 0.0, ""
        self.op = "op" if edges else None


def fill_gradients(nodes: Any) -> None:
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


# The mistakes.


def overwrites(nodes: Any) -> None:
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad = local * node.grad


def keeps_the_first(nodes: Any) -> None:
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad = parent.grad or local * node.grad


def duplicate_edge_dropped(nodes: Any) -> None:
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        for parent, local in dict(zip(node.parents, node.local_grads, strict=True)).items():
            parent.grad += local * node.grad


def averages_paths(nodes: Any) -> None:
    arrived: Any = {node: [] for node in nodes}
    arrived[nodes[-1]] = [1.0]
    for node in reversed(nodes):
        node.grad = sum(arrived[node]) / max(1, len(arrived[node]))
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            arrived[parent].append(local * node.grad)


def walks_forward(nodes: Any) -> None:
    nodes[-1].grad = 1.0
    for node in nodes:
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


def no_seed(nodes: Any) -> None:
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local * node.grad


def seeds_every_node(nodes: Any) -> None:
    for node in nodes:
        node.grad = 1.0
    no_seed(nodes)


def seeds_the_first(nodes: Any) -> None:
    nodes[0].grad = 1.0
    no_seed(nodes)


def upstream_ignored(nodes: Any) -> None:
    nodes[-1].grad = 1.0
    for node in reversed(nodes):
        for parent, local in zip(node.parents, node.local_grads, strict=True):
            parent.grad += local


# The questions.


def chain(fill_gradients: Any, p: float, q: float) -> Any:
    """y = p·x, z = q·y"""
    x = Node()
    y = Node((x, p))
    z = Node((y, q))
    fill_gradients([x, y, z])
    return [x.grad, y.grad, z.grad]


def parent_twice(fill_gradients: Any, p: float, q: float, k: float) -> Any:
    """y = k·x, c = p·y + q·y"""
    x = Node()
    y = Node((x, k))
    c = Node((y, p), (y, q))
    fill_gradients([x, y, c])
    return [x.grad, y.grad, c.grad]


def diamond(fill_gradients: Any, p: float, q: float, k: float, m: float) -> Any:
    """y = k·x splits into u and v, which meet again."""
    x = Node()
    y = Node((x, k))
    u, v = Node((y, p)), Node((y, q))
    c = Node((u, m), (v, 1.0))
    fill_gradients([x, y, u, v, c])
    return [x.grad, y.grad, u.grad, v.grad, c.grad]


def square_and_itself(fill_gradients: Any, x: float) -> Any:
    """x * x + x"""
    leaf = Node()
    square = Node((leaf, x), (leaf, x))
    total = Node((square, 1.0), (leaf, 1.0))
    fill_gradients([leaf, square, total])
    return [leaf.grad, square.grad, total.grad]


def any_graph(fill_gradients: Any, edges: list[list[list[float]]]) -> Any:
    """Each node as a list of [number of a node made before, local gradient]."""
    nodes: list[Any] = []
    for node in edges:
        nodes.append(Node(*((nodes[int(parent)], local) for parent, local in node)))
    fill_gradients(nodes)
    return [node.grad for node in nodes]


def draw_chain(rng: Random) -> dict[str, Any]:
    return {"p": between(rng, 2, 3), "q": between(rng, -6, -4)}


def draw_twice(rng: Random) -> dict[str, Any]:
    return {**draw_chain(rng), "k": between(rng, 7, 9)}


def draw_diamond(rng: Random) -> dict[str, Any]:
    return {**draw_twice(rng), "m": between(rng, 1.5, 2.5)}


def draw_x(rng: Random) -> dict[str, Any]:
    return {"x": between(rng, 2, 4)}


def draw_graph(rng: Random) -> dict[str, Any]:
    """Two leaves, then nodes of one to three edges; each leans on its neighbour, so all are used.

    The last node but one leads nowhere: the root does not depend on it.
    """
    edges: list[list[list[float]]] = [[], []]
    for number in range(2, rng.randint(7, 11)):
        others = [rng.randrange(number) for _ in range(rng.randint(0, 2))]
        edges.append(
            [[n, between(rng, 0.5, 2) * rng.choice([1, -1])] for n in (number - 1, *others)]
        )
    last = len(edges) - 1
    edges += [[[last, 3.0]], [[last, between(rng, 2, 3)], [0, 1.5]]]
    return {"edges": edges}


EACH = "every path from the root multiplies its local gradients; where paths meet, they add"

EXERCISE = Exercise(
    name="ex04a_fill_gradients",
    title="Where arrows meet, add",
    entry_point="fill_gradients",
    reference=fill_gradients,
    probes=(
        Probe(
            "one path",
            chain,
            2,
            draw_chain,
            "y = {p}·x, z = {q}·y: the grads of x, y, z",
            "dz/dz = 1, then one local gradient more at each step back",
        ),
        Probe(
            "the same parent twice",
            parent_twice,
            2,
            draw_twice,
            "y = {k}·x, c = {p}·y + {q}·y: the grads of x, y, c",
            "c has two edges to y, and y gets a share along each",
        ),
        Probe(
            "a diamond",
            diamond,
            3,
            draw_diamond,
            "y = {k}·x, u = {p}·y, v = {q}·y, c = {m}·u + v: the grads of x, y, u, v, c",
            EACH,
        ),
        Probe(
            "x * x + x",
            square_and_itself,
            2,
            draw_x,
            "x * x + x at x = {x}: the grads of x, x * x and the sum",
            "x gets three shares: two from x * x, one from the sum",
        ),
        Probe(
            "a graph drawn at random",
            any_graph,
            3,
            draw_graph,
            "nodes with (parent's number, local gradient) {edges}: all grads in order",
            EACH,
            simple=small_graphs,
        ),
    ),
    misconceptions=(
        Misconception(
            overwrites,
            "Where two arrows meet, the second share covered the first. Each path matters: write "
            "parent.grad += ..., not parent.grad = ...",
        ),
        Misconception(
            keeps_the_first,
            "A node that has some gradient already gets no more. A second arrow brings a second "
            "share, and the two add.",
        ),
        Misconception(
            duplicate_edge_dropped,
            "A parent that is listed twice got one share. x * x has two edges to x: walk over the "
            "edges one by one, without a set or a dict of parents.",
        ),
        Misconception(
            averages_paths,
            "Where paths meet you take the mean of what arrives. If x moves, it moves the result "
            "along all its paths at once, so the shares add.",
        ),
        Misconception(
            walks_forward,
            "Only the root's own parents got anything. The other nodes had their turn before there was "
            "anything to pass on: begin at the root, go backwards, reversed(nodes), to the end.",
        ),
        Misconception(
            no_seed,
            "Nothing flows until the root says so: d(root)/d(root) = 1. Set the root's grad to 1 "
            "before you walk back.",
        ),
        Misconception(
            seeds_every_node,
            "Every node starts with a gradient of 1. Only the root does, because d(root)/d(root) "
            "= 1; all the others wait at 0 for what comes from above.",
        ),
        Misconception(
            seeds_the_first,
            "The 1 went to the first node in the list. The root is the last one, nodes[-1].",
        ),
        Misconception(
            upstream_ignored,
            "Each parent gets the local gradient as it is. That is how its child moves; multiply "
            "by node.grad to hear how the root moves.",
        ),
    ),
    hints=(
        "What is d(root)/d(root)? Give the root that before anything else.",
        "A node may pass its gradient on once all that use it have done so. In which direction do "
        "you walk through the list?",
        "For each node go through its edges, zip(node.parents, node.local_grads). A parent may "
        "have been given something before.",
        "nodes[-1].grad = 1.0, then for node in reversed(nodes): and inside, for each edge, "
        "parent.grad += local * node.grad",
    ),
    difficulty=1,
    minutes=10,
    helpers=(Node,),
    without=("micrograd_lab.scalar",),
)
