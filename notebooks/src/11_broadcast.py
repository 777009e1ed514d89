# %% [markdown]
# # 11 · Broadcast
#
# **A batch has 12 numbers, a bias has 3, and `x + b` just works. On the way back 12 gradients arrive at the bias. What
# should it do with them?**
#
# When you have finished you can
#
# - say which shapes go together, and what comes out,
# - undo any broadcast on the way back, whichever axes it stretched,
# - spot the broadcast that nobody wanted, and that never complains.
#
# You need: [04 · Paths](04_paths.ipynb), [10 · Matrices](10_matrices.ipynb). About 35 minutes.

# %%
import numpy as np

from micrograd_lab import draw
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine

lesson("11")
Value = engine("Value")
torch = engine("torch")      # with lesson 13 done, your own tensors: engine("torch", mine=True)

# %% [markdown]
# ## Copies that are not there
#
# Four examples of three numbers each, and one bias for all four:

# %%
x = np.zeros((4, 3))
b = np.array([10.0, 20.0, 30.0])
y = x + b
print(y)
assert y.shape == (4, 3)

# %% [markdown]
# NumPy acted as if `b` had four rows. This is **broadcasting**: an array is *stretched* to the shape of its partner, each of
# its entries used again and again. Full boxes are `b`; the dashed ones are ghosts.

# %%
ax = figures.stretched(b, (4, 3))

# %% [markdown]
# Ghosts cost nothing. The stretched array still holds three numbers; going down a row moves 0 bytes on in memory, so you
# read the same row again.

# %%
ghosts = np.broadcast_to(b, (4, 3))
print("shape:", ghosts.shape, "  bytes to the next row, to the next column:", ghosts.strides)
assert ghosts.strides == (0, 8) and np.shares_memory(ghosts, b)

# %% [markdown]
# ## Which shapes go together?
#
# Lay the shapes against each other **at their right ends**. An axis that is missing in front counts as 1. Then, axis by axis:
# equal sizes stay; 1 is stretched to its partner's size; anything else is an error.

# %%
pairs = [((4, 3), (3,)), ((4, 3), (4, 1)), ((4, 3), ()), ((2, 1, 3), (4, 1)), ((4, 3), (4,))]
for one, other in pairs:
    try:
        together = str(np.broadcast_shapes(one, other))
    except ValueError:
        together = "do not go together"
    print(f"{one!s:10} with {other!s:7} {together}")
assert np.broadcast_shapes((2, 1, 3), (4, 1)) == (2, 4, 3)

# %% [markdown]
# The last pair is the one that surprises. (4,) has as many entries as there are rows, and you *meant* one per row; but at the right
# ends 3 meets 4. One per row is (4, 1), a column.
#
# ## The way back
#
# Give each of the 12 results its own upstream gradient, `u`, and ask: what is the gradient of `b`?

# %%
u = np.arange(1.0, 13.0).reshape(4, 3)
print(u)

# %%
predict("11.bias")

# %% [markdown]
# Ask the engine that knows nothing of shapes. Each `b[j]` is one `Value`, used in four rows.

# %%
b_values = [Value(10.0), Value(20.0), Value(30.0)]
L = sum(u[n, j] * (x[n, j] + b_values[j]) for n in range(4) for j in range(3))
L.backward()
print([v.grad for v in b_values])
assert [v.grad for v in b_values] == [22, 26, 30] == u.sum(axis=0).tolist()

# %% [markdown]
# Four uses, four messages, and messages add: **using a thing twice sums its gradients** (lesson 04). Stretching *is* using it
# again. So whatever was stretched on the way forward is summed on the way back:

# %%
axes = figures.stretched(b, (4, 3), gradient=u)

# %% [markdown]
# Why not the mean? Nudge `b[0]` by a little. All four results in its column move, and the loss feels every one of them:

# %%
def loss(b):
    return (u * (x + b)).sum()


h = 0.5                                   # any h: this loss is a straight line in b
nudge = np.array([h, 0.0, 0.0])
slope = (loss(b + nudge) - loss(b - nudge)) / (2 * h)
print("measured:", slope, "  sum:", u[:, 0].sum(), "  mean:", u[:, 0].mean())
assert slope == 22.0

