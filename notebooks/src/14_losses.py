# %% [markdown]
# # 14 · Losses
#
# **A classifier gives the right class a score of 1000, and all others 0. It could not be more sure, or more right, and this
# answer ruins the whole training. How can a perfect answer do that?**
#
# When you have finished you can
#
# - turn scores into probabilities and a loss without ever overflowing,
# - say the gradient of softmax cross-entropy at a glance,
# - recognise the losses that look safe, and quietly stop teaching.
#
# You need: [10 · Matrices](10_matrices.ipynb) for the vjp, [11 · Broadcast](11_broadcast.ipynb) for `keepdims`. About 35 minutes,
# without the exercises.

# %%
import numpy as np

from micrograd_lab import draw
from micrograd_lab.course import check, figures, lesson, predict, quiz
from micrograd_lab.course.engines import engine

lesson("14")
Value = engine("Value")
torch = engine("torch")      # your own tensors: engine("torch", mine=True)
F = torch.nn.functional

# %% [markdown]
# ## From scores to surprise
#
# A network with three classes answers with three scores `x`, any real numbers: the **logits**. Softmax makes them positive
# and lets them add up to 1:
#
# $$p_i = \frac{e^{x_i}}{\sum_k e^{x_k}}$$
#
# The loss asks for the probability `p` that the *right* class got, and says how surprising it is to see that class:
# $L = -\ln p_{\text{right}}$. Nothing if `p` was 1; more and more as it goes to 0. This is **cross-entropy**.

# %%
names = ["cat", "dog", "bird"]
x = np.array([2.0, 1.0, 0.0])
right = 1                                 # it is a dog

p = np.exp(x) / np.exp(x).sum()
L = -np.log(p[right])
print("p =", p.round(3), "  L =", L.round(3))
assert np.isclose(p.sum(), 1) and L.round(3) == 1.408

# %% [markdown]
# Correct, and short. Now a network that is more sure of itself.

# %%
predict("14.exp-1000")

# %%
big = np.array([1000.0, 0.0])
with np.errstate(all="ignore"):           # NumPy would warn, and go on
    naive = np.exp(big) / np.exp(big).sum()
print(naive)
assert np.isnan(naive[0]) and naive[1] == 0

# %% [markdown]
# `nan` is *not a number*, and whatever touches it becomes one: the loss, all gradients, and after one step all weights.
#
# ## Exponents have a ceiling
#
# How far does `exp` go before it is `inf`?

# %%
ceilings = {}
for kind in [np.float16, np.float32, np.float64]:
    top = np.log(float(np.finfo(kind).max))
    ceilings[kind.__name__] = float(np.floor(10 * top) / 10)         # rounded down
print("e^x fits up to", ceilings)
assert ceilings == {"float16": 11.0, "float32": 88.7, "float64": 709.7}

# %% [markdown]
# Not far; networks usually count in float32. But the *answer* was harmless: only differences between logits matter.
# Take the same `m` off all of them, and top and bottom of the fraction shrink alike:
#
# $$\frac{e^{x_i - m}}{\sum_k e^{x_k - m}} = \frac{e^{x_i}\,e^{-m}}{\sum_k e^{x_k}\,e^{-m}} = p_i$$
#
# Choose `m`, for each row, as its **largest** logit. Then no exponent is above 0, nothing overflows, and one term is
# $e^0 = 1$, so the sum is never 0.

# %%
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


print("of 1000 and 0:      ", softmax(big))
print("of −1000 and −1001: ", softmax(np.array([-1000.0, -1001.0])).round(3))
assert softmax(big).tolist() == [1, 0]
assert np.allclose(softmax(x), p)

# %% [markdown]
# ## Safe, and still infinite
#
# So softmax is repaired. Is the loss? Let the *wrong* class be ahead by 1000.

# %%
p_right = softmax(np.array([0.0, 1000.0]))[0]
with np.errstate(divide="ignore"):
    print("p =", p_right, "  -ln p =", -np.log(p_right))
