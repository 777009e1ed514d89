"""Exercise 13d: a version counter: memory that knows how often it was changed, and who saved it."""

from random import Random
from typing import Any

from micrograd_lab.grader.arrays import array, table
from micrograd_lab.grader.spec import Exercise, Misconception, Probe


class Counted:
    """The reference; each mistake below changes one piece of it."""

    def __init__(self, data: Any, counter: Any = None) -> None:
        self.data, self.counter = data, [0] if counter is None else counter

    @property
    def version(self) -> Any:
        return self.counter[0]

    def add_(self, other: Any) -> Any:
        self.data += other
        self.counter[0] += 1
        return self

    def rows(self, start: int, stop: int) -> Any:
        return type(self)(self.data[start:stop], self.counter)

    def detach(self) -> Any:
        return type(self)(self.data, self.counter)

    def clone(self) -> Any:
        return type(self)(self.data.copy())

    def save(self) -> Any:
        then = self.counter[0]
        return lambda: self.opened(self.counter[0] == then)

    def opened(self, unchanged: bool) -> Any:
        if not unchanged:
            raise RuntimeError("changed since it was saved")
        return self.data


# The mistakes.


class SavedMutated(Counted):
    def save(self) -> Any:
        return lambda: self.data


class SavesCopy(Counted):
    def save(self) -> Any:
        data = self.data.copy()
        return lambda: data


class ChecksCopy(Counted):
    def save(self) -> Any:
        data, check = self.data.copy(), Counted.save(self)

        def opened() -> Any:
            check()
            return data

        return opened


class ComparesNumbers(Counted):
    def save(self) -> Any:
        before = self.data.copy()
        return lambda: self.opened(bool((self.data == before).all()))


class RefusesAnyChange(Counted):
    def save(self) -> Any:
        return lambda: self.opened(self.counter[0] == 0)


class DataBypass(Counted):
    def detach(self) -> Any:
        return type(self)(self.data)


class ViewCountsAlone(Counted):
    def rows(self, start: int, stop: int) -> Any:
        return type(self)(self.data[start:stop])


class ViewIsCopy(Counted):
    def rows(self, start: int, stop: int) -> Any:
        return type(self)(self.data[start:stop].copy(), self.counter)


class CloneShares(Counted):
    def clone(self) -> Any:
        return type(self)(self.data.copy(), self.counter)


class CloneIsView(Counted):
    def clone(self) -> Any:
        return type(self)(self.data)


class ChangeUncounted(Counted):
    def add_(self, other: Any) -> Any:
        self.data += other
        return self


class NotInPlace(Counted):
    def add_(self, other: Any) -> Any:
        self.data = self.data + other
        self.counter[0] += 1
        return self


class FlagNotCount(Counted):
    def add_(self, other: Any) -> Any:
        self.data += other
        self.counter[0] = 1
        return self


class OpeningCounts(Counted):
    def opened(self, unchanged: bool) -> Any:
        self.counter[0] += 1
        return super().opened(unchanged)


# The questions.


def opened(saved: Any) -> Any:
    """What a saved value says when it is opened."""
    try:
        return saved().tolist()
    except RuntimeError:
        return "refused"


def counts(Watched: Any, x: Any, d: Any) -> Any:
    w = Watched(array(x))
    before = w.version
    w.add_(d)
    w.add_(d)
    w.add_(d)
    return [before, w.version, w.data.tolist()]


def in_place(Watched: Any, x: Any, d: Any) -> Any:
    """The caller's own array, before and after; what add_ returns."""
    data = array(x)
    w = Watched(data)
    again = w.add_(d)
    return [data.tolist(), "the same object" if again is w else "something else"]


def untouched(Watched: Any, x: Any) -> Any:
    """Opened twice; the memory is the very one."""
    import numpy

    w = Watched(array(x))
    saved = w.save()
    first = opened(saved)
    shared = numpy.shares_memory(saved(), w.data)
    return [first, opened(saved), "no copy" if shared else "a copy", w.version]


