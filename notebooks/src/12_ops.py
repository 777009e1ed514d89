# %% [markdown]
# # 12 · Ops
#
# **An engine knows `tanh`, `@`, `max` and two hundred more. Each has a gradient, a gradient of the gradient, a forward mode and
# a formula in the documentation. Who wrote all that, and how do we know that it agrees?**
#
# When you have finished you can
#
# - add an operation to an engine in one line, and get everything else from it,
# - say which of four shapes an operation has, and what the engine must keep for its way back,
# - send gradients back through `permute`, `max` and a lookup table without losing any.
#
# You need: [10 · Matrices](10_matrices.ipynb), [11 · Broadcast](11_broadcast.ipynb). The words *forward mode* and *dual* are from
# [09 · Forward](09_forward.ipynb). About 40 minutes, without the exercises.

# %%
import numpy as np
from IPython.display import Markdown

import micrograd_lab as torch
from micrograd_lab import draw
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.formula import forward_formula, jvp_formula, vjp_formulas
from micrograd_lab.func import jvp
from micrograd_lab.ops.op import ALL, OPS, bilinear, elementwise, linear, reduction

lesson("12")

# %% [markdown]
# ## One line
#
# `abs` has a corner at 0. Here is a smooth cousin, with a slope that is easy to work out:
#
# $$y = \sqrt{x^2 + 1} \qquad\qquad \frac{\partial y}{\partial x} = \frac{x}{\sqrt{x^2+1}} = \frac{x}{y}$$
#
# The engine has never heard of it. This tells it: a name, how to compute the value, and the slope, written with the result
# `y` and the input `x`.

# %%
OPS.pop("smooth_abs", None)               # only so that you may run this cell twice
smooth_abs = elementwise("smooth_abs", lambda x: np.sqrt(x * x + 1), lambda y, x: x / y)

# %% [markdown]
# That is all. **Value and gradient** (`grad` hands the gradient over and stores nothing; `create_graph` records how it was
# made, so that it can be differentiated too):

# %%
x = torch.tensor([0.75, 0.0, -0.75], dtype=torch.float64, requires_grad=True)
y = smooth_abs(x)
(dx,) = torch.autograd.grad(y.sum(), x, create_graph=True)
print("y     ", y.tolist())
print("∂y/∂x ", dx.tolist())
assert y.tolist() == [1.25, 1, 1.25] and dx.tolist() == [0.6, 0, -0.6]

# %% [markdown]
# **The gradient of the gradient.** We never told it. By hand it would be 1/y³:

# %%
(ddx,) = torch.autograd.grad(dx.sum(), x)
print("∂²y/∂x²", [round(v, 3) for v in ddx.tolist()])
assert torch.allclose(ddx, 1 / y.detach() ** 3)     # detach(): the numbers alone

# %% [markdown]
# **Forward mode**: a nudge of `x` at speed 10, and how fast `y` then moves. And **the formula**, for the documentation (x̄ is short for
# ∂L/∂x, so ȳ is the upstream gradient `u`; ẋ is the speed of `x`):

# %%
_, speed = jvp(smooth_abs, (x.detach(),), (torch.full((3,), 10.0, dtype=torch.float64),))
print("ẏ =", speed.tolist())
assert speed.tolist() == [6, 0, -6]

name, formula = vjp_formulas(smooth_abs)[0]
Markdown(f"${name} = {formula} \\qquad\\qquad \\dot{{y}} = {jvp_formula(smooth_abs)}$")

# %% [markdown]
# Value, slope and bend of the new operation, all three from that one line:

# %%
import matplotlib.pyplot as plt

grid = torch.linspace(-4, 4, 161, dtype=torch.float64).requires_grad_()
value = smooth_abs(grid)
(slope,) = torch.autograd.grad(value.sum(), grid, create_graph=True)
(bend,) = torch.autograd.grad(slope.sum(), grid)

