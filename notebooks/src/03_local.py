# %% [markdown]
# # 03 · Local
#
# **A network of a million operations, one loss at the end. How can a multiplication in the middle know what it did to
# the loss? It cannot. What is the least it has to know?**
#
# When you have finished you can
#
# - pass a gradient through any single operation: *local × upstream*,
# - recognise operations by their signature: `+` distributes, `*` swaps, `max` routes, a copy adds,
# - treat `tanh` as one operation or as five, and say what changes and what does not.
#
# You need: [02 · Graph](02_graph.ipynb). About 40 minutes.

# %%
import math

from micrograd_lab import Value, draw, steps
from micrograd_lab.course import check, figures, lesson, predict, quiz

lesson("03")

# %% [markdown]
# ## One operation, alone
#
# Take a multiplication out of the graph and put it on the bench, as in lesson 01. Nudge each input:


# %%
def mul(a, b):
    return a * b


h = 1e-6
to_a = (mul(4.0 + h, -2.0) - mul(4.0 - h, -2.0)) / (2 * h)
to_b = (mul(4.0, -2.0 + h) - mul(4.0, -2.0 - h)) / (2 * h)
print(f"c = a·b at a = 4, b = -2:   ∂c/∂a = {to_a:.3f}   ∂c/∂b = {to_b:.3f}")
assert round(to_a, 6) == -2.0 and round(to_b, 6) == 4.0

# %% [markdown]
# ∂c/∂a is `b`, and ∂c/∂b is `a`: each input's slope is *the other input*. These are the **local gradients** of this
# multiplication. To know them it needs its own inputs and nothing else: not the loss, not the network.
#
# `Value` writes them down the moment it computes, one per arrow:

# %%
a, b = Value(4.0, label="a"), Value(-2.0, label="b")
c = a * b
print("parents:     ", [p.label for p in c.parents])
print("local grads: ", c.local_grads)
assert c.local_grads == (b.data, a.data)

# %% [markdown]
# ## A graph to walk
#
# A small loss with four inputs. Nothing about it is special.

# %%
a, b = Value(4.0, label="a"), Value(-2.0, label="b")
c, f = Value(3.0, label="c"), Value(-1.0, label="f")
e = a * b
e.label = "e"
d = e + c
d.label = "d"
L = d * f
L.label = "L"
draw(L)

# %% [markdown]
# No gradients yet, only local ones, one on every arrow. Use them to answer this before we compute anything:

# %%
predict("03.sign-of-a")

# %% [markdown]
# ## Walk it by hand
#
# Start at the end. How fast does `L` move when `L` moves? One for one. Then step back, one operation at a time, and at
# each arrow multiply what arrived (the **upstream gradient**) by what is written on the arrow (the **local gradient**).

# %%
dL_dL = 1.0

dL_dd = dL_dL * f.data    # L = d·f   the other input is f
dL_df = dL_dL * d.data    #           the other input is d

dL_de = dL_dd * 1.0       # d = e + c   a sum moves one for one
dL_dc = dL_dd * 1.0

dL_da = dL_de * b.data    # e = a·b   the other input is b
dL_db = dL_de * a.data    #           the other input is a

print("∂L/∂a =", dL_da, "  ∂L/∂b =", dL_db, "  ∂L/∂c =", dL_dc, "  ∂L/∂f =", dL_df)
assert (dL_da, dL_db, dL_dc, dL_df) == (2.0, -4.0, -1.0, -5.0)

# %% [markdown]
# Six multiplications, and no line needed to know more than its own operation and the number that came from above. Now
# the machine, which does the same:

# %%
L.backward()
assert (a.grad, b.grad, c.grad, f.grad) == (dL_da, dL_db, dL_dc, dL_df)
draw(L)

# %% [markdown]
# And slowly, one arrow per frame. Go through them one by one; each says what arrived, what it was multiplied by, and
# where the product went.

# %%
steps(L)

# %% [markdown]
# $$\underbrace{\frac{\partial L}{\partial a}}_{\text{passed on}} \;\mathrel{+}=\; \underbrace{\frac{\partial e}{\partial a}}_{\text{local}}\cdot\underbrace{\frac{\partial L}{\partial e}}_{\text{upstream}}$$
#
# That is the whole rule, for every operation there will ever be. (Why `+=` and not `=`? Because `a` may get such a
# message from several sides. Lesson 04 is about nothing else.)

