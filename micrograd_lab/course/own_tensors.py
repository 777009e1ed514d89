"""A whole library around a tensor class of one's own: its graph and its walk back, our table of ops."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import micrograd_lab
from micrograd_lab.errors import GradError
from micrograd_lab.forward import borrowed, bound
from micrograd_lab.ops.op import Op
from micrograd_lab.ops.operators import Operators
from micrograd_lab.record import mode
from micrograd_lab.tensor import Tensor, wrap

# What a class of one's own is asked to do itself; all else is lifted onto it.
THEIRS: dict[str, tuple[str, Callable[..., Any]]] = {
    "add":    ("__add__",    lambda a, b: a + b),
    "sub":    ("__sub__",    lambda a, b: a - b),
    "mul":    ("__mul__",    lambda a, b: a * b),
    "neg":    ("__neg__",    lambda a: -a),
    "matmul": ("__matmul__", lambda a, b: a @ b),
    "sum":    ("sum",        lambda a: a.sum()),
    "relu":   ("relu",       lambda a: a.relu()),
    "tanh":   ("tanh",       lambda a: a.tanh()),
}  # fmt: skip


class Library:
    """micrograd_lab with another class of tensor: whatever requires a gradient is one of `own`.

    Data stay the package's tensors, which are constants to a graph.  An op that `own` has runs there;
    every other op becomes a node of `own`, whose vjp is the table's, so that losses, softmax or an
    index work on day one.  own: a class like that of exercise 13e, own(data, parents, op, vjp,
    requires_grad=...), with `grad` and backward().
    """

    def __init__(self, own: Any) -> None:
        self.own = own

    def __getattr__(self, name: str) -> Any:
        found = getattr(micrograd_lab, name)
        function = callable(found) and not isinstance(found, type)
        makes_leaves = function and "requires_grad" in inspect.signature(found).parameters
        return self._leaves(found) if makes_leaves else found

    def _leaves(self, make: Callable[..., Tensor]) -> Callable[..., Any]:
        def made(*args: Any, requires_grad: bool = False, **options: Any) -> Any:
            t = make(*args, **options)
            return OwnTensor(self.own(t.array, requires_grad=True)) if requires_grad else t

        return made


def _is_number(x: Any) -> bool:
    """Whether it can be a node: a number or an array of them, not an index, a mask or a label."""
    return isinstance(x, int | float) or np.asarray(x).dtype.kind == "f"


class OwnTensor(Operators):
    """A node of somebody's own graph, with the names and meanings of a Tensor."""

    __slots__ = ("node",)
    level = 0.5  # where it meets a Tensor it decides, where it meets a Dual the Dual does

    def __init__(self, node: Any) -> None:
        self.node = node

    def apply(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Their op if they have it, else ours as one more node of theirs."""
        values = [x.array if isinstance(x, (Tensor, OwnTensor)) else x for x in inputs]
        theirs, run = THEIRS.get(op.name, ("", None))
        whole = op.name != "sum" or (len(params["dim"]) == values[0].ndim and not params["keepdim"])
        if run is not None and whole and hasattr(self.node, theirs):
            return OwnTensor(run(*map(self.node_of, inputs)))
        y = op(*values, **params)
        if not op.differentiable or y.dtype.kind != "f":
            return wrap(np.asarray(y))
        shown = [i for i, x in enumerate(values) if _is_number(x)]

        def vjp(g: Any) -> tuple[Any, ...]:
            return tuple(
                np.array(op.vjp(i, np.asarray(g), y, values, params))  # an array of its own
                if isinstance(inputs[i], OwnTensor)
                else np.zeros(np.shape(values[i]))
                for i in shown
            )

        parents = tuple(self.node_of(inputs[i]) for i in shown)
        return OwnTensor(type(self.node)(y, parents, op.name, vjp))

    def node_of(self, x: Any) -> Any:
        """x in their graph: its node, or a constant of theirs."""
        if isinstance(x, OwnTensor):
            return x.node
        own = type(self.node)
        if isinstance(x, Tensor):
            constant = own(x.array)
            constant.label = x.label
            return constant
        return own(x)

    # --- what a tensor is asked for ---------------------------------------------------------

    @property
    def array(self) -> Any:
        return np.asarray(self.node.data)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    @property
    def dtype(self) -> Any:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return int(self.array.ndim)

    @property
    def grad(self) -> Tensor | None:
        return None if self.node.grad is None else wrap(np.asarray(self.node.grad))

    @grad.setter
    def grad(self, value: Any) -> None:
        self.node.grad = None if value is None else np.asarray(value)

    @property
    def requires_grad(self) -> bool:
        return bool(self.node.requires_grad)

    @property
    def is_leaf(self) -> bool:
        return not self.node.parents

    # What pictures look at: below this one stand their nodes.

    @property
    def data(self) -> Any:
        return self.array

    @property
    def op(self) -> Any:
        return self.node.op

    @property
    def parents(self) -> tuple[Any, ...]:
        return tuple(self.node.parents)

    @property
    def vjp(self) -> Any:
        return self.node.vjp

    @property
    def label(self) -> str:
        return str(self.node.label)

    @label.setter
    def label(self, name: str) -> None:
        self.node.label = name

    def backward(self, gradient: Any = None, retain_graph: bool = True) -> None:
        """Their backward(), which frees nothing; from an upstream gradient, that of Σ gradient · self."""
        root = self.node if gradient is None else (self.node * np.asarray(gradient)).sum()
        root.backward()

    def detach(self) -> "OwnTensor":
        return OwnTensor(self.node.detach())

    def retain_grad(self) -> None:
        """Nothing to do: nodes of one's own keep their gradients."""

    def __iadd__(self, other: Any) -> "OwnTensor":
        return self._overwritten("+=", self + other)

    def __isub__(self, other: Any) -> "OwnTensor":
        return self._overwritten("-=", self - other)

    def __imul__(self, other: Any) -> "OwnTensor":
        return self._overwritten("*=", self * other)

    def _overwritten(self, sign: str, result: Any) -> "OwnTensor":
        """The same node with other numbers, as a step wants it."""
        if mode.grad:
            raise GradError(
                f"t {sign} …: a tensor of your own counts no versions, so a change in place would "
                f"go unseen. Write t = t {sign[0]} …, or, for a step, do it under no_grad()."
            )
        self.node.data[...] = result.array
        return self

    def numpy(self) -> Any:
        return self.array

    def item(self) -> Any:
        return self.array.item()

    def __float__(self) -> float:
        return float(self.array)

    def tolist(self) -> Any:
        return self.array.tolist()

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __getattr__(self, name: str) -> Any:
        return bound(borrowed(name), self)

    def __repr__(self) -> str:
        return repr(wrap(self.array))
