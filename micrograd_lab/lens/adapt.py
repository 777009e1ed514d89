"""adapt(MyValue): any scalar engine read as a graph of nodes, whatever it calls its attributes."""

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from micrograd_lab.errors import NotANodeError

NAMES = {
    "data": ("data", "_data", "value", "val", "v"),
    "grad": ("grad", "_grad", "gradient", "adjoint", "derivative"),
    "parents": ("parents", "_parents", "_prev", "prev", "children", "_children", "inputs", "_inputs", "operands"),
    "op": ("op", "_op", "operation", "op_name"),
    "label": ("label", "_label", "name"),
    "local_grads": ("local_grads", "_local_grads", "local_gradients", "_local_gradients"),
    "step": ("_backward", "backward_fn", "_backward_fn", "backward_step", "_grad_fn"),
}  # fmt: skip
NEEDED = ("data", "grad", "parents")


def adapt(engine: Any) -> Any:
    """A class of your own: a function that turns its objects into nodes for draw, steps and explain.

        node = adapt(MyValue)
        draw(node(loss))
        explain(node(x, "x"), of=node(loss))

    An object of such a class: its node at once.  It needs something like `data`, `grad` and parents
    (`_prev`, `children`, ...); adapt(MyValue).names says what was found under which name.

    The order of parents comes from the engine.  Where they are a set, as in micrograd, order and
    repetition are lost (x * x lists x once); they are then read from the variables that the node's
    own `_backward` closes over.  Local gradients are taken from the engine if it keeps them, else
    found by asking: out.grad = 1, run out._backward(), see what arrived, put everything back.  For
    x * x what arrives is the sum of both uses, which is divided among them.

    NotANodeError if one of the three is not there.
    """
    if isinstance(engine, Adapted):
        return engine
    kind = engine if isinstance(engine, type) else type(engine)
    if kind not in _ADAPTERS:  # one per class: adapt(x) is then the same node as in adapt(loss)
        _ADAPTERS[kind] = Adapter(kind, None if engine is kind else engine)
    return _ADAPTERS[kind] if engine is kind else _ADAPTERS[kind](engine)


_ADAPTERS: "dict[type, Adapter]" = {}


class Adapter:
    """Turns objects of one class into nodes; the same object always into the same node."""

    def __init__(self, engine: type, sample: Any = None) -> None:
        self.engine = engine
        self.names = names_in(engine, sample)
        self._made: weakref.WeakValueDictionary[int, Adapted] = weakref.WeakValueDictionary()

    def __call__(self, value: Any, label: str = "") -> "Adapted":
        """The node of an object; label: a name for pictures and tables, set on the object itself."""
        if isinstance(value, Adapted):
            return value
        if not isinstance(value, self.engine):
            raise NotANodeError(
                f"adapt({self.engine.__name__}): takes objects of that class; found a {type(value).__name__}."
            )
        if label:
            setattr(value, self.names.get("label", "label"), label)
        made: dict[int, Adapted] = {}  # by id: a class with an == of its own may have no hash
        entered: set[int] = set()
        stack = [value]
        while stack:  # parents first, with a stack: a long chain is no deep recursion
            here = stack[-1]
            parents = self.parents_of(here)
            todo = [p for p in parents if id(p) not in made]
            if any(id(p) in entered for p in todo) or (todo and here is todo[0]):
                raise NotANodeError(
                    f"adapt({self.engine.__name__}): a node is among its own ancestors; a graph to "
                    "differentiate has no cycles. Does an op write to itself?"
                )
            if todo:
                entered.add(id(here))
                stack += todo
                continue
            stack.pop()
            entered.discard(id(here))
            if id(here) not in made:
                node = self._made.get(id(here))
                if node is None:
                    node = Adapted(self, here, tuple(made[id(p)] for p in parents))
                    self._made[id(here)] = node
                made[id(here)] = node
        return made[id(value)]

    def get(self, value: Any, what: str, default: Any = None) -> Any:
        """An attribute by its meaning: get(value, "grad")."""
        name = self.names.get(what)
        return default if name is None else getattr(value, name, default)

    def parents_of(self, value: Any) -> list[Any]:
        """The nodes it was made from: in argument order and repeated, as far as that can be known."""
        held = self.get(value, "parents") or ()
        parents = [p for p in _listed(held) if isinstance(p, self.engine)]
        if isinstance(held, (set, frozenset)):
            closed = [p for p in _closed_over(self.get(value, "step")) if p is not value]
            closed = [p for p in closed if any(p is q for q in parents)]
            if all(any(p is q for q in closed) for p in parents):
                return closed
        return parents