_, ax = plt.subplots(figsize=(6.4, 3.4), layout="constrained")
for curve, label in [(value, "y"), (slope, "∂y/∂x"), (bend, "∂²y/∂x²")]:
    ax.plot(grid.detach().numpy(), curve.detach().numpy(), label=label)
ax.set(xlabel="x", ylim=(-1.2, 3.2))
ax.legend(loc="lower right")
assert (bend > 0).all() and bend.argmax() == 80          # bent upwards everywhere, most at 0

# %% [markdown]
# ## How one line can do all that
#
# The rule `x / y` is ordinary code. What it computes depends on *what you put in*:
#
# | `x` and `y` are | `u * (x / y)` is |
# |---|---|
# | arrays | a gradient |
# | tensors, which record what happens to them | a gradient that can be differentiated again |
# | duals, which carry a speed along | the gradient, and how fast it moves |
# | symbols, which write down what happens to them | a formula |
#
# So the four cannot disagree: they read one statement. A picture writes it on the arrow:

# %%
x = torch.tensor([0.75, 0.0, -0.75], requires_grad=True)
x.label = "x"
y = smooth_abs(x)
y.label = "y"
y.backward(torch.ones(3), retain_graph=True)
draw(y)

# %% [markdown]
# The engine's own operations are declared in the same way. This table is not typed in; it is made by running the rules on
# symbols:


# %%
def rules(*names):
    rows = ["| op | shape | y | its vjps |", "|---|---|---|---|"]
    for op in [OPS[name] for name in names]:
        back = " , ".join(f"${bar} = {text}$" for bar, text in vjp_formulas(op))
        rows.append(f"| `{op.name}` | {op.kind} | ${forward_formula(op)}$ | {back} |")
    return Markdown("\n".join(rows))


assert len(OPS) > 200
rules("exp", "log", "sqrt", "sin", "mul", "matmul")

# %% [markdown]
# ## What to keep
#
# Some rules say `x`, some say `y`. That is not a matter of taste: whatever a rule reads must stay in memory from the forward pass
# until the backward pass comes by.

# %%
predict("12.tanh-saves")


# %%
def kept(name):
    """Whose numbers an op keeps (not only the shape) if all of its inputs want gradients."""
    op = OPS[name]
    keeps_y, inputs, _, _ = op.plan(wanted=2 ** len(op.vjps) - 1, count=len(op.vjps))
    names = ["x"] if len(op.vjps) == 1 else ["a", "b"]
    return ["y"] * keeps_y + [names[k] for k, how in inputs if how == ALL]


for name in ["tanh", "exp", "log", "sin", "add", "mul", "matmul", "smooth_abs"]:
    print(f"{name:11} keeps {', '.join(kept(name)) or 'nothing'}")

assert kept("tanh") == kept("exp") == ["y"] and kept("log") == kept("sin") == ["x"]
assert kept("add") == [] and kept("mul") == ["a", "b"] and kept("smooth_abs") == ["y", "x"]

# %% [markdown]
# Nobody declared this either: the engine looks which names a rule mentions. Why care? In `(x @ W + b).tanh()` the next layer's
# product keeps its input, which *is* tanh's `y`: one array serves both. Had tanh's rule said `1 - tanh(x)**2`, a second array of
# the same size would have to live as long. The sum before tanh can go at once.
#
# Our `smooth_abs` keeps two arrays. Could it do with one? Yes: write the slope as `x / torch.sqrt(x * x + 1)`, and pay by
# computing the root again.

# %% [markdown]
# ## Four shapes
#
# Almost every operation has one of four shapes (shapes of the formula, not of an array). For each there is one short thing to
# state; the vjp (gradients back) and the jvp (speeds forward) follow.
#
# | shape | y is | you state | vjp: x̄ is | jvp: ẏ is |
# |---|---|---|---|---|
# | **elementwise** | f(x), entry by entry | the slope ∂y/∂x | ȳ · slope | ẋ · slope |
# | **reduction** | many entries become one | the slope ∂y/∂x | ȳ *stretched* · slope | *sum* of ẋ · slope |
# | **linear** | A x, for some matrix A that nobody builds | the transpose: what is Aᵀȳ? | Aᵀȳ | A ẋ: itself again |
# | **bilinear** | linear in a, and linear in b | two transposes | one for each | $B(\dot{a}, b) + B(a, \dot{b})$ |
#
# (Some fit twice: `sum` and `mean` are reductions and linear, so there is no slope to state, only stretching; `mul` is
# elementwise and bilinear.) Elementwise you have seen. One of each of the others:

