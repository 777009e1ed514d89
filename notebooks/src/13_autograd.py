# %% [markdown]
# # 13 · Autograd
#
# **The loss falls, nothing complains, and one weight has not moved since the first step. Its gradient is not 0. It is
# `None`. Who cut the path?**
#
# When you have finished you can
#
# - say whose `grad` will be filled, and whose stays `None`,
# - cut a path on purpose (`detach`, `no_grad`), and find one that was cut by mistake,
# - tell when a change in place is safe, and watch a gradient on its way by a hook.
#
# You need: [06 · Accumulate](06_accumulate.ipynb), [12 · Ops](12_ops.ipynb). About 40 minutes.

# %%
import micrograd_lab as torch
from micrograd_lab import draw
from micrograd_lab.course import check, lesson, predict, quiz
from micrograd_lab.graph import topological_order

lesson("13")

# %% [markdown]
# ## Who is on the record?
#
# A `Value` remembers everything. A tensor asks first: does anybody here want a gradient? `requires_grad=True` says yes, and it is
# **catching**: whatever is computed from such a tensor is recorded as well.


# %%
def leaf(numbers, label, requires_grad=True):
    """A tensor that we make ourselves, with a name for the pictures."""
    t = torch.tensor(numbers, requires_grad=requires_grad)
    t.label = label
    return t


x = leaf([3.0, 4.0], "x", requires_grad=False)     # data
w = leaf([1.0, 2.0], "w")                          # to be learnt
b = leaf([0.0, 1.0], "b")

h = w * x
y = h + b
L = (y * y).sum()
h.label, y.label, L.label = "h", "y", "L"

for t in [x, w, b, h, y, L]:
    who = f"{t.label}  requires_grad={t.requires_grad!s:5}"
    print(f"{who}  is_leaf={t.is_leaf!s:5}  grad_fn={t.grad_fn}")
assert [t.label for t in [x, w, b, h, y, L] if t.is_leaf] == ["x", "w", "b"]

# %% [markdown]
# | word | it means |
# |---|---|
# | **leaf** | no recorded operation made it: it is where a way back ends |
# | `requires_grad` | gradients are to reach it |
# | `grad_fn` | the operation that made it, and the way back; a leaf has none |
#
# Now backward. Who will hold a gradient?

# %%
predict("13.whose-grad")

# %%
L.backward(retain_graph=True)             # retain_graph: explained in a moment
for t in [x, w, b, h, y]:
    print(t.label, t.grad)
assert w.grad.tolist() == [18, 72] and b.grad.tolist() == [6, 18]
assert x.grad is None and h.grad is None and y.grad is None

# %% [markdown]
# **Leaves that asked** keep their gradient. A gradient did pass through `h` and `y`; it was used there and dropped, to save
# memory. To keep one, say so *before* `backward()`:

# %%
h.retain_grad()
w.grad = b.grad = None
L.backward(retain_graph=True)
print("h.grad =", h.grad)
assert h.grad.tolist() == [6, 18]         # 2y
draw(L)

# %% [markdown]
# The dashed box is `x`: no gradient goes there, and the engine does not even compute it.
#
# ## Once, unless you say otherwise
#
# A rule needs numbers of the forward pass (lesson 12), so the graph holds them in memory. `backward()` drops them as it goes.
# Two losses that share a trunk find that out:

# %%
w.grad = None
h = w * x
one, two = (h * h).sum(), (h * h * h).sum()
one.backward()
try:
    two.backward()
    raise AssertionError("this line is not reached")
except RuntimeError as error:
    print(error)

# %% [markdown]
# The first call freed what `h = w * x` had kept, and the second one needs it, too. Two cures:

# %%
w.grad = None
h = w * x
one, two = (h * h).sum(), (h * h * h).sum()
(one + two).backward()                    # usual: one loss, one walk back
together = w.grad.tolist()

w.grad = None
h = w * x
one, two = (h * h).sum(), (h * h * h).sum()
one.backward(retain_graph=True)           # "keep it, I shall come again"
two.backward()
print("added first:", together, "  two calls:", w.grad.tolist())
assert together == w.grad.tolist() == [18 + 81, 64 + 768]

