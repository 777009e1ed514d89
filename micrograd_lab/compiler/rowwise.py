"""Loops over rows: for each row several loops over its columns, while the row is in the cache.

A step can run as soon as the numbers of its row that it reads are known: the mean after one loop over
the columns, the deviation after two.  In later loops what is cheap is worked out again; what is dear
(an exponential) is kept, for one row.
"""

from micrograd_lab.compiler.forms import DEAR, ROWS, SUMS, form_of
from micrograd_lab.compiler.loops import INDICES, Loop, divisor_of
from micrograd_lab.compiler.program import Step, Var


class RowLoop(Loop):
    """The source of one loop over rows."""

    last_axis_alone = True

    def source(self) -> list[str]:
        self.column = INDICES[len(self.sizes) - 1]
        self.width = self.sizes[-1]
        self.same: dict[Var, Var] = {}
        self.loaded: dict[Var, str] = {}
        self.when = self.turns()
        self.needed, self.kept = self.demand()
        rows: list[str] = []
        for turn in range(max(self.when.values(), default=0) + 1):
            rows += self.of_each_row(turn) + self.over_columns(turn)
        loads = [f"{name} = {self.at(v)}" for v, name in self.loaded.items()]
        before = [f"{v.name}_row = np.empty({self.width}, np.float32)" for v in self.buffered()]
        after: list[str] = []
        for step in self.steps(SUMS):
            first, last = self.around(step)
            before += first
            after += last
        lines = before
        for depth, size in enumerate(self.heads[:-1]):
            lines.append(f"{'    ' * depth}for {INDICES[depth]} in range({size}):")
        indent = "    " * (len(self.sizes) - 1)
        lines += [*(indent + line for line in (*loads, *rows)), *after]
        return self.shares.around(lines) if self.shares else lines

    # --- what runs when ----------------------------------------------------------------------

    def steps(self, names: frozenset[str]) -> list[Step]:
        return [step for step in self.piece.steps if step.name in names]

    def is_entry(self, v: Var) -> bool:
        """Whether it is made here and has an entry for each column."""
        return v in self.made and v.shape == self.piece.shape

    def turns(self) -> dict[Var, int]:
        """After how many loops over the columns it is known."""
        when: dict[Var, int] = {}
        seen: dict[str, Var] = {}
        for step in self.piece.steps:
            (out,) = step.outputs
            reads = [when.get(v, 0) for v in step.reads()]
            loop = step.name in ROWS and (step.name != "row_max" or step.inputs[0] in self.made)
            loop = loop and (step.name != "entry_at" or step.inputs[0] in self.made)
            when[out] = max(reads, default=0) + loop
            if step.name not in SUMS and step.name not in ROWS:
                key = self.form(step)
                if key in seen and out not in self.stored:
                    self.same[out] = seen[key]
                seen.setdefault(key, out)
        return when

    def demand(self) -> tuple[list[set[Var]], set[Var]]:
        """(for each turn what its loop works out, what is kept for later turns)"""
        maker = {v: step for step in self.piece.steps for v in step.makes()}
        turns = max(self.when.values(), default=0) + 1
        needed: list[set[Var]] = [set() for _ in range(turns)]
        kept: set[Var] = set()

        def need(v: Var, turn: int) -> None:
            v = self.same.get(v, v)
            if not self.is_entry(v) or v in needed[turn]:
                return
            needed[turn].add(v)
            if self.when[v] < turn and (maker[v].name in DEAR or v in kept):
                kept.add(v)
                need(v, self.when[v])
                return
            for x in maker[v].reads():
                need(x, turn)

        for step in self.piece.steps:
            (out,) = step.outputs
            if step.name in ROWS:
                x = step.inputs[0]
                if step.name in ("row_max", "entry_at") and x in self.made:
                    kept.add(self.same.get(x, x))
                need(x, self.when.get(x, 0))
            elif step.name in SUMS:
                need(step.inputs[0], self.when[out])
            elif out in self.stored:
                need(out, self.when[out])
        return needed, kept

    def buffered(self) -> list[Var]:
        """What is kept, and has no place of its own."""
        return sorted(self.kept - self.stored, key=lambda v: v.name)

    # --- the lines ---------------------------------------------------------------------------

    def row(self, v: Var) -> tuple[str, str]:
        """(the array a row is in, where it starts there)"""
        if v in self.kept and v not in self.stored:
            return f"{v.name}_row", ""
        array, start = self.spot(v, self.aligned(v))
        terms = self.index(self.aligned(v), start).split(" + ")  # the last one is the column
        return array, " + ".join(terms[:-1])

    def entry(self, x: object) -> str:
        """As in other loops; but what is the same for the whole row is read once."""
        if isinstance(x, Var) and x not in self.literals and x.home != "number":
            x = self.same.get(x, x)
            if x not in self.made and self.aligned(x)[-1] == 1:
                return self.loaded.setdefault(x, f"{x.name}_here")
        return super().entry(x)

    def form(self, step: Step) -> str:
        return form_of(step).format(*map(self.entry, step.inputs), column=self.column)

    def of_each_row(self, turn: int) -> list[str]:
        """What is worked out once for the row, before this turn's loop."""
        lines = []
        for step in self.piece.steps:
            (out,) = step.outputs
            if self.when[out] != turn or self.is_entry(out) or step.name in SUMS:
                continue
            if step.name in ("row_max", "entry_at"):
                array, start = self.row(self.same.get(step.inputs[0], step.inputs[0]))
                if step.name == "entry_at":
                    lines.append(
                        f"{out.name} = {array}[{start}{' + ' * bool(start)}{self.entry(step.inputs[1])}]"
                    )
                else:
                    part = f"{array}[{start} : {start} + {self.width}]" if start else array
                    lines.append(f"{out.name} = largest({part})")
            elif step.name == "row_mean":
                lines.append(f"{out.name} /= f4({self.width})")
            elif step.name != "row_sum" and out not in self.same:
                lines.append(f"{out.name} = {self.form(step)}")
            if out in self.stored:
                lines.append(f"{self.at(out)} = {out.name}")
        return lines

    def over_columns(self, turn: int) -> list[str]:
        """This turn's loop over the columns."""
        before, body, after = [], [], []
        for step in self.piece.steps:
            (out,) = step.outputs
            if out in self.needed[turn]:
                old = self.when[out] < turn
                place = f"{out.name}_row[{self.column}]" if out not in self.stored else self.at(out)
                keeps = out in self.kept
                body.append(f"{out.name} = {place if old and keeps else self.form(step)}")
                if not old and (keeps or out in self.stored):
                    body.append(f"{place} = {out.name}")
            elif step.name in ("row_sum", "row_mean") and self.when[out] == turn + 1:
                before.append(f"{out.name} = ZERO")
                body.append(f"{out.name} += {self.entry(step.inputs[0])}")
            elif step.name in SUMS and self.when[out] == turn:
                value, place = self.entry(step.inputs[0]), self.at(out, step)
                if not self.is_inner(step):
                    body.append(f"{place} += {value}")
                    continue
                before.append(f"{out.name}_row = ZERO")
                body.append(f"{out.name}_row += {value}")
                after.append(f"{f'{out.name}_all' if out.size == 1 else place} += {out.name}_row")
        if not body:
            return []
        loop = f"for {self.column} in range({self.width}):"
        return [*before, loop, *("    " + line for line in body), *after]

    def around(self, step: Step) -> tuple[list[str], list[str]]:
        """What a sum over rows needs before and after all rows; a whole sum has float64 for it."""
        (out,) = step.outputs
        if out.size != 1:
            return self.around_sum(step)
        array, start = self.spot(out, self.aligned(out, step), step)
        n = 1 if self.shares else divisor_of(step)
        mean = f" / {n}" if n > 1 else ""
        return [f"{out.name}_all = 0.0"], [f"{array}[{start}] = {out.name}_all{mean}"]
