# %% [markdown]
# # 01 · Slope
#
# **A model should have said 0. It said 7. It has two knobs, `w` and `b`. Which one is more to blame?**
#
# When you have finished you can
#
# - measure how fast an output moves when an input moves: a *slope*,
# - choose the step you measure it with, and say what goes wrong on either side,
# - name the parameter that caused the loss, with a number.
#
# You need: Python, and what a function is. About 30 minutes.

# %%
from micrograd_lab.course import check, figures, lesson, predict, quiz

lesson("01")

# %% [markdown]
# ## The machine on the bench
#
# The whole model is one multiplication and one addition. The *loss* says how bad its answer is: the
# square of its distance from the target, which is 0 here.

# %%
x = 2.0                      # the input: given, not ours to change
w, b = 3.0, 1.0              # the two knobs: the *parameters*


def loss(w, b):
    prediction = x * w + b
    return prediction**2     # (prediction - target)², with target 0


print("prediction:", x * w + b)
print("loss:      ", loss(w, b))
assert loss(w, b) == 49.0

# %% [markdown]
# Before you run on, commit to an answer. (A wrong guess you made beats a right one you read.)

# %%
predict("01.w-or-b")

# %% [markdown]
# ## Nudge it and see
#
# We do not need a theory to find out. Nudge one knob by a little, hold the other still, and watch
# the loss.

# %%
h = 0.01
print("nudge w by 0.01: the loss moves by", round(loss(w + h, b) - loss(w, b), 4))
print("nudge b by 0.01: the loss moves by", round(loss(w, b + h) - loss(w, b), 4))

# %% [markdown]
# Divide by the size of the nudge, and the answer no longer depends on *our* choice of 0.01 (almost):
#
# $$\text{slope in } w \;\approx\; \frac{L(w + h,\, b) - L(w,\, b)}{h}$$
#
# That number has a name for each knob. $\partial L/\partial w$, "the partial derivative of the loss with
# respect to $w$", is how fast the loss $L$ moves per unit of $w$ while everything else holds still. (*Gradient* is
# another word for it, and for all of them together.)

# %%
slope_w = (loss(w + h, b) - loss(w, b)) / h
slope_b = (loss(w, b + h) - loss(w, b)) / h
print(f"∂L/∂w ≈ {slope_w:.2f}")
print(f"∂L/∂b ≈ {slope_b:.2f}")
assert round(slope_w / slope_b) == 2

# %%
ax = figures.blame(["w", "b"], [round(slope_w), round(slope_b)])

# %% [markdown]
# `w` is twice as much to blame, and the reason is in sight: a nudge of `w` is multiplied by `x = 2`
# before it reaches the prediction; a nudge of `b` arrives as it is. From there on they share one road.
#
# Both slopes are positive, so *raising* either knob raises the loss. To improve, turn them **down**,
# against the slope. That sentence is all of gradient descent:

# %%
rate = 0.01                  # how far we turn, per unit of slope
print("loss before:", loss(w, b))
print("loss after: ", round(loss(w - rate * 28, b - rate * 14), 2))
assert loss(w - rate * 28, b - rate * 14) < loss(w, b)

# %% [markdown]
# ## What the slope is a slope *of*
#
# The loss as a curve over `w`. Each coloured line goes through two points of it, `w` and `w + h`. As `h`
# shrinks, the lines settle on one that only touches: its slope is the derivative.

# %%
ax = figures.secants(lambda w: loss(w, b), w, [2.0, 1.0, 0.1], names=("w", "loss"))

# %% [markdown]
# Even the line for `h = 0.1` is a little too steep, because the curve bends upward within the step. Look
# to *both* sides instead, and on this curve the two errors cancel:
#
# $$\text{central difference:}\qquad \frac{f(x + h) - f(x - h)}{2h}$$

# %%
h = 0.1
forward = (loss(w + h, b) - loss(w, b)) / h
central = (loss(w + h, b) - loss(w - h, b)) / (2 * h)
print(f"forward: {forward:.4f}")
print(f"central: {central:.4f}")
assert round(forward, 4) == 28.4 and round(central, 4) == 28.0

# %% [markdown]
# ## How much better is "both sides"?
#
# A parabola is too kind a test. Take $f(x) = (2x + 1)^3$ at $x = 1$, where the exact slope is 54 (we will see
# why in a moment), and make `h` ten times smaller again and again.


# %%
def f(x):
    return (2 * x + 1) ** 3


print("    h    forward error   central error")
for h in [0.1, 0.01, 0.001]:
    forward_error = (f(1 + h) - f(1)) / h - 54
    central_error = (f(1 + h) - f(1 - h)) / (2 * h) - 54
    print(f"{h:6}  {forward_error:13.6f}  {central_error:14.6f}")
assert round(forward_error, 3) == 0.036 and round(central_error, 6) == 0.000008

# %% [markdown]
# Ten times smaller `h`: the forward error falls **10×**, the central error **100×**. You can tell the two apart
# by that alone, without reading the code. So surely, the smaller the better?

# %%
predict("01.tiny-h")

# %%
ax = figures.error_against_step(f, 1.0, 54.0)

# %% [markdown]
# The picture every gradient check lives in: a **U**.
#
# - **Left arm: the curve bends.** The line through two distant points is not the tangent. The error shrinks
#   with $h$ (forward) or $h^2$ (central).
# - **Right arm: the computer rounds.** Numbers keep about 16 digits. When `f(x+h)` and `f(x-h)` agree in the
#   first 12, their difference has 4 left, and dividing by a tiny `h` blows the rest up.
#
# The hollow marks are the best steps: about $10^{-8}$ for forward, between $10^{-5}$ and $10^{-6}$ for central, where
# ten digits are right.

