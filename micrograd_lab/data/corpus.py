"""A text to learn from that is always at hand: little tales, told by a grammar.

Its rules reach further than a letter or two, so a model with memory beats one without: verbs agree
with a subject some words back, brackets and quotes close, lines rhyme, sums are right, and what was
lost at the start of a tale is found at its end.
"""

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import TypeVar

T = TypeVar("T")

PEOPLE = tuple(
    (name, pronoun)
    for names, pronoun in (("Mira Anna Lotte Ruth Ida", "she"), ("Tom Karl Emil Hugo Otto", "he"))
    for name in names.split()
)
JOBS = ["baker", "miller", "sailor", "teacher", "painter", "gardener", "fiddler", "weaver"]
THINGS = ["lamp", "key", "boat", "drum", "bell", "kite", "ladder", "basket"]
COLOURS = ["red", "green", "golden", "silver", "wooden", "little", "white"]
PLACES = (
    "under the bridge", "behind the mill", "near the old well", "on the roof", "in the tower",
    "by the river", "between two stones", "below the stairs",
)  # fmt: skip
ANIMALS = ["fox", "owl", "mouse", "goose", "hare", "cat", "dog", "crow"]
ALONE, TOGETHER = zip(
    ("sings", "sing"), ("waits", "wait"), ("sleeps", "sleep"), ("listens", "listen"),
    ("dances", "dance"), strict=True,
)  # fmt: skip
WHEN = ("at night", "in the morning", "when it rains", "all summer", "after supper")
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
)  # fmt: skip
# Words of a row rhyme: what one sees, and how one goes on.
RHYMES = (
    (("the hill", "the mill", "the window sill"), ("stood still", "felt a chill", "ate its fill")),
    (("the tree", "the sea", "the bee"), ("ran free", "shouted with glee", "drank cold tea")),
    (("the night", "the light", "the kite"), ("took flight", "held on tight", "hid from sight")),
    (("the rain", "the lane", "the train"), ("came again", "cried in vain", "ate the grain")),
    (("the snow", "the crow", "the row"), ("walked slow", "bent low", "began to grow")),
    (("the day", "the bay", "the hay"), ("ran away", "came to play", "chose to stay")),
)  # fmt: skip


@cache
def corpus(size: int = 200_000, seed: int = 1) -> str:
    """Tales of at least `size` characters together; the same text for the same seed, everywhere."""
    tell = _Teller(seed)
    tales: list[str] = []
    length = 0
    while length < size:
        tales.append(tell.tale())
        length += len(tales[-1]) + 1
    return "\n".join(tales)


class _Teller:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random  # the one method whose numbers Python promises to keep

    def below(self, n: int) -> int:
        return int(self.random() * n)

    def one(self, of: Sequence[T]) -> T:
        return of[self.below(len(of))]

    def tale(self) -> str:
        """What was lost, what happened meanwhile, and where it was found."""
        name, pronoun = self.one(PEOPLE)
        other = self.one([n for n, _ in PEOPLE if n != name])
        thing = f"{self.one(COLOURS)} {self.one(THINGS)}"
        place = self.one(PLACES)
        middle = [self.one((self.habit, self.sum, self.days, self.rhyme))() for _ in range(3)]
        return "\n".join(
            [
                f"On {self.one(DAYS)} {name} the {self.one(JOBS)} lost a {thing}.",
                f'"Where is my {thing}?" asked {name}.',
                f'"Look {place}," said {other}{self.aside(0.4)}.',
                *middle,
                f"So {name} went to look {place}, and there {pronoun} found the {thing}.",
                "",
            ]
        )

    def aside(self, chance: float) -> str:
        """Something in brackets, perhaps with brackets in it."""
        if self.random() >= chance:
            return ""
        return f" (for {self.clause()}{self.aside(chance / 2)})"

    def clause(self) -> str:
        """One animal sings, several sing, whatever stands between subject and verb."""
        many, which = self.random() < 0.5, self.below(len(ALONE))
        subject = self.plural(self.one(ANIMALS)) if many else self.one(ANIMALS)
        between = f" near the {self.plural(self.one(THINGS))}" if self.random() < 0.3 else ""
        if self.random() < 0.3:
            between = f" with the {self.one(THINGS)}"
        return f"the {subject}{between} {(TOGETHER if many else ALONE)[which]} {self.one(WHEN)}"

    def habit(self) -> str:
        first = self.clause()
        return f"{first[0].upper()}{first[1:]}{self.aside(0.3)}, and {self.clause()}."

    def sum(self) -> str:
        a, b, thing = 1 + self.below(9), 1 + self.below(9), self.one(THINGS)
        first, second = (f"{NUMBERS[n]} {self.counted(n, thing)}" for n in (a, b))
        return f"{first.capitalize()} and {second} make {NUMBERS[a + b]} {self.plural(thing)}."

    def days(self) -> str:
        day = self.below(7)
        return f"After {DAYS[day]} came {DAYS[(day + 1) % 7]}, and then {DAYS[(day + 2) % 7]}."

    def rhyme(self) -> str:
        seen, done = self.one(RHYMES)
        return f"The {self.one(ANIMALS)} looked at {self.one(seen)},\nand the {self.one(ANIMALS)} {self.one(done)}."

    def counted(self, n: int, thing: str) -> str:
        return thing if n == 1 else self.plural(thing)

    def plural(self, word: str) -> str:
        return {"mouse": "mice", "goose": "geese", "fox": "foxes"}.get(word, f"{word}s")
