# %% [markdown]
# # 07 · Gradcheck
#
# **The loss goes down, step after step. So the gradients are right, are they not?**
#
# When you have finished you can
#
# - compare any gradient with measured slopes, input by input,
# - choose the upstream, the step and the tolerance so that the check is hard to fool,
# - say what a passed check does *not* show.
#
# You need: [06 · Accumulate](06_accumulate.ipynb), and the central difference of [01 · Slope](01_slope.ipynb). About 35 minutes.

# %%
import math
import random

import numpy as np

from micrograd_lab import gradcheck
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine

lesson("07")

# %%
Value = engine("Value")      # your own: engine("Value", mine=True)

# %% [markdown]
# ## Two slopes for one curve
#
# One weight, one neuron: $p = \tanh(w \cdot x)$, with $x = 1$. The loss $(p - 0.9)^2$ wants it to say 0.9. Two people wrote the
# slope of `tanh`. One of them forgot a square.

# %%
rules = {
    "1 - p²": lambda p: 1 - p**2,
    "1 - p ": lambda p: 1 - p,           # wrong
}

predict("07.does-it-train")

# %%
last = {}
for name, rule in rules.items():
    w, losses = 0.2, []
    for _ in range(60):
        p = math.tanh(w)
        losses.append((p - 0.9) ** 2)
        w -= 0.5 * rule(p) * 2 * (p - 0.9)
    last[name] = losses[-1]
    print(f"slope {name}   loss:", "  ".join(f"{losses[k]:.5f}" for k in (0, 5, 20, 59)))
    assert losses == sorted(losses, reverse=True)
assert last["1 - p²"] < 1e-4 and last["1 - p "] < 0.005

# %% [markdown]
# ## A wrong rule that trains
#
# Both fall at every step. The wrong one is only slower, and who would know how fast it should be? A gradient that points
# *roughly* downhill trains. **A falling loss shows that the gradient is not hopeless, and no more.**
#
# We need a referee that never saw the rule. You met it in lesson 01: nudge, and see.