assert p_right == 0 and np.exp(-1000.0) == 0

# %% [markdown]
# An infinite loss, because $e^{-1000}$ is 0 to a computer. The true loss is 1000, an ordinary number. The
# detour is to blame: up through `exp`, down again through `ln`. Do it on paper first:
#
# $$-\ln p_{\text{right}} = -\ln\frac{e^{x_{\text{right}}}}{\sum_k e^{x_k}} =
# \underbrace{\ln \sum_k e^{x_k}}_{\text{log-sum-exp}} -\; x_{\text{right}}$$
#
# Log-sum-exp is where all the care goes, once. Taking off `m` helps here, too:
# $\ln\sum_k e^{x_k} = m + \ln\sum_k e^{x_k - m}$. It is never below the largest entry, and at most $\ln C$ above it for $C$
# classes: a maximum with soft corners.

# %%
def logsumexp(x):
    m = x.max(axis=-1, keepdims=True)
    return np.log(np.exp(x - m).sum(axis=-1)) + m[..., 0]


print("of 0 and 1000:  ", logsumexp(np.array([0.0, 1000.0])))
print("of three zeros: ", logsumexp(np.zeros(3)).round(3))
assert logsumexp(np.array([0.0, 1000.0])) - 0.0 == 1000.0          # the loss
assert np.isclose(logsumexp(np.zeros(3)), np.log(3))

# %% [markdown]
# Four ways to write one loss, in float32, while the right class falls further and further behind:

# %%
gap = np.arange(0, 121, dtype=np.float32)
rows = np.stack([0 * gap, gap], axis=1)   # two classes; the first one is right
with np.errstate(all="ignore"):
    plain = np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
    recipes = {
        "logsumexp(x) − x[right]": logsumexp(rows) - rows[:, 0],
        "−ln of a safe softmax": -np.log(softmax(rows)[:, 0]),
        "−ln of the plain softmax": -np.log(plain[:, 0]),
        "−ln(p + 1e-7)": -np.log(softmax(rows)[:, 0] + np.float32(1e-7)),
    }

last_finite = {name: gap[np.isfinite(loss)][-1] for name, loss in recipes.items()}
for name, last in last_finite.items():
    print(f"{name:25} finite up to {last:g}")
assert list(last_finite.values()) == [120, 103, 88, 120]
assert (recipes["−ln(p + 1e-7)"][20:].round(1) == 16.1).all()
assert np.allclose(recipes["logsumexp(x) − x[right]"][20:], gap[20:])

# %%
ax = figures.fronts(gap, recipes, {name: end for name, end in last_finite.items() if end < 120})

# %% [markdown]
# Only the widest line is right all the way. The flat one is the nastiest: no `nan`, no warning, and past 20 or so no slope. The
# examples that are most wrong teach nothing.
#
# ## The gradient
#
# Going back, will all this be complicated? The loss is log-sum-exp minus one logit. Commit first.

# %%
predict("14.pull")

# %%
cat, dog, bird = Value(2.0, label="cat"), Value(1.0, label="dog"), Value(0.0, label="bird")
total = cat.exp() + dog.exp() + bird.exp()
total.label = "sum"
loss = total.log() - dog
loss.label = "L"
loss.backward()

gradient = np.array([cat.grad, dog.grad, bird.grad])
print("p       ", p.round(3))
print("gradient", gradient.round(3))
assert np.allclose(gradient, p - np.array([0, 1, 0]))
draw(loss)

# %% [markdown]
# Follow one logit back. The logarithm passes on 1/sum; `exp` multiplies by $e^{x_i}$. Together that is $e^{x_i}/\text{sum}$:
# **the gradient of log-sum-exp is softmax.** And the right logit has a second arrow, with −1. Write `y` for the row
# that is 1 at the right class and 0 elsewhere:
#
# $$\boxed{\;\frac{\partial L}{\partial x} = p - y\;}$$

