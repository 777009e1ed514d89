"""Function: an op of your own, with a forward and a backward that you write."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from micrograd_lab.autograd.joint import Call, output_of, record_call
from micrograd_lab.autograd.modes import no_grad
from micrograd_lab.engine import Record, mode
from micrograd_lab.errors import DtypeError, GradError, SizeError
from micrograd_lab.forward import Dual, like, primal_of, still
from micrograd_lab.ops.op import Op
from micrograd_lab.tensor import Tensor, counter_of, new_record, next_serial, wrap


class FunctionCtx(Call):
    """What forward tells backward.  Any other attribute you set is kept as well."""

    def __init__(self, name: str, needs_input_grad: tuple[bool, ...]) -> None:
        self.name = name
        self.needs_input_grad = needs_input_grad
        self.materialize_grads = True
        self._to_save: tuple[Any, ...] = ()
        self._saved: list[Any] = []  # a Tensor, None, or (k, array) for output k
        self._dirty: tuple[Any, ...] = ()
        self._constant: tuple[Any, ...] = ()
        self._record: Record | None = None  # while a backward that is a graph runs

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs or outputs (or None) for backward: no reference cycle, and changes are noticed."""
        for x in tensors:
            if x is not None and not isinstance(x, (Tensor, Dual)):
                raise DtypeError(
                    f"save_for_backward takes tensors, not {type(x).__name__}; set other things as "
                    "attributes: ctx.n = n."
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for jvp."""
        self.save_for_backward(*tensors)

    def mark_dirty(self, *tensors: Any) -> None:
        """These inputs were changed in place; forward returns them."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """No gradient flows to these outputs."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward sees zeros (the default) or None for an output nobody used."""
        self.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What save_for_backward got."""
        if self._to_save:  # forward is still running, or forward mode asks
            return self._to_save
        return tuple(self._output(*x) if type(x) is tuple else x for x in self._saved)

    def _output(self, k: int, array: Any) -> Tensor:
        """Output k again.  It is not kept itself: it knows the record that keeps this."""
        y = wrap(array)
        if self._record is not None:
            y._requires_grad, y._grad_fn = True, output_of(self._record, self, k)
        return y

    def keep(self, outputs: list[Any]) -> list[tuple[list[int], int]]:
        """Take over what is to be saved; the version of each."""
        versions = []
        for x in self._to_save:
            if x is None:
                self._saved.append(None)
                continue
            k = next((k for k, y in enumerate(outputs) if y is x), None)
            counter = counter_of(x)
            versions.append((counter, counter[0]))
            if k is not None:
                self._saved.append((k, x.array))
            elif x._grad_fn is None:
                self._saved.append(x)
            else:  # what x is now: the same Tensor may be changed in place later
                ghost = wrap(x.array)
                ghost._requires_grad, ghost._grad_fn = x._requires_grad, x._grad_fn
                ghost._version_counter = counter
                self._saved.append(ghost)
        self._to_save = ()
        return versions

    def gradients(self, upstream: list[Any], record: Record | None) -> list[Any]:
        function = self.function
        if self.materialize_grads:
            upstream = [
                wrap(np.zeros(shape, dtype)) if g is None and dtype is not None else g
                for g, (shape, dtype) in zip(upstream, self.outputs, strict=True)
            ]
        self._record = record
        try:
            found = function.backward(self, *upstream)
        finally:
            self._record = None
        found = list(found) if isinstance(found, tuple) else [found]
        count = len(self.inputs)
        while len(found) > count and found[-1] is None:
            found.pop()
        if len(found) != count:
            raise SizeError(
                f"{self.name}.backward returned {len(found)} gradients for {count} inputs of forward; "
                "return one per input, None for those that have none."
            )
        return found

    function: "type[Function]"


class Function:
    """An op of your own.  torch.autograd.Function.

        class Exp(Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx, g):          # one upstream gradient per output
                y, = ctx.saved_tensors
                return g * y               # one gradient per input, None where there is none

        y = Exp.apply(x)

    Or forward(*inputs) and setup_context(ctx, inputs, output).  backward written with tensor ops
    can be differentiated again.  For forward mode write jvp(ctx, *tangents).
    """

    generate_vmap_rule = False

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("a Function needs a forward: @staticmethod def forward(ctx, x).")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        raise NotImplementedError("setup_context is not written.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "this Function has no backward: add @staticmethod def backward(ctx, grad_output)."
        )

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        raise NotImplementedError(
            "this Function has no rule for forward mode: add @staticmethod def jvp(ctx, *tangents)."
        )

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "vjp" in cls.__dict__ and "backward" not in cls.__dict__:
            cls.backward = staticmethod(cls.__dict__["vjp"])  # type: ignore[method-assign]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError(f"{type(self).__name__} is not called on an instance; use its apply(...).")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record that backward belongs to it."""
        if kwargs or cls._has_setup():
            args = cls._bound(args, kwargs)
        level = max((x.level for x in args if isinstance(x, Dual)), default=0)
        return cls._moving(args, level) if level else cls._recorded(args)[0]

    @classmethod
    def _has_setup(cls) -> bool:
        return cls.setup_context is not Function.setup_context

    @classmethod
    def _bound(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments in order, defaults filled in."""
        first = () if cls._has_setup() else (None,)
        bound = inspect.signature(cls.forward).bind(*first, *args, **kwargs)
        bound.apply_defaults()
        return bound.args[len(first) :]

    @classmethod
    def _recorded(cls, args: tuple[Any, ...]) -> tuple[Any, FunctionCtx]:
        needs = tuple(isinstance(x, Tensor) and x._requires_grad for x in args)
        ctx = FunctionCtx(cls.__name__, needs)
        ctx.function = cls
        parents = [(x._grad_fn or x) if need else None for x, need in zip(args, needs, strict=True)]
        ctx.inputs = [x.shape if isinstance(x, Tensor) else None for x in args]
        before, mode.grad = mode.grad, False
        try:
            if cls._has_setup():
                result = cls.forward(*args)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args)
        finally:
            mode.grad = before
        several = isinstance(result, tuple)
        outputs = list(result) if several else [result]
        for k, y in enumerate(outputs):
            outputs[k] = _separate(y, args, ctx)
        active = mode.grad and any(needs)
        saved = ctx._to_save
        ctx._to_save = tuple(_renamed(x, result if several else (result,), outputs) for x in saved)
        if active:
            _connect(ctx, outputs, result if several else (result,), parents, args)
        return (tuple(outputs) if several else outputs[0]), ctx

    @classmethod
    def _moving(cls, args: tuple[Any, ...], level: int) -> Any:
        """Forward mode: forward on the primals, jvp on the tangents."""
        primals = tuple(primal_of(x, level) for x in args)
        if any(isinstance(x, Dual) for x in primals):
            raise GradError(
                f"{cls.__name__}: a Function takes part in one forward pass at a time, not in nested "
                "ones. Write it with ops, or nest forward over reverse."
            )
        result, ctx = cls._recorded(primals)
        tangents = []
        for x, p in zip(args, primals, strict=True):
            mine = isinstance(x, Dual) and x.level == level
            at_rest = still(p) if isinstance(p, Tensor) and p.dtype.kind == "f" else None
            tangents.append(x.tangent if mine else at_rest if ctx.materialize_grads else None)
        moved = cls.jvp(ctx, *tangents)
        if not isinstance(result, tuple):
            return _dual(result, moved[0] if isinstance(moved, tuple) else moved, level)
        moved = moved if isinstance(moved, tuple) else (moved,)
        if len(moved) != len(result):
            raise SizeError(
                f"{cls.__name__}.jvp returned {len(moved)} tangents for {len(result)} outputs."
            )
        return tuple(_dual(y, t, level) for y, t in zip(result, moved, strict=True))


def _dual(y: Any, t: Any, level: int) -> Any:
    return y if t is None or not isinstance(y, Tensor) else Dual(y, like(t, y), level)


def _separate(y: Any, args: tuple[Any, ...], ctx: FunctionCtx) -> Any:
    """An output that may get a history of its own: an input that was only passed on is not one."""
    if not isinstance(y, Tensor) or any(y is x for x in ctx._dirty):
        return y
    if any(y is x for x in args) or y._requires_grad:
        passed_on = wrap(y.array)
        passed_on._version_counter = counter_of(y)
        return passed_on
    return y


def _renamed(x: Any, before: tuple[Any, ...], after: list[Any]) -> Any:
    """x, or the output that took its place; an input that was passed on stays the input."""
    return next((b for a, b in zip(before, after, strict=True) if a is x and b is x), x)


def _connect(
    ctx: FunctionCtx, outputs: list[Any], result: Any, parents: list[Any], args: tuple[Any, ...]
) -> None:
    """Give every differentiable output its history."""
    constant = [
        not isinstance(y, Tensor)
        or y.dtype.kind != "f"
        or any(x is y or x is before for x in ctx._constant)
        for y, before in zip(outputs, result, strict=True)
    ]
    for x in ctx._dirty:
        if x._requires_grad and x._grad_fn is None:
            raise GradError(
                f"{ctx.name}: a leaf that requires a gradient is being used in an in-place operation. "
                "Work on a clone(), or under no_grad()."
            )
    ctx.outputs = [(y.shape, y.dtype) if isinstance(y, Tensor) else ((), None) for y in outputs]
    for x in ctx._dirty:
        counter_of(x)[0] += 1
    versions = ctx.keep(outputs)
    if all(constant):
        return
    record = record_call(ctx, parents, versions, joint=len(outputs) > 1)
    for k, y in enumerate(outputs):
        if not constant[k]:
            y._requires_grad, y._grad_fn = True, output_of(record, ctx, k)


# --- once_differentiable ------------------------------------------------------------------------


def _refuse(g: Any, y: Any, x: Any) -> Any:
    raise GradError(
        "differentiating twice through a Function whose backward is marked once_differentiable. "
        "Write its backward with tensor ops and drop the mark."
    )


ONCE = Op("once_differentiable", "by hand", lambda x: x, (_refuse,), (), ((0, 0),))


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a backward that uses more than tensor ops: a second derivative is refused, not wrong."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *upstream: Any) -> Any:
        with no_grad():
            found = backward(ctx, *upstream)
        given = [g for g in upstream if isinstance(g, Tensor) and g._requires_grad]
        if not mode.grad or not given:
            return found
        several = isinstance(found, tuple)
        marked = [_marked(x, given) for x in (found if several else (found,))]
        return tuple(marked) if several else marked[0]

    return wrapper


def _marked(x: Any, given: list[Tensor]) -> Any:
    if not isinstance(x, Tensor) or not given:
        return x
    record = new_record(Record)
    record.op, record.params = ONCE, {}
    record.parents, record.saved, record.versions = (
        [given[0]._grad_fn or given[0]],
        [None, None],
        [],
    )
    record.serial, record.shape, record.dtype = next_serial(), x.shape, x.dtype
    record.hooks, record.label, record.line = None, "", None
    out = wrap(x.array)
    out._requires_grad, out._grad_fn = True, record
    return out
