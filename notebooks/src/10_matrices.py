# %% [markdown]
# # 10 · Matrices
#
# **A network of `Value`s is right, and slow: thousands of little nodes for one layer. NumPy does the layer in one line,
# `x @ W + b`. But what is the local gradient of a whole line?**
#
# When you have finished you can
#
# - say the shape of every gradient before you compute it,
# - write the backward pass of a two-layer net by hand, for a whole batch,
# - say what a Jacobian is, how large it would be, and why nobody builds one.
#
# You need: [03 · Local](03_local.ipynb), [04 · Paths](04_paths.ipynb), and how to multiply two matrices. About 45 minutes.

# %%
from functools import partial

import numpy as np

from micrograd_lab import draw, steps
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine

lesson("10")
Value = engine("Value")
torch = engine("torch")      # with lesson 13 done, your own tensors: engine("torch", mine=True)

# %% [markdown]
# `torch` is this package under another name: its tensors have PyTorch's names and meanings, so that what you write here
# runs there.
#
# ## One layer, number by number
#
# Two inputs, three outputs, as rows and columns of numbers:
#
# $$y = xW + b \qquad\text{that is}\qquad y_j = \sum_i x_i W_{ij} + b_j$$
#
# `W[i][j]` leads from input `i` to output `j`. First with the engine we trust.

# %%
x = [Value(2.0), Value(3.0)]
W = [[Value(1.0), Value(0.0), Value(-1.0)],
     [Value(4.0), Value(2.0), Value(5.0)]]
b = [Value(0.0), Value(10.0), Value(20.0)]

y = [x[0] * W[0][j] + x[1] * W[1][j] + b[j] for j in range(3)]
print("y =", [y_j.data for y_j in y])
assert [y_j.data for y_j in y] == [14.0, 16.0, 33.0]

# %% [markdown]
# Now the way back. Some loss further on has sent an **upstream gradient**: one number per output, how fast the loss moves
# when that output moves. We call it `u`, and choose 1, 10 and 100, so that you can see in every answer who contributed.
#
# Before the engine tells: what is `dW`, short for ∂L/∂W? `W` has 2 × 3 entries, and `u` has 3.

# %%
predict("10.shape-of-dW")

# %%
u = [1.0, 10.0, 100.0]
L = sum(u[j] * y[j] for j in range(3))         # the simplest loss whose upstream gradient is u
L.backward()

print("dW =", [[w.grad for w in row] for row in W])
print("db =", [b_j.grad for b_j in b])
print("dx =", [x_i.grad for x_i in x])
assert [[w.grad for w in row] for row in W] == [[2, 20, 200], [3, 30, 300]]
assert [b_j.grad for b_j in b] == [1, 10, 100]
assert [x_i.grad for x_i in x] == [-99, 524]

# %% [markdown]
# `dW` has ∂L/∂W[i][j] where `W` has W[i][j]. All three gradients can be read off, one entry at a time:
#
# | entry | which outputs does it touch, with what factor? | so its gradient is |
# |---|---|---|
# | `W[i][j]` | only output `j`, with factor `x[i]` | `x[i] · u[j]` |
# | `b[j]` | only output `j`, with factor 1 | `u[j]` |
# | `x[i]` | *every* output `j`, with factor `W[i][j]` | `Σⱼ W[i][j] · u[j]` |
#
# No new rule: local × upstream, and paths add. Only the bookkeeping is new, and arrays do it in three lines.

# %%
x = np.array([2.0, 3.0])
W = np.array([[1.0, 0.0, -1.0], [4.0, 2.0, 5.0]])
u = np.array([1.0, 10.0, 100.0])

dW = np.outer(x, u)      # every x[i] with every u[j]
db = u
dx = W @ u               # every input collects from all outputs
print(dW)
print(dx)
assert dW.tolist() == [[2, 20, 200], [3, 30, 300]] and dx.tolist() == [-99, 524]

# %% [markdown]
# ## A batch
#
# Examples come in batches: each *row* of `x` is one example, each row of `y` its answer, each row of `u` what came back
# for it. All rows use **the same** `W` and `b`.

# %%
x = np.array([[2.0, 3.0], [1.0, 0.0], [0.0, -1.0], [5.0, 5.0]])     # four examples
u = np.array([[1.0, 10.0, 100.0], [1.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 3.0]])

per_example = [np.outer(x[n], u[n]) for n in range(4)]
print("dW from the first example:\n", per_example[0])
print("dW from all four:\n", sum(per_example))
assert np.array_equal(sum(per_example), x.T @ u)
assert np.array_equal(u.sum(axis=0), [2, 12, 103])
assert np.array_equal(u @ W.T, [W @ u[n] for n in range(4)])

