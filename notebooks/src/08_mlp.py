# %% [markdown]
# # 08 · MLP
#
# **One neuron can draw one straight line. How do nine of them learn a curve, when nobody tells any of them which part of it
# is theirs?**
#
# When you have finished you can
#
# - build a neuron, a layer and a network out of `Value`s, and say how many numbers it can change,
# - train it with a hinge loss and a few lines of gradient descent,
# - say what breaks when all weights start alike, when a parameter is replaced, and when the bias is forgotten.
#
# You need: [04 · Paths](04_paths.ipynb), [05 · Order](05_order.ipynb), and the training step of
# [06 · Accumulate](06_accumulate.ipynb). About 40 minutes.

# %%
import random

from micrograd_lab import draw
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine
from micrograd_lab.data import moons
from micrograd_lab.lens import plots
from micrograd_lab.scalar import MLP, Neuron

lesson("08")
Value = engine("Value")        # engine("Value", mine=True) runs all of this on your own class

# %% [markdown]
# ## One neuron
#
# A neuron weighs its inputs and adds a number of its own:
#
# $$s = w_1 x_1 + w_2 x_2 + b$$
#
# The sum $s$ is its **score**. The **weights** $w_1, w_2$ and the **bias** $b$ are its parameters, the numbers that training
# may change. The inputs $x_1, x_2$ are given.

# %%
x1, x2 = Value(2.0, label="x1"), Value(1.0, label="x2")
w1, w2, b = Value(1.0, label="w1"), Value(-3.0, label="w2"), Value(0.5, label="b")
s = w1 * x1 + w2 * x2 + b
s.label = "s"
s.backward()
print("s =", s.data, "  ∂s/∂w1 =", w1.grad, "  ∂s/∂w2 =", w2.grad, "  ∂s/∂b =", b.grad)
assert (s.data, w1.grad, w2.grad, b.grad) == (-0.5, 2.0, 1.0, 1.0)
draw(s)

# %% [markdown]
# Nothing new: a product swaps, a sum distributes. So the gradient of a weight is *its input*, and that of the bias is 1.
#
# ## What it is for
#
# Sixty points on two half-moons, thirty of each. Each has two coordinates, our $x_1, x_2$, and a **label**: 1 or −1.
# The sign of the score is the neuron's answer.

# %%
x, y = moons(60, noise=0.1, seed=8)
points = x.tolist()
labels = [1 if k == 1 else -1 for k in y.tolist()]
print(len(points), "points,", labels.count(1), "of them with label 1")
assert (len(points), labels.count(1)) == (60, 30)

# %% [markdown]
# Right or wrong has no slope: a small nudge of a weight hardly ever changes an answer. We need a loss that feels nudges. The
# **hinge loss** of one point is
#
# $$\mathrm{relu}(1 - \text{label}\cdot s)$$
#
# The product label · s is positive when the answer is right. The loss asks for a little more than that: a margin of 1.

# %%
predict("08.margin")

# %%
slopes = []
for score in (3.0, 0.5, -0.5):
    s = Value(score)
    hinge = (1 - 1 * s).relu()                  # a point with label 1
    hinge.backward()
    slopes.append(s.grad)
    print(f"label 1, score {score:4}:   loss {hinge.data:3}   ∂loss/∂s = {s.grad:2g}")
assert slopes == [0.0, -1.0, -1.0]

# %% [markdown]
# A point that is right by the margin sends a zero back. **Only the points that are wrong, or nearly wrong, pull.** For
# all points together we take the mean:


# %%
def loss_of(model, points, labels):
    scores = [model(point) for point in points]
    hinges = [(1 - label * s).relu() for label, s in zip(labels, scores, strict=True)]
    return sum(hinges) * (1 / len(hinges))


def right(model):
    return sum(model(point).data * label > 0 for point, label in zip(points, labels, strict=True))


# %% [markdown]
# And training is lesson 06, again and again: forget, go back, take a small step downhill.


# %%
def train(model, steps, rate, watch=()):
    losses, moments = [], {}
    for step in range(steps + 1):
        loss = loss_of(model, points, labels)
        losses.append(loss.data)
        if step in watch:
            moments[step] = [p.data for p in model.parameters()]
        if step == steps:
            break                               # the last time we only look
        for p in model.parameters():
            p.grad = 0.0                        # forget the last step
        loss.backward()
        for p in model.parameters():
            p.data -= rate * p.grad             # downhill, in the very same Value
    return losses, moments