# %% [markdown]
# ## Signatures
#
# Operations treat what comes from above in recognisable ways. Send the same upstream gradient, 10, into three of them:

# %%
gates = {
    "a + b": lambda a, b: a + b,
    "a * b": lambda a, b: a * b,
    "max(a, b)": lambda a, b: a.max(b),
}
passed_on = {}
for name, gate in gates.items():
    a, b = Value(3.0, label="a"), Value(5.0, label="b")
    (gate(a, b) * 10).backward()   # · 10, so that 10 arrives at the gate
    passed_on[name] = (a.grad, b.grad)
    print(f"{name:9}  gives a = 3: {a.grad:3g}    gives b = 5: {b.grad:3g}")
assert passed_on == {"a + b": (10, 10), "a * b": (50, 30), "max(a, b)": (0, 10)}
assert Value(5.0).max(Value(5.0)).local_grads == (0.5, 0.5)   # a tie: half each

# %% [markdown]
# | operation | signature | why |
# |---|---|---|
# | `a + b` | **distributes**: both get all of it | a nudge of either moves the sum one for one |
# | `a * b` | **swaps**: each gets it times the *other* input | a nudge of `a` is magnified by `b` |
# | `max(a, b)` | **routes**: the larger one gets all of it, the other nothing | a tiny nudge of the loser changes nothing |
# | using `a` twice | **adds**: what comes back from both uses is summed | a nudge of `a` is felt in both places |
#
# All four in one picture. Follow the 0: the loser of `max` hears nothing, nor does anything behind it.

# %%
a, b, c = Value(3.0, label="a"), Value(2.0, label="b"), Value(5.0, label="c")
p = b * a
p.label = "p"
winner = p.max(c)
winner.label = "winner"
out = winner + a
out.label = "out"
out.backward()
assert (a.grad, b.grad, c.grad) == (3.0, 3.0, 0.0)   # a: 2 by way of p, and 1 directly
draw(out)

# %% [markdown]
# ## Curved operations
#
# For `+` and `*` the local gradient is a number you can read off. For a curve it is the slope *at the point where the
# forward pass was*. Three curves that networks use, at three points:


# %%
def sigmoid(x):
    return 1 / (1 + math.exp(-x))


for x in (-2.0, 0.5, 3.0):
    print(f"x = {x:4}:  tanh {math.tanh(x):6.3f}  sigmoid {sigmoid(x):.3f}  relu {max(0.0, x)}")

# %%
predict("03.open-gate")

