"""What one signature runs: its program in parts, and its results as the function gives them."""

from collections.abc import Sequence
from typing import Any

from micrograd_lab.compiler.agreement import baked
from micrograd_lab.compiler.capture import Capture, Leaf
from micrograd_lab.compiler.differentiable import differentiable
from micrograd_lab.compiler.forms import SHAPES
from micrograd_lab.compiler.guard import guard
from micrograd_lab.compiler.lending import Lending
from micrograd_lab.compiler.naming import give_names
from micrograd_lab.compiler.part import Part
from micrograd_lab.compiler.program import Program, Var, array_of
from micrograd_lab.compiler.signature import tensors_of
from micrograd_lab.compiler.simplify import simplified
from micrograd_lab.compiler.source import Changed
from micrograd_lab.tensor import Tensor, counter_of, wrap


class Ready:
    """What one signature runs from now on."""

    def __init__(self, capture: Capture) -> None:
        program = capture.program
        self.recorded = len(program.steps)
        self.tree = capture.tree
        self.back = capture.back
        self.direct = capture.direct
        self.modules = list(capture.modules.items())
        self.flags = [(x, x.array, x._requires_grad) for x in capture.recorder.seen]
        self.reliances = capture.recorder.reliances
        self.averages = capture.recorder.averages
        self.eager: dict[str, int] = {}  # calls that ran eagerly all the same, by reason
        backward_steps: set[int] = set()
        if self.back is not None:
            program.grads = [(None, g) for g in self.back.grads]
            backward_steps = {
                id(s.outputs[0]) for s in program.steps[self.back.first :] if s.outputs
            }
        self.passed = {
            k: v for k, (v, _) in enumerate(capture.leaves) if v.home in ("argument", "held")
        }
        self.numbers = {
            k for k, (_, value) in enumerate(capture.leaves) if not isinstance(value, Tensor)
        }
        program.results = [v for k, v in enumerate(program.results) if k not in self.passed]
        program = simplified(program)
        give_names(program, capture.names, list(capture.modules))
        self.arguments = [v for v in program.inputs if v.home == "argument"]
        self.calls = [v for v in program.inputs if v.home == "number"]
        self.program = program
        self.targets = self.class_indices()
        given = [*self.arguments, *self.calls]
        if self.back is None:
            self.main = Part(program, given, persistent=True)
            self.parts = [self.main]
        else:
            self.split(program, given, backward_steps)
        self.lent = Lending([leaf for leaf, g in program.grads if g is not None], self.main)
        self.alone = type(self.tree) is Leaf and not self.passed
        self.emptied = [leaf for leaf, g in program.grads if g is None]
        written = set(map(id, (array_of(v) for v in program.writes)))
        looked = capture.recorder.looked if baked(program) else {}
        self.versions = [
            (counter_of(x), n)
            for x, n in looked.items()
            if x in capture.recorder.seen and id(x.array) not in written
        ]
        self.same = guard(self.modules, self.flags, self.versions)
        self.count()

    def class_indices(self) -> list[tuple[Var, int]]:
        """What cross-entropies are given as targets from outside, and how many classes there are."""
        shown: dict[Var, Var] = {}
        found = []
        for step in self.program.steps:
            if step.name in SHAPES:
                x = step.inputs[0]
                shown[step.outputs[0]] = shown.get(x, x)
            if step.name == "cross_entropy" and step.kind == "op":
                x, target = step.inputs[:2]
                target = shown.get(target, target)
                if target.home in ("argument", "held"):
                    found.append((target, x.shape[step.params["dim"]]))
        return found

    def split(self, program: Program, given: list[Var], behind: set[int]) -> None:
        """Forward and backward as two parts; the first also returns what the second will read."""
        steps_behind = [s for s in program.steps if s.outputs and id(s.outputs[0]) in behind]
        steps = [s for s in program.steps if s not in steps_behind]
        made = {v for s in steps for v in s.makes()}
        read = {v for s in steps_behind for v in s.reads()} | {g for _, g in program.grads if g}
        self.saved = [v for v in (*self.arguments, *made) if v in read]
        self.saved.sort(key=lambda v: v.name)
        forward = Program(steps, program.inputs, program.results + self.saved, [], program.writes)
        upstream = [v for v in program.inputs if v.home == "upstream"]
        backward = Program(steps_behind, program.inputs, [], program.grads)
        self.main = Part(forward, given, persistent=False)
        self.after = Part(backward, [*self.saved, *upstream], persistent=False)
        self.parts = [self.main, self.after]
        self.function = differentiable(self)

    def holds(self) -> bool:
        """Whether what the recording relied on is still so."""
        for reliance in self.reliances:
            if not reliance.holds() and not self.renewed():
                return False
        return self.same() or self.rebound()

    def renewed(self) -> bool:
        """An optimiser has loaded a state: the same program goes on there, if it fits."""
        if not all(reliance.renew() for reliance in self.reliances):
            return False
        new: dict[Any, Any] = {}
        for var, optimizer, p, name in self.averages:
            found = optimizer.state[p].get(name)
            if not isinstance(found, Tensor) or found.array.shape != var.shape:
                return False
            new[var.value] = found
            var.value = found
        self.flags = [(new.get(x, x), array, asked) for x, array, asked in self.flags]
        self.count()
        return self.rebound()

    def count(self) -> None:
        """Look up what counts: steps, and versions of what is changed."""
        self.counts = [optimizer.state[p]["step"].array for optimizer, p in self.program.counts]
        self.counters = [
            counter_of(v.value) for v in self.program.writes if isinstance(v.value, Tensor)
        ]

    def rebound(self) -> bool:
        """Held tensors may have other memory now: the same program goes on there, if it fits."""
        if not guard(
            self.modules, [(x, x.array, asked) for x, _, asked in self.flags], self.versions
        )():
            return False
        if not all(part.fits() for part in self.parts):
            return False
        for part in self.parts:
            part.bind()
        self.lent.renew()
        self.flags = [(x, x.array, asked) for x, _, asked in self.flags]
        self.same = guard(self.modules, self.flags, self.versions)
        return True

    @property
    def source(self) -> str:
        return "\n".join(part.source for part in self.parts)

    def run(self, args: Any, kwargs: Any) -> Any:
        """One call."""
        arguments = args if self.direct else [x for _, x in tensors_of(args, kwargs)]
        for target, classes in self.targets:  # before anything is changed
            known = target.home == "argument"
            at = arguments[self.arguments.index(target)].array if known else array_of(target)
            if at.size and (at.min() < 0 or at.max() >= classes):
                raise Changed("targets that are ignored or out of range")
        if self.back is not None:
            held = [x for x in self.back.inputs if not isinstance(x, int)]
            values = list(self.function.apply(*arguments, *held))
        else:
            for count in self.counts:
                count += 1
            given = [v.value() for v in self.calls]
            if arguments:
                given = [*(x.array for x in arguments), *given]
            there = self.lent.make_way()
            arrays, grads = self.main.call(*given)
            if not there:
                self.lent.leave(grads)
                del grads  # references are counted now
                if self.lent.leaves and not self.lent.usual:
                    self.lent.count()
            for leaf in self.emptied:
                leaf.grad = None
            for counter in self.counters:
                counter[0] += 1
            if self.alone:  # only a loss
                return arrays[0].item() if self.numbers else wrap(arrays[0])
            values = [wrap(y) for y in arrays]
        return self.returned(values, arguments)

    def returned(self, values: list[Any], arguments: Sequence[Tensor]) -> Any:
        """The result in the form that the function gives it."""
        following = iter(values)
        leaves: list[Any] = []
        for k in range(len(self.passed) + len(values)):
            var = self.passed.get(k)
            if var is None:
                leaves.append(next(following))
            elif var.home == "held":
                leaves.append(var.value)
            else:
                leaves.append(arguments[self.arguments.index(var)])
            if k in self.numbers:
                leaves[k] = leaves[k].array.item()
        return filled(self.tree, leaves)

    def summary(self) -> str:
        """What explain() says of this program."""
        pieces = [piece for part in self.parts for piece in part.pieces]
        steps = sum(len(part.program.steps) for part in self.parts)
        lines = [f"compiled: {self.recorded} recorded steps, {steps} after simplifying."]
        loops = [piece for piece in pieces if piece.kind == "loop"]
        if loops:
            inside = sum(len(piece.steps) for piece in loops)
            products = sum(piece.kind == "product" for piece in pieces)
            lines.append(f"  {inside} of them in {len(loops)} loops, {products} matrix products.")
        elif not pieces:
            lines.append("  On NumPy, one line for each: without Numba nothing is fused.")
        kept = [s.name for piece in pieces if piece.kind == "kept" for s in piece.steps]
        kept = kept if pieces else [s.name for s in self.program.steps if s.kind != "op"]
        if kept:
            lines.append(f"  kept as calls: {', '.join(dict.fromkeys(kept))}.")
        for why, count in self.eager.items():
            lines.append(f"  {count} calls ran eagerly: {why}.")
        return "\n".join(lines)


def filled(tree: Any, leaves: list[Any]) -> Any:
    """The nest that capture described, with values in place of its marks."""
    if type(tree) is Leaf:
        return leaves[tree.index]
    if isinstance(tree, (tuple, list)):
        parts = [filled(x, leaves) for x in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    if isinstance(tree, dict):
        return {key: filled(x, leaves) for key, x in tree.items()}
    return tree