# %% [markdown]
# Prefer the sum: it walks the trunk once and frees it. `retain_graph=True` in a training loop is often a plaster over a graph that
# reaches back into earlier steps. We are about to build one.
#
# ## Cut one path: `detach`
#
# `t.detach()` has the numbers of `t`, in the same memory, and none of its past. For the graph it is a constant. So here is `w` twice,
# once as itself, once cut off:

# %%
predict("13.half-cut")

# %%
w = leaf([3.0], "w")
y = w * w.detach()
y.label = "y"
y.backward(retain_graph=True)
print(w.grad)
assert w.grad.tolist() == [3]
draw(y)

# %% [markdown]
# Two paths lead from `y` to `w`, and one is cut: what remains is the 3 of the other. `y` is still 9: **a cut changes no number on the
# way forward**, and that is why a wrong cut is so hard to see.
#
# So decide *who is to move*, and detach the other. A student shall come to a teacher:

# %%
for cut in ["nobody", "teacher", "student"]:
    student, teacher = leaf([5.0], "student"), leaf([1.0], "teacher")
    s = student.detach() if cut == "student" else student
    t = teacher.detach() if cut == "teacher" else teacher
    loss = ((s - t) ** 2).sum()
    loss.backward()
    print(f"{cut:8} detached: loss {loss.item():g}, gradients {student.grad}, {teacher.grad}")
    assert loss.item() == 16
    assert (student.grad is None) == (cut == "student")
    assert (teacher.grad is None) == (cut == "teacher")

# %% [markdown]
# The loss is 16 each time. With nobody cut off they meet half-way; otherwise whoever is detached stands still.
#
# ## Off the record: `no_grad`
#
# A step of gradient descent is *about* the loss, and no part of it. What if we just write it down?

# %%
predict("13.step")

# %%
w = old = leaf([1.0, 2.0], "w")
(w * w).sum().backward()
w = w - 0.25 * w.grad                     # a recorded step
w.label = "w, after a step"
L = (w * w).sum()
L.backward(retain_graph=True)
print("w is a leaf:", w.is_leaf, "  w.grad:", w.grad)
assert not w.is_leaf and w.grad is None
assert old.grad.tolist() == [2 + 1, 4 + 2]
draw(L)

# %% [markdown]
# The new `w` is the *result* of a subtraction. Its gradient, [1, 2], travelled on to the old `w`, on the left, and was added to the
# [2, 4] there; the name `w` no longer leads to it. The next step finds `None`. People then "repair" it with `retain_grad()`,
# and drag the whole history along. Count the nodes behind the loss:


# %%
def nodes_behind_the_loss(step, steps=5):
    w, counts = leaf([1.0, 2.0], "w"), []
    for _ in range(steps):
        if not w.is_leaf:
            w.retain_grad()               # the "repair"
        L = (w * w).sum()
        counts.append(len(topological_order(L)))
        w.grad = None
        L.backward(retain_graph=True)
        w = step(w)
    return counts, w.tolist()


def recorded(w):
    return w - 0.25 * w.grad


def off_the_record(w):
    with torch.no_grad():                 # in here nothing is recorded
        w -= 0.25 * w.grad                # in place: the same w, a leaf as before
    return w


many, there = nodes_behind_the_loss(recorded)
few, here = nodes_behind_the_loss(off_the_record)
print("recorded:      ", *many, "  w in the end:", there)
print("off the record:", *few, "  w in the end:", here)
assert there == here and few == [3] * 5 and many == [3, 4, 5, 6, 7]

# %% [markdown]
# The same weights, and a graph that grows with every step until memory is full.
#
# | you write | it stops | for |
# |---|---|---|
# | `w.requires_grad_(False)` | gradients to this leaf | freezing a layer |
# | `t.detach()` | one path | targets, states, logging |
# | `with torch.no_grad():` | all recording inside | steps, evaluation |
# | `t.item()`, `t.detach().numpy()` | everything: it is no tensor any more | printing, plotting |
#
# ## Changed behind the graph's back
#
# A rule keeps an array, not a copy. Write into that array, and the rule would compute with numbers that were never there in the forward
# pass. `h` gets a `+= 1` after it was used. Which backward pass refuses?

# %%
predict("13.in-place")

# %%
def after_a_change(use):
    w = leaf([1.0, 2.0], "w")
    h = w * x
    L = use(h).sum()
    h += 1                                # in place, and late
    try:
        L.backward()
    except RuntimeError as error:
        return "refused: a value it needs is " + str(error).split("(it is ")[1].split(")")[0]
    return "fine"


