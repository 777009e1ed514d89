"""A tensor autograd engine: arrays that remember where they came from."""

import weakref
from collections.abc import Callable
from itertools import count, zip_longest
from typing import Any

import numpy as np

from micrograd_lab import engine
from micrograd_lab.dtypes import get_default_dtype
from micrograd_lab.engine import Record, Shape, mode
from micrograd_lab.errors import DtypeError, GradError, ShapeError
from micrograd_lab.ops.op import ALL, Array, Op
from micrograd_lab.ops.operators import Operators
from micrograd_lab.size import Size

ndarray = np.ndarray


class Tensor(Operators):
    """An array in the graph; names and meanings are those of torch.Tensor.

    A tensor that the user made is a leaf.  If it `requires_grad`, backward() adds to its `grad`,
    which is None until a gradient arrives: None is not zero.

    Methods that are also functions (x.sum(), x.reshape(...)) are added in methods.py.
    """

    __slots__ = (
        "__weakref__",
        "_grad",
        "_grad_fn",
        "_more",
        "_requires_grad",
        "_version_counter",
        "array",
    )

    array: Array  # the numbers themselves
    _grad: Any  # a Tensor, or None; the engine writes it here, and users through `grad`
    _requires_grad: bool
    _grad_fn: Record | None
    _version_counter: list[int] | None  # counts in-place changes; shared with every view
    _more: "More | None"  # what few tensors have

    def __init__(self, *data: Any, requires_grad: bool = False, label: str = "") -> None:
        """Tensor(array) shares its memory; Tensor([1, 2]) has the default dtype, as has Tensor(2, 3),
        whose shape is given and whose numbers are not.  tensor(...) keeps the kind of number instead.
        """
        fill(self, data[0] if data and type(data[0]) is ndarray else _given(data))
        if label:
            self.label = label
        if requires_grad:
            self.requires_grad_()

    # --- an op acts -----------------------------------------------------------------------

    def apply(self, op: Op, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Run `op` on the arrays and, if a gradient may be asked for later, remember how."""
        arrays = []
        wanted = 0  # a bit for each input that wants a gradient
        bit = 1
        is_known = False  # by name or origin, though no gradient goes there
        for x in inputs:
            if isinstance(x, Tensor):
                arrays.append(x.array)
                if x._requires_grad:
                    wanted += bit
                elif x._more is not None and (x._more.label or x._more.cut is not None):
                    is_known = True
            else:
                arrays.append(x)
            bit += bit
        y = op.forward(*arrays, **params) if params else op.forward(*arrays)
        if type(y) is not ndarray:
            y = np.asarray(y)
        out = new(Tensor)
        out.array = y
        out._grad = out._version_counter = out._more = None
        if op.is_view and y.base is not None:
            note_view(out, op, inputs[0], params)
        if wanted and op.vjps and mode.grad and y.dtype.kind == "f":
            out._requires_grad = True
            out._grad_fn = remember(out, op, inputs, arrays, wanted, params)
            if is_known:
                out._grad_fn.cuts = cuts_of(inputs)
        else:
            out._requires_grad = False
            out._grad_fn = None
        return out

    # --- what it is -----------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        return Size(self.array.shape)

    @property
    def dtype(self) -> Any:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return self.array.ndim

    @property
    def data(self) -> "Tensor":
        """The same numbers outside the graph; changes go unseen by the version counter."""
        return wrap(self.array)

    @data.setter
    def data(self, other: Any) -> None:
        self.array = other.array if isinstance(other, Tensor) else np.asarray(other)

    @property
    def grad(self) -> Any:
        """The gradient so far; None until one arrives.

        Assigning: None, or a tensor of this shape and dtype.  ShapeError or DtypeError otherwise.
        """
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            from micrograd_lab.autograd.assigned import check_gradient

            check_gradient(self, value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def requires_grad(self) -> bool:
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":
        """Ask for gradients of this leaf (or no longer).  GradError for an interior tensor."""
        if self._grad_fn is not None and not requires_grad:
            raise GradError(
                "requires_grad_(False) on the result of an op: only leaves can be switched off. "
                "Use detach() for the same numbers outside the graph."
            )
        if requires_grad and self.array.dtype.kind != "f":
            raise DtypeError(
                f"requires_grad_() on a tensor of {self.array.dtype}: only floating numbers have "
                "gradients. Convert it first: x.float()."
            )
        self._requires_grad = bool(requires_grad)
        return self

    @property
    def grad_fn(self) -> Record | None:
        """The record of the op that made this; None for a leaf."""
        return self._grad_fn

    @property
    def is_leaf(self) -> bool:
        return self._grad_fn is None

    @property
    def _version(self) -> int:
        return self._version_counter[0] if self._version_counter else 0

    # What pictures read of a node (with `grad`).

    @property
    def label(self) -> str:
        """A name for pictures and messages."""
        return "" if self._more is None else self._more.label

    @label.setter
    def label(self, label: str) -> None:
        more_of(self).label = label
        if self._grad_fn is not None:
            self._grad_fn.label = label

    @property
    def op(self) -> Any:
        return None if self._grad_fn is None else self._grad_fn.op

    @property
    def parents(self) -> tuple[Any, ...]:
        if self._grad_fn is None:
            return ()
        return tuple(p for p in self._grad_fn.parents if p is not None)

    # --- backward -------------------------------------------------------------------------

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add d(self)/d(leaf) to the grad of every leaf that requires one.

        gradient: the upstream gradient, of this tensor's shape; may be left out for one element.
        The graph's saved values are freed unless retain_graph (default: create_graph).
        """
        from micrograd_lab.autograd import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Keep this interior tensor's gradient in `grad` as well."""
        if not self._requires_grad:
            raise GradError("retain_grad() on a tensor that does not require a gradient.")
        if self._grad_fn is not None:
            engine.hooks_of(self._grad_fn).retain = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        record = self._grad_fn
        return record is not None and record.hooks is not None and record.hooks.retain is not None

    def register_hook(self, hook: Callable[[Any], Any]) -> engine.RemovableHandle:
        """Call hook(grad) when this tensor's gradient is complete; what it returns replaces it."""
        if not self._requires_grad:
            raise GradError("register_hook on a tensor that does not require a gradient.")
        if self._grad_fn is not None:
            return engine.register(engine.hooks_of(self._grad_fn).of_tensor, hook)
        return engine.register(more_of(self).hooks, hook)

    def detach(self) -> "Tensor":
        """The same numbers, outside the graph; shares memory and version."""
        out = wrap(self.array)
        out._version_counter = counter_of(self)
        if self._requires_grad:  # for pictures: where it was cut off, without holding on to it
            record = self._grad_fn
            more_of(out).cut = weakref.ref(self) if record is None else record.serial
        return out

    def __repr__(self) -> str:
        from micrograd_lab.printing import text_of

        return text_of(self)

    __str__ = __repr__

    def __bool__(self) -> bool:
        if self.array.size != 1:
            raise DtypeError(
                f"bool() of a tensor of shape {self.shape}: true for which entry? "
                "Use .any() or .all(), or compare single numbers."
            )
        return bool(self.array.reshape(())[()])

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(
            "pickling a Tensor is refused: a pickle can run any code when it is opened. "
            "Use micrograd_lab.save(x, path) and micrograd_lab.load(path)."
        )


new: Callable[[type[Tensor]], Tensor] = object.__new__


class More:
    """What few tensors have: a name, hooks, or a tensor that they are a view of."""

    __slots__ = ("cut", "hooks", "label", "view", "views")

    def __init__(self) -> None:
        self.label = ""
        self.hooks: list[Callable[..., Any]] = []  # of a leaf; an interior one's are on its record
        self.view: Any = None  # (base, op, params, the tensor it was made from); see inplace.py
        self.views: list[weakref.ref[Tensor]] = []  # of a base: all that were made from its memory
        self.cut: Any = None  # detach()ed from: a record's serial, or a weak reference to a leaf


def more_of(x: Tensor) -> More:
    if x._more is None:
        x._more = More()
    return x._more


def cuts_of(inputs: tuple[Any, ...]) -> dict[int, tuple[str, Any]]:
    """What inputs without a gradient are called, and what they were detach()ed from."""
    return {
        k: (x._more.label, x._more.cut)
        for k, x in enumerate(inputs)
        if isinstance(x, Tensor) and not x._requires_grad and x._more is not None
    }


def fill(out: Tensor, array: Array) -> None:
    """Every attribute of a fresh tensor."""
    out.array = array
    out._grad = out._grad_fn = out._version_counter = out._more = None
    out._requires_grad = False


def _given(data: tuple[Any, ...]) -> Array:
    """What Tensor(...) holds: given a shape, nothing yet; given numbers, those."""
    first = data[0] if data else 0
    if isinstance(first, (int, Size)) and not isinstance(first, bool):
        return np.empty(first if isinstance(first, Size) else data or 0, get_default_dtype())
    if len(data) > 1:
        raise ShapeError(
            f"Tensor({', '.join(map(repr, data))}): expected one list of numbers, or the sizes of a "
            "shape. Options go by name: Tensor([1.0], requires_grad=True)."
        )
    if isinstance(first, (list, tuple, range)):
        return np.asarray(first, get_default_dtype())
    return np.asarray(first)


def wrap(array: Any) -> Tensor:
    """A leaf around an array (or a NumPy scalar), without a copy."""
    out = new(Tensor)
    fill(out, array if type(array) is ndarray else np.asarray(array))
    return out


def counter_of(x: Tensor) -> list[int]:
    """x's counter of in-place changes; made when somebody first asks."""
    counter = x._version_counter
    if counter is None:
        counter = x._version_counter = [0]
    return counter


def note_view(out: Tensor, op: Op, x: Any, params: dict[str, Any]) -> None:
    """If out shares x's memory, let it share x's version counter, and remember how it was made."""
    memory = out.array.base
    if isinstance(x, Tensor) and (memory is x.array or memory is x.array.base):
        out._version_counter = counter_of(x)
        base = x._more.view[0] if x._more is not None and x._more.view else x
        more_of(out).view = (base, op, params, x)
        views = more_of(base).views
        if not len(views) & 31:  # now and then, forget those that are gone
            views[:] = [view for view in views if view() is not None]
        views.append(weakref.ref(out))


def remember(
    out: Tensor, op: Op, inputs: Any, arrays: list[Any], wanted: int, params: dict[str, Any]
) -> Record:
    """The record of an op that ran: an edge to each input that wants a gradient, and what the rules read."""
    record = new_record(Record)
    array = out.array
    record.op = op
    record.params = params
    record.shape = array.shape
    record.dtype = array.dtype
    record.serial = next_serial()
    record.hooks = None
    record.label = ""
    record.line = engine.user_line() if mode.anomaly else None
    count = len(inputs)
    keeps_y, keeps, wants, size = op.plans.get((wanted, count)) or op.plan(wanted, count)
    parents: list[Any] = [None] * count
    values: list[Any] = [None] * size
    versions: list[Any] = []
    record.parents, record.saved, record.versions = parents, values, versions
    for k in wants:
        x = inputs[k]
        parents[k] = x._grad_fn or x
    if keeps_y:
        values[0] = array
        counter = counter_of(out)
        versions.append((counter, counter[0]))
    for k, how in keeps:
        x = inputs[k]
        if how == ALL:
            if isinstance(x, Tensor):
                counter = x._version_counter or counter_of(x)
                versions.append((counter, counter[0]))
            values[k + 1] = arrays[k]
        elif parents[k] is not None:  # only the shape; a parent knows its own
            values[k + 1] = parents[k]
        else:
            values[k + 1] = Shape(x) if hasattr(x, "shape") else x
    return record


next_serial = count().__next__
new_record: Callable[[type[Record]], Record] = object.__new__


def recalled(record: Record, values: list[Any]) -> list[Any]:
    """Saved arrays as Tensors that know their history, for gradients that are graphs themselves."""
    y, *xs = values
    if type(y) is ndarray:
        y = wrap(y)
        y._requires_grad, y._grad_fn = True, record
    elif y is not None:  # a call with a backward of its own, which may have saved its output
        y = (y, record)
    out: list[Any] = [y]
    for x, parent in zip_longest(xs, record.parents):  # inputs at the end may be left out
        if type(x) is not ndarray:
            out.append(x)
        elif type(parent) is Record:
            t = wrap(x)
            t._requires_grad, t._grad_fn = True, parent
            out.append(t)
        else:
            out.append(wrap(x) if parent is None else parent)
    return out