# %% [markdown]
# A knob that is used four times gets four messages, and **they add** (lesson 04). A sum over examples of `x[n,i] · u[n,j]` is
# a matrix product with the examples in the middle, and that is where the transpose comes from. Each row of `dx` is `W @ u`
# as before:
#
# $$\boxed{\;dW = x^\top u \qquad db = \textstyle\sum_n u_n \qquad dx = u\,W^\top\;}$$
#
# | | shape | is |
# |---|---|---|
# | `x`, `dx` | (N, inputs) | `dx = u @ W.T` |
# | `W`, `dW` | (inputs, outputs) | `dW = x.T @ u` |
# | `b`, `db` | (outputs,) | `db = u.sum(axis=0)` |
# | `y`, `u` | (N, outputs) | |
#
# **A gradient has the shape of what it is the gradient of.** It is the cheapest check there is, and it finds many mistakes.
#
# The tensor engine draws the layer as two nodes. On an arrow now stands a *rule* instead of a number; the picture writes
# ȳ for the upstream gradient of a box.

# %%
def leaf(array, label):
    """A tensor that wants a gradient, with a name for the pictures."""
    t = torch.tensor(array, requires_grad=True)
    t.label = label
    return t


X, W_, b_ = leaf(x, "x"), leaf(W, "W"), leaf(np.array([0.0, 10.0, 20.0]), "b")
Y = X @ W_ + b_
Y.label = "y"
Y.backward(torch.tensor(u), retain_graph=True)   # start from u; keep the graph to draw

assert np.array_equal(W_.grad.numpy(), x.T @ u)
assert np.array_equal(X.grad.numpy(), u @ W.T)
assert np.array_equal(b_.grad.numpy(), u.sum(axis=0))
draw(Y)

# %% [markdown]
# The three rules, on three arrows. (Why `b`'s says *sum* is lesson 11.)
#
# ## When the shapes give nothing away
#
# "Multiply and transpose until the shapes fit" works, until everything is square: three examples, three inputs, three
# outputs.

# %%
predict("10.square")

# %%
rng = np.random.default_rng(10)
x3, W3, u3 = rng.normal(size=(3, 3, 3))


def measured(f, at, h=1e-6):
    """The gradient of f at an array, one nudge per entry: lesson 01's referee."""
    slopes = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        nudge = np.zeros_like(at)
        nudge[place] = h
        slopes[place] = (f(at + nudge) - f(at - nudge)) / (2 * h)
    return slopes


truth = measured(lambda x: (u3 * (x @ W3)).sum(), x3)
candidates = {"u @ W": u3 @ W3, "u @ W.T": u3 @ W3.T, "W @ u": W3 @ u3, "W.T @ u": W3.T @ u3}
for name, answer in candidates.items():
    verdict = "right" if np.allclose(answer, truth) else "wrong, without any complaint"
    print(f"{name:8} shape {answer.shape}: {verdict}")
assert [n for n, answer in candidates.items() if np.allclose(answer, truth)] == ["u @ W.T"]

# %% [markdown]
# Shapes are a filter, not a proof. Test a backward pass with sizes that are **all different**, then with numbers.

# %% [markdown]
# ## Two layers, by hand
#
# Now a net, and nothing but NumPy. Four examples of *exclusive or* (1 if exactly one input is 1), which no single layer can
# learn. Eight hidden units, relu, one output; the loss is half the sum of the squared errors.

# %%
x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
target = np.array([[0.0], [1.0], [1.0], [0.0]])

rng = np.random.default_rng(10)
W1, b1 = rng.normal(size=(2, 8)), np.zeros(8)
W2, b2 = rng.normal(size=(8, 1)) / 2, np.zeros(1)


def forward(W1, b1, W2, b2):
    a = x @ W1 + b1                       # (4, 8)
    h = np.maximum(a, 0)                  # (4, 8)   relu
    y = h @ W2 + b2                       # (4, 1)
    loss = ((y - target) ** 2).sum() / 2
    return a, h, y, loss


# %% [markdown]
# Backwards, line by line, from the last to the first. Each line of the forward pass turns into the gradients of everything
# on its right-hand side.

# %%
def backward(W1, b1, W2, b2):
    a, h, y, _ = forward(W1, b1, W2, b2)
    dy = y - target                       # (4, 1)   the slope of e²/2 is e

    dW2 = h.T @ dy                        # (8, 1)   from y = h @ W2 + b2
    db2 = dy.sum(axis=0)                  # (1,)
    dh = dy @ W2.T                        # (4, 8)

    da = dh * (a > 0)                     # (4, 8)   relu: open or shut, entry by entry

    dW1 = x.T @ da                        # (2, 8)   from a = x @ W1 + b1
    db1 = da.sum(axis=0)                  # (8,)
    return dW1, db1, dW2, db2


