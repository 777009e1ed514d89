# %% [markdown]
# # 02 · Graph
#
# **You type `a*b + a`, Python answers `8.0`, and forgets how. What would it have to remember to be able to say, later,
# who caused that 8?**
#
# When you have finished you can
#
# - turn any expression into its *computation graph*, on paper and in code,
# - read such a graph: leaves, operations, arrows, reuse,
# - write the class that records it: two lines for each operator.
#
# You need: [01 · Slope](01_slope.ipynb), and to have seen a Python class. About 35 minutes.

# %%
from micrograd_lab import draw
from micrograd_lab.course import check, lesson, predict, quiz

lesson("02")

# %% [markdown]
# ## Numbers forget
#
# In the last lesson slopes multiplied along a path: from `x` to `g`, from `g` to `y`. To multiply along a path, somebody
# has to know the path. A Python number does not:

# %%
a, b = 2.0, 3.0
y = a * b + a
print(y)              # 8.0, and no trace of how
assert y == 8.0

# %% [markdown]
# ## Numbers that remember
#
# So wrap the number, and write down two things more: **what made it**, and **from what**.


# %%
class Node:
    def __init__(self, data, parents=(), op=None, label=""):
        self.data = data          # the number
        self.parents = parents    # the nodes it was computed from, in order
        self.op = op              # what computed it; None if nobody did
        self.label = label        # a name, for pictures
        self.grad = 0.0           # for a later lesson

    def __add__(self, other):
        return Node(self.data + other.data, (self, other), "+")

    def __mul__(self, other):
        return Node(self.data * other.data, (self, other), "*")


# %% [markdown]
# `__add__` and `__mul__` are what Python calls for `+` and `*`. Ours do the arithmetic **and leave a record**. That is the
# whole trick; nothing else in this course is as small and matters as much.

# %%
a, b = Node(2.0, label="a"), Node(3.0, label="b")
y = a * b + a
y.label = "y"
print(y.data)
assert y.data == 8.0                     # same answer as before
assert y.op == "+" and y.parents[1] is a  # and now it knows where from

# %% [markdown]
# Before you look at the picture:

# %%
predict("02.how-many-nodes")

# %%
draw(y)

# %% [markdown]
# Read it from left to right, the way the computation ran.
#
# - **Boxes** are numbers. `a` and `b` were given: nobody computed them, they are the *leaves*.
# - A **dark badge** in a box is the operation that made its number. Each operation makes exactly one.
# - **Arrows** say who went into what. Two arrows leave `a`, because `a` was used twice. It is still **one** node.
# - The **double frame** is the *root*: the result that everything else leads to.
#
# Such a thing is called a *directed acyclic graph*: arrows have a direction, and following them never leads back
# to where you were. A number cannot be made from itself.

# %% [markdown]
# ## Same number, other graph
#
# `a*b + a` and `a*(b + 1)` are equal for every `a` and `b`. Their graphs are not, and it is the graph that will
# decide how gradients travel.


# %%
def everything(root):
    """The root and all it depends on, each node once."""
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        if node not in found:
            found.append(node)
            todo.extend(node.parents)
    return found


z = a * (b + Node(1.0))
print("a*b + a  :", y.data, "from", len(everything(y)), "nodes")
print("a*(b + 1):", z.data, "from", len(everything(z)), "nodes")
assert y.data == z.data == 8.0
assert len(everything(y)) == 4 and len(everything(z)) == 5

# %%
draw(z)

# %% [markdown]
# The 1 is a node too: a *constant*, a leaf without a name (the dashed box). We had to write `Node(1.0)` for it, because `b + 1` fails:

# %%
try:
    b + 1
except AttributeError as error:
    print("AttributeError:", error)

# %% [markdown]
# A raw `1` has no `.data`. The engine you will write wraps it first. And `1 + b`? Python asks the *left* side, the int
# `1`, whose `+` has never heard of nodes, and then gives the right side a chance: `b.__radd__(1)`, "r" for reflected.
# The package's own `Value` does all of this; from here on it is our node.

# %%
from micrograd_lab import Value

x, w, b = Value(2.0, label="x"), Value(3.0, label="w"), Value(1.0, label="b")
loss = (x * w + b) ** 2
loss.label = "loss"
draw(loss)

# %% [markdown]
# The model of lesson 01, on paper. (The orange labels on the arrows are for lesson 03.) Run a finger from `w` to `loss`:
# through `*`, where it meets `x = 2`; through `+`; through `**2`. Now from `b`: it joins after the `*`. *That* is why `w`
# was twice as much to blame, and now the computer can see it as well as you can.

# %% [markdown]
# ## Order is information
#
# `parents` is a tuple, in the order in which they were written. Two ways to get this wrong:

# %%
p, q = Value(5.0, label="p"), Value(3.0, label="q")
print("p - q =", (p - q).data, "  parents:", [n.label for n in (p - q).parents])
print("q - p =", (q - p).data, " parents:", [n.label for n in (q - p).parents])
assert (p - q).parents == (p, q)

# %% [markdown]
# Lose the order, and you cannot tell `p - q` from `q - p`. And if you lose *repetition*?

# %%
predict("02.x-times-x")

# %%
x = Value(3.0, label="x")
square = x * x
square.label = "x·x"
print("as a tuple:", len(square.parents), "arrows;   as a set:", len(set(square.parents)))
assert square.parents == (x, x)
assert round((3.001**2 - 2.999**2) / 0.002, 6) == 6.0   # its slope at 3, by nudging
draw(square)

# %% [markdown]
# A set keeps one `x`. The number 9 would still be right. The gradient would come out as 3 instead of 6, and nothing
# would complain: *half the arrows, half the slope*.

# %% [markdown]
# ## A recording, not a recipe
#
# The graph shows **what ran**: loops unrolled, branches taken. Python's `for` and `if` are not in it.


# %%
def collatz_step(n):
    return n * 0.5 if n.data % 2 == 0 else n * 3 + 1


n = Value(6.0, label="n")
for _ in range(3):
    n = collatz_step(n)
print("6 → 3 → 10 →", int(n.data))
assert n.data == 5.0
draw(n)

# %% [markdown]
# Four multiplications and additions in a row; which branch was taken is history. Run it from 7, and another graph
# comes out. (Engines that work this way are called *define-by-run*. PyTorch is one.)
#
# One more thing a recording explains. What does `+=` do to a node?

# %%
predict("02.plus-equals")

# %%
total = Value(1.0, label="total")
before = total
total += 10
print("total: ", total.data, "  made by", total.op, "from", [int(p.data) for p in total.parents])
print("before:", before.data)
assert before.data == 1.0 and total.parents[0] is before

# %% [markdown]
# `total += 10` makes a **new** node and hangs the *name* `total` on it. The old node is untouched, as a page of a diary
# should be: other entries refer to it. (An engine that lets you overwrite it needs extra care. Lesson 13.)

# %% [markdown]
# ## What if…
#
# …the expression is long? Then the graph is. This one adds up 1 + ½ + ¼ + … Which of its numbers are used twice?

# %%
term = Value(1.0, label="start")
series = term
for _ in range(4):
    term = term * 0.5
    series = series + term
series.label = "sum"
print(series.data)
assert series.data == 1.9375
draw(series)

# %% [markdown]
# ## Expert corner
#
# <details><summary>What does remembering cost?</summary>
#
# Memory. Every intermediate number stays alive for as long as the result does, because the result points to it. Training
# a network needs memory in proportion to the number of operations in its forward pass, and most of the tricks for large
# models (checkpointing, freezing, half precision; lesson 23) are about keeping less. When the last name for the result
# goes, the whole graph goes with it.
# </details>
#
# <details><summary>How do you compare two nodes?</summary>
#
# By identity, never by number. Two leaves that both hold 2.0 are two knobs. `Value` therefore leaves `==` alone (`a == b`
# asks "are they the same node?") while `<` and `>` compare the numbers. If `==` compared numbers, `node not in found`
# above would merge strangers.
# </details>
#
# <details><summary>Why an op per arithmetic sign, and not one node for all of a*b + a?</summary>
#
# You may choose the grain. One node for the whole expression is fine if you know its slopes in one go; PyTorch does that
# for softmax with cross-entropy. Small ops have the advantage that their slopes fit on one line each, and that is
# lesson 03.
# </details>

# %% [markdown]
# ## Exercises
#
# `exercises/ex02a_operators.py`: your own recording class, with numbers on both sides. `exercises/ex02b_count_nodes.py`:
# count a graph without counting anything twice.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex02a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex02b")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `'int' object has no attribute 'data'` | a raw number went in where a node should be: wrap it first |
# | `unsupported operand type(s) for *: 'int' and 'Value'` | `2 * x` calls `x.__rmul__(2)`: is it there? |
# | `RecursionError` | your walk calls itself once per level, and Python stops at about 1,000: use a list as a to-do pile |
# | `TypeError: unhashable type` | you defined `__eq__`, which removes hashing: leave identity alone |

# %% [markdown]
# ## Quiz

# %%
quiz("02")

# %% [markdown]
# ## Next
#
# The graph knows every path. Now something has to travel along it, backwards, and each operation must know how to hand a
# slope on: [03 · Local](03_local.ipynb).
