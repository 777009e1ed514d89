"""Which known mistakes explain a submission: by what it answers, never by how it is written."""

import copy
import itertools
import json
from collections.abc import Set
from dataclasses import dataclass
from random import Random
from typing import Any

from micrograd_lab.grader.child import ask
from micrograd_lab.grader.compare import same
from micrograd_lab.grader.spec import Exercise, Misconception

Answers = list[Any]  # one encoded answer per probe; None where none came


@dataclass(frozen=True)
class Key:
    """What the reference and every known mistake answer to one set of questions."""

    right: Answers
    wrong: tuple[Answers, ...]  # in the order of the exercise's misconceptions


def draw(exercise: Exercise, rng: Random) -> list[dict[str, Any]]:
    """Fresh arguments for every probe, as they look after a journey through JSON."""
    return [json.loads(json.dumps(probe.draw(rng))) for probe in exercise.probes]


def answers(exercise: Exercise, entry: Any, args: list[dict[str, Any]]) -> Answers:
    """What an implementation of our own says to every probe, in this process."""
    own = copy.deepcopy(args)  # an implementation may change what it is given
    return [ask(p.question, entry, a) for p, a in zip(exercise.probes, own, strict=True)]


def answer_key(exercise: Exercise, args: list[dict[str, Any]]) -> Key:
    """The answers of the reference and of every known mistake."""
    wrong = tuple(answers(exercise, m.wrong, args) for m in exercise.misconceptions)
    return Key(answers(exercise, exercise.reference, args), wrong)


def agreement(exercise: Exercise, some: Answers, others: Answers) -> list[bool]:
    """Per probe, whether the two answers are the same."""
    return [
        same(a, b, probe.tol) for probe, a, b in zip(exercise.probes, some, others, strict=True)
    ]


def diagnose(
    exercise: Exercise, found: Answers, args: list[dict[str, Any]]
) -> tuple[Misconception, ...]:
    """The mistakes that explain every answer found, or none."""
    return explain(exercise, found, answer_key(exercise, args))


def explain(
    exercise: Exercise, found: Answers, key: Key, unwritten: Set[int] = frozenset()
) -> tuple[Misconception, ...]:
    """The mistakes that explain every answer found but those to the `unwritten` probes, or none.

    One mistake, if its answers are the ones found on all the probes.  Otherwise the smallest set
    of up to three that keep out of each other's way: each one accounts for its own wrong answers,
    and every other probe is right.  Two explanations equally good count as none: we don't guess.
    """
    failed = _unlike(exercise, found, key.right) - unwritten
    if not failed:
        return ()
    candidates: list[tuple[set[int], Misconception]] = []
    for misconception, wrong in zip(exercise.misconceptions, key.wrong, strict=True):
        touched = _unlike(exercise, wrong, key.right) - unwritten
        if touched and touched <= failed and not touched & _unlike(exercise, found, wrong):
            candidates.append((touched, misconception))
    for size in (1, 2, 3):
        explanations = [
            tuple(m for _, m in group)
            for group in itertools.combinations(candidates, size)
            if set().union(*(t for t, _ in group)) == failed
            and sum(len(t) for t, _ in group) == len(failed)
        ]
        if explanations:
            return explanations[0] if len(explanations) == 1 else ()
    return ()


def _unlike(exercise: Exercise, some: Answers, others: Answers) -> set[int]:
    return {i for i, ok in enumerate(agreement(exercise, some, others)) if not ok}