# %%
for name in ["length", "climbs", "outer_product"]:
    OPS.pop(name, None)

length = reduction(                       # the length of each row of x, as an arrow
    "length",
    lambda x, dim, keepdim: np.sqrt((x * x).sum(axis=dim, keepdims=keepdim)),
    lambda y, x: x / y,                   # y arrives here already stretched to the shape of x
)
climbs = linear(                          # from each entry to the next: x[1] - x[0], …
    "climbs",
    lambda x: x[1:] - x[:-1],
    lambda u, x: torch.cat([-u[:1], u[:-1] - u[1:], u[-1:]]),
)
outer_product = bilinear(                 # every a[i] times every b[j]
    "outer_product",
    lambda a, b: a[:, None] * b,
    lambda u, a, b: u @ b,                # for a
    lambda u, a, b: a @ u,                # for b
)

# %%
x = torch.tensor([[3.0, 4.0], [5.0, 12.0]], requires_grad=True)
length(x, dim=(1,), keepdim=False).backward(torch.tensor([5.0, 130.0]))
print("length: ", x.grad.tolist())
assert x.grad.tolist() == [[3, 4], [50, 120]]

x = torch.tensor([1.0, 4.0, 9.0, 16.0], requires_grad=True)
climbs(x).backward(torch.tensor([1.0, 10.0, 100.0]))
print("climbs: ", x.grad.tolist())
assert x.grad.tolist() == [-1, -9, -90, 100]

# %% [markdown]
# Read the last line: `x[1]` is the end of the first climb (+1) and the start of the second (−10), so −9.
#
# Is a rule right? Ask a referee. `gradcheck` nudges every input; `gradgradcheck` does so to the gradient.

# %%
from micrograd_lab.autograd import gradcheck, gradgradcheck

rng = np.random.default_rng(12)


def some(*shape):
    return torch.tensor(rng.normal(size=shape), requires_grad=True)


tests = {
    "smooth_abs": (smooth_abs, [some(5)]),
    "length": (lambda x: length(x, dim=(1,), keepdim=False), [some(3, 4)]),
    "climbs": (climbs, [some(6)]),
    "outer_product": (outer_product, [some(2), some(3)]),
}
for name, (f, inputs) in tests.items():
    assert gradcheck(f, inputs) and gradgradcheck(f, inputs)
    print(f"{name:13} {OPS[name].kind:11} first and second gradients right")

# %% [markdown]
# ## Linear: only moving things about
#
# `reshape`, `permute`, `flip`, slicing, padding, lookups: no number changes, each only goes to another place. Their
# vjp sends everything back to the place it came from. That sounds too easy to get wrong.
#
# `permute` gives the axes a new order: axis `i` of the result is axis `dims[i]` of `x`. With `dims = (2, 0, 1)`, (2, 3, 4)
# becomes (4, 2, 3).

# %%
predict("12.permute")

# %%
x = torch.tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
y = x.permute(2, 0, 1)
for dims in [(2, 0, 1), (1, 0, 2), (1, 2, 0)]:
    back = y.permute(dims)
    verdict = "home again" if torch.equal(back, x) else "not the x we started from"
    print(dims, "gives", tuple(back.shape), verdict)
assert torch.equal(y.permute(1, 2, 0), x)
assert not torch.equal(y.reshape(2, 3, 4), x)            # the right shape is not enough