uses = {"h + x": lambda h: h + x, "h * h": lambda h: h * h, "h.tanh()": lambda h: h.tanh()}
results = {name: after_a_change(use) for name, use in uses.items()}
for name, result in results.items():
    print(f"{name:9} {result}")
assert [name for name in uses if results[name].startswith("refused")] == ["h * h"]

# %% [markdown]
# Addition keeps nothing. `tanh` keeps its *output* (lesson 12). The product keeps `h` itself, and refuses. How does it know? By counting.
# Each memory has a **version**, which goes up by 1 with every change in place. A rule notes the version of what it keeps,
# and compares before it reads.

# %%
w = leaf([1.0, 2.0], "w")
h = w * x
h.label = "h"
y = h.exp()                               # keeps y
y.label = "y"
L = y.sum()
L.label = "L"
print("version of y:", y._version)
assert y._version == 0
y.detach().mul_(2)                        # the same memory, so the same counter
print("version of y:", y._version)
assert y._version == 1
draw(L)

# %% [markdown]
# At `exp` the picture says what `backward()` would say: saved at version 0, now at 1. An error is the *good* outcome. There
# is a way to change numbers without being counted, found in many an old tutorial:

# %%
w = leaf([1.0, 2.0], "w")
L = (w * w).sum()
w.data.mul_(10)                           # .data looks away: nobody counts
L.backward()
print("version:", w._version, "  gradient:", w.grad.tolist(), "  right would be: [2.0, 4.0]")
assert w._version == 0 and w.grad.tolist() == [20, 40]

# %% [markdown]
# Ten times too large, and not a word. Write `no_grad()` for a step, `detach()` for a cut, and `.data` for nothing.
#
# ## A guest on the way back: hooks
#
# `t.register_hook(f)` calls `f` with the gradient of `t` the moment it is complete, also where no `grad` is kept. Here the loss is
# Σ (√h)², which is just the sum of `h`: the gradient of `h` ought to be 1 in every entry, and that of `w` ought to be `x`.

# %%
w = leaf([3.0, 0.0], "w")
h = w * x
r = h.sqrt()
L = (r * r).sum()


def alarm(name):
    def look(grad):
        print(f"{name}: {grad.tolist()}", "← not a number" if grad.isnan().any() else "")

    return look


handles = [t.register_hook(alarm(name)) for t, name in [(r, "r"), (h, "h"), (w, "w")]]
L.backward()
assert w.grad[0] == 3 and w.grad[1].isnan()

# %% [markdown]
# The gradient travels from the loss to the leaves, so **the first alarm is the nearest to the culprit**. At `r` all is well; at `h` it is
# not; between them stands the square root, whose slope at 0 is infinite, and 0 · ∞ is not a number.
#
# If a hook returns something, that goes on in place of the gradient: here, zeros for what is broken. This hides the hole and
# does not fill it; the cure is a square root that never sees 0.

# %%
for handle in handles:
    handle.remove()                       # a forgotten hook stays for good

w.grad = None
h = w * x
r = h.sqrt()
h.register_hook(lambda g: torch.where(g.isnan(), torch.zeros_like(g), g))
(r * r).sum().backward()
print("patched:", w.grad.tolist(), "  right would be:", x.tolist())
assert w.grad.tolist() == [3, 0] and x.tolist() == [3, 4]

# %% [markdown]
# ## What if…
#
# …somebody makes a detour through NumPy in the middle of a network? Two layers; the second could learn on its own.

# %%
torch.manual_seed(13)
inputs = torch.randn(32, 2)
target = inputs.abs().sum(dim=1, keepdim=True)


def train(hidden):
    torch.manual_seed(13)
    W1 = torch.randn(2, 6, requires_grad=True)
    W2 = torch.randn(6, 1, requires_grad=True)
    losses = []
    for _ in range(200):
        L = ((hidden(inputs @ W1) @ W2 - target) ** 2).mean()
        W1.grad = W2.grad = None
        L.backward()
        losses.append(L.item())
        with torch.no_grad():
            for W in [W1, W2]:
                if W.grad is not None:
                    W -= 0.1 * W.grad
    for name, W in [("W1", W1), ("W2", W2)]:
        print(f"  {name}:", "None, never reached" if W.grad is None else "has a gradient")
    print(f"  loss {losses[0]:.2f} → {losses[-1]:.2f}")
    return losses[0], losses[-1], W1.grad is None