def changed(Watched: Any, x: Any, d: Any, way: str) -> Any:
    """Saved, then changed in the way named; what the changed memory holds now."""
    w = Watched(array(x))
    saved = w.save()
    if way == "add_":
        w.add_(d)
    elif way == "add_ and back":
        w.add_(d).add_(-d)
    elif way == "rows(0, 1).add_":
        w.rows(0, 1).add_(d)
    elif way == "rows(1, 3).rows(0, 1).add_":
        w.rows(1, 3).rows(0, 1).add_(d)
    elif way == "detach().add_":
        w.detach().add_(d)
    return [opened(saved), w.data.tolist(), w.version]


def saved_through(Watched: Any, x: Any, d: Any, way: str) -> Any:
    """A part or a detached one is saved, then the whole is changed."""
    w = Watched(array(x))
    other = w.detach() if way == "detach()" else w.rows(1, 3)
    w.add_(d)
    saved = other.save()
    first = opened(saved)
    w.add_(d)
    return [first, opened(saved), other.version]


def clones(Watched: Any, x: Any, d: Any) -> Any:
    """The original saved, its clone changed; then the other way round."""
    w = Watched(array(x))
    w.add_(d)
    c = w.clone()
    saved, saved_clone = w.save(), c.save()
    c.add_(d)
    first = opened(saved)
    w.add_(d)
    third = w.clone().save()
    w.add_(d)
    return [first, opened(saved_clone), opened(third), c.data.tolist(), c.version]


def two_saves(Watched: Any, x: Any, d: Any) -> Any:
    w = Watched(array(x))
    w.add_(d)
    early = w.save()
    w.add_(d)
    late = w.save()
    return [opened(early), opened(late)]


def draw_x(rng: Random) -> dict[str, Any]:
    return {"x": table(rng, 3, 2)}


def draw_change(rng: Random) -> dict[str, Any]:
    return {"x": table(rng, 3, 2), "d": rng.randint(1, 9)}


def draw_add(rng: Random) -> dict[str, Any]:
    return {**draw_change(rng), "way": "add_"}


def draw_back(rng: Random) -> dict[str, Any]:
    return {**draw_change(rng), "way": "add_ and back"}


def draw_part(rng: Random) -> dict[str, Any]:
    way = rng.choice(("rows(0, 1).add_", "rows(1, 3).rows(0, 1).add_"))
    return {**draw_change(rng), "way": way}


def draw_detached(rng: Random) -> dict[str, Any]:
    return {**draw_change(rng), "way": "detach().add_"}


def draw_through_rows(rng: Random) -> dict[str, Any]:
    return {**draw_change(rng), "way": "rows(1, 3)"}


def draw_through_detach(rng: Random) -> dict[str, Any]:
    return {**draw_change(rng), "way": "detach()"}


CHANGED = (
    "w = Watched({x}), saved = w.save(), changed by {way} with {d}: saved(), w.data, w.version"
)
THROUGH = (
    "w = Watched({x}), v = w.{way}, w.add_({d}), saved = v.save(): saved(); after w.add_({d}) once "
    "more: saved(), v.version"
)

