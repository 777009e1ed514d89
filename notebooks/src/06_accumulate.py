# %% [markdown]
# # 06 · Accumulate
#
# **You run a cell a second time, and the gradient of every weight has changed. Nothing else was touched. Is that a bug?**
#
# When you have finished you can
#
# - say what a second `backward()` does to every node, and why,
# - put the *zero* where it belongs in a training step, and see from a curve that somebody forgot it,
# - work off a large batch in small parts and get the gradient of the whole,
# - tell a gradient of 0 from a weight that was never reached.
#
# You need: [05 · Order](05_order.ipynb). About 35 minutes.

# %%
from micrograd_lab import draw, tensor
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine
from micrograd_lab.graph import topological_order
from micrograd_lab.lens import explain

lesson("06")

# %%
Value = engine("Value")      # your own: engine("Value", mine=True)

# %% [markdown]
# ## The same call twice
#
# A chain of three: `a` is doubled, and the result tripled.


# %%
def chain():
    a = Value(1.0, label="a")
    b = 2 * a
    c = b * 3
    b.label, c.label = "b", "c"
    return a, b, c


a, b, c = chain()
c.backward()
print("a, b, c after one call:", a.grad, b.grad, c.grad)
assert (a.grad, b.grad, c.grad) == (6.0, 3.0, 1.0)

# %% [markdown]
# Nothing is changed now. The same line once more:

# %%
predict("06.backward-twice")

# %%
c.backward()
print("a, b, c after two calls:", a.grad, b.grad, c.grad)
assert (a.grad, b.grad, c.grad) == (12.0, 3.0, 1.0)
draw(c)

# %% [markdown]
# `a` has **added** 6 to its 6. `b` and `c` are as they were. So there are two kinds of nodes:
#
# | | what it is | what a call does with its `grad` |
# |---|---|---|
# | **leaf**: `a` (and the constants, in the dashed boxes) | has no parents; you made it | adds to what is there |
# | **in between**: `b`, and the root `c` | has parents; an operation made it | begins afresh |

# %% [markdown]
# ## Where 18 comes from
#
# What if `b` does not begin afresh? Here are two careless engines. Each uses the turn from lesson 05, and neither clears what
# lies in between.


# %%
def take_turn(node):
    for parent, local in zip(node.parents, node.local_grads, strict=True):
        parent.grad += local * node.grad


def ours(root):
    root.backward()


def keeps_between(root):
    root.grad = 1.0                  # the root alone is set
    for node in reversed(topological_order(root)):
        take_turn(node)


def seed_adds(root):
    root.grad += 1.0                 # not even the root
    for node in reversed(topological_order(root)):
        take_turn(node)


found = {}
for backward in (ours, keeps_between, seed_adds):
    a, b, c = chain()
    backward(c)
    backward(c)
    name = backward.__name__
    found[name] = (a.grad, b.grad, c.grad)
    print(f"{name:14} after two calls:  a {a.grad:2g}   b {b.grad:g}   c {c.grad:g}")
assert found == {"ours": (12, 3, 1), "keeps_between": (18, 6, 1), "seed_adds": (24, 9, 2)}

# %% [markdown]
# Follow the 18. In the second call `b` still holds its old 3 and gets another 3. That makes 6, and `b` sends 2 × 6 = 12 down to
# `a`, which holds 6 already. The old 3 went down **twice**.
#
# > What a leaf holds is a **total** that you asked for. What a node in between holds is a **message on its way**, and a message
# > must not be delivered twice.

# %% [markdown]
# ## Why leaves add at all
#
# It looks like a trap. Why does `backward` not wipe the leaves as well? One weight, and two losses that both have a wish for it:

# %%
w = Value(2.0, label="w")
loss_a = (3 * w - 5) ** 2
loss_b = (w - 6) ** 2

loss_a.backward()
print("after loss_a:", w.grad)
loss_b.backward()
print("after loss_b:", w.grad)
one_after_the_other = w.grad

w = Value(2.0, label="w")
((3 * w - 5) ** 2 + (w - 6) ** 2).backward()
print("of the sum:  ", w.grad)
assert one_after_the_other == w.grad == 6.0 - 8.0