# %% [markdown]
# ## Two ways to be stretched
#
# A row was missing its first axis. A column has both axes, one of them of size 1. That one is summed as well, but it must
# **stay**, with size 1: a gradient has the shape of what it is the gradient of.

# %%
column = np.array([[1.0], [2.0], [3.0], [4.0]])
axes = figures.stretched(column, (4, 3), gradient=u, name="s")

assert u.sum(axis=1).shape == (4,)                       # the right numbers in the wrong shape
assert u.sum(axis=1, keepdims=True).shape == (4, 1)      # this one can be subtracted from s
assert u.sum(axis=1, keepdims=True).ravel().tolist() == [6, 15, 24, 33]

# %% [markdown]
# So undoing a broadcast has two parts:
#
# 1. axes that are **missing in front** are summed away,
# 2. axes **of size 1** are summed and kept.
#
# One function for all cases; the exercise below asks you to write it. What should it give here?

# %%
predict("11.both")

# %% [markdown]
# The tensor engine has that function in one place and calls it from every operation with two inputs. Let it answer:

# %%
ones = torch.ones(2, 3, 4)
for shape in [(3, 1), (4,), (2, 1, 4), (1,), ()]:
    t = torch.zeros(shape, requires_grad=True)
    (ones * t).sum().backward()
    print(f"{shape!s:10} gets {tuple(t.grad.shape)!s:10} each entry {t.grad.max().item():g}")
    assert t.grad.shape == t.shape
    assert (t.grad == 24 / t.numel()).all()              # 24 uses, shared out evenly

# %% [markdown]
# Each entry of `t` was used 24 ÷ (its number of entries) times, and counts each use once.
#
# In a picture of tensors this is the word *sum* on an arrow. Scale the rows, shift the columns:

# %%
def leaf(array, label):
    """A tensor that wants a gradient, with a name for the pictures."""
    t = torch.tensor(array, requires_grad=True)
    t.label = label
    return t


x = np.array([[1.0, 0.0, 2.0], [1.0, 1.0, 0.0], [0.0, 2.0, 1.0], [2.0, 0.0, 1.0]])
x_, s_, b_ = leaf(x, "x"), leaf(column, "s"), leaf(b, "b")
y = x_ * s_ + b_
y.label = "y"
y.backward(torch.tensor(u), retain_graph=True)

assert s_.grad.shape == (4, 1) and b_.grad.tolist() == [22, 26, 30]
assert s_.grad.ravel().tolist() == [7, 9, 25, 32] == (u * x).sum(axis=1).tolist()
draw(y)

# %% [markdown]
# At `s` the order matters: first multiply by `x`, as for any product, and *then* sum, because each copy of `s` met another entry
# of `x`. The first row: 1·1 + 2·0 + 3·2 = 7.
#
# ## Stretching and summing are one pair
#
# Look at it from the other side. `sum` squeezes 12 numbers into 3; what does its backward do? Each of the 12 moved its sum one
# for one, so each gets the sum's gradient: it is *stretched*.

# %%
t = torch.zeros(4, 3, requires_grad=True)
t.sum(dim=0).backward(torch.tensor([10.0, 20.0, 30.0]))
print(t.grad.numpy())
assert t.grad.tolist() == [[10, 20, 30]] * 4

# %% [markdown]
# | forward | backward |
# |---|---|
# | stretch | sum |
# | sum | stretch |
# | copy (lesson 03) | add |
# | add | copy |
#
# The signatures of lesson 03, for arrays.

# %% [markdown]
# ## What if…
#
# …two arrays hold equally many numbers, in different shapes? A line through eight points. The model answers with a column,
# (8, 1), as models do; the targets came from a file as (8,).

# %%
predict("11.silent")

# %%
answers = torch.arange(8.0).reshape(8, 1)
targets = torch.arange(8.0)
error = answers - targets
print("shape of the error:", tuple(error.shape))
print("loss of a perfect answer:", (error**2).mean().item())
assert error.shape == (8, 8) and (error**2).mean().item() == 10.5

# %% [markdown]
# Every answer was compared with *every* target. And it trains! The loss falls, nothing complains. Here are two fits
# of `y = w·x + b` to points with w = 2, b = 1; they differ in one `reshape`:

# %%
points = torch.linspace(-1, 1, 8, dtype=torch.float64).reshape(8, 1)
targets = (2 * points + 1).reshape(8)