EXERCISE = Exercise(
    name="ex13d_version_counter",
    title="Memory with a version",
    entry_point="Watched",
    reference=Counted,
    probes=(
        Probe("changes are counted", counts, 1, draw_change,
              "w = Watched({x}): w.version; after three add_({d}): w.version, w.data",
              "one more with every change"),
        Probe("changes are made in place", in_place, 1, draw_change,
              "a = np.array({x}), w = Watched(a): a after w.add_({d}), and what add_ returns",
              "the memory itself changes; add_ returns its own object"),
        Probe("saved and left alone", untouched, 2, draw_x,
              "w = Watched({x}), saved = w.save(): saved() twice, whether it is a copy, w.version",
              "the memory itself, at no cost, as often as you ask"),
        Probe("saved, then changed", changed, 2, draw_add, CHANGED,
              "saved() refuses: the numbers it was to keep are gone"),
        Probe("changed, and changed back", changed, 1, draw_back, CHANGED,
              "two changes are two versions more; nobody compares the numbers"),
        Probe("changed through some of its rows", changed, 2, draw_part, CHANGED,
              "rows share the memory, and so they share the counter"),
        Probe("changed through a detached one", changed, 2, draw_detached, CHANGED,
              "detach shares the memory, and so it shares the counter"),
        Probe("rows saved, the whole changed", saved_through, 1, draw_through_rows, THROUGH,
              "what was before the save does not matter; what is after it does"),
        Probe("a detached one saved, the other changed", saved_through, 1, draw_through_detach,
              THROUGH, "what was before the save does not matter; what is after it does"),
        Probe("a clone is another memory", clones, 1, draw_change,
              "w = Watched({x}) after an add_({d}), c = w.clone(), both saved: the first after "
              "c.add_({d}), the second; a clone of w saved, after w.add_({d}); c.data, c.version",
              "neither's changes matter to the other; a clone begins at version 0"),
        Probe("saved before and after a change", two_saves, 1, draw_change,
              "w = Watched({x}), add_({d}), early = w.save(), add_({d}), late = w.save(): early(), "
              "late()", "early refuses; late was saved since"),
    ),
    misconceptions=(
        Misconception(
            SavedMutated,
            "A saved value opens even after it was changed, and gives the changed numbers: a "
            "gradient made of them would be silently wrong. Remember the version at save(), and "
            "compare.",
        ),
        Misconception(
            SavesCopy,
            "Every save copies the memory. That is safe, but it doubles the memory of a whole "
            "network: keep the array itself and the version, and refuse if it has moved on.",
        ),
        Misconception(
            ChecksCopy,
            "You check the version, and keep a copy as well. With the check the copy is not "
            "needed: hand out the memory itself.",
        ),
        Misconception(
            ComparesNumbers,
            "You compare the numbers, which needs a copy of them, and misses a change that was "
            "changed back. Compare the versions: two integers.",
        ),
        Misconception(
            RefusesAnyChange,
            "Changes before the save are no harm. Compare with the version at save() instead of 0.",
        ),
        Misconception(
            DataBypass,
            "A detached one shares the memory and has a counter of its own, so its changes go "
            "unseen. That is what .data does; detach() shares the counter.",
        ),
        Misconception(
            ViewCountsAlone,
            "rows() shares the memory and has a counter of its own, so its changes go unseen. "
            "Hand the counter on.",
        ),
        Misconception(
            ViewIsCopy,
            "rows() gives a copy, and a change of it never reaches the whole. A slice, "
            "data[start:stop], is the same memory.",
        ),
        Misconception(
            CloneShares,
            "A clone has a memory of its own, but counts together with the original: changes of "
            "one raise alarms at the other. Give it a new counter.",
        ),
        Misconception(
            CloneIsView,
            "The clone still shares the memory, and counts alone on top of it. Copy the data.",
        ),
        Misconception(
            ChangeUncounted,
            "add_ changes the numbers and tells nobody. Count up: self.counter[0] += 1.",
        ),
        Misconception(
            NotInPlace,
            "self.data = self.data + other makes a new array, and all who share the old one see "
            "nothing of it. self.data += other changes the memory itself.",
        ),
        Misconception(
            FlagNotCount,
            "Your counter is set to 1 and stays there. Then a second change looks like none at "
            "all: count up by 1.",
        ),
        Misconception(
            OpeningCounts,
            "Opening a saved value counts as a change, so that it opens only once. Only changes "
            "of the numbers count.",
        ),
    ),
    hints=(
        "The count belongs to the memory, not to the object that looks at it. What can two "
        "objects share that both can change?",
        "An integer cannot be changed in place, a list with one integer can: rows and detach hand "
        "on the very same list.",
        "rows(): Watched(self.data[start:stop], self.counter). clone() has a copy, and a new list.",
        "save(): then = self.version; and a function inside, which raises RuntimeError if "
        "self.version != then, and otherwise returns self.data.",
    ),
    difficulty=2,
    minutes=20,
    helpers=(array, opened),
    without=("micrograd_lab",),
)  # fmt: skip