# %%
for h in [1e-1, 1e-5, 1e-12]:
    error = abs((f(1 + h) - f(1 - h)) / (2 * h) - 54)
    print(f"h = {h:.0e}:  right to ten digits?", error < 54e-10)
    assert (error < 54e-10) == (h == 1e-5)

# %% [markdown]
# ## Small steps multiply
#
# Where did 54 come from? Write $f$ as two steps, $g = 2x + 1$ and then $y = g^3$, and nudge through each step
# alone. At $x = 1$ we have $g = 3$.

# %%
h = 1e-5
dg_dx = ((2 * (1 + h) + 1) - (2 * (1 - h) + 1)) / (2 * h)   # step 1 alone, at x = 1
dy_dg = ((3 + h) ** 3 - (3 - h) ** 3) / (2 * h)             # step 2 alone, at g = 3
print(f"g moves {dg_dx:.4f} for every unit of x")
print(f"y moves {dy_dg:.4f} for every unit of g")
print(f"so y moves {dy_dg * dg_dx:.4f} for every unit of x")
assert round(dy_dg * dg_dx, 4) == 54.0

# %% [markdown]
# Like gears: the second wheel turns 2 times as fast as the first, the third 27 times as fast as the second, so
# the third turns 54 times as fast as the first. **Slopes along a path multiply.** That is the chain rule,
#
# $$\frac{dy}{dx} = \frac{dy}{dg}\cdot\frac{dg}{dx},$$
#
# and everything in this course is a way to apply it to long paths without getting lost.

# %% [markdown]
# ## What if…
#
# …the input were different? `w` is to blame through `x`, so change `x` and the blame moves.


# %%
def blame_at(x, h=1e-5):
    L = lambda w, b: (x * w + b) ** 2
    dw = (L(3 + h, 1) - L(3 - h, 1)) / (2 * h)
    db = (L(3, 1 + h) - L(3, 1 - h)) / (2 * h)
    return round(dw, 4), round(db, 4)


for x_now in [2.0, 0.5, 0.0, -2.0]:
    dw, db = blame_at(x_now)
    print(f"x = {x_now:4}:  ∂L/∂w = {dw:6}   ∂L/∂b = {db:6}")
assert blame_at(0.0)[0] == 0          # w cannot be blamed for what it does not touch
assert blame_at(2.0) == (28.0, 14.0)

# %% [markdown]
# At `x = 0` no setting of `w` changes anything: its slope is 0 though its path exists. And a gradient belongs to
# a *place*: other input, other slope.

# %% [markdown]
# ## Expert corner
#
# <details><summary>How large should h be, exactly?</summary>
#
# With rounding error ε ≈ 2.2·10⁻¹⁶, the central difference errs by about $h^2 f'''/6$ from bending and
# $\varepsilon f/h$ from rounding. The sum is smallest near $h \approx \sqrt[3]{\varepsilon} \approx 6\cdot10^{-6}$, times the
# size of $x$ where $x$ is large: adding $10^{-5}$ to $10^{12}$ changes nothing at all. The forward difference
# balances at $\sqrt{\varepsilon} \approx 10^{-8}$ and never gets past half of the digits.
# (Press et al., *Numerical Recipes*, §5.7.) `micrograd_lab.gradcheck` tries several steps and keeps the one whose
# estimated error is smallest.
# </details>
#
# <details><summary>If nudging works, why learn anything else?</summary>
#
# Because it asks for two runs of the model *per knob*. A model with a million knobs needs two million runs for one
# step of training. The backward pass you will build gives all million slopes, exact up to rounding, for the price of
# about two runs. Nudging stays with us as the honest referee: slow, independent, hard to fool.
# </details>

# %% [markdown]
# All slopes at once is what you will build. Here it is at work, before you know how: two lines, no nudge, no `h`.

# %%
from micrograd_lab import Value

x_, w_, b_ = Value(2.0, label="x"), Value(3.0, label="w"), Value(1.0, label="b")
((x_ * w_ + b_) ** 2).backward()
print("∂L/∂w =", w_.grad)
print("∂L/∂b =", b_.grad)
print("∂L/∂x =", x_.grad)
assert (w_.grad, b_.grad, x_.grad) == (28.0, 14.0, 42.0)

# %% [markdown]
# The input has a slope too, and the largest of all: a nudge of `x` goes through `w = 3`, so 3 · 14 = 42. We turn no knob
# for it, because `x` is given; but in a deeper network it is what the layer before will be blamed with.

# %% [markdown]
# ## Exercises
#
# Open `exercises/ex01a_central_difference.py` and `exercises/ex01b_blame.py` in the file browser on the left, write,
# save, and run these cells. (Or `micrograd-lab check` in a terminal; `micrograd-lab hint ex01a` for a nudge.)

# %%
# NBVAL_IGNORE_OUTPUT
check("ex01a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex01b")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `Not written yet` | the file still holds `raise NotImplementedError`; did you save it? |
# | `ZeroDivisionError` | your `h` became 0, or you divided by `x` |
# | `unsupported operand type(s)` … `'function'` | you wrote `f + h` where you meant `f(x + h)` |
# | exactly **twice** the right slope | both sides were used, but the distance between them is `2 * h` |

# %% [markdown]
# ## Quiz

# %%
quiz("01")

# %% [markdown]
# ## Next
#
# We nudged a formula of two steps and could see both. A network has millions. To keep track, the computer must
# write down **what it did**: [02 · Graph](02_graph.ipynb).
