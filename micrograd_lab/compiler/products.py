"""Small matrix products as source, unrolled: so many terms in registers that BLAS would only delay."""

from collections.abc import Callable

from micrograd_lab.compiler.fuse import product_of, turns_of
from micrograd_lab.compiler.program import Step, Var

Index = str | int  # a loop's, or a number
Place = Callable[[Var], tuple[str, int]]  # (the array an entry is in, where it starts there)
TERMS = 32  # in one expression


def sizes_of(step: Step) -> tuple[int, int, int]:
    """(rows, inner, columns); a sum down columns has one row."""
    x = step.inputs[0]
    return product_of(step) or (1, x.shape[0], x.shape[1])


def entry(place: tuple[str, int], *terms: tuple[Index, int]) -> str:
    """array[start + index * stride + ...]; an index that is known goes into the start."""
    array, start = place
    start += sum(i * stride for i, stride in terms if isinstance(i, int))
    going = [f"{i} * {n}" if n > 1 else i for i, n in terms if isinstance(i, str)]
    return f"{array}[{' + '.join([*([str(start)] if start or not going else []), *going])}]"


def loop(head: str, body: list[str]) -> list[str]:
    return [f"for {head}:", *(f"    {line}" for line in body)]


def divisor(n: int, limit: int) -> int:
    """The largest divisor of n up to the limit."""
    return max(u for u in range(1, max(min(n, limit), 1) + 1) if n % u == 0)


class Product:
    """The loops of one step: out[i, j] = bias[j] + sum over k of a[i, k] * b[k, j].

    A sum down the columns of b is the product with a row of ones.
    """

    def __init__(self, step: Step, place: Place, scratch: tuple[str, int]) -> None:
        self.is_sum = product_of(step) is None
        self.rows, self.inner, self.columns = sizes_of(step)
        self.a_turned, self.b_turned = (False, False) if self.is_sum else turns_of(step)
        places = [place(x) for x in step.inputs if isinstance(x, Var)]
        self.bias = places[2] if len(places) == 3 else None
        self.a, self.b = places[0], places[0 if self.is_sum else 1]
        self.z = place(step.outputs[0])
        self.scratch = scratch
        self.i: Index = "i" if self.rows > 1 else 0
        self.j: Index = "j" if self.columns > 1 else 0

    # --- entries -----------------------------------------------------------------------------

    def left(self, r: int, *k: Index) -> str:
        of_i, of_k = (1, self.rows) if self.a_turned else (self.inner, 1)
        return entry(self.a, (self.i, of_i), (r, of_i), *((t, of_k) for t in k))

    def right(self, *k: Index) -> str:
        of_k, of_j = (1, self.inner) if self.b_turned else (self.columns, 1)
        return entry(self.b, *((t, of_k) for t in k), (self.j, of_j))

    def out(self, r: int) -> str:
        return entry(self.z, (self.i, self.columns), (r, self.columns), (self.j, 1))

    def first(self) -> str:
        """What a sum starts from."""
        return entry(self.bias, (self.j, 1)) if self.bias else "ZERO"

    # --- loops -------------------------------------------------------------------------------

    def over_rows(self, body: list[str], together: int = 1) -> list[str]:
        step = f"0, {self.rows}, {together}" if together > 1 else str(self.rows)
        return loop(f"i in range({step})", body) if self.rows > 1 else body

    def over_columns(self, body: list[str]) -> list[str]:
        return loop(f"j in range({self.columns})", body) if self.columns > 1 else body

    def source(self) -> list[str]:
        if self.a_turned and self.rows > self.columns:
            return self.down_the_columns()
        lines = []
        if self.b_turned and self.columns > 1:  # so that the entries of a row lie side by side
            at = entry(self.scratch, ("k", self.columns), ("j", 1))
            turn = loop(f"k in range({self.inner})", [f"{at} = {self.right('k')}"])
            lines = self.over_columns(turn)
            self.b, self.b_turned = self.scratch, False
        return lines + (self.whole() if self.inner <= TERMS else self.in_blocks())

    def whole(self) -> list[str]:
        """All terms of an entry in one expression."""
        together = divisor(self.rows, 16 // self.inner) if self.columns > 1 else 1
        put = f"= {self.first()} + " if self.bias else "= "
        return self.over_rows(self.terms(together, self.inner, put), together)

    def in_blocks(self) -> list[str]:
        """Some terms at a time, for some rows together: what is read of b serves all of them."""
        together = divisor(self.rows, 4)
        size = divisor(self.inner, TERMS // together)
        start = self.over_columns([f"{self.out(r)} = {self.first()}" for r in range(together)])
        block = loop(f"k in range(0, {self.inner}, {size})", self.terms(together, size, "+= ", "k"))
        return self.over_rows([*start, *block], together)

    def terms(self, together: int, size: int, put: str, *k: Index) -> list[str]:
        """Read of a what these terms need; then go along the columns."""
        rows = [(r, f"a{r}_" if together > 1 else "a") for r in range(together)]
        reads = [f"{a}{q} = {self.left(r, *k, q)}" for r, a in rows for q in range(size)]
        body = [f"b{q} = {self.right(*k, q)}" for q in range(size)]
        for r, a in rows:
            parts = [f"b{q}" if self.is_sum else f"{a}{q} * b{q}" for q in range(size)]
            body.append(f"{self.out(r)} {put}{' + '.join(parts)}")
        return [*(() if self.is_sum else reads), *self.over_columns(body)]

    def down_the_columns(self) -> list[str]:
        """Column by column, where a column of the result is longer than a row: gradients of weights."""
        size = divisor(self.inner, TERMS)
        at = entry(self.scratch, ("i", 1))
        total = " + ".join(f"{self.left(0, 'k', q)} * b{q}" for q in range(size))
        block = [f"b{q} = {self.right('k', q)}" for q in range(size)]
        block += self.over_rows([f"{at} += {total}"])
        return self.over_columns(
            [
                *self.over_rows([f"{at} = {self.first()}"]),
                *loop(f"k in range(0, {self.inner}, {size})", block),
                *self.over_rows([f"{self.out(0)} = {at}"]),
            ]
        )


def scratch_of(step: Step) -> int:
    """How many entries a product needs besides its result."""
    rows, inner, columns = sizes_of(step)
    return 0 if product_of(step) is None else max(inner * columns * turns_of(step)[1], rows)
