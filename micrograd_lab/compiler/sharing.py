"""A loop shared among threads: each takes a stretch of its first axis, and what is summed over that
axis it sums for itself.

The loop in a stretch counts from 0, along slices: an index that might be negative, for all that the
compiler knows, would keep it from using vector registers.  Which entries a thread has depends only on
how many threads there are, and so do the bits of the results.
"""

from micrograd_lab import threads
from micrograd_lab.compiler.program import Var

Spot = tuple[str, int]  # the array an entry is in, where it starts there


class Shares:
    """The stretches of one loop: `count` turns of its first axis, `unit` of which stay together."""

    def __init__(self, among: int, count: int, unit: int = 1) -> None:
        self.among, self.count, self.unit = among, count // unit, unit
        self.parts: dict[tuple[str, int, int], str] = {}  # slices: (array, start, stride)
        self.totals: dict[
            Var, tuple[Spot, int]
        ] = {}  # what is added up in the end, and its divisor

    def spot(self, v: Var, spot: Spot, stride: int) -> Spot:
        """Where a thread finds what goes along the first axis in such strides."""
        if not stride:
            return spot
        return self.parts.setdefault((*spot, stride), f"{v.name}_part"), 0

    def total(self, v: Var, spot: Spot, divisor: int) -> Spot:
        """Where a thread adds up its stretch of a sum over the first axis."""
        self.totals[v] = spot, divisor
        return f"{v.name}_part", 0

    def around(self, lines: list[str]) -> list[str]:
        """The lines of one stretch, for all of them."""
        head = [
            f"{v.name}_parts = np.empty(({self.among}, {v.size}), np.float32)" for v in self.totals
        ]
        own = [f"first, last = {self.bound('share')}, {self.bound('(share + 1)')}"]
        for (array, start, stride), name in self.parts.items():
            ends = [f"{k} * {stride}" if stride > 1 else k for k in ("first", "last")]
            ends = [f"{start} + {end}" if start else end for end in ends]
            own.append(f"{name} = {array}[{' : '.join(ends)}]")
        own += [f"{v.name}_part = {v.name}_parts[share]" for v in self.totals]
        loop = [f"for share in prange({self.among}):", *(f"    {line}" for line in (*own, *lines))]
        return [*head, *loop, *(line for v in self.totals for line in self.added(v))]

    def bound(self, share: str) -> str:
        """How many turns are in the stretches before this one."""
        each, rest = divmod(self.count, self.among)
        if rest == 0:
            return f"{each * self.unit} * {share}"
        return f"{self.count} * {share} // {self.among}{f' * {self.unit}' * (self.unit > 1)}"

    def added(self, v: Var) -> list[str]:
        """The threads' sums together, in their order."""
        (array, start), divisor = self.totals[v]
        at = f"{array}[{start} + q]" if start else f"{array}[q]"
        lines = [f"for q in range({v.size}):", f"    {at} = ZERO"]
        lines += [f"    for k in range({self.among}):", f"        {at} += {v.name}_parts[k, q]"]
        return [*lines, *([f"    {at} /= f4({divisor})"] if divisor > 1 else [])]


def shares(among: int, entries: int, count: int, unit: int = 1) -> Shares | None:
    """How a loop over so many entries is shared; None where it is not worth it.

    count: turns of its first axis.
    """
    even = count // unit % among == 0 or count // unit >= 8 * among
    return Shares(among, count, unit) if among > 1 and entries >= threads.SPLIT and even else None
