"""Exercise 03b: one node passes its gradient on, local times upstream, to each parent."""

from random import Random
from typing import Any

from micrograd_lab.grader.spec import Exercise, Misconception, Probe, between


class Node:
    """A node with its gradient and its edges: all that one backward step reads."""

    def __init__(self, data: float, grad: float, parents: Any = (), local_grads: Any = ()) -> None:
        self.data, self.grad, self.op, self.label = data, grad, "op" if parents else None, ""
        self.parents, self.local_grads = tuple(parents), tuple(local_grads)


def pass_it_on(node: Any) -> None:
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad += local * node.grad


# The mistakes.


def upstream_ignored(node: Any) -> None:
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad += local


def local_ignored(node: Any) -> None:
    for parent in node.parents:
        parent.grad += node.grad


def overwrites(node: Any) -> None:
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad = local * node.grad


def first_parent_only(node: Any) -> None:
    if node.parents:
        node.parents[0].grad += node.local_grads[0] * node.grad


def adds_instead_of_multiplies(node: Any) -> None:
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad += local + node.grad


def touches_own_grad(node: Any) -> None:
    pass_it_on(node)
    node.grad = 0.0


def starts_from_one(node: Any) -> None:
    node.grad = 1.0
    pass_it_on(node)


def uses_data(node: Any) -> None:
    for parent in node.parents:
        parent.grad += parent.data * node.grad


def multiplies_into(node: Any) -> None:
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad *= local * node.grad


def each_parent_once(node: Any) -> None:
    edges = dict(zip(node.parents, node.local_grads, strict=True))
    for parent, local in edges.items():
        parent.grad += local * node.grad


def locals_reversed(node: Any) -> None:
    for parent, local in zip(node.parents, reversed(node.local_grads), strict=True):
        parent.grad += local * node.grad


# The questions.


def one_parent(pass_it_on: Any, local: float, upstream: float) -> Any:
    x = Node(7.0, 0.0)
    pass_it_on(Node(9.0, upstream, [x], [local]))
    return x.grad


def two_parents(pass_it_on: Any, local: list[float], upstream: float) -> Any:
    a, b = Node(7.0, 0.0), Node(8.0, 0.0)
    pass_it_on(Node(9.0, upstream, [a, b], local))
    return [a.grad, b.grad]


def gradient_already_there(
    pass_it_on: Any, local: list[float], upstream: float, there: list[float]
) -> Any:
    a, b = Node(7.0, there[0]), Node(8.0, there[1])
    pass_it_on(Node(9.0, upstream, [a, b], local))
    return [a.grad, b.grad]


def same_parent_twice(pass_it_on: Any, local: list[float], upstream: float) -> Any:
    x = Node(7.0, 0.0)
    pass_it_on(Node(9.0, upstream, [x, x], local))
    return x.grad


def bystanders(pass_it_on: Any, local: list[float], upstream: float) -> Any:
    """What must not change, the node's own gradient, a leaf and all data; then what must."""
    a, b, leaf = Node(7.0, 0.0), Node(8.0, 0.0), Node(6.0, upstream)
    node = Node(9.0, upstream, [a, b], local)
    pass_it_on(node)
    pass_it_on(leaf)
    return [node.grad, leaf.grad, node.data, a.data, b.data, a.grad, b.grad]


def draw_one(rng: Random) -> dict[str, Any]:
    return {"local": between(rng, 2, 3), "upstream": between(rng, -6, -5)}


def draw_two(rng: Random) -> dict[str, Any]:
    return {
        "local": [between(rng, 2, 3), between(rng, -4.5, -3.5)],
        "upstream": between(rng, 5, 6),
    }


def draw_there(rng: Random) -> dict[str, Any]:
    return {**draw_two(rng), "there": [between(rng, 10, 12), between(rng, -12, -10)]}


EXERCISE = Exercise(
    name="ex03b_pass_it_on",
    title="Pass the gradient on",
    entry_point="pass_it_on",
    reference=pass_it_on,
    probes=(
        Probe(
            "a node with one parent",
            one_parent,
            2,
            draw_one,
            "the parent's grad, from 0, after a node with grad={upstream} and local_grads=({local},)",
            "local × upstream = {local} × {upstream}",
        ),
        Probe(
            "a node with two parents",
            two_parents,
            2,
            draw_two,
            "both parents' grads, from 0, after a node with grad={upstream} and local_grads={local}",
            "each gets its own local × upstream",
        ),
        Probe(
            "parents that hold some gradient already",
            gradient_already_there,
            3,
            draw_there,
            "both parents' grads, from {there}, after a node with grad={upstream} and "
            "local_grads={local}",
            "what was there, plus local × upstream",
        ),
        Probe(
            "the same parent twice, as in x * x",
            same_parent_twice,
            2,
            draw_two,
            "the grad of x, from 0, after a node with parents=(x, x), grad={upstream} and "
            "local_grads={local}",
            "one contribution per edge, added",
        ),
        Probe(
            "everything else stays as it was",
            bystanders,
            1,
            draw_two,
            "the grad of a node with grad={upstream} and local_grads={local}, of a leaf with the same "
            "grad, the data of the node and its parents, last its parents' grads",
            "all unchanged but the last two: a node gives to its parents, and a leaf has none",
        ),
    ),
    misconceptions=(
        Misconception(
            upstream_ignored,
            "Only the local gradient arrives. It says how the node moves with its parent; how the "
            "loss moves with the node is node.grad. The chain rule multiplies the two.",
        ),
        Misconception(
            local_ignored,
            "Every parent gets node.grad as it is. That is right for a sum only: multiply by the "
            "local gradient of the edge.",
        ),
        Misconception(
            overwrites,
            "Gradient that was there already is lost. Other nodes may have passed theirs on "
            "before: add with +=, don't overwrite.",
        ),
        Misconception(
            first_parent_only,
            "Only the first parent gets anything. Go through all of them.",
        ),
        Misconception(
            adds_instead_of_multiplies,
            "You add local and upstream. Along a path the factors multiply; only what comes "
            "together from different paths is added.",
        ),
        Misconception(
            touches_own_grad,
            "The parents get what they should, but the node loses its own gradient. Leave it: "
            "it is the answer for this node.",
        ),
        Misconception(
            starts_from_one,
            "You set the node's own gradient to 1. That is right for the root only; this node "
            "already holds what came from above.",
        ),
        Misconception(
            uses_data,
            "You multiply by the parent's data. How much a parent matters is the local gradient "
            "of its edge, which stands in node.local_grads.",
        ),
        Misconception(
            multiplies_into,
            "A contribution is multiplied into what is there, so a parent at 0 stays at 0. "
            "Multiply local by upstream, then add that to the parent's grad.",
        ),
        Misconception(
            each_parent_once,
            "A parent that is listed twice got only one contribution. x * x has two edges to x, "
            "and both count.",
        ),
        Misconception(
            locals_reversed,
            "The local gradients go to the wrong parents: the first belongs to the first parent.",
        ),
    ),
    hints=(
        "node.grad is how fast the loss moves with this node. An edge says how fast this node "
        "moves with a parent. How fast does the loss move with the parent, along that edge?",
        "Walk over node.parents and node.local_grads together: zip pairs them up.",
        "A parent may have other children that gave it gradient before. Don't lose that.",
        "for parent, local in zip(node.parents, node.local_grads): parent.grad += local * node.grad",
    ),
    difficulty=1,
    minutes=8,
    helpers=(Node,),
    without=("micrograd_lab.scalar",),
)
