"""explain(x, of=loss): where a gradient comes from, edge by edge and path by path, to the last digit.

x.grad = Σ over the uses of x      upstream × local             (what backward() adds up)
       = Σ over the paths to x     the product of its factors   (what that means)
"""

from typing import Any

from micrograd_lab.errors import NotANodeError
from micrograd_lab.lens.ledger_base import Ledger
from micrograd_lab.lens.ledger_scalar import ScalarLedger
from micrograd_lab.lens.marks import keeps_vjp
from micrograd_lab.lens.naming import graph_of, names_of


def explain(x: Any, *, of: Any = None, index: Any = None, top: int = 10) -> "Ledger":
    """Every contribution to the gradient of x, so that you can add it up yourself.

    x: any node, also of a tensor engine of your own, with a `vjp`.  of: the root that backward()
    starts from.  A node knows what it was made from, not what was made from it, so x alone cannot
    say whose gradient is meant.  top: how many paths to list; all are counted.  index: for tensors,
    explain this one entry of x.grad, through the entries of everything in between.  (Without it: one
    line per op, with shapes and norms.)

    Nothing is changed.  The edges are added in the order of backward(), so they give its result
    bit by bit; products of paths group the same factors differently, and what rounding makes of
    that has its own line.

    NotANodeError if x or `of` is no node; GradError if `of` is a tensor of more than one entry;
    FreedGraphError after a tensor's backward() without retain_graph; OptionError for a bad index.
    """
    if of is None:
        raise NotANodeError(
            "explain(x): which gradient of x? A node knows its parents but not its children, so "
            "name the root as well: explain(x, of=loss)."
        )
    _, order = graph_of([of], "explain(x, of=root)")
    graph_of([x], "explain(x, of=root)")
    if keeps_vjp(of):
        from micrograd_lab.lens.own_graph import as_tensors

        [of], x = as_tensors([of], x, "explain(x, of=root)")
    if hasattr(of, "grad_fn"):
        from micrograd_lab.lens.ledger_tensor import explain_entry, explain_tensor

        return explain_tensor(x, of, top) if index is None else explain_entry(x, of, index, top)
    if index is not None:
        raise NotANodeError("explain(x, index=...): only a tensor has entries; leave index out.")
    lacking = next((n for n in order if n.parents and not hasattr(n, "local_grads")), None)
    if lacking is not None:
        raise NotANodeError(
            f"explain(x, of=root): the node made by {lacking.op!r} does not say how much each parent "
            "matters. It needs `local_grads`, one number per parent; lens.adapt(MyValue) finds them "
            "by asking your own backward."
        )
    held = None if x.grad is None else float(x.grad)
    return ScalarLedger(order, x, names_of(order), held, top)