parameters = [W1, b1, W2, b2]
gradients = backward(*parameters)
for i, name in enumerate(["W1", "b1", "W2", "b2"]):
    print(f"{name} {parameters[i].shape!s:7} d{name} {gradients[i].shape}")
    assert gradients[i].shape == parameters[i].shape

# %% [markdown]
# The shapes agree. And the numbers? Ask two referees: nudges, and the tensor engine.

# %%
def loss_with(i, p):
    """The loss if p stood in the place of parameter i."""
    return forward(*parameters[:i], p, *parameters[i + 1:])[-1]


for i in range(4):
    assert np.allclose(gradients[i], measured(partial(loss_with, i), parameters[i]), atol=1e-6)
print("hand and nudges agree")

# %%
w1, c1, w2, c2 = leaf(W1, "W1"), leaf(b1, "b1"), leaf(W2, "W2"), leaf(b2, "b2")
inputs, wanted = torch.tensor(x), torch.tensor(target)
inputs.label, wanted.label = "x", "target"
a = inputs @ w1 + c1
h = a.relu()
y = h @ w2 + c2
loss = ((y - wanted) ** 2).sum() / 2
a.label, h.label, y.label, loss.label = "a", "h", "y", "loss"
loss.backward(retain_graph=True)          # retain: we want to watch it in a moment

for i, t in enumerate([w1, c1, w2, c2]):
    assert np.allclose(t.grad.numpy(), gradients[i])
print("hand and engine agree")

# %% [markdown]
# The engine does what you did, in the same order. Compare its steps with your lines (‖·‖ is the length of a gradient, all
# its entries squared, added, and the root taken):

# %%
steps(loss)

# %% [markdown]
# And does it learn? A net in some twenty lines of NumPy, and no engine:

# %%
losses = []
for _ in range(500):
    losses.append(forward(*parameters)[-1])
    gradients = backward(*parameters)
    parameters = [parameters[i] - 0.1 * gradients[i] for i in range(4)]

print("loss at first:   ", round(losses[0], 3))
print("after 500 steps: ", "below 0.001" if losses[-1] < 0.001 else "not small yet")
print("answers:         ", (forward(*parameters)[2].round(2) + 0.0).ravel().tolist())
assert losses[-1] < 0.001 < losses[0]
assert (forward(*parameters)[2].round() == target).all()

# %% [markdown]
# ## The table nobody builds
#
# One question is left: what *is* the local gradient of `x @ W`? In lesson 03 it was a number. Which kind of thing it is depends
# on what goes in and what comes out:
#
# | in | out | derivative | how many numbers |
# |---|---|---|---|
# | a number | a number | slope | 1 |
# | n numbers | a number | gradient | n |
# | n numbers | m numbers | **Jacobian** $J$, with $J_{ij} = \partial y_i/\partial x_j$ | m × n |
#
# A batch of 64 examples goes through a layer of 4096 inputs and 4096 outputs. The entries are float32, 4 bytes each. `x` fills
# 1 MiB (2²⁰ bytes, about a million), and so does `y`. 1024 MiB are 1 GiB.

# %%
predict("10.jacobian-bytes")

