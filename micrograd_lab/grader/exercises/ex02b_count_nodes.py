"""Exercise 02b: count the nodes of a graph, each one once."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe
from micrograd_lab.graph import topological_order


class Node:
    """A node and nothing more: enough of a graph to count."""

    def __init__(self, data: float, *parents: Any, op: Any = None) -> None:
        self.data, self.parents, self.op = data, parents, op
        self.grad, self.label = 0.0, ""


def count_nodes(root: Any) -> int:
    return len(topological_order(root))


# The mistakes.


def counts_paths(root: Any) -> int:
    count, stack = 0, [root]
    while stack:
        node = stack.pop()
        count += 1
        stack += node.parents
    return count


def forgets_root(root: Any) -> int:
    return count_nodes(root) - 1


def leaves_only(root: Any) -> int:
    return sum(not node.parents for node in topological_order(root))


def interior_only(root: Any) -> int:
    return sum(bool(node.parents) for node in topological_order(root))


def merges_equal_numbers(root: Any) -> int:
    return len({node.data for node in topological_order(root)})


def recursion_limit(root: Any) -> int:
    seen = set()

    def visit(node: Any) -> None:
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)

    visit(root)
    return len(seen)


def counts_edges(root: Any) -> int:
    return sum(len(node.parents) for node in topological_order(root))


def parents_only(root: Any) -> int:
    return 1 + len(set(root.parents))


# The questions.


def leaf(count_nodes: Any, a: float) -> Any:
    return count_nodes(Node(a))


def tree(count_nodes: Any, a: int, b: int, c: int) -> Any:
    """a * b + c"""
    product = Node(a * b, Node(a), Node(b), op="*")
    return count_nodes(Node(a * b + c, product, Node(c), op="+"))


def shared(count_nodes: Any, a: int, b: int) -> Any:
    """a * b + a"""
    x = Node(a)
    return count_nodes(Node(a * b + a, Node(a * b, x, Node(b), op="*"), x, op="+"))


def equal(count_nodes: Any, a: int) -> Any:
    """Two leaves that hold the same number, added."""
    return count_nodes(Node(a + a, Node(a), Node(a), op="+"))


def doubling(count_nodes: Any, a: int, times: int) -> Any:
    x = Node(a)
    for _ in range(times):
        x = Node(x.data + x.data, x, x, op="+")
    return count_nodes(x)


def chain(count_nodes: Any, length: int) -> Any:
    x = Node(0)
    for i in range(1, length):
        x = Node(i, x, op="next")
    return count_nodes(x)


def draw_numbers(rng: Random) -> dict[str, Any]:
    """Three primes, so that no number in the graph comes up twice by chance."""
    return dict(zip("abc", rng.sample([7, 11, 13, 17, 19, 23], 3), strict=True))


def draw_pair(rng: Random) -> dict[str, Any]:
    return dict(zip("ab", rng.sample([7, 11, 13, 17, 19, 23], 2), strict=True))


def draw_single(rng: Random) -> dict[str, Any]:
    return {"a": rng.choice([7, 11, 13])}


def draw_doubling(rng: Random) -> dict[str, Any]:
    return {"a": rng.choice([7, 11, 13]), "times": rng.randint(8, 12)}


def draw_chain(rng: Random) -> dict[str, Any]:
    return {"length": rng.randint(5000, 6000)}


EXERCISE = Exercise(
    name="ex02b_count_nodes",
    title="How many nodes has a graph?",
    entry_point="count_nodes",
    reference=count_nodes,
    probes=(
        Probe(
            "one leaf and nothing else",
            leaf,
            1,
            draw_single,
            "count_nodes of a leaf with data={a}",
            "the leaf itself is a node",
        ),
        Probe(
            "a tree, a * b + c",
            tree,
            2,
            draw_numbers,
            "count_nodes(a * b + c) with a, b, c = {a}, {b}, {c}",
            "three leaves, the product and the sum",
        ),
        Probe(
            "a node used twice, a * b + a",
            shared,
            3,
            draw_pair,
            "count_nodes(a * b + a) with a, b = {a}, {b}",
            "two leaves, the product and the sum; a is one node however often it is used",
        ),
        Probe(
            "two leaves with the same number",
            equal,
            1,
            draw_single,
            "count_nodes of the sum of two leaves that both hold {a}",
            "two leaves and the sum: equal numbers do not make two nodes one",
        ),
        Probe(
            "a number doubled again and again, x = x + x",
            doubling,
            2,
            draw_doubling,
            "count_nodes(x) after x = x + x was done {times} times, from {a}",
            "one leaf and {times} sums",
        ),
        Probe(
            "a chain of thousands",
            chain,
            1,
            draw_chain,
            "count_nodes of a chain of {length} nodes",
            "all of them",
        ),
    ),
    misconceptions=(
        Misconception(
            counts_paths,
            "A node that is used twice was counted twice: you count the ways to reach a node. "
            "Remember in a set which nodes you have seen, and pass over those.",
        ),
        Misconception(
            forgets_root,
            "One is missing each time: the root itself is a node too.",
        ),
        Misconception(
            leaves_only,
            "You count the leaves only. The results of operations are nodes as well.",
        ),
        Misconception(
            interior_only,
            "You count the results of operations only. The leaves they start from are nodes too.",
        ),
        Misconception(
            merges_equal_numbers,
            "Two nodes with the same number were taken for one. Keep the nodes themselves in the "
            "set, not their data.",
        ),
        Misconception(
            recursion_limit,
            "The counting is right, but a function that calls itself once per node runs into "
            "Python's recursion limit on a deep graph. Keep your own list of nodes still to "
            "visit: pop one, look at it, append its parents.",
        ),
        Misconception(
            counts_edges,
            "You count the edges, one per parent of each node. Count the nodes at their ends.",
        ),
        Misconception(
            parents_only,
            "You look one level deep. The parents have parents too: go on until there are none.",
        ),
    ),
    hints=(
        "Walk from the root to its parents, their parents, and so on. What happens when two ways "
        "lead to the same node?",
        "Keep a set of the nodes you have seen; how large it is in the end is the answer. A set "
        "of nodes tells two nodes apart even when their numbers are equal.",
        "Instead of recursion keep a list of nodes to visit: start with [root], pop one, and if it "
        "is new, remember it and append its parents.",
        "seen, stack = set(), [root]; while stack: node = stack.pop(); "
        "if node not in seen: seen.add(node); stack.extend(node.parents). Then len(seen).",
    ),
    difficulty=2,
    minutes=10,
    helpers=(Node,),
    without=("micrograd_lab.graph",),
)
