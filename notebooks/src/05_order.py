# %% [markdown]
# # 05 · Order
#
# **Every node knows what to do when its turn comes: multiply, and add at each parent. But whose turn is it?**
#
# When you have finished you can
#
# - tell a right order from a wrong one, and say which gradient the wrong one spoils,
# - find a right order for any graph, however tangled and however deep,
# - write `backward()`, and with it an engine of your own.
#
# You need: [04 · Paths](04_paths.ipynb). About 40 minutes, and 40 more for the engine.

# %%
from micrograd_lab import draw, steps
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine

lesson("05")

# %% [markdown]
# From here on you can choose whose engine a lesson runs on. This line takes the package's `Value`. Once exercise 05c at the
# end of this page is done, write `engine("Value", mine=True)` and run the whole lesson on **yours**.

# %%
Value = engine("Value")

# %% [markdown]
# ## Five nodes, three orders
#
# `y` splits into `u` and `v`, and they meet again in `c`.


# %%
def diamond():
    x = Value(2.0, label="x")
    y = x**2
    u = y**2
    v = -y
    c = u + v
    y.label, u.label, v.label, c.label = "y", "u", "v", "c"
    return x, y, u, v, c


x, y, u, v, c = diamond()
draw(c)

# %% [markdown]
# The rule of a turn is the one you know. A node takes what it has, once, and hands it on:

# %%
def take_turn(node):
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad += local * node.grad


# %% [markdown]
# All that is left to choose is the order.

# %%
predict("05.which-order")

# %%
orders = {"A": "cuyxv", "B": "cvuyx", "C": "xyuvc"}
found = {}
for name, order in orders.items():
    nodes = dict(zip("xyuvc", diamond(), strict=True))
    nodes["c"].grad = 1.0                      # ∂c/∂c
    for letter in order:
        take_turn(nodes[letter])
    found[name] = (nodes["y"].grad, nodes["x"].grad)
    to_y, to_x = found[name]
    print(f"{name}:  {'  '.join(order)}    ∂c/∂y = {to_y:2g}    ∂c/∂x = {to_x:2g}")
assert found == {"A": (7, 32), "B": (7, 28), "C": (0, 0)}

# %% [markdown]
# Check by formula: c = x⁴ − x², so ∂c/∂x = 4x³ − 2x = 28 at x = 2. Only B is right. Look at A: its `y.grad` is right in the
# end, and `x.grad` is not.
#
# In pictures, with arrows the way the gradients go: above each node its turn, below it the gradient; red where something went
# wrong.

# %%
nodes = dict(zip("xyuvc", diamond(), strict=True))
places = {"x": (0, 0), "y": (1.4, 0), "u": (2.7, 1), "v": (2.7, -1), "c": (4, 0)}
panels = {}
for name, order in orders.items():
    panels[f"{name}:  {' '.join(order)}"] = [nodes[letter] for letter in order]
axes = figures.turns(panels, places)

passed, final = figures.play([nodes[letter] for letter in orders["A"]])
assert passed["y"] == 8 and final["y"] == 7    # y gave 8 while v still owed it −1

# %% [markdown]
# In A, `y` had its turn when only `u` had reported. It gave 8 × 4 = 32 to `x`. Then `v` sent its −1, `y` corrected itself to 7,
# and nobody told `x`. The gradient of `y` was *stale* when it was passed on.
#
# In C everybody but `c` has nothing to give: the 1 starts at `c`, and `c` comes last.
#
# > **A node may take its turn when every node that uses it has had its own.** Children (the nodes that
# > use it) before parents, for every arrow.
#
# An order that keeps to this is called a *reverse topological order*. There can be several: with `u` and `v` exchanged, B is
# as good as before.

# %% [markdown]
# ## Why not just pass on whatever arrives?
#
# No waiting, no order: each message is passed on at once, by a function that calls itself.


# %%
def pass_on(node, message):
    node.grad += message
    turns = 1
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        turns += pass_on(parent, local * message)
    return turns


x, y, u, v, c = diamond()
turns = pass_on(c, 1.0)
print("∂c/∂x =", x.grad, "  after", turns, "turns for 5 nodes")
assert x.grad == 28.0 and turns == 7