# %%
axes = figures.excess(names, p, right)

# %% [markdown]
# What was predicted minus what was right. Each wrong class is pushed down by as much as it was believed, the right one
# pulled up by all that it lacks. The entries add up to 0, and all lie between −1 and 1, however wrong the network was.
#
# ## The same, through the table
#
# You could also go through softmax, with its Jacobian: when one logit rises, its own `p` rises, and *all others fall*.
#
# $$\frac{\partial p_i}{\partial x_j} = p_i\,(1 - p_i)\ \text{ for } i = j, \qquad -p_i\,p_j\ \text{ otherwise}$$

# %%
J = np.diag(p) - np.outer(p, p)
u = np.array([0.0, -1 / p[right], 0.0])   # upstream: the slope of -ln p at the dog, 0 elsewhere
print("J =\n", J.round(3))
print("u @ J    =", (u @ J).round(3))
print("diagonal =", (u * np.diag(J)).round(3))
assert np.allclose(u @ J, p - np.array([0, 1, 0]))
assert np.allclose(J.sum(axis=0), 0)

# %% [markdown]
# Whoever keeps only the diagonal gets the dog right and forgets that cats and birds compete with it. No need to build the
# table: put the slopes into $\sum_i u_i\,\partial p_i/\partial x_j$ and collect terms (ex14b).
#
# Notice what cancelled: $u$ has a $1/p$, which explodes when `p` is small; `J` has a `p`, which vanishes. On paper the
# product is harmless. A computer that does one and then the other multiplies ∞ by 0:

# %%
def through(loss_of, logits):
    x = torch.tensor([logits], requires_grad=True)
    loss = loss_of(x)
    loss.backward()
    return loss.item(), x.grad[0].tolist()


target = torch.tensor([0])                # the first class is right
in_two = through(lambda x: -x.softmax(dim=1)[0, 0].log(), [0.0, 800.0])
in_one = through(lambda x: F.cross_entropy(x, target), [0.0, 800.0])
print("softmax, then log:", in_two)
print("cross_entropy:    ", in_one)
assert in_one == (800, [-1, 1]) and in_two[0] == np.inf and np.isnan(in_two[1]).all()

# %% [markdown]
# This is why every serious library offers softmax and cross-entropy as **one** function, which takes logits.
#
# ## A batch
#
# The loss of a batch is the **mean** over its N rows, so each row's gradient carries 1/N. Then a step does not grow with the batch.

# %%
rows = [[2.0, 1.0, 0.0], [0.0, 3.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 900.0]]
logits = torch.tensor(rows, requires_grad=True)
targets = torch.tensor([1, 1, 2, 0])
loss = F.cross_entropy(logits, targets)
loss.backward()

own = logsumexp(np.array(rows)) - [1.0, 3.0, 1.0, 0.0]    # each row's loss: minus its right logit
P, Y = softmax(np.array(rows)), np.eye(3)[targets.numpy()]
print("loss of each row:", own.round(2).tolist(), "  mean:", round(loss.item(), 2))
print(logits.grad.numpy().round(3) + 0.0)
assert np.isclose(loss.item(), own.mean()) and logits.grad.max().item() == 0.25
assert np.allclose(logits.grad.numpy(), (P - Y) / 4, atol=1e-6)
assert np.allclose(logits.grad.numpy().sum(axis=1), 0, atol=1e-6)

# %% [markdown]
# Look at the rows: somewhat wrong, nearly right, undecided, and 900 wrong. The last is as far off as can be, and its largest
# entry is 1/4.
#
# ## Yes or no
#
# With two classes one logit is enough: give "no" the score 0 and "yes" the score `x`. Softmax then gives "yes" the probability
# `p` = sigmoid(x), and with target `t` (1 for yes, 0 for no) the loss is log-sum-exp again:
#
# $$L = \ln(e^x + e^0) - t\,x = \max(x, 0) + \ln\!\left(1 + e^{-|x|}\right) - t\,x, \qquad \frac{\partial L}{\partial x} = p - t$$
#
# Its name is **bce with logits**: binary cross-entropy. Taking off the largest of (x, 0) is what turned $e^x$ into
# $e^{-|x|}$, which is never above 1.