# %%
n = 64 * 4096
print("entries of x, and of y:", f"{n:,}")
print("the Jacobian, ∂y/∂x:   ", 4 * n * n // 2**30, "GiB")
print("the rule u @ W.T reads:", 4 * (n + 4096 * 4096) // 2**20, "MiB")
assert (4 * n, 4 * n * n, 4 * (n + 4096 * 4096)) == (2**20, 256 * 2**30, 65 * 2**20)

# %% [markdown]
# So look at one of a size that fits: 4 examples, 3 inputs, 2 outputs. Rows of the table are the 8 outputs, columns the 12
# inputs. Going back means multiplying by `u` from the left: each input collects, down its column, from every output it touched.

# %%
from micrograd_lab.func import jacrev, vjp

torch.manual_seed(10)
x = torch.randn(4, 3, dtype=torch.float64)
W = torch.randn(3, 2, dtype=torch.float64)
u = torch.randn(4, 2, dtype=torch.float64)
J = jacrev(lambda x: x @ W)(x).reshape(8, 12)

axes = figures.jacobian(J.numpy(), u.reshape(8).numpy())
zeros = int((J == 0).sum())
print(zeros, "of", J.numel(), "entries are 0")
assert zeros == 72 and J.numel() == 96

# %% [markdown]
# Three quarters of it says that one example does not touch another. The rest is the same little `W.T`, four times. All
# that the table knows is in `W`, and the strip below it is `u @ W.T`, which never needed the table:

# %%
by_table = (u.reshape(8) @ J).reshape(4, 3)
by_rule = u @ W.T
y, pull = vjp(lambda x: x @ W, x)         # a function that carries u back, and builds no table
assert torch.allclose(by_table, by_rule) and torch.allclose(pull(u)[0], by_rule)
print("table, rule and engine agree")

# %% [markdown]
# $u J$ is called a **vector-Jacobian product**, *vjp* for short. An operation does not have to know its Jacobian. It has to know
# how to *multiply by it*:
#
# | operation | its Jacobian | its vjp |
# |---|---|---|
# | `relu(x)` | diagonal: 1 where x > 0, else 0 | `u * (x > 0)` |
# | `tanh(x)`, result `y` | diagonal: 1 − y² | `u * (1 - y * y)` |
# | `x @ W`, for x | a `W.T` for each example | `u @ W.T` |
# | `x @ W`, for W | mostly zeros | `x.T @ u` |
# | `x.sum()` | one row of ones | `u`, spread over all of x |
#
# A tensor engine is a graph and such a table of rules (lesson 12). Nothing else changed since lesson 03.

# %% [markdown]
# ## What if…
#
# …we build it anyway and multiply the tables of three layers? With matrices it matters *where you begin*. Count
# multiplications for three 100 × 100 Jacobians and one `u`:

# %%
n = 100
from_the_loss = 3 * n * n                 # ((u J₃) J₂) J₁: always a vector times a table
from_the_input = 2 * n**3 + n * n         # u (J₃ (J₂ J₁)): table times table first
print(f"starting at the loss:  {from_the_loss:>9,}")
print(f"starting at the input: {from_the_input:>9,}")
assert (from_the_loss, from_the_input) == (30_000, 2_010_000)

# %% [markdown]
# Both give the same gradient. Starting at the loss, where there is *one* number, keeps everything thin: that is reverse mode,
# and why backpropagation goes backwards.

# %% [markdown]
# ## Expert corner
#
# <details><summary>PyTorch's Linear stores W the other way round</summary>
#
# `nn.Linear(inputs, outputs).weight` has the shape (outputs, inputs), and the layer is `y = x @ W.T + b`. The rules turn with it:
# `dW = u.T @ x`, `dx = u @ W`. Books that write one example as a *column* have `z = W @ x + b`, hence `dW = u @ x.T`,
# `dx = W.T @ u`. Never learn these by heart; ask which entry touches which output, and let the shapes confirm.
# </details>
#
# <details><summary>A test for any linear operation, without nudges</summary>
#
# Push a random `v` forward and a random `u` back. Then `(u * forward(v)).sum()` must equal `(backward(u) * v).sum()`: both are
# $u J v$, added up in a different order. It is exact up to rounding and has no step size to choose. Lesson 18 uses it on convolution.
# </details>
#
# <details><summary>Where does the mean over the batch go?</summary>
#
# If the loss is a *mean* over N examples, each row of `u` arrives with 1/N in it, and the rules stay as they are: still
# **sum** over the batch. Divide again in `dW` and you train with a learning rate that is N times too small, and nothing tells you.
# </details>
#
# <details><summary>What must be kept for the way back?</summary>
#
# For `dW` the input `x`, for `dx` the weights. A first layer needs no `dx` at all, and a frozen `W` needs no `x`: engines
# ask who wants a gradient before they keep anything. Relu needs only one bit per entry.
# </details>

# %% [markdown]
# ## Exercises
#
# `ex10a_affine_backward.py`: the three rules. `ex10b_two_layers.py`: a net with tanh, by hand. `ex10c_without_the_jacobian.py`:
# a vjp in vectors where the table would fill 18 gigabytes. (There the upstream gradient is called `g`.)

# %%
# NBVAL_IGNORE_OUTPUT
check("ex10a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex10b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex10c")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `matmul: Input operand 1 has a mismatch in its core dimension 0` … | inner sizes differ: write both shapes side by side; which one wants `.T`? |
# | `matmul: (4, 3) @ (2, 3): inner sizes 3 and 2 differ. Did you mean b.mT?` | the same, said by the tensor engine |
# | `a gradient starts from one number` | `backward()` on a whole tensor: reduce it to a loss, or pass `u` |
# | `MemoryError: Unable to allocate` … | somebody is building a Jacobian (or `np.outer`, or a table that compares all with all) |
# | no error; the loss falls, but slowly | a transpose that fits by accident: check with sizes that are all different |

# %% [markdown]
# ## Quiz

# %%
quiz("10")

# %% [markdown]
# ## Next
#
# One thing went by very quickly: `+ b`. It adds 3 numbers to 12, and nobody protested. Why not, and why was `db` a *sum*?
# [11 · Broadcast](11_broadcast.ipynb).