# %% [markdown]
# The same. Of course: in lesson 04 contributions were added wherever paths meet, and it does not matter if some of the paths are
# walked today and some tomorrow:
#
# $$\frac{\partial (A + B)}{\partial w} = \frac{\partial A}{\partial w} + \frac{\partial B}{\partial w}$$
#
# An engine that wiped the leaves would say −8, and `loss_a` would never have been there. **The sum is the feature. When it ends
# is your decision**, because only you know which calls belong together. You end it with one line:
#
# ```python
# p.grad = 0.0        # for every parameter p
# ```

# %% [markdown]
# ## One step of training
#
# Here is where you have to decide. A weight `w` starts at 0, and the loss $(w - 4)^2$ wants it to be 4. One step has four parts:
#
# | part | in code |
# |---|---|
# | **loss** | `loss = (w - 4) ** 2`: a new graph, from `w` as it is now |
# | **zero** | `w.grad = 0.0` |
# | **backward** | `loss.backward()` |
# | **step** | `w.data -= rate * w.grad`: against the slope |
#
# So that we can shuffle them, a small machine takes the parts in any order we like:


# %%
def train(parts, steps=30, rate=0.1):
    """Where w is after each step; what w.grad held at each step; each loss's own gradient."""
    w = Value(0.0, label="w")
    places, holds, own = [w.data], [], []
    for _ in range(steps):
        for part in parts.split():
            if part == "loss":
                loss = (w - 4) ** 2
                own.append(2 * (w.data - 4))
            elif part == "zero":
                w.grad = 0.0
            elif part == "backward":
                loss.backward()
            elif part == "step":
                w.data -= rate * w.grad
                holds.append(w.grad)
        places.append(w.data)
    return places, holds, own


right, right_holds, right_own = train("loss zero backward step")
print("after 30 steps: w =", round(right[-1], 2))
assert right_holds == right_own and abs(right[-1] - 4) < 0.01

# %% [markdown]
# Now leave *zero* out.

# %%
predict("06.forgotten-zero")

# %%
forgot, forgot_holds, forgot_own = train("loss backward step")
too_early, _, _ = train("loss backward zero step")
print("nobody sets back: w between", round(min(forgot), 2), "and", round(max(forgot), 2))
print("zero, then step:  w =", too_early[-1])
assert max(forgot) > 8 and min(forgot[10:]) < 0 and max(forgot[15:]) > 8
assert set(too_early) == {0.0}

# %%
curves = {"zero, backward, step": right, "no zero": forgot, "backward, zero, step": too_early}
ax = figures.journeys(curves, goal=4.0)

# %% [markdown]
# Without *zero* the weight runs past its goal, turns round, runs past it again, and never comes to rest. With *zero* in the wrong
# place it does not move at all: the gradient is gone before the step can use it.
#
# Look at the first eight steps. The bar is what `w.grad` holds, and that is what the step obeys. The dot is what it should hold.

# %%
panels = {
    "zero, backward, step": (right_holds[:8], right_own[:8]),
    "no zero": (forgot_holds[:8], forgot_own[:8]),
}
axes = figures.held(panels)
assert forgot_own[4] > 0 > forgot_holds[4]      # step 5: the loss says back, the total says on
assert [slope < 0 for slope in forgot_own[:5]] == [True, True, True, False, False]

# %% [markdown]
# On the right, at step 5: `w` has passed 4, and the loss says *back* (the dot is above 0). But the total still says *forward*,
# from the first three steps, and the weight keeps going. Every step repeats all the steps before it.

# %% [markdown]
# ## Zero, or never reached?
#
# Three weights. One is used, one is used behind a closed gate, and one is not used at all.

# %%
used, gated = Value(3.0, label="used"), Value(-1.0, label="gated")
spare = Value(2.0, label="spare")
x = Value(2.0, label="x")                       # the input
gate = (x * gated).relu()
gate.label = "gate"
loss = used * x + gate
loss.label = "loss"
loss.backward()
print("used:", used.grad, "  gated:", gated.grad, "  spare:", spare.grad)
assert (used.grad, gated.grad, spare.grad) == (2.0, 0.0, 0.0)
draw(loss)