# %%
def bce_with_logits(x, t):
    return np.maximum(x, 0) + np.log1p(np.exp(-abs(x))) - t * x      # log1p(z) is ln(1 + z)


x = np.array([0.0, 2.0, 1000.0, -1000.0])
t = np.array([1.0, 1.0, 0.0, 1.0])
print("ours:  ", bce_with_logits(x, t).round(3).tolist())

x_ = torch.tensor(x, requires_grad=True)
theirs = F.binary_cross_entropy_with_logits(x_, torch.tensor(t), reduction="none")
theirs.sum().backward()
print("theirs:", theirs.detach().numpy().round(3).tolist())
print("slopes:", x_.grad.numpy().round(3).tolist())
assert np.allclose(bce_with_logits(x, t), theirs.detach().numpy())
assert np.allclose(bce_with_logits(x, t), [np.log(2), np.log1p(np.exp(-2)), 1000, 1000])
assert np.allclose(x_.grad.numpy(), [-0.5, -0.1192, 1, -1], atol=1e-4)

# %% [markdown]
# ## What if…
#
# …the model already ends in a softmax, and the loss does its own? The shapes fit.

# %%
predict("14.twice")

# %%
sure = torch.tensor([[1.0, 0.0, 0.0]])    # probabilities, given as if they were logits
floor = F.cross_entropy(sure, torch.tensor([0])).item()
print("perfect answer, softmax twice:", round(floor, 3))
assert round(floor, 3) == 0.551

once = through(lambda x: F.cross_entropy(x, target), [0.0, 20.0, 0.0])[1]
twice = through(lambda x: F.cross_entropy(x.softmax(dim=1), target), [0.0, 20.0, 0.0])[1]
print("gradient, sure and wrong")
print("  softmax once: ", (np.round(once, 5) + 0.0).tolist())
print("  softmax twice:", (np.round(twice, 5) + 0.0).tolist())
assert max(map(abs, twice)) < 1e-6 and np.allclose(once, [-1, 1, 0], atol=1e-6)

# %% [markdown]
# Nothing complains. The loss never goes below 0.55, and an answer that is sure and wrong is never corrected.
# **Give `cross_entropy`, and every loss with "logits" in its name, raw scores**, and use softmax only to show probabilities to
# people.

# %% [markdown]
# ## Expert corner
#
# <details><summary>Why not the squared error of p?</summary>
#
# For one sigmoid, $\tfrac12(p - t)^2$ has the slope $(p - t)\,p\,(1 - p)$. Sure and wrong means p(1 − p) ≈ 0: the worse, the slower.
# Cross-entropy's 1/(p(1 − p)) cancels exactly this factor. That is not luck: sigmoid and softmax are the slopes of ln(1 + eˣ) and log-sum-exp,
# and a loss of the form "log-sum-exp minus the right logit" has "slope minus target" as its gradient.
# </details>
#
# <details><summary>Targets that are not sure either</summary>
#
# Let `y` be any row that adds up to 1, such as (0.05, 0.9, 0.05): *label smoothing*. The loss becomes logsumexp(x) − Σ yᵢxᵢ, and the
# gradient stays p − y. Now the best logits are finite, at p = y; with a hard 1 they would go on growing for ever.
# </details>
#
# <details><summary>Excluding a class with −inf</summary>
#
# A logit of −inf says "impossible": e to it is 0, and it adds nothing. But if a whole row is excluded, its largest is −inf, and
# −inf − (−inf) is nan. A good log-sum-exp shifts by 0 in that case, and answers −inf: ln 0. Attention masks (lesson 19) meet this daily.
# </details>
#
# <details><summary>And log_softmax with nll_loss?</summary>
#
# The same loss in two halves: `F.log_softmax(x)` is x minus its log-sum-exp, already safe, and `F.nll_loss` picks the right entry with a minus.
# So `cross_entropy` wants logits, `nll_loss` wants log-probabilities, and neither wants probabilities.
# </details>
#
# <details><summary>What is log1p for?</summary>
#
# For a sure and right answer, z = e to the −|x| is tiny, and 1 + z rounds to 1: with z = 1e-17, `np.log(1 + z)` is 0, and `np.log1p(z)` is 1e-17.
# It is no overflow, but a loss of exactly 0 where there was still a little to learn.
# </details>

