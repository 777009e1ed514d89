"""compile(f): the same f, recorded while it runs, and from then on run as a program of its own.

The first calls run as they always do, and are recorded.  As soon as two recordings in a row agree,
the next call runs the program instead.  Another shape, dtype or training flag is recorded anew;
what cannot be compiled keeps running eagerly, and explain() says why.
"""

from collections.abc import Callable
from typing import Any

from micrograd_lab.compiler.agreement import baked, difference
from micrograd_lab.compiler.capture import Capture, capture
from micrograd_lab.compiler.graph import dot_of
from micrograd_lab.compiler.numbers import Numbers, listing, values_in
from micrograd_lab.compiler.ready import Ready
from micrograd_lab.compiler.signature import form_of_numbers, signature
from micrograd_lab.compiler.source import Changed
from micrograd_lab.compiler.updates import FIRST
from micrograd_lab.errors import LabError, OptionError
from micrograd_lab.scalar.value import Value

PATIENCE = 8  # recordings that do not agree, before it is given up


class Entry:
    """What is known of the calls with one signature."""

    def __init__(self) -> None:
        self.ready: Ready | None = None
        self.last: Capture | None = None
        self.recorded = 0
        self.reason = ""  # why it runs eagerly
        self.given_up = False

    def call(self, f: Any, args: Any, kwargs: Any) -> Any:
        ready = self.ready
        if ready is not None:
            if ready.holds():
                try:
                    return ready.run(args, kwargs)
                except Changed as why:
                    ready.eager[str(why)] = ready.eager.get(str(why), 0) + 1
                    return f(*args, **kwargs)
            self.ready, self.last, self.recorded = None, None, 0
        if self.given_up:
            return f(*args, **kwargs)
        return self.record(f, args, kwargs)

    def record(self, f: Any, args: Any, kwargs: Any) -> Any:
        """One call as it always runs; and the program, if it agrees with the recording before."""
        now = capture(f, args, kwargs)
        before, self.last = self.last, now
        self.recorded += 1
        self.reason = now.refusal
        if now.refusal:
            self.last = None
            self.given_up = now.refusal != FIRST or self.recorded > PATIENCE
        elif before is not None:
            self.reason = difference(before.program, now.program) or before.results_differ(now)
            if not self.reason and baked(now.program) and now.same_arguments(before):
                self.reason = WAITING
            if not self.reason:
                try:
                    self.ready = Ready(now)
                except LabError as error:
                    self.reason, self.given_up = str(error), True
                self.last = None
            self.given_up = self.given_up or self.recorded > PATIENCE
        if self.given_up:
            self.last = None
        result = now.result
        now.forget()
        return result


WAITING = (
    "something is computed from numbers outside the ops; whether from the arguments, will be seen "
    "when they change"
)


class Compiled:
    """A function that compiles itself.  See explain(), source and graph()."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f
        self.entries: dict[Any, Entry] = {}
        self.numbers: dict[Any, Numbers] = {}  # for a function of Values
        self.strange = 0  # calls with arguments of which nothing is known
        self.__name__ = getattr(f, "__name__", type(f).__name__)
        self.__doc__ = getattr(f, "__doc__", None)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        key = None if self.numbers else signature(args, kwargs)
        if key is None:
            form = form_of_numbers(args, kwargs)
            if form is not None and (self.numbers or values_in((args, kwargs))):
                known = self.numbers.setdefault(form, Numbers())
                return known.call(self.f, args, kwargs)
            self.strange += 1
            return self.f(*args, **kwargs)
        entry = self.entries.get(key)
        if entry is None:
            entry = self.entries[key] = Entry()
        result = entry.call(self.f, args, kwargs)
        if type(result) is Value:  # it closes over its Values
            self.entries, self.numbers = {}, {form_of_numbers(args, kwargs): Numbers()}
        return result

    @property
    def ready(self) -> list[Ready]:
        """The programs there are, one per signature."""
        return [e.ready for e in self.entries.values() if e.ready is not None]

    @property
    def source(self) -> str:
        """The generated Python; of the latest signature, if there are several."""
        programs = self.ready
        tapes = [known.tape for known in self.numbers.values() if known.tape]
        if tapes:
            return listing(tapes[-1].program)
        return programs[-1].source if programs else f"# nothing is compiled yet\n# {self.explain()}"

    def graph(self, fused: bool = True) -> Any:
        """A picture of the latest program, with a frame around what shares a loop; or without."""
        from micrograd_lab.lens.picture import Picture

        programs = self.ready
        tapes = [known.tape for known in self.numbers.values() if known.tape]
        if tapes:
            from micrograd_lab.lens.picture import draw

            tape = tapes[-1].program
            return draw(tape.replay(tape.start)[tape.root])
        if not programs:
            raise OptionError(f"graph(): nothing is compiled yet. {self.explain()}")
        part = programs[-1].main
        program, pieces = (part.program, part.pieces) if fused else (programs[-1].program, [])
        return Picture(dot_of(program, pieces), f"{self.__name__}: {len(program.steps)} steps")

    def cache_info(self) -> dict[str, int]:
        """How many signatures were met, and how many run compiled."""
        tapes = sum(known.tape is not None for known in self.numbers.values())
        known = len(self.entries) + len(self.numbers)
        return {"signatures": known, "compiled": len(self.ready) + tapes}

    def explain(self) -> str:
        """What was compiled and what runs eagerly, and why."""
        if not self.entries and not self.numbers and not self.strange:
            return f"{self.__name__}: not called yet."
        lines = []
        if self.strange:
            lines.append(
                f"{self.__name__}: {self.strange} calls ran eagerly: an argument is no tensor, number, "
                "string, or nest of them."
            )
        for k, entry in enumerate(self.entries.values(), 1):
            head = f"{self.__name__}, signature {k}: "
            if entry.ready is not None:
                lines.append(head + entry.ready.summary())
            elif entry.given_up:
                lines.append(head + f"runs eagerly: {entry.reason}.")
            else:
                why = f" ({entry.reason})" if entry.reason else ""
                lines.append(head + f"recorded {entry.recorded} times, not compiled yet{why}.")
        for k, form in enumerate(self.numbers.values(), 1):
            lines.append(f"{self.__name__}, of Values, form {k}: {form.summary()}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<compiled {self.__name__}>"