neuron = Neuron(2, nonlin=False, rng=random.Random(8), value=Value)   # the sum, no relu
losses, _ = train(neuron, steps=100, rate=0.2)
print(f"loss {losses[0]:.2f} → {losses[-1]:.2f},   right: {right(neuron)} of 60")
assert losses[-1] < 0.25 and right(neuron) == 52

# %%
ax = plots.decision_boundary(lambda grid: [neuron(p).data for p in grid.tolist()], x, labels)

# %% [markdown]
# It does what it can. Its score is 0 along a **straight line**, whatever the weights are (unless both are 0): $(w_1, w_2)$ is
# an arrow across that line, and $b$ shifts it. No straight line parts these two moons.

# %% [markdown]
# ## More of them
#
# Put eight neurons side by side (a **layer**), all looking at the same two inputs, and let a ninth look at their eight
# outputs: a *multi-layer perceptron*, `MLP(2, [8, 1])`. Each of the eight sends its sum through a relu first. Is that needed,
# or is a second layer enough to bend the line?

# %%
predict("08.linear-layers")

# %%
linear = MLP(2, [8, 1], rng=random.Random(5), value=Value)
bent = MLP(2, [8, 1], rng=random.Random(5), value=Value)
for hidden in linear.layers[0].neurons:
    hidden.nonlin = False                       # take the relu away


def straight(model, p, q):
    """Is the score half-way between p and q half-way between their scores?"""
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    return abs(model(middle).data - (model(p).data + model(q).data) / 2) < 1e-9


pairs = list(zip(points[:30], points[30:], strict=True))
without = sum(straight(linear, p, q) for p, q in pairs)
with_relu = sum(straight(bent, p, q) for p, q in pairs)
print(f"without relu: straight between {without} of 30 pairs of points")
print(f"with relu:    straight between {with_relu} of 30 pairs")
assert without == 30 and with_relu < 30

# %% [markdown]
# Weighted sums of weighted sums are weighted sums. **What bends the line is the gate between the layers**: each hidden
# neuron gives $\mathrm{relu}(w_1 x_1 + w_2 x_2 + b)$, which is 0 on one side of its own line and grows on the other. It
# folds the plane along that line, once. Eight neurons, eight folds.
#
# How many numbers may training change?

# %%
print("one hidden neuron:", len(bent.layers[0].neurons[0].parameters()))
print("the output neuron:", len(bent.layers[1].neurons[0].parameters()))
print("all together:     ", len(bent.parameters()))
assert len(bent.parameters()) == 8 * (2 + 1) + 1 * (8 + 1) == 33

# %% [markdown]
# ## How to start
#
# `MLP` draws its weights at random, between −1 and 1. Is that needed? Zero is such a tidy number.

# %%
predict("08.zero-init")


# %%
def show_gradients(model, point, label):
    for p in model.parameters():
        p.grad = 0.0
    loss_of(model, [point], [label]).backward()
    *hidden, out = [n for layer in model.layers for n in layer.neurons]
    for i, n in enumerate(hidden, start=1):
        print(f"  hidden {i}:  w {[w.grad for w in n.w]}   b {n.b.grad}")
    print(f"  output:    w {[w.grad for w in out.w]}   b {out.b.grad}")
    return [[p.grad for p in n.parameters()] for n in hidden], [p.grad for p in out.parameters()]


def all_start_at(number):
    model = MLP(2, [3, 1], rng=random.Random(0), value=Value)
    for p in model.parameters():
        p.data = number
    return model


print("all zero:")
hidden, out = show_gradients(all_start_at(0.0), [1.0, 2.0], 1)
assert all(g == 0 for n in hidden for g in n) and out[:-1] == [0, 0, 0] and out[-1] == -1

print("all 0.1:")
hidden, out = show_gradients(all_start_at(0.1), [1.0, 2.0], 1)
assert hidden[0] == hidden[1] == hidden[2] and hidden[0][0] != 0