# %%
assert np.log(1 + 1e-17) == 0 and np.log1p(1e-17) == 1e-17

smooth = torch.tensor([[0.05, 0.9, 0.05]])               # an unsure target: still p - y
_, slopes = through(lambda x: F.cross_entropy(x, smooth), [2.0, 1.0, 0.0])
assert np.allclose(slopes, p - np.array([0.05, 0.9, 0.05]), atol=1e-6)

scores, a_dog = torch.tensor([[2.0, 1.0, 0.0]]), torch.tensor([1])
in_halves = F.nll_loss(F.log_softmax(scores, dim=1), a_dog)
assert torch.equal(in_halves, F.cross_entropy(scores, a_dog))

nothing_left = torch.full((3,), -np.inf)
assert nothing_left.logsumexp(dim=0).item() == -np.inf
print("label smoothing, −inf and log1p: as promised")

# %% [markdown]
# ## Exercises
#
# `ex14a_logsumexp.py`: the soft maximum, −inf included. `ex14b_softmax_vjp.py`: the way back through softmax, without the table.
# `ex14c_cross_entropy.py`: a batch, loss and gradient. `ex14d_bce_with_logits.py`: yes or no. (There `g` is the upstream
# gradient.)

# %%
# NBVAL_IGNORE_OUTPUT
check("ex14a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex14b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex14c")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex14d")

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `overflow encountered in exp`, then `invalid value encountered in divide` | take the largest of the row off first |
# | `divide by zero encountered in log` | a probability became 0: compute ln p from the logits, x − logsumexp(x) |
# | `exp(1000): … is larger than the largest float` | the same, said by `Value` |
# | a finite loss, and `inf` or `nan` in a gradient | a division by a number near 0: the slope of a / s towards s is −a / s², infinite in float32 at s = 1e-20, where a / s is not. Keep s away from 0, under a root too: `(var + 1e-5).sqrt()` |
# | `cross_entropy: target 3 is out of bounds` | classes are numbered from 0; with 3 classes the last one is 2 |
# | `class indices must be integers, found float32` | targets are class numbers: `targets.long()` |
# | `the input has shape (4, 1), the target (4,); they must be the same` | bce compares entry with entry; see lesson 11 |
# | no error, and a loss that stops at 0.55 (three classes), 0.31 (two) or 1.46 (ten) | softmax twice |
#
# (The last row is $\ln(e + C - 1) - 1$ for $C$ classes.)

# %%
s = torch.tensor(1e-200, dtype=torch.float64, requires_grad=True)      # in float64, too
(1 / s).backward()
assert np.isfinite(1 / s.item()) and s.grad.item() == -np.inf

floors = {C: round(float(np.log(np.e + C - 1) - 1), 2) for C in (2, 3, 10)}
print(floors)
assert floors == {2: 0.31, 3: 0.55, 10: 1.46}

# %% [markdown]
# ## Quiz

# %%
quiz("14")

# %% [markdown]
# ## Next
#
# You have an engine, its rules and a loss that never overflows. What is missing is a network worth training: lesson 15 will
# give it modules, optimisers, and real handwritten digits.
