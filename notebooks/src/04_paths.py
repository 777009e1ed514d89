# %% [markdown]
# # 04 · Paths
#
# **One number is used in two places. One use reports a slope of 2, the other a slope of 5. Which of the two should
# the number believe?**
#
# When you have finished you can
#
# - say why contributions **add** where paths meet, and show it with a nudge,
# - list every path from a result back to a number, with what each contributes,
# - recognise an engine that forgets a path, from its wrong answers alone.
#
# You need: [03 · Local](03_local.ipynb). About 30 minutes.

# %%
from micrograd_lab import Value, draw, steps
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.lens import explain

lesson("04")

# %% [markdown]
# ## The smallest case
#
# In lesson 03 nearly every number was handed a gradient once, and we hurried past the others. Here is the smallest
# expression in which somebody is asked twice:

# %%
a = Value(3.0, label="a")
b = a + a
b.label = "b"
draw(b)

# %% [markdown]
# Two arrows leave `a`, and each says 1.

# %%
predict("04.a-plus-a")

# %%
h = 0.01
print("nudge a by 0.01: b moves by", round(((a.data + h) + (a.data + h)) - (a.data + a.data), 6))

b.backward()
print("∂b/∂a =", a.grad)
assert a.grad == 2.0

# %% [markdown]
# The nudge settles it. Whoever moves `a` moves **both** sides of the `+`, and the result feels both.

# %% [markdown]
# ## Nudge one use at a time
#
# Is adding always right, or only for sums? Take a product, `y = x·x` at `x = 3`, and pretend for a moment that the two
# uses of `x` could be nudged separately.

# %%
x, h = 3.0, 0.01

first = (x + h) * x - x * x         # only the first x moves
second = x * (x + h) - x * x        # only the second
both = (x + h) * (x + h) - x * x    # what really happens
print(f"first x alone:   {first:.4f}")
print(f"second x alone:  {second:.4f}")
print(f"sum of the two:  {first + second:.4f}")
print(f"both at once:    {both:.4f}")
assert round(first + second, 4) == 0.06 and round(both, 4) == 0.0601

# %% [markdown]
# Nearly the sum, and we can see what is missing. `x·x` is the area of a square:

# %%
ax = figures.growing_square(3.0, 0.8)

# %% [markdown]
# Each use adds a strip of area `x·h`. Both together add the two strips and a corner, `h·h`. Per unit of nudge the strips
# give `x + x`, and the corner gives `h`, which fades as the nudge shrinks:

# %%
for h in [1.0, 0.1, 0.01, 0.001]:
    slope = ((x + h) * (x + h) - x * x) / h
    print(f"h = {h:<5}  both at once, per unit of nudge: {slope:.3f} = 3 + 3 + {slope - 6:.3f}")
    assert abs(slope - 6 - h) < 1e-9

# %% [markdown]
# That is the whole reason why paths add. The uses do disturb each other, but only by something of size `h²`, and a slope
# never sees it. For *any* smooth operation:
#
# $$\frac{\partial L}{\partial a} \;=\; \sum_{\text{uses } y \text{ of } a} \;\underbrace{\frac{\partial y}{\partial a}}_{\text{local}}\cdot\underbrace{\frac{\partial L}{\partial y}}_{\text{upstream}}$$
#
# (Σ says: one such product for every arrow that leaves $a$, all added up.) In code it is a single character. `=` would
# replace what had arrived before; `+=` adds to it:
#
# ```python
# parent.grad += local * node.grad
# ```

# %% [markdown]
# ## Two paths meet
#
# Now the question from the top. `y` is used twice, once times 2 and once times 5, and `y` itself is made from `x`.

# %%
x = Value(4.0, label="x")
y = 3 * x
y.label = "y"
c = 2 * y + 5 * y
c.label = "c"

# %%
predict("04.two-and-five")

# %%
c.backward()
print("∂c/∂y =", y.grad, "  ∂c/∂x =", x.grad)
assert (y.grad, x.grad) == (7.0, 21.0)
draw(c)

# %% [markdown]
# `y` believes both: 2 + 5 = 7. Only then does it hand on to `x`: 3 × 7 = 21. (The dashed boxes are the constants. They
# get gradients too; nobody asks for them.)
#
# One arrow per frame (`v1` and `v2` are the nodes without a name). Watch the frame in which something arrives at `y` for
# the second time.

# %%
steps(c)

# %% [markdown]
# ## The ledger
#
# There is a second way to read the same gradient. Walk from `c` to `x` along every possible **path**, multiply the local
# gradients you pass, and write the product into a ledger. `explain` keeps both accounts, edge by edge (an edge is an arrow)
# and path by path:

# %%
ledger = explain(x, of=c)
products = [path.product for path in ledger.paths]
assert sorted(products) == [6.0, 15.0] and sum(products) == x.grad == 21.0
ledger

# %% [markdown]
# **Multiply along a path, add over the paths.** This is the chain rule for graphs, in eight words.
#
# (The first account makes fewer multiplications, because it adds at `y` *before* it goes on:
# (2 + 5) × 3 instead of 2 × 3 + 5 × 3. Remember this small saving. It will become a large one.)
#
# Now without help. How many lines has the ledger of `a` here, and what is their sum?

# %%
predict("04.three-uses")

# %%
a = Value(2.0, label="a")
b = a + a
b.label = "b"
c = b * a
c.label = "c"
c.backward()
assert len(explain(a, of=c).paths) == 3 and a.grad == 4 + 2 + 2
explain(a, of=c)

# %% [markdown]
# ## What if an engine forgets?
#
# Three ways to get it wrong, each of them one line away from the right one.


# %%
from micrograd_lab.graph import topological_order


def combine(messages, how):
    if how == "overwrites":
        return messages[-1]                     # parent.grad = message: the last one stays
    if how == "averages":
        return sum(messages) / len(messages)
    return sum(messages)                        # parent.grad += message


def gradient(root, x, how):
    """∂root/∂x by an engine that combines messages in its own way."""
    order = topological_order(root)             # an order that works: lesson 05
    messages = {node: [] for node in order}
    messages[root] = [1.0]
    for node in reversed(order):
        edges = list(zip(node.parents, node.local_grads, strict=True))
        if how == "drops duplicates":
            edges = dict(edges).items()         # what a set of parents does
        for parent, local in edges:
            messages[parent].append(local * combine(messages[node], how))
    return combine(messages[x], how)


# %% [markdown]
# Feed them four expressions. Which of these would you choose as a test?

# %%
expressions = {
    "x * 2 + 1": lambda x: x * 2 + 1,
    "x + x": lambda x: x + x,
    "2y + 5y, y = 3x": lambda x: (lambda y: 2 * y + 5 * y)(3 * x),
    "x * x + x": lambda x: x * x + x,
}
hows = ["adds", "overwrites", "drops duplicates", "averages"]
print(f"{'at x = 3':16}" + "".join(f"{how:>18}" for how in hows))
table = {}
for name, f in expressions.items():
    x = Value(3.0, label="x")
    root = f(x)
    table[name] = [round(gradient(root, x, how), 2) for how in hows]
    print(f"{name:16}" + "".join(f"{g:18g}" for g in table[name]))
assert table["x * 2 + 1"] == [2, 2, 2, 2]
assert table["x + x"] == [2, 1, 1, 1] and table["2y + 5y, y = 3x"] == [21, 6, 21, 10.5]
assert len(set(table["x * x + x"])) == 4

# %% [markdown]
# - The first expression uses nothing twice, and **every** engine passes. A test without reuse tests nothing here.
# - `x + x` finds all three bugs but cannot tell them apart: each says 1.
# - `2y + 5y` catches an engine that overwrites: it says 6, or 15 if the messages come in the other order, never 21.
#   But the two uses of `y` are in two products, so no product has a duplicate, and *that* bug goes free.
# - `x * x + x` gives four different answers. The right one is 2·3 + 1 = 7: two paths through the product, 3 each, and
#   one directly, 1.
#
# None of the wrong engines raises an error; their numbers look like any others. So keep `x * x + x` in your pocket.

# %% [markdown]
# ## What if…
#
# …the paths disagree? Then they cancel. A gradient of 0 does not mean that there is no path:

# %%
x = Value(3.0, label="x")
nothing = x * x - 6 * x
nothing.backward()
shares = [path.product for path in explain(x, of=nothing).paths]
print("x.grad:", x.grad, "  from the paths:", shares)
assert x.grad == sum(shares) == 0.0 and len(shares) == 3

# %% [markdown]
# …the same weight meets two examples? That is how every network is trained: one `w`, used once for each example, and one
# loss that sums over them. The gradient of the batch is the sum of two votes.

# %%
w = Value(1.0, label="w")
examples = [(1.0, 3.0), (3.0, 2.0)]      # (input, target)
parts = [(w * x - target) ** 2 for x, target in examples]
parts[0].label, parts[1].label = "loss 1", "loss 2"
loss = parts[0] + parts[1]
loss.label = "loss"
loss.backward()