# %% [markdown]
# *All zero*: what goes back to a hidden neuron is multiplied by its output weight, 0. What goes to that weight is
# multiplied by the neuron's output, 0. Each waits for the other; only the last bias can move.
#
# *All 0.1*: now there is a gradient, and it is **the same for all three**. Same numbers, same gradients, same steps: they
# stay alike for ever. Three neurons, one fold.

# %%
alike = all_start_at(0.1)
train(alike, steps=50, rate=0.5)
first, second, third = ([p.data for p in n.parameters()] for n in alike.layers[0].neurons)
print("after 50 steps, hidden 1:", [round(number, 3) for number in first])
print("after 50 steps, hidden 3:", [round(number, 3) for number in third])
assert first == second == third

# %% [markdown]
# So here is the answer to the question at the top: nobody gives the neurons their parts. **They start apart by chance**,
# so each gets a gradient of its own, and each moves on from where it happened to be.

# %% [markdown]
# ## Nine neurons learn a curve

# %%
model = MLP(2, [8, 1], rng=random.Random(5), value=Value)
losses, moments = train(model, steps=200, rate=1.0, watch=(0, 20, 200))
for step in (0, 20, 50, 100, 200):
    print(f"step {step:3}:  loss {losses[step]:.3f}")
print("right:", right(model), "of 60")
assert losses[0] > 0.9 and losses[200] < 0.03 and right(model) == 60

# %%
panels = {f"step {step}": numbers for step, numbers in moments.items()}
axes = figures.folds(model, panels, points, labels)

# %% [markdown]
# Dashed: the fold of each hidden neuron. The arrow on it has the direction of its weights $(w_1, w_2)$, and points to the side
# where the relu is open; a blue neuron pushes the score up there, an orange one pushes it down. Black: where the score is 0.
# Red rings: wrong answers. The black line is made of straight pieces, and **it bends only where it crosses a fold**.
#
# At step 0 all folds go through (0, 0), as every bias starts at 0. Then each wanders off to where it is of use. Not all of them
# find work:

# %%
hidden, out = model.layers[0].neurons, model.layers[1].neurons[0]
opened = [sum(n(point).data > 0 for point in points) for n in hidden]
for i, (count, v) in enumerate(zip(opened, out.w, strict=True), start=1):
    print(f"hidden {i}:  open for {count:2} of 60 points,  output weight {v.data:5.2f}")
assert min(opened) == opened[3] == 1

# %% [markdown]
# ## What if…
#
# …we write the step the way one would write it on paper? Everything else as before.
#
# ```python
# for p in model.parameters():
#     p = p - rate * p.grad
# ```

# %%
predict("08.rebound")

# %%
model = MLP(2, [8, 1], rng=random.Random(5), value=Value)
found = []
for _ in range(3):
    loss = loss_of(model, points, labels)
    found.append(loss.data)
    for p in model.parameters():
        p.grad = 0.0
    loss.backward()
    for p in model.parameters():
        p = p - 1.0 * p.grad                    # a new Value, and a name for it
print("losses:", [round(number, 3) for number in found])
assert found[0] == found[1] == found[2]

# %% [markdown]
# No error, and nothing learned. `p - …` makes a **new** `Value`; the name `p` now means that one, and the network still
# holds the old. Change the number *inside* the parameter: `p.data -= rate * p.grad`.
#
# …the step has a plus?

# %%
uphill = MLP(2, [8, 1], rng=random.Random(5), value=Value)
climbing, _ = train(uphill, steps=3, rate=-0.1)     # minus a minus: a step uphill
print("uphill: ", [round(number, 2) for number in climbing])
assert climbing == sorted(climbing) and climbing[-1] > climbing[0]

# %% [markdown]
# …`parameters()` forgets the biases, so that they stay at 0?


# %%
class WithoutBiases(MLP):
    def parameters(self):
        return [w for layer in self.layers for n in layer.neurons for w in n.w]


flat = WithoutBiases(2, [8, 1], rng=random.Random(5), value=Value)
losses, _ = train(flat, steps=200, rate=1.0)
print(f"without biases: loss {losses[-1]:.3f}, right: {right(flat)} of 60")
assert all(n.b.data == 0 for n in flat.layers[0].neurons) and right(flat) == 52