# %% [markdown]
# `gated` and `spare` both say 0.0, and need very different cures. `gated` took part, and a negative `x` would open its gate.
# `spare` took no part: no gradient will ever move it, and most likely somebody forgot to use it. Do not ask the number. Ask for
# the paths:

# %%
for p in (used, gated, spare):
    print(f"{p.label:6} paths from the loss: {explain(p, of=loss).all.count}")
assert [explain(p, of=loss).all.count for p in (used, gated, spare)] == [1, 1, 0]

# %% [markdown]
# In a large model you would rather see it at once. So the tensors of lesson 10 onwards (and those of PyTorch) do not start at 0:
# they hold `None` until something arrives.

# %%
used, gated, spare = (tensor(x, requires_grad=True) for x in (3.0, -1.0, 2.0))
(used * 2 + (2 * gated).relu()).backward()
print("used:", used.grad, "  gated:", gated.grad, "  spare:", spare.grad)
assert gated.grad.item() == 0.0 and spare.grad is None

# %% [markdown]
# **0 says: something arrived, and it came to 0. `None` says: nothing ever arrived.** The first thing to do with a model that
# does not learn is to list its parameters with a `grad` of `None`.

# %% [markdown]
# ## A large batch in small parts
#
# Adding leaves have a second use. Say that five examples are too many for the memory, and four fit. Work them off in two parts,
# one graph at a time, and let `w.grad` collect.


# %%
def mean_loss(w, examples):
    return sum((w * x - y) ** 2 for x, y in examples) / len(examples)


examples = [(1, 2), (2, 4), (1, 1), (2, 5), (3, 7)]      # (input, target)
parts = [examples[:4], examples[4:]]

w = Value(3.0, label="w")
whole = mean_loss(w, examples)
whole.backward()
print("gradient of the mean loss over all five:", w.grad)
assert w.grad == 6.0

# %% [markdown]
# Each part has its own mean loss. What must it be multiplied by before its `backward()`?

# %%
predict("06.uneven-parts")

# %%
recipes = {
    "× 1": [1, 1],
    "× 1/5": [1 / 5, 1 / 5],
    "× 1/2": [1 / 2, 1 / 2],
    "× size/5": [4 / 5, 1 / 5],
}
rows = {"all five at once": [w.grad]}
for name, weights in recipes.items():
    w, so_far, rows[name] = Value(3.0, label="w"), 0.0, []
    for part, weight in zip(parts, weights, strict=True):
        (mean_loss(w, part) * weight).backward()      # no zero in between
        rows[name].append(round(w.grad - so_far, 6))
        so_far = w.grad
    print(f"{name:9} {' + '.join(map(str, rows[name])):12} = {w.grad:g}")
assert rows["× size/5"] == [3.6, 2.4]
assert [round(sum(row), 6) for row in rows.values()] == [6, 16.5, 3.3, 8.25, 6]

# %%
ax = figures.end_to_end(rows, goal=6.0, xlabel="∂(mean loss)/∂w: first part, then second part")

# %% [markdown]
# Only **size of the part / size of the batch** gives back the 6. With × ½ the one example in the second part counts as much as all
# four in the first. Were the parts of equal size, × ½ would be right, which is how that mistake survives: the last part of a
# data set is usually smaller.
#
# And the memory? Count the nodes that have to be kept at the same time, for a hundred examples:

# %%
hundred = examples * 20
at_once = len(topological_order(mean_loss(w, hundred)))
by_fours = len(topological_order(mean_loss(w, hundred[:4])))
print("at once:      ", at_once, "nodes")
print("four at a time:", by_fours, "nodes")
assert by_fours * 20 < at_once

# %% [markdown]
# In a big model this is how a batch of thousands is trained on a machine that can hold eight: *backward* for each part, then one
# *step*, then one *zero*.

# %% [markdown]
# ## What if…
#
# …you keep the graph, and move the weight? It saves building the loss again.

# %%
w = Value(0.0, label="w")
loss = (w - 4) ** 2
loss.backward()
print("w = 0, gradient:", w.grad)