votes = [2 * (w.data * x - target) * x for x, target in examples]
print("votes:", votes, "  sum:", sum(votes), "  w.grad:", w.grad)
assert votes == [-4.0, 6.0] and w.grad == sum(votes)
draw(loss)

# %% [markdown]
# The first example wants `w` larger (a negative slope: turn it up), the second wants it smaller, and the sum decides. Hold
# on to this picture. In lessons 10 and 11 the same fact will say *sum over the batch*.
#
# …one of two paths is a straight wire? Compare eight layers of `0.1·x` with eight layers of `x + 0.1·x`:

# %%
plain = Value(1.0, label="x")
bridged = Value(1.0, label="x")
p, r = plain, bridged
for _ in range(8):
    p = 0.1 * p
    r = r + 0.1 * r
p.backward()
r.backward()
print(f"plain:    {plain.grad:.8f}   from {explain(plain, of=p).all.count:,} path")
print(f"bridged:  {bridged.grad:.8f}   from {explain(bridged, of=r).all.count:,} paths")
assert plain.grad < 1e-7 and round(bridged.grad, 6) == round(1.1**8, 6)
assert explain(bridged, of=r).all.count == 2**8 == 256

# %% [markdown]
# One path of eight small factors brings next to nothing. With the wire beside each layer there are 256 paths, and one of
# them is wire all the way: its product is 1. These are *residual connections*, and the straight path is a main reason why
# networks of a hundred layers can be trained (lesson 16).

# %% [markdown]
# ## Thirty doublings
#
# 256 paths after eight layers. Double a number thirty times, `x = x + x`: how long would it take to walk every path, one
# million per second?

# %%
predict("04.thirty-doublings")

# %%
x = Value(1.0, label="x")
top = x
for _ in range(30):
    top = top + top
top.backward()
print(f"paths:  {explain(x, of=top).all.count:,}")
print(f"arrows: {2 * 30}")
print(f"x.grad: {x.grad:,.0f}")
assert x.grad == 2.0**30 == explain(x, of=top).all.count

# %%
ax = figures.paths_and_arrows(30)

# %% [markdown]
# A thousand million paths, and the answer came at once. `backward` never walked them. At each node it first **adds up**
# everything that arrives and sends **one** number on: the small saving from above, taken thirty times. The ledger of paths
# tells you what a gradient *means*; the sum at each node is how to *compute* it: one multiplication per arrow.

# %% [markdown]
# ## Expert corner
#
# <details><summary>Adding first, multiplying once: is that allowed?</summary>
#
# It is the distributive law: 2·3 + 5·3 = (2 + 5)·3, applied at every node. The law turns a sum over paths, of which there
# may be 2ⁿ, into one pass over 2n arrows. Wherever "multiply along, add over" obeys that law, the same pass works: with
# (max, +) it finds longest paths, with (or, and) it finds what is reachable.
# </details>
#
# <details><summary>Does it matter in which order the contributions are added?</summary>
#
# For real numbers no. For floats a little: (0.1 + 0.2) + 0.3 and 0.1 + (0.2 + 0.3) differ in the last digit. `explain`
# adds in the very order of `backward`, so that its account by edges agrees to the last bit, and gives the rounding of the
# account by paths a line of its own.
# </details>
#
# <details><summary>Why is there no such trouble in the forward pass?</summary>
#
# Reading a number twice is harmless: a copy splits a value. Turned around, a split becomes a meeting, and what meets must be
# added. Every operation has such a mirror image: copy ↔ sum, sum ↔ copy, broadcast ↔ sum over an axis (lesson 11),
# gather ↔ scatter-add (lesson 12).
# </details>

# %% [markdown]
# ## Exercises
#
# `exercises/ex04a_fill_gradients.py`: walk back over a list of nodes and add where arrows meet. `exercises/ex04b_ledger.py`:
# the list of all paths, by a function that calls itself.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex04a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex04b")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | 15 or 6 where 21 is right | `=` where `+=` belongs: the last message replaced the first |
# | `x * x + x` gives 4 at `x = 3` | one of two equal arrows got lost: are the parents in a set or a dict? |
# | all gradients 0.0 | nobody told the root: its own gradient is 1 |
# | twice the right answer after running a cell again | `+=` adds to what the last run left; make fresh Values (lesson 06 is about this) |
# | `explain(x): which gradient of x?` | a node knows its parents, not its children: say `explain(x, of=loss)` |

# %% [markdown]
# ## Quiz

# %%
quiz("04")

# %% [markdown]
# ## Next
#
# "First add up everything that arrives, then send one number on." But how does a node know that *everything* has arrived?
# Somebody has to decide whose turn it is: [05 · Order](05_order.ipynb).