# %%
def slope(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


for x in (0.0, 0.5, 2.0):
    truth, p = slope(math.tanh, x), math.tanh(x)
    claimed = "   ".join(f"{name}: {rule(p):.5f}" for name, rule in rules.items())
    print(f"x = {x}:   measured {truth:.5f}   {claimed}")
    assert abs(rules["1 - p²"](p) - truth) < 1e-9
assert rules["1 - p "](math.tanh(0.0)) == 1.0      # at 0 both are right

# %% [markdown]
# Two lessons in one table. The referee sees the mistake at 0.5 and at 2. And it does **not** see it at 0, where both rules say 1:
# check at several points, and never at 0 alone.
#
# For a whole graph of Values there is `gradcheck`. It nudges every input, and compares with `backward()`
# (`engine` says which class makes the nodes):

# %%
a, b = Value(0.5, label="a"), Value(-1.2, label="b")
report = gradcheck(lambda a, b: (a * b).tanh() + a**3, [a, b], engine=Value)
assert report
print(report)

# %% [markdown]
# And when something is wrong? Here somebody took a number out of the graph with `.data`, so one of two paths is gone:

# %%
report = gradcheck(lambda a, b: a * a.data + b, [a, b], engine=Value)
assert [row.verdict for row in report.rows] == ["wrong", "ok"] and not report
print(report)

# %% [markdown]
# Nudging feels both uses of `a` and says 1; `backward()` knows of one and says 0.5. `b` is right. One wrong row is enough: a check of
# the first input only, or of the sum over all inputs, is half a check.

# %% [markdown]
# ## Several outputs
#
# A softmax turns three numbers into three shares that add up to 1:
# $\;y_k = e^{x_k} / (e^{x_0} + e^{x_1} + e^{x_2})$. There are three outputs now, and a slope needs *one* number. So weigh the
# outputs with an upstream gradient $u_k$ each, and look at
#
# $$L = u_0\,y_0 + u_1\,y_1 + u_2\,y_2.$$
#
# That is what a backward pass is given: $u_k$ stands for $\partial L/\partial y_k$. Here is the right rule
# (lesson 14 derives it), and two wrong ones.


# %%
def softmax(xs):
    powers = [math.exp(x) for x in xs]
    return [p / sum(powers) for p in powers]


def right(xs, u):
    ys = softmax(xs)
    mean = sum(y * uk for y, uk in zip(ys, u, strict=True))
    return [y * (uk - mean) for y, uk in zip(ys, u, strict=True)]


def always_zero(xs, u):
    return [0.0 for _ in xs]


def diagonal_only(xs, u):                # as if each output saw its own input alone
    return [y * (1 - y) * uk for y, uk in zip(softmax(xs), u, strict=True)]


def measured(f, xs, u, h=1e-5):
    """∂L/∂x for every x, by nudging one at a time."""
    def loss(i, move):
        moved = [*xs[:i], xs[i] + move, *xs[i + 1 :]]      # a new list: xs stays as it is
        return sum(uk * y for uk, y in zip(u, f(moved), strict=True))

    return [(loss(i, h) - loss(i, -h)) / (2 * h) for i in range(len(xs))]


# %% [markdown]
# The easiest upstream is 1 for all, which makes $L$ the sum of the outputs.

# %%
predict("07.softmax-sum")

# %%
xs = [0.3, -0.6, 0.8]
rng = random.Random(0)
drawn = [rng.uniform(0.5, 1.5) for _ in xs]
upstreams = {"u = 1, 1, 1": [1.0, 1.0, 1.0], "u drawn at random": drawn}
backwards = {"right": right, "always 0": always_zero, "diagonal only": diagonal_only}

panels, verdicts = {}, {}
for title, u in upstreams.items():
    truth = measured(softmax, xs, u)
    said = {name: backward(xs, u) for name, backward in backwards.items()}
    panels[title] = (truth, said)
    verdicts[title] = [name for name in said if math.dist(said[name], truth) < 1e-6]
    print(f"{title:18} passed by:", ", ".join(verdicts[title]))
assert verdicts == {"u = 1, 1, 1": ["right", "always 0"], "u drawn at random": ["right"]}

# %%
axes = figures.claims(panels, tolerance=1e-6)

# %% [markdown]
# A red frame marks what differs from the measured slope. The shares always add up to 1. Nudge what you like: their sum stays, and its slope is 0. A backward pass that does nothing at all
# **passes with full marks**. Draw the upstream at random, and every output has its own say.
#
# The same trap in small: with an upstream of 1, a rule that forgets to multiply by it looks right. `gradcheck` draws its own
# upstream for that reason.

# %% [markdown]
# ## How much to forgive
#
# A measured slope is never exact: the curve bends, the computer rounds. So some difference must be forgiven. A popular choice is a fixed
# number, say $10^{-6}$.

# %%
predict("07.tiny")


# %%
def tiny(x):
    return 1e-7 * x**2


truth, claimed = slope(tiny, 1.0), 4e-7          # a claim twice too large
difference = abs(claimed - truth)
print("a fixed tolerance:", "passed" if difference < 1e-6 else "caught")
print(f"relative error:    {difference / max(abs(claimed), abs(truth)):.2f}")
assert difference < 1e-6 and round(difference / claimed, 2) == 0.5


# %%
def large(x):
    return 1e9 * x**3


truth, claimed = slope(large, 1.3), 3e9 * 1.3**2     # this claim is right
difference = abs(claimed - truth)
print("a fixed tolerance:", "passed" if difference < 1e-6 else "rejected")
print("relative error:   ", "below a millionth" if difference / claimed < 1e-6 else "large")
assert difference > 1e-6 and difference / claimed < 1e-6

# %% [markdown]
# A fixed tolerance lets the wrong small one pass and rejects the right large one. Forgive **in proportion**, plus a little for
# slopes that are 0, where a proportion forgives nothing:
#
# $$|\text{claimed} - \text{measured}| \;\le\; \text{atol} + \text{rtol}\cdot\text{size of the slope}$$
#
# (*atol* and *rtol*: the absolute and the relative tolerance.) How small may rtol be? That depends on the digits you compute
# with. Python's floats have about 16; graphics cards often use `float32`, with 7.

# %%
steps = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
exact = 1 - math.tanh(0.5) ** 2
errors = {"float32": [], "float64": []}
for kind in errors:
    number = np.dtype(kind).type             # np.float32, np.float64
    x = number(0.5)
    for h in map(number, steps):
        found = (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)
        errors[kind].append(abs(float(found) / exact - 1))
    print(f"{kind}: better than a millionth at its best step?", min(errors[kind]) < 1e-6)
assert min(errors["float64"]) < 1e-9 and min(errors["float32"]) > 1e-6
assert errors["float32"][-1] > 1e-3

# %%
ax = figures.errors(steps, errors)

# %% [markdown]
# float32 shows the whole U of lesson 01, float64 hardly more than its left arm: with 7 digits, rounding takes over much earlier.
# At $h = 10^{-6}$ hardly two of them are left, and a right gradient looks wrong. **Check in float64**, and train in what you like.

# %% [markdown]
# ## Corners
#
# `relu` at exactly 0. To the left its slope is 0, to the right it is 1.

# %%
predict("07.corner")

# %%
report = gradcheck(lambda x: x.relu(), [0.0], engine=Value)
half = slope(lambda x: max(0.0, x), 0.0)
assert report.rows[0].verdict == "kink" and report
assert report.rows[0].analytic == 0.0 and half == 0.5
print("central difference at 0:", half)
print(report)

# %% [markdown]
# `backward()` says 0, nudging says ½, and **nobody is wrong**: at a corner any number between the two slopes will do. A check that
# cries wolf here will be switched off, and then it protects nobody. Measure left and right apart; accept what lies between, and
# nothing else.

# %% [markdown]
# ## What if…
#
# …the function is a chain of two risky pieces? Try log(sigmoid(x)), the heart of every yes-or-no loss, at several points:

# %%
for x in (-20.0, -2.0, 0.0, 3.0):
    report = gradcheck(lambda x: x.sigmoid().log(), [x], engine=Value)
    row = report.rows[0]
    print(f"x = {x:5}:  backward {row.analytic:.6f}   nudged {row.numeric:.6f}   {row.verdict}")
    assert row.verdict == "ok" and abs(row.analytic - 1 / (1 + math.exp(x))) < 1e-9

# %% [markdown]
# The slope is 1 − sigmoid(x): close to 1 on the left, close to 0 on the right. And further out?

# %%
try:
    Value(-800.0).sigmoid().log()
except (ValueError, ArithmeticError):
    print("x = -800: no value at all. The sigmoid is rounded to 0, and log(0) does not exist.")
else:
    raise AssertionError("log(0) came out")

# %% [markdown]
# The rules are right and the check is green, at the points we chose. **A check speaks of the points it was made at.** Exercise 07c
# repairs the rest.
#
# …the nudge is not taken back? Four lines that spoil every check that comes after:

# %%
xs, h, found = [1.0, 2.0, 3.0], 1e-2, []
product = lambda xs: xs[0] * xs[1] * xs[2]
for i in range(3):
    xs[i] += h
    above = product(xs)
    xs[i] -= 2 * h
    found.append((above - product(xs)) / (2 * h))      # and xs[i] stays at -h
print("slopes:", [round(s, 3) for s in found], "  should be: [6, 3, 2]")
assert [round(s, 4) for s in found] == [6.0, 2.97, 1.9701]

# %% [markdown]
# The first slope is right, and the later ones are slightly off: each was measured at a different point. Work on a copy, as
# `measured` does above.

# %% [markdown]
# ## Expert corner
#
# <details><summary>Why not check every gradient in every step of training?</summary>
#
# Two runs of the model per input: a model of a million weights would need two million runs for one step. A check is for a *new
# rule*: on a small input, once, and again whenever the rule is changed. Write the plain version, check it, make it fast, check it
# against the plain one.
# </details>
#
# <details><summary>The model has dropout, or batch normalisation</summary>
#
# With dropout two runs on the same input differ, and the difference of two nudged runs is mostly noise: divided by 2h, large noise.
# Fix the random numbers for all runs, or switch to the evaluation mode. Batch normalisation adds no noise, but
# each run moves its stored averages (lesson 17).
# </details>
#
# <details><summary>One random direction instead of every input</summary>
#
# Nudge all inputs at once along a random direction v, and compare with the sum of gradient × v. It costs two runs for any number of
# inputs and catches nearly every mistake, but does not say where it is. Look at every input when it fails.
# </details>
#
# <details><summary>A step as small as you like</summary>
#
# For smooth formulas that also accept complex numbers, the imaginary part of f(x + ih), divided by h, is the slope, without any
# subtraction: h may be 10⁻²⁰⁰, and hardly a digit is lost. (Squire and Trapp, 1998.) And lesson 09 has numbers of the form
# a + bε that do it exactly.
# </details>
#
# <details><summary>Two corners at the same point</summary>
#
# relu(x) − relu(−x) is x, whose slope is 1 everywhere. At 0 `backward()` says 0, because each relu says 0 there, and `gradcheck`
# says *wrong*. It is right: at a corner the chain rule does not hold. (PyTorch says 0 as well.)
# </details>

# %% [markdown]
# ## Exercises
#
# `exercises/ex07a_measured_gradient.py`: nudge every input. `exercises/ex07b_gradcheck.py`: an honest check; the grader hands it right
# and broken gradients. `exercises/ex07c_log_sigmoid.py`: log(sigmoid) at every point there is.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex07a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex07b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex07c")

# %% [markdown]
# ## If you get this error
#
# | it says, or does | it means |
# |---|---|
# | *kink* | the point lies on a corner: fine if the gradient is between the two slopes |
# | *edge* | the function is not defined on both sides (`sqrt` at 0): move the point |
# | *unsure* | too noisy or too curved to compare sharply: move the point, or make the numbers of a size near 1 |
# | every input is wrong by the same factor | the upstream is missing, or `2 * h` is `h` |
# | the first input is right, the others slightly off | the nudge was not taken back |
# | `math domain error`, `UndefinedError` | the nudge left the domain, or a value inside was rounded to 0 |

# %% [markdown]
# ## Quiz

# %%
quiz("07")

# %% [markdown]
# ## Next
#
# Now you have an engine, and a referee to keep it honest. Time to let it learn something: [08 · MLP](08_mlp.ipynb).
