# %% [markdown]
# # 09 · Forward
#
# **To go backwards, the engine has to remember everything it did. Could the slope not simply travel along, from the first
# operation to the last, and be there when the answer is there?**
#
# When you have finished you can
#
# - compute slopes without a graph, with numbers that carry their own speed,
# - say which mode is cheaper for *n* inputs and *m* outputs, and by how much,
# - differentiate a gradient once more, and get the Hessian times a vector without a Hessian.
#
# You need: [03 · Local](03_local.ipynb), [04 · Paths](04_paths.ipynb). About 40 minutes.

# %%
from micrograd_lab import draw
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine
from micrograd_lab.graph import topological_order
from micrograd_lab.scalar import Dual

lesson("09")
Value = engine("Value")  # engine("Value", mine=True) runs this on your own class

# %% [markdown]
# ## Numbers that move
#
# Imagine that `x` is 3 and moving, at a speed of 1. How fast does `y = x·x + 2x` move? Carry two numbers through every
# operation: where it is, and how fast it moves. We write the speed of $a$ as $a'$; its proper name is **tangent**.
#
# | operation | value | speed |
# |---|---|---|
# | $a + b$ | $a + b$ | $a' + b'$ |
# | $a \cdot b$ | $a\,b$ | $b\,a' + a\,b'$ |
# | a fixed number $c$ | $c$ | 0: it stands still |

# %%
x, x_speed = 3.0, 1.0
square, square_speed = x * x, x * x_speed + x * x_speed
double, double_speed = 2 * x, 2 * x_speed
y, y_speed = square + double, square_speed + double_speed
rows = [("x·x", square, square_speed), ("2x", double, double_speed), ("y", y, y_speed)]
for name, at, speed in rows:
    print(f"{name:3} is at {at:2g} and moves at {speed:g}")
assert (y, y_speed) == (15.0, 8.0)

# %% [markdown]
# Since `x` moves at speed 1, the speed of `y` **is** its slope: 2x + 2 = 8. A `Dual` does the same by itself:

# %%
x = Dual(3.0, 1.0)                  # at 3, moving at 1
y = x * x + 2 * x
print(y)
assert (y.primal, y.tangent) == (15.0, 8.0)

# %% [markdown]
# No graph, no second walk. Are these new rules? Look at the speeds: `b` in front of `a'`, `a` in front of `b'`. Those are the
# **local gradients** of lesson 03. Both modes multiply by the same numbers, in opposite directions:
#
# $$\text{forward:}\quad y' = \sum_{\text{parents } p} \frac{\partial y}{\partial p}\cdot p'
# \qquad\qquad
# \text{reverse:}\quad \frac{\partial L}{\partial p} = \sum_{\text{uses } y \text{ of } p} \frac{\partial y}{\partial p}\cdot\frac{\partial L}{\partial y}$$
#
# Forward gathers from the parents; reverse gathers from the uses.

# %% [markdown]
# ## Which slope is it?
#
# With several inputs you choose who moves.

# %%
a_moves = Dual(3.0, 1.0) * Dual(5.0, 0.0)
b_moves = Dual(3.0, 0.0) * Dual(5.0, 1.0)
print("only a moves:", a_moves.tangent, "  only b moves:", b_moves.tangent)
assert (a_moves.tangent, b_moves.tangent) == (5.0, 3.0)

# %%
predict("09.both-move")

# %%
both = Dual(3.0, 1.0) * Dual(5.0, 1.0)
print("both move:", both.tangent)
assert both.tangent == 8.0

# %% [markdown]
# One run gives an output **one** speed, for one way of moving all the inputs. The two slopes are in it, added up, and cannot be
# taken apart again. For each of them you need a run of its own.

# %% [markdown]
# ## What it costs

# %%
predict("09.thousand")


# %%
def f(inputs):
    total = inputs[0] * inputs[0]
    for x in inputs[1:]:
        total = total + x * x
    return total


def operations(n):
    nodes = topological_order(f([Value(1.0) for _ in range(n)]))     # every node once (lesson 05)
    return sum(bool(node.parents) for node in nodes)


def forward_gradient(numbers):
    runs = range(len(numbers))
    return [f([Dual(x, float(i == k)) for i, x in enumerate(numbers)]).tangent for k in runs]


def reverse_gradient(numbers):
    leaves = [Value(x) for x in numbers]
    f(leaves).backward()
    return [leaf.grad for leaf in leaves]


numbers = [1.0, 2.0, 3.0, 4.0]
assert forward_gradient(numbers) == reverse_gradient(numbers) == [2.0, 4.0, 6.0, 8.0]