def fit(targets):
    w = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    b = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(300):
        w.grad = b.grad = None
        loss = ((points * w + b - targets) ** 2).mean()
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():             # the step is no part of the graph (lesson 13)
            w -= 0.1 * w.grad
            b -= 0.1 * b.grad
    assert losses[-1] < losses[0]
    slope, height = round(w.item(), 3) + 0.0, round(b.item(), 3)
    print(f"w = {slope}   b = {height}   loss {losses[0]:.2f} → {losses[-1]:.2f}")
    return slope, height


wanted = fit(targets.reshape(8, 1))
silent = fit(targets)
assert wanted == (2, 1) and silent == (0, 1)

# %%
ax = figures.lines(points, targets, {"targets (8, 1)": wanted, "targets (8,)": silent})

# %% [markdown]
# Asked to be near *all* targets at once, the model answers their mean, everywhere. If a network "only learns the average", print
# two shapes before you touch the learning rate. The package's own loss warns:

# %%
import warnings

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    torch.nn.functional.mse_loss(answers, answers.reshape(8))
print(caught[0].message)
assert len(caught) == 1

# %% [markdown]
# Your own losses can say it in one line: `assert answers.shape == targets.shape`.

# %% [markdown]
# ## Expert corner
#
# <details><summary>What if an axis of size 1 meets another of size 1?</summary>
#
# Nothing was stretched, and a sum over one entry is that entry: the rule "sum every axis of size 1" gives the right number there
# too, only with some needless work. An axis of size 0 is fine as well: 1 stretches to 0 (used not at all), and the sum of
# nothing is 0, which is the right gradient of an entry that nobody used.
# </details>
#
# <details><summary>Why keepdims keeps saving people</summary>
#
# `x - x.mean(axis=1)` with x of shape (4, 3) is an error: (4, 3) with (4,). With a *square* x it runs, and subtracts from row `i`,
# column `j` the mean of row `j`. `x - x.mean(axis=1, keepdims=True)` is right for every shape. Bugs that need a square batch to hide
# are found by testing with sizes that are all different.
# </details>
#
# <details><summary>Writing into ghosts</summary>
#
# All ghosts of a cell are the same place in memory. `np.broadcast_to` therefore gives a read-only array: adding 1 to a column
# of ghosts would add 1 four times to one number, or once, depending on who loops. And `b += u` with u of shape (4, 3) fails
# (`non-broadcastable output`): stretching helps inputs only, never the place where the result goes.
# </details>
#
# <details><summary>The same rule in index notation</summary>
#
# Write `y[n,j] = x[n,j] + b[j]`. An index that is on the left and not on an input is an axis along which this input was
# stretched, and its gradient sums over it: `db[j] = Σₙ u[n,j]`. It covers matrix products: in
# `y[n,j] = Σᵢ x[n,i] W[i,j]`, `W` has no `n`, so `dW` sums over `n`. "Sum over the batch" in lesson 10 *was* undoing a broadcast.
# </details>

# %% [markdown]
# ## Exercises
#
# `ex11a_broadcast_shape.py`: the rule for shapes. `ex11b_unbroadcast.py`: the function that undoes it, five lines.
# `ex11c_scale_and_shift.py`: rows scaled, columns shifted, and the way back. (There the upstream gradient is called `g`.)

# %%
# NBVAL_IGNORE_OUTPUT
check("ex11a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex11b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex11c")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `operands could not be broadcast together with shapes (4,3) (4,)` | at the right ends 3 meets 4: make it a column, `v[:, None]` or `keepdims=True` |
# | `add: shapes (4, 3) and (4,) do not broadcast` | the same, said by the tensor engine |
# | `non-broadcastable output operand with shape (3,)` | `b += u` or `b -= rate * db`, where the right side is larger than `b`: its gradient was not summed |
# | no error, and a loss that settles at the wrong place | print the shapes of both sides of every `-` in the loss |
# | no error, but `b` became a table after a step | `b = b - rate * db` with a stretched `db`: assert `db.shape == b.shape` |

# %% [markdown]
# ## Quiz

# %%
quiz("11")

# %% [markdown]
# ## Next
#
# `+`, `*`, `@`, `sum`, and a function that undoes stretching: an engine is a table of such rules. How short can the table be, and
# what does each row have to promise? [12 · Ops](12_ops.ipynb).