w.data, w.grad = 3.0, 0.0
loss.backward()
old = w.grad
print("w = 3, gradient from the old graph:", old)

w.grad = 0.0
((w - 4) ** 2).backward()
print("w = 3, gradient from a new graph:  ", w.grad)
assert old == -8.0 and w.grad == -2.0

# %% [markdown]
# The old graph answers an old question. Its local gradients were written down when `w` was 0, and nothing told them. A new step needs
# a new loss.
#
# …and the cell from the top of the page? You know it now: it calls `backward()` on weights that were made in *another* cell. Those
# still hold the first run. Make them in the same cell, or begin it with *zero*. Not a bug; a total that nobody ended.

# %% [markdown]
# ## Expert corner
#
# <details><summary>Why did the weight swing for ever, instead of flying off?</summary>
#
# Call the total v. Then v changes by the slope, and w changes by v: a ball in a bowl, with v as its speed and nothing to slow it
# down. So the mistake has a famous cousin: keep 0.9 of the old total instead of all of it, and the ball has friction. That is
# *momentum*, and it is often better than plain steps (lesson 15). Large models, where each batch
# pulls elsewhere, show it as a noisy loss; and with a rate above 2 the ball does fly out of this bowl.
# </details>
#
# <details><summary>Two losses on one graph: PyTorch refuses</summary>
#
# *Trying to backward through the graph a second time.* A tensor graph holds large arrays, so they are freed as soon as the first
# `backward()` has passed. Add the losses and call `backward()` once, which is cheaper anyway: what they share is walked once. Or
# say `retain_graph=True` in the first call, and pay for the memory. Our scalars keep their local gradients, a few floats each.
# </details>
#
# <details><summary>Set back to 0, or to None?</summary>
#
# PyTorch's `optimizer.zero_grad()` puts `None` by default. It saves the memory, and it changes the meaning: an optimiser *skips* a
# parameter whose gradient is `None`, but one with a gradient of 0 is still moved by momentum and by weight decay. And a
# parameter that was reached yesterday but not today shows it.
# </details>
#
# <details><summary>Are parts always as good as the whole?</summary>
#
# For a mean over examples, yes, to rounding. Not where the model itself looks at the whole batch: batch normalisation (lesson 17)
# takes its mean over a part and is a different function then. And a loss whose denominator is not the number of examples (say, the
# number of words) must be weighted by *that* number.
# </details>
#
# <details><summary>A curve of losses that eats the memory</summary>
#
# `losses.append(loss)` keeps a node, and the node keeps its whole graph: a thousand steps, a thousand graphs. Keep the number,
# `loss.data`.
# </details>

# %% [markdown]
# ## Exercises
#
# `exercises/ex06a_training_step.py`: the loop of four parts. `exercises/ex06b_micro_batches.py`: a batch in parts of any size.
# `exercises/ex06c_backward_again.py`: a `backward` that says 12.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex06a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex06b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex06c")

# %% [markdown]
# ## If you get this error
#
# | it says, or does | it means |
# |---|---|
# | gradients grow each time a cell is run | leaves add: make the Values in the same cell, or set `p.grad = 0.0` first |
# | the loss falls, then rises, then falls | no *zero* in the loop (or, if it only grows: the rate is too large) |
# | the loss does not change at all | `backward()` is never called (every `grad` is 0.0, and a step obeys without a word); or *zero* stands between *backward* and *step*; or the loss is built outside the loop |
# | 18 where 12 is right | nodes in between keep their gradient from the last call |
# | `unsupported operand … 'NoneType'` | a tensor's `grad` is still `None`: nothing has reached it. Is it used in the loss? |
# | `FreedGraphError` … *a second time* | a tensor graph is good for one backward: add the losses and call it once |

# %% [markdown]
# ## Quiz

# %%
quiz("06")

# %% [markdown]
# ## Next
#
# The order is right, the sums are right, the zeros are where they belong. But is each *local* gradient right? One wrong sign in
# one rule, and training still runs, only worse. How would you find out? [07 · Gradcheck](07_gradcheck.ipynb).