inputs = [1, 3, 10, 30, 100, 300, 1000]
forward = [n * operations(n) for n in inputs]        # n runs
reverse = [2 * operations(n) for n in inputs]        # one run there, one walk back
for n, there, back in zip(inputs, forward, reverse, strict=True):
    print(f"{n:5} inputs:   forward {there:9,} operations     reverse {back:6,}")
assert (forward[-1], reverse[-1]) == (1_999_000, 3_998) and forward[-1] / reverse[-1] == 500

# %%
ax = figures.two_modes(inputs, forward, reverse)

# %% [markdown]
# (We count an operation on the way back like one on the way there; in truth it is somewhat dearer. That changes the height of a line,
# not how steep it is. Here forward grows with n², reverse with n.)
#
# The same gradient, and for a thousand inputs 500 times the work. A network may have a million inputs (its parameters) and has one
# output (its loss): that is why training runs **backwards**.
#
# And the other way round? One input, many outputs. Each output would need a walk back of its own; one forward run gives all
# their speeds:


# %%
def powers(t):
    """One input, five outputs: t, t², t³, t⁴, t⁵."""
    out = [t]
    for _ in range(4):
        out.append(out[-1] * t)
    return out


one_run = [y.tangent for y in powers(Dual(2.0, 1.0))]

five_walks = []
for k in range(5):
    t = Value(2.0)
    powers(t)[k].backward()
    five_walks.append(t.grad)
print("one forward run:    ", one_run)
print("five backward walks:", five_walks)
assert one_run == five_walks == [1.0, 4.0, 12.0, 32.0, 80.0]

# %% [markdown]
# > For *n* inputs and *m* outputs: forward takes *n* runs, reverse takes *m* walks. **Start at the narrow end.**
#
# And forward never looks back, so it need not remember:

# %%
t, moving = Value(1.0), Dual(1.0, 1.0)
node = t
for _ in range(2000):
    node = node * 0.5 + 1
    moving = moving * 0.5 + 1
kept = len(topological_order(node))
print(f"reverse keeps {kept:,} nodes; forward keeps 1 number and its speed")
assert kept == 1 + 2000 * 4         # t; and each time a product, a sum and two constants

# %% [markdown]
# ## The slope of a slope
#
# For $y = x^3$ the slope is $3x^2$, and the slope of that is $6x$. At `x = 3`: 27, then 18. Let us ask an engine for the second.

# %%
predict("09.second")

# %%
x = Value(3.0, label="x")
y = x * x * x
y.backward()
assert x.grad == 27.0
try:
    x.grad.backward()
except AttributeError as error:
    print(error)
else:
    raise AssertionError("a float walked back")

# %% [markdown]
# A plain number has no parents: it does not know that it came from `x`. But *we* know how it was computed, by `*` and `+`, like
# everything else. So do the walk back by hand once more, this time **with Values**:

# %%
x = Value(3.0, label="x")
u = x * x
u.label = "u"
y = u * x

to_y = Value(1.0, label="∂y/∂y")
to_u = to_y * x                     # y = u·x: the other input is x, the Value
to_u.label = "∂y/∂u"
slope = to_y * u + to_u * x + to_u * x      # from y, and twice from u = x·x
slope.label = "∂y/∂x"
print("slope:", slope.data)

slope.backward()
print("slope of the slope:", x.grad)
assert slope.data == 27.0 and x.grad == 18.0
there, back = (3 + 3) * u.grad, 1 * to_u.grad + 3 + 3       # the arrows out of x: two, and three
assert (there, back) == (6.0, 12.0)
draw(slope)

# %% [markdown]
# This is the graph **of the gradient**. The walk back has become a graph to walk back through. Follow the arrows
# out of `x`: two made `u` on the way there, three were the *other input* on the way back. They bring 6 and 12 of the 18. Forget the
# second kind, and the answer is wrong.

# %%
predict("09.detached")

# %%
x = Value(3.0)
first = 3 * x * x
slope = Value(first.data)           # the right number, but a new Value
slope.backward()
print("slope:", slope.data, "  slope of the slope:", x.grad)
assert (slope.data, x.grad) == (27.0, 0.0)

# %% [markdown]
# ## All the second slopes at once?
#
# With two inputs there are four of them. For $f = a\,b^2$:
#
# $$g = \begin{pmatrix} \partial f/\partial a \\ \partial f/\partial b \end{pmatrix} = \begin{pmatrix} b^2 \\ 2ab \end{pmatrix}
# \qquad\qquad
# H = \begin{pmatrix} 0 & 2b \\ 2b & 2a \end{pmatrix}$$
#
# $H$ is the **Hessian**: row $i$, column $j$ says how fast entry $i$ of the gradient moves with input $j$. For a million parameters
# it would have a million million entries. But often one wants only its effect on *one* direction $v$: how does the gradient change,
# if I go that way? That is $Hv$. As the rows of $H$ are its columns, too, it is the gradient of one number,
# $s = v_1 g_1 + v_2 g_2$, with $v$ held fixed.