# %% [markdown]
# The right answer! `x` and `y` had two turns each, and that did no harm. The function walks every path, as you did
# in lesson 04.

# %%
predict("05.visits")


# %%
def doubled(times):
    x = Value(1.0, label="x")
    top = x
    for _ in range(times):
        top = top + top
    return x, top


for times in (1, 2, 4, 8, 10, 14):
    x, top = doubled(times)
    turns = pass_on(top, 1.0)
    print(f"{times:2} doublings: {times + 1:2} nodes, {turns:6,} turns")
    assert turns == 2 ** (times + 1) - 1

# %% [markdown]
# Right, and useless: a network uses every number many times, over many layers. **Waiting is what makes the backward pass
# cheap**: each node takes one turn, with the sum of all that arrived.

# %% [markdown]
# ## Finding an order
#
# In lesson 02 you collected all nodes by walking from the root. Two walks come to mind at once, and both list a node *as
# soon as they meet it*. One follows a branch to its end first (that was A above). The other goes by distance: the root,
# then all that is one arrow away, then two.

# %%
predict("05.levels")


# %%
def shortcut():
    x = Value(2.0, label="x")
    y = x**2
    u = -y
    v = u**2
    c = y + v          # y is one arrow from c, and also three
    y.label, u.label, v.label, c.label = "y", "u", "v", "c"
    return x, y, u, v, c


def by_distance(root):
    order = [root]
    for node in order:                       # grows while we walk
        for parent in node.parents:
            if parent not in order:
                order.append(parent)
    return order


x, y, u, v, c = shortcut()
order = by_distance(c)
print("by distance:", [node.label for node in order])
assert [node.label for node in order] == ["c", "y", "v", "x", "u"]

# %%
longest_first = [c, v, u, y, x]
places = {"x": (0, 0), "y": (1.2, 0), "u": (2, -1), "v": (3, -1), "c": (3.8, 0)}
axes = figures.turns({"by distance": order, "waiting for the longest way": longest_first}, places)

passed, final = figures.play(order)
assert passed["y"] == 1 and final["x"] == 4
assert figures.play(longest_first)[1]["x"] == 36

# %% [markdown]
# `y` is met early, on the short way, and must wait for the long one. Whoever lists a node on meeting it cannot know that.
#
# Turn the question round. When is it safe to list a node if **parents come first**? When all its parents are listed. That needs
# no foresight:


# %%
def parents_first(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)               # only now: all its parents are in the list

    visit(root)
    return order


for graph in (diamond, shortcut):
    root = graph()[-1]
    order = parents_first(root)
    letters = [node.label for node in order]
    print(f"{graph.__name__:8}  parents first:", *letters, "   reversed:", *reversed(letters))
    place = {node: i for i, node in enumerate(order)}
    assert all(place[p] < place[node] for node in order for p in node.parents)

# %% [markdown]
# Three lines matter. `seen`: each node once, however often it is used. `append` *after* the loop: parents first. And read it
# **reversed**: the root first. Together with the turn, that is a backward pass:


# %%
def backward(root):
    order = parents_first(root)
    root.grad = 1.0                          # ∂root/∂root
    for node in reversed(order):
        take_turn(node)


for graph, expected in ((diamond, 28.0), (shortcut, 36.0)):
    nodes = graph()
    backward(nodes[-1])
    print(f"{graph.__name__}: ∂c/∂x = {nodes[0].grad:g}")
    assert nodes[0].grad == expected

x, top = doubled(30)
backward(top)
print(f"thirty doublings: {x.grad:,.0f}, in {len(parents_first(top))} turns")
assert x.grad == 2.0**30

# %% [markdown]
# A thousand million paths in 31 turns. `steps` shows the turns of the first graph; see `y` wait for both of its children.

# %%
steps(diamond()[-1])

# %% [markdown]
# ## What if…
#
# …the graph is not tangled, but deep? A loss summed over 5,000 examples is a chain of 5,000 sums.

# %%
predict("05.deep")

# %%
term = Value(1.0, label="term")
total = Value(0.0)
for _ in range(5000):
    total = total + term