# %% [markdown]
# Axis 0 went to place 1, axis 1 to place 2, axis 2 to place 0: so read off (1, 2, 0), the **inverse**, which is
# `np.argsort(dims)`. Swapping *two* axes undoes itself, which is why the mistake survives so long, until somebody permutes
# three. And in a cube, (4, 4, 4), the shapes would not tell you either.
#
# ## Linear: looking things up
#
# Letters become numbers by lookup: `x` has one entry for each of a, b, c, d, e, and `x[index]` picks. The word is "dad".

# %%
letters = "abcde"
index = np.array([letters.index(c) for c in "dad"])
u = np.array([1.0, 10.0, 100.0])          # one upstream gradient for each letter of the word
print(index)

# %%
predict("12.gather")

# %%
x = torch.zeros(5, dtype=torch.float64, requires_grad=True)
x[torch.tensor(index)].backward(torch.tensor(u))
print("engine:          ", x.grad.tolist())

assigned, increased, added = np.zeros((3, 5))
assigned[index] = u
increased[index] += u
np.add.at(added, index, u)
print("dx[index] = u    ", assigned.tolist())
print("dx[index] += u   ", increased.tolist())
print("np.add.at        ", added.tolist())
assert x.grad.tolist() == added.tolist() == [10, 0, 0, 101, 0]
assert assigned.tolist() == increased.tolist() == [10, 0, 0, 100, 0]

# %% [markdown]
# "d" was used twice, and uses add (lesson 04). The surprise is the third line: even `+=` loses one! NumPy reads `dx[index]`
# once, as a copy, adds, and writes both results to the same place. `np.add.at` goes one by one.
#
# Below, the word and what arrived at its letters; above, where it must go. Each letter of the word has one arrow; an entry
# of the table has as many as there are.

# %%
ax = figures.lookup(letters, index, u)

# %% [markdown]
# A language model's first layer is exactly this, with a row of numbers for each letter or word. Lose repeats there, and
# what is lost belongs to the commonest words.
#
# ## Reductions: and if two of them win?
#
# `max` sends everything to the entry that won. What if there are two?

# %%
predict("12.ties")

# %%
x = torch.tensor([2.0, 5.0, 5.0, 1.0], requires_grad=True)
x.amax().backward()
(first,) = torch.autograd.grad(x.max(dim=0).values, x)
print("amax:      ", x.grad.tolist())
print("max(dim=0):", first.tolist())
assert x.grad.tolist() == [0, 0.5, 0.5, 0] and first.tolist() == [0, 1, 0, 0]
assert x.grad.sum() == first.sum() == 1

# %% [markdown]
# A tie is a corner: nudge one of the two up, and the max follows; nudge it down, and the other one holds. No answer is *the*
# slope there. But one thing should stay true. Nudge **all** entries by h, and the max moves by h: so the gradient must sum
# to what arrived. Half each does that. All to one of them does too: `max(dim=0)` also tells you *which* entry won, and sends
# everything there. All to **both** makes 2 out of 1.
#
# Ties are not rare: relu makes many entries exactly 0, and in a row of zeros all of them win.

# %% [markdown]
# ## What if…
#
# …a rule is lazy? `y = a + b`: both gradients are `u`. So return `u` twice. Correct, isn't it? Now let `a` be used a second
# time, so that 100 more arrives:


# %%
def collect(u, copy):
    """Gradients of y = a + b, and then 100 more for a from its second use."""
    da, db = (u.copy(), u.copy()) if copy else (u, u)
    da += 100
    return da.tolist(), db.tolist()


print("one array for both: da, db =", collect(np.ones(2), copy=False))
print("an array for each:  da, db =", collect(np.ones(2), copy=True))
assert collect(np.ones(2), copy=False) == ([101, 101], [101, 101])
assert collect(np.ones(2), copy=True) == ([101, 101], [1, 1])

# %% [markdown]
# `b` got gradient from a place it was never near. Every number in the rule is right; two names for one piece of memory are not.
# So a row of the table **promises** three things: one gradient per input, of the input's shape, and in memory that nobody
# else will change. (An engine may hand out one array twice if it *never* adds in place.)
#
# …a rule does its arithmetic in NumPy? The gradient is still right. But a rule that leaves the world of ops cannot be run on
# anything but arrays:

# %%
OPS.pop("numpy_exp", None)
numpy_exp = elementwise("numpy_exp", np.exp, lambda y, x: np.exp(x))

x = torch.tensor([0.0, 1.0], requires_grad=True)
numpy_exp(x).sum().backward()
assert torch.allclose(x.grad, torch.exp(x.detach()))
print("first gradient: right")
try:
    torch.autograd.grad(numpy_exp(x).sum(), x, create_graph=True)
except TypeError as error:
    print("second gradient: TypeError:", error)

# %% [markdown]
# ## Expert corner
#
# <details><summary>Build large from small, or write one rule?</summary>
#
# `softmax` is exp, sum and divide; each has its rule, so softmax needs none. It has one all the same, *by hand*:
# ȳ comes back as `y * (ȳ - sum(ȳ * y))`, in fewer passes over memory and with only `y` kept. Write a rule by hand where you can say what it
# saves, or where the composed one overflows (lesson 14). It is a second statement of a fact: test it against the first.
# </details>
#
# <details><summary>A linear rule has a test without nudges</summary>
#
# For random `v` and `u`, `(u * f(v)).sum()` must equal `(vjp(u) * v).sum()`: both are u A v. It is exact up to
# rounding, and catches every wrong transpose. Try it on `climbs`.
# </details>
#
# <details><summary>Three in a tie: what does a central difference say?</summary>
#
# ½ for each of them: up counts fully, down not at all. The three sum to 1½, while our thirds sum to 1. At a corner
# a referee of nudges answers a different question; move the point a little before you accuse anybody (lesson 07).
# </details>
#
# <details><summary>Operations without a rule</summary>
#
# `argmax`, `x > 0`: they are flat wherever they have a slope at all. Their row says *constant*: the path ends there. If a whole loss
# comes through one of them, nothing learns, and `backward()` tells you so. `round` and `sign` are as flat, but have a slope to
# state, 0: nothing learns, and nobody tells you.
# </details>
#
# <details><summary>In PyTorch</summary>
#
# You write a `torch.autograd.Function` with `forward` and `backward`, and name what to keep by `ctx.save_for_backward`. If its
# `backward` uses PyTorch's operations only, double backward works there too, for the reason you saw. PyTorch's own table is a file,
# `derivatives.yaml`; for `exp` it says `self: grad * result.conj()`. The `y` of your rule is called `result` there, and `conj`
# matters for complex numbers only.
# </details>

# %% [markdown]
# ## Exercises
#
# `ex12a_reductions.py`: sum, mean and max. `ex12b_permute.py`: put the axes back. `ex12c_gather.py`: picked twice, paid twice.
# `ex12d_op_table.py`: a table of eight operations of your own, driving a backward pass. (There the upstream gradient is called `g`.)

# %%
# NBVAL_IGNORE_OUTPUT
check("ex12a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex12b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex12c")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex12d")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `AssertionError: smooth_abs is declared twice` | the table holds each name once: choose another, or `OPS.pop` the old one first |
# | `operand 'Tensor' does not support ufuncs` | a rule calls NumPy; write `torch.exp` for `np.exp` in it |
# | `a value it needs … was modified in place` | somebody overwrote what a rule had kept: next lesson |
# | `axes don't match array` | `transpose` got more or fewer axes than the gradient has |
# | `operands could not be broadcast together …`, after a reduction | the gradient has lost the reduced axis: `np.expand_dims(g, axis)` |
# | no error, but common letters learn too little | `dx[index] += g` counts each letter once: use `np.add.at` |

# %% [markdown]
# ## Quiz

# %%
quiz("12")

# %% [markdown]
# ## Next
#
# A table of rules, and a graph that remembers which were used. When does it remember, when should it not, and what happens
# if you change a number it has kept? [13 · Autograd](13_autograd.ipynb).