# %%
a, b = Value(2.0, label="a"), Value(3.0, label="b")
g = [b * b, 2 * a * b]              # the gradient, in Values
v = [1.0, 10.0]
s = v[0] * g[0] + v[1] * g[1]       # how fast f moves along v
s.backward()                        # ... and the gradient of that
print("H·v =", [a.grad, b.grad])
assert [a.grad, b.grad] == [60.0, 46.0]     # 0·1 + 6·10 and 6·1 + 4·10


# %% [markdown]
# As always, a nudge can check it: the gradient a little further along `v`, minus the gradient a little before.


# %%
def gradient(a, b):
    a, b = Value(a), Value(b)
    (a * b * b).backward()
    return [a.grad, b.grad]


h = 1e-5
after = gradient(2.0 + h * v[0], 3.0 + h * v[1])
before = gradient(2.0 - h * v[0], 3.0 - h * v[1])
measured = [(p - q) / (2 * h) for p, q in zip(after, before, strict=True)]
print("measured:", [round(m, 4) for m in measured])
assert all(abs(m - right) < 1e-4 for m, right in zip(measured, [60.0, 46.0], strict=True))

# %% [markdown]
# Here we wrote `g` down by hand. An engine whose walk back is made of Values finds it by itself (exercise 09c), and then $Hv$ costs two
# walks, whatever the size of $H$.

# %% [markdown]
# ## What if…
#
# …a derivative stands inside a derivative, and both are taken forward?


# %%
def derivative(f, x):
    return f(Dual(x, 1.0)).tangent


assert derivative(lambda x: x * x, 3.0) == 6.0

# %%
predict("09.leak")

# %%
inner = []


def outer(a):
    slope = derivative(lambda b: a + b, 2.0)
    inner.append(slope)
    return a * slope


found = derivative(outer, 5.0)
print("inner slope:", inner[0], "  outer slope:", found)
assert inner == [2.0] and found == 2.0      # and both ought to be 1

# %% [markdown]
# Inside, `a` should stand still. But it is already moving, for the *outer* derivative, and its speed leaks into the inner one. The
# cure is to note on every speed **whose** it is: exercise 09b.

# %% [markdown]
# ## Expert corner
#
# <details><summary>Names you will meet</summary>
#
# A forward run is a *Jacobian-vector product*, `jvp`: the table of all slopes (the Jacobian, lesson 10) times the speeds of the
# inputs. A walk back is a *vector-Jacobian product*, `vjp`. A Hessian-vector product is one inside the other, and the
# cheapest nesting is usually forward over reverse: push a speed through a backward pass.
# </details>
#
# <details><summary>Is one of the two always best?</summary>
#
# For a function that starts wide, narrows and widens again it pays to mix, and to start at the waist: walk back from there to the
# inputs, run forward from there to the outputs, and multiply the two tables. To find the cheapest mixture for any graph is an
# NP-complete problem; rules of thumb have to do.
# </details>
#
# <details><summary>Dual numbers as algebra</summary>
#
# Write a moving number as $a + a'\varepsilon$, with $\varepsilon^2 = 0$. Multiply two of them as usual and the product rule falls out;
# the corner of the square in lesson 04 is the term with $\varepsilon^2$.
# </details>

# %% [markdown]
# ## Exercises
#
# `ex09a_dual.py`: numbers that move. `ex09b_nested.py`: a derivative inside a derivative, without the leak. `ex09c_hvp.py`: an engine
# whose gradients are Values. `ex09d_cheaper_mode.py`: start at the narrow end.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex09a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex09b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex09c")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex09d")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `'float' object has no attribute 'backward'` | a gradient is a plain number: compute it with Values if you want its slope |
# | a tangent of 0.0 | nobody moves: give one input the speed 1 |
# | a tangent that is the sum of two slopes | two inputs moved in the same run |
# | a second derivative of 0.0 | the first one was wrapped anew, `Value(slope.data)`, or computed from `.data` |
# | `'float' object has no attribute 'tangent'` | the function returned a plain number: its slope is 0 |
# | `Value(Dual(…)): a Value holds one number; found a Dual.` | a `Dual` inside a `Dual`: that takes exercise 09b |

# %% [markdown]
# ## Quiz

# %%
quiz("09")

# %% [markdown]
# ## Next
#
# That was the last lesson on single numbers. A layer is thousands of them, and one line of NumPy; what is the local gradient of a
# whole line? [10 · Matrices](10_matrices.ipynb).