try:
    parents_first(total)
except RecursionError:
    print("RecursionError")
else:
    raise AssertionError("that went deeper than Python allows")

# %% [markdown]
# `visit` waits for `visit` waits for `visit`… and Python allows about a thousand to wait. The cure is to keep the list of those
# who wait ourselves: a *stack*, an ordinary list where we push and pop at the end. A node goes onto it first to be
# **opened** (its parents go on top of it), then to be **closed** (they are done: list it).


# %%
def parents_first_by_stack(root, watch=lambda stack, order: None):
    order, seen = [], set()
    stack = [(root, "open")]
    while stack:
        watch(stack, order)
        node, what = stack.pop()
        if what == "close":
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, "close"))
            for parent in reversed(node.parents):
                stack.append((parent, "open"))
    return order


def show(stack, order):
    waiting = " ".join(f"{what} {node.label}," for node, what in stack)
    print(f"{waiting.strip(','):42}  listed:", *(node.label for node in order))


x, y, u, v, c = diamond()
order = parents_first_by_stack(c, watch=show)
show([], order)
assert order == [x, y, u, v, c]

# %% [markdown]
# The right end is the top: what happens next. Near the end, `open y` comes up a second time, pushed by `v`; nothing happens,
# because `y` was seen. The package has this walk as `topological_order`, parents first; lesson 04 used it. And the deep chain:

# %%
order = parents_first_by_stack(total)
total.grad = 1.0
for node in reversed(order):
    take_turn(node)
print("nodes:", len(order), "  ∂total/∂term =", term.grad)
assert len(order) == 5002 and term.grad == 5000.0

# %% [markdown]
# ## Expert corner
#
# <details><summary>The nodes were made in some order. Why not use that one?</summary>
#
# You can: a number cannot be made before its parents, so the order of creation is topological for free. A list that records every
# operation as it happens is called a *tape*; `micrograd_lab.Tape` is one, and TensorFlow's `GradientTape` has it in its
# name. The price: the tape also remembers what the loss does not depend on, and somebody has to say when it begins and ends.
# </details>
#
# <details><summary>Count instead of search</summary>
#
# First count for every node how many arrows leave it towards the root. In the backward pass lower the count with every message that
# arrives; a node whose count reaches 0 is ready. This is Kahn's algorithm (1962), and the way PyTorch's engine works: it needs no list
# in advance, and several threads can take ready nodes at the same time.
# </details>
#
# <details><summary>A set of nodes, or a set of numbers?</summary>
#
# `seen` holds the nodes themselves. Two leaves that both hold 2.0 are two nodes. An engine that gives its class an `__eq__` which
# compares numbers merges them here, or fails with *unhashable type* (lesson 02).
# </details>

# %% [markdown]
# ## Exercises
#
# `ex05a_backward_order.py`: the order, with a stack of your own. `ex05b_backward.py`: the whole pass. And `ex05c_value.py`: an
# **engine of your own**, all that lessons 01 to 05 were about in one class of a hundred lines. It will draw itself, show its
# steps, and train networks in the lessons to come.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex05a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex05b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex05c")

# %% [markdown]
# Done? Then go back to the top of this page, write `Value = engine("Value", mine=True)`, and run everything again. Each picture and
# each number on it will be the work of your own class. If something in it is not right yet, the line says what, and the package
# stands in. (`conformance(YourValue)` from `micrograd_lab.lens` gives the whole report.)

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `RecursionError` | a function calls itself once per node: keep a stack of your own |
# | it never ends | no `seen`, so it walks every path; or a node among its own ancestors |
# | `y.grad` right, `x.grad` wrong | `y` passed on too early: is the order reversed? is a node listed after its parents? |
# | only the root's parents have gradients | you walk from the leaves to the root: `reversed(order)` |
# | `Your own Value cannot run this lesson yet` | the rest of that line says what its conformance report found |

# %% [markdown]
# ## Quiz

# %%
quiz("05")

# %% [markdown]
# ## Next
#
# One backward pass is right now. Training makes thousands, one after the other, on the same weights, and `+=` never forgets:
# [06 · Accumulate](06_accumulate.ipynb).