class Adapted:
    """One object of the learner's class with the five attributes of a node; numbers are read live."""

    def __init__(self, adapter: Adapter, value: Any, parents: "tuple[Adapted, ...]") -> None:
        self.adapter = adapter
        self.value = value  # the learner's own object
        self.parents = parents

    @property
    def data(self) -> Any:
        return self.adapter.get(self.value, "data")

    @property
    def grad(self) -> Any:
        return self.adapter.get(self.value, "grad")

    @property
    def op(self) -> str | None:
        if not self.parents:
            return None
        op = self.adapter.get(self.value, "op")
        word = str(getattr(op, "__name__", getattr(op, "name", op)) or "?")
        return SPELLINGS.get(word.lower(), word)

    @property
    def label(self) -> str:
        return str(getattr(self.value, self.adapter.names.get("label", "label"), "") or "")

    @property
    def local_grads(self) -> tuple[float, ...]:
        """d(this)/d(parent).  AttributeError if the engine neither keeps them nor can be asked."""
        if not self.parents:
            return ()
        kept = self.adapter.get(self.value, "local_grads")
        if kept is not None and len(_listed(kept)) == len(self.parents):
            return tuple(map(float, _listed(kept)))
        step = self.adapter.get(self.value, "step")
        if not callable(step):
            raise AttributeError(
                "local_grads: this engine keeps none, and has no step per node to ask"
            )
        return self._asked(step)

    def _asked(self, step: Callable[[], Any]) -> tuple[float, ...]:
        """What arrives at each parent when this node's gradient is 1; all gradients are put back."""
        grad = self.adapter.names["grad"]
        values = [self.value, *(parent.value for parent in self.parents)]
        before = [getattr(value, grad) for value in values]
        try:
            for value in values[1:]:
                setattr(value, grad, 0.0)
            setattr(self.value, grad, 1.0)
            step()
            arrived = [float(getattr(value, grad)) for value in values[1:]]
        finally:
            for value, held in zip(values, before, strict=True):
                setattr(value, grad, held)
        if len(self.parents) == 2 and self.parents[0] is self.parents[1]:
            if self.op == "-":
                return (1.0, -1.0)
            if self.op == "/":
                return (1 / self.parents[0].data, -1 / self.parents[0].data)
        uses = [sum(p is q for q in self.parents) for p in self.parents]
        return tuple(g / n for g, n in zip(arrived, uses, strict=True))

    def __repr__(self) -> str:
        return f"Adapted({self.adapter.engine.__name__}, data={self.data!r}, grad={self.grad!r})"


SPELLINGS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "truediv": "/", "relu": "relu"}
SPELLINGS |= {f"__{word}__": sign for word, sign in SPELLINGS.items() if sign != "relu"}


def names_in(engine: type, sample: Any = None) -> dict[str, str]:
    """Under which names a class keeps what a node needs; NotANodeError if one is missing."""
    try:
        sample = engine(1.0) + engine(2.0)
    except Exception as error:
        if sample is None:
            raise NotANodeError(
                f"adapt({engine.__name__}): {engine.__name__}(1.0) + {engine.__name__}(2.0) should give "
                f"a node to look at; it raised {type(error).__name__}: {error}"
            ) from error
    found = {
        what: next((name for name in names if hasattr(sample, name)), "")
        for what, names in NAMES.items()
    }
    missing = [what for what in NEEDED if not found[what]]
    if missing:
        tried = "; ".join(f"{what}: {', '.join(NAMES[what])}" for what in missing)
        raise NotANodeError(
            f"adapt({engine.__name__}): found nothing that holds {' or '.join(missing)}. "
            f"Looked for {tried}. Give the class one of these attributes, or a property of that name."
        )
    return {what: name for what, name in found.items() if name}


def _listed(held: Any) -> list[Any]:
    return list(held) if isinstance(held, Iterable) else [held]


def _closed_over(step: Any) -> list[Any]:
    """What a closure remembers: `self` first, the others by name."""
    code, cells = getattr(step, "__code__", None), getattr(step, "__closure__", None)
    if code is None or not cells:
        return []
    named = sorted(
        zip(code.co_freevars, cells, strict=True), key=lambda pair: (pair[0] != "self", pair[0])
    )
    found = []
    for _, cell in named:
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not filled yet
            continue
    return found