print("through NumPy:")
first, last, cut = train(lambda a: torch.tensor(a.relu().detach().numpy()))
print("without the detour:")
_, better, uncut = train(lambda a: a.relu())
assert cut and not uncut
assert better < 0.05 and 0.4 < last < 0.5 and first > 20

# %% [markdown]
# Through NumPy the loss falls, too, only not as far: **a falling loss does not prove that the paths are whole.** Make a habit
# of the check after the first `backward()`: what does each weight's `grad` hold? `None` (never reached), only zeros (reached,
# and shut), or numbers?

# %% [markdown]
# ## Expert corner
#
# <details><summary>Is None the same as 0?</summary>
#
# No. `None`: no path led here, or nobody asked. 0: there is a path, and some slope on it is 0, as behind a dead relu. Optimisers skip
# `None`; with 0 they may still move a weight, by momentum or weight decay.
# </details>
#
# <details><summary>Does no_grad() switch off dropout?</summary>
#
# No. It stops *recording*. Whether dropout drops is the model's mode, `model.eval()` (lesson 17). To evaluate, you want both.
# </details>
#
# <details><summary>What does a kept gradient do on a second call?</summary>
#
# After `retain_grad()`, `h.grad` adds up over calls as a leaf's does, here and in PyTorch. The `Value` of lesson 06 starts afresh at
# interior nodes. In neither does the sum leak into what is passed on.
# </details>
#
# <details><summary>When is a change in place worth it?</summary>
#
# Under `no_grad()`, on parameters: always. On results: when nothing kept the old numbers, and memory is short. A relu in place
# is the classic: its rule can do with the *output*. But `hidden += residual` breaks as soon as whatever made or used `hidden` has kept it.
# </details>
#
# <details><summary>A slice has no version of its own</summary>
#
# `t[0:2]`, `t.T` and `t.detach()` are *views*: the same memory, so the same counter. Change one, and all rules that keep any
# of them are warned, even for a row that was not touched. A counter per memory is cheap; one per entry would not be.
# </details>

# %% [markdown]
# ## Exercises
#
# `ex13a_right_side.py`: two terms, two cuts. `ex13b_straight_through.py`: the values of a step with a slope that learns.
# `ex13c_step_unseen.py`: a step off the record. `ex13d_version_counter.py`: memory that counts. `ex13e_tensor.py`: a tensor engine
# of your own; take an evening for it.

# %%
# NBVAL_IGNORE_OUTPUT
check("ex13a")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex13b")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex13c")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex13d")

# %%
# NBVAL_IGNORE_OUTPUT
check("ex13e")

# %% [markdown]
# When `ex13e` is green, three lessons run on it: [10 · Matrices](10_matrices.ipynb), [11 · Broadcast](11_broadcast.ipynb) and
# the next one. Write `torch = engine("torch", mine=True)` at the top of it, and whatever wants a gradient is a tensor of **yours**. Operations that your class has not got come from the table of lesson 12, each as one node of your graph.

# %% [markdown]
# ## If you get this error
#
# | it says | it means |
# |---|---|
# | `backward from a tensor that does not require a gradient` | the whole graph is cut: look for `no_grad`, `detach`, `.item()`, NumPy, `argmax` |
# | `backward through mul a second time: what it saved was freed` | add the losses; or something from an earlier step is still in the graph: detach it |
# | `a value it needs … was modified in place` | write `h = h + 1` for `h += 1`; `autograd.detect_anomaly()` names the line |
# | `a leaf Variable that requires grad is being used in an in-place operation` | a step that is not under `no_grad()` |
# | `numpy() of a tensor that requires a gradient` | for a plot: `.detach().numpy()`; inside a model: use the tensor's own operations |
# | `'NoneType' object has no attribute …`, or `unsupported operand … 'NoneType'`, at `w.grad` | `w` was never reached, or is no leaf any more: print `w.is_leaf` |

# %% [markdown]
# ## Quiz

# %%
quiz("13")

# %% [markdown]
# ## Next
#
# The engine is whole. What do we put at the end of it? A loss must send back something useful even when the model is very
# wrong, and survive `exp(1000)`. [14 · Losses](14_losses.ipynb).