# %%
curves = [
    ("tanh", math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    ("sigmoid", sigmoid, lambda x: sigmoid(x) * (1 - sigmoid(x))),
    ("relu", lambda x: max(0.0, x), lambda x: float(x > 0)),
]
axes = figures.gates(curves, at=[-2.0, 0.5, 3.0])

# %% [markdown]
# Think of each as a gate on the way back: the lower row says how far it is open. In the flat parts it is nearly shut,
# and *nearly shut* times anything is nearly nothing. In numbers:

# %%
for x in (-2.0, 0.5, 3.0):
    row = [getattr(Value(x), name)().local_grads[0] for name in ("tanh", "sigmoid", "relu")]
    print(f"x = {x:4}:   tanh {row[0]:.3f}   sigmoid {row[1]:.3f}   relu {row[2]:.0f}")
assert Value(3.0).relu().local_grads == (1.0,) and Value(3.0).tanh().local_grads[0] < 0.01

# %% [markdown]
# A convenience worth noticing: some slopes are simplest in terms of the *output*, which is already there.
#
# | operation | local gradient | in words |
# |---|---|---|
# | $y = e^x$ | $y$ | its own slope |
# | $y = \tanh x$ | $1 - y^2$ | open at 0, shut at ±1 |
# | $y = \sigma(x)$ (sigmoid) | $y\,(1 - y)$ | never more than ¼ |
# | $y = \ln x$ | $1/x$ | steep near 0 |
# | $y = x^n$ | $n\,x^{n-1}$ | the exponent comes down, and is one less |
# | $y = \max(0, x)$ (relu) | 1 if $x > 0$, else 0 | open or shut |

# %%
x = Value(0.8)
y = x.tanh()
assert y.local_grads[0] == 1 - y.data**2
assert Value(2.0).exp().local_grads[0] == math.exp(2.0)
assert (Value(2.0) ** 5).local_grads[0] == 5 * 2.0**4
assert Value(4.0).log().local_grads[0] == 0.25

# %% [markdown]
# ## One operation or five?
#
# `tanh` can be written with `exp`: $\tanh x = \dfrac{e^{2x} - 1}{e^{2x} + 1}$. Two graphs for one function:


# %%
def tanh_in_pieces(x):
    e = (x * 2).exp()
    return (e - 1) / (e + 1)


x_whole, x_pieces = Value(0.8, label="x"), Value(0.8, label="x")
whole, pieces = x_whole.tanh(), tanh_in_pieces(x_pieces)
whole.backward()
pieces.backward()
print(f"whole:  value {whole.data:.6f}   gradient {x_whole.grad:.6f}")
print(f"pieces: value {pieces.data:.6f}   gradient {x_pieces.grad:.6f}")
assert math.isclose(x_whole.grad, x_pieces.grad, rel_tol=1e-12)

# %%
draw(whole)

# %%
draw(pieces)

# %% [markdown]
# Different roads, same slope: the chain rule does not care where you cut. You choose the size of an operation, and all it
# costs is knowing its local gradient. So why would anyone bother with a whole `tanh`?

# %% [markdown]
# ## What if…
#
# …x is 400?

# %%
print("whole: ", Value(400.0).tanh().data)
try:
    tanh_in_pieces(Value(400.0, label="x"))
except OverflowError as error:
    print("pieces:", error)
assert Value(400.0).tanh().data == 1.0

# %% [markdown]
# The answer is 1. The pieces never get there: $e^{800}$ does not fit into a float. Mathematics does not care where you cut;
# **arithmetic does**. This is why softmax and cross-entropy are one operation in every serious library (lesson 14).

# %% [markdown]
# ## Expert corner
#
# <details><summary>What is the local gradient of relu at exactly 0?</summary>
#
# There is none: from the left the slope is 0, from the right 1. Any number between the two keeps gradient descent
# honest (they are called subgradients); this package and PyTorch choose 0. A gradient check that lands on such a corner
# sees ½, and must not cry wolf: `gradcheck(lambda x: x.relu(), [0.0])` says *kink* and accepts everything from 0 to 1.
# Two equal inputs of `max` are such a corner too: each gets half, here and in PyTorch.
# </details>
#
# <details><summary>Why store slopes, and not a function that computes them?</summary>
#
# micrograd stores a closure per node: a little function that remembers its surroundings. It is elegant, but the closure
# points to the node and the node to the closure, and such circles are work for Python's garbage collector: most of
# micrograd's time goes there. Two floats per node do the same job. For tensors one number per edge turns into a linear
# map, and it does pay to store a function. Lesson 10.
# </details>
#
# <details><summary>"Multiply by the local gradient": in which order, for matrices?</summary>
#
# For numbers the order is a matter of taste. For a vector-valued operation the local gradient is a matrix (the Jacobian
# $J$), and the backward pass computes $J^\top u$ for an upstream gradient $u$, without ever building $J$. Same sentence,
# larger objects.
# </details>

# %% [markdown]
# ## Exercises
#
# `ex03a_local_gradients.py`: the slopes of eight operations. `ex03b_pass_it_on.py`: the one line that every backward pass
# is made of. `ex03c_tanh_from_exp.py`: tanh in pieces, inside the graph.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex03a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex03b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex03c")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `must be real number, not Value` | `math.tanh(x)` on a node: use `x.tanh()`, or `x.data` if you mean the bare number |
# | `'float' object has no attribute 'backward'` | the result left the graph somewhere: look for a `.data` on the way |
# | a gradient of exactly 0.0 | did `backward()` run? Is a `max` or `relu` in the way? `draw` the graph and follow the zeros |
# | gradients twice as large after re-running a cell | leaves *add*: make fresh Values, or set `.grad = 0.0` |

# %% [markdown]
# ## Quiz

# %%
quiz("03")

# %% [markdown]
# ## Next
#
# In the picture with `max`, `a` got 2 from one side and 1 from the other. Why is the sum of the two right, and what goes
# wrong in engines that forget it? [04 · Paths](04_paths.ipynb).