# %%
numbers = {"no biases, step 200": [p.data for p in flat.parameters()]}
axes = figures.folds(flat, numbers, points, labels)

# %% [markdown]
# A fold is where $w_1 x_1 + w_2 x_2 + b = 0$. With $b = 0$ that is always a line through the point (0, 0): the weights can turn
# it, and only the bias can move it away. Eight hidden neurons, and no better than the single neuron we began with.
#
# …chance had dealt other numbers?

# %%
other = MLP(2, [8, 1], rng=random.Random(8), value=Value)
losses, _ = train(other, steps=200, rate=1.0)
print(f"another start: loss {losses[-1]:.3f}, right: {right(other)} of 60")
assert right(other) == 58

# %% [markdown]
# Two points stay wrong: small steps downhill need not lead to the best place. More hidden neurons make that rarer (not
# impossible): with more folds than needed, some stand in a good place from the start.

# %% [markdown]
# ## A few points at a time
#
# One step looked at 60 points. Ten of them already say roughly where to go, for a sixth of the work. Going through the data in
# **batches** of ten we take six steps where we took one. That is *stochastic gradient descent* (SGD): chance decides who is in
# a batch (our points came shuffled). Once through the data is an **epoch**.

# %%
def epochs(size, count, rate=0.2):
    model = MLP(2, [8, 1], rng=random.Random(5), value=Value)
    for _ in range(count):
        for i in range(0, len(points), size):
            loss = loss_of(model, points[i : i + size], labels[i : i + size])
            for p in model.parameters():
                p.grad = 0.0
            loss.backward()
            for p in model.parameters():
                p.data -= rate * p.grad
    return loss_of(model, points, labels).data


whole, tens = epochs(size=60, count=20), epochs(size=10, count=20)
print(f"after 20 epochs:   all 60 at once {whole:.3f}     ten at a time {tens:.3f}")
assert tens < whole

# %% [markdown]
# ## Expert corner
#
# <details><summary>Dead neurons</summary>
#
# A hidden neuron whose relu is shut for every point gets a zero gradient from every point: it never moves again. One large
# step is enough to throw a fold off the data. The list above (*open for … of 60*) is how you find them: hidden 4 is not far from
# it. Lesson 16 has cures.
# </details>
#
# <details><summary>Can it draw any curve?</summary>
#
# One hidden layer of enough relus comes as near as you like to any continuous function on a bounded region, edges included. The
# theorem does not say how many are enough, nor that gradient descent will find them. A second hidden layer folds what is already
# folded, so that one of its folds can show up many times in the plane: more pieces for fewer parameters.
# </details>
#
# <details><summary>All points right. Done?</summary>
#
# For these sixty. While the hinge still asks for margin, the weights grow, and the curve may follow noise. A penalty
# $\alpha \sum p^2$ added to the loss pulls each parameter towards 0 with the slope $2\alpha p$: exercise 08c has it. Whether it
# helps is a question for points the network has *not* seen (lesson 15).
# </details>

# %% [markdown]
# ## Exercises
#
# `ex08a_neuron.py` and `ex08b_mlp.py`: your own neuron and network. `ex08c_hinge_loss.py`: the loss with its penalty.
# `ex08d_sgd.py`: the loop, in batches.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex08a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex08b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex08c")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex08d")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | the loss never changes | `p = p - …` made a new Value; or `parameters()` returns copies; or all relus are shut |
# | the loss grows from step to step | a plus where the minus belongs; or the rate is too large: try a tenth |
# | the loss falls, then jumps about | gradients of earlier steps are still there: `p.grad = 0.0` before `backward()` |
# | `unsupported operand type(s) for -: 'int' and 'list'` | the network gave a list of one score: `[score] = model(point)` |
# | `ReLUNeuron(2) takes 2 numbers; found 3.` | a layer's inputs are as many as the neurons of the layer before it |
# | all hidden neurons hold the same numbers | they started alike: draw each weight from `rng` |

# %% [markdown]
# ## Quiz

# %%
quiz("08")

# %% [markdown]
# ## Next
#
# Thirty-three parameters, one loss, one backward pass. What if it were the other way round, one input and thirty-three
# outputs? Then there is a cheaper way: [09 · Forward](09_forward.ipynb).
