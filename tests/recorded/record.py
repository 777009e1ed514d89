"""Ask PyTorch, and keep the answers:  python -m tests.recorded.record"""

import json
import warnings
from pathlib import Path

from tests.recorded import cases, layers, optimisers

HOME = Path(__file__).parent


def keep(name, questions, ask):
    """One file of answers, a line for each question."""
    answers = {}
    for case in questions:
        try:
            answers[case] = ask(case)
        except Exception as error:
            raise SystemExit(f"{case}: {type(error).__name__}: {error}") from error
    lines = ",\n".join(f"{json.dumps(c)}: {json.dumps(a)}" for c, a in answers.items())
    (HOME / name).write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{name}: {len(answers)} answers")


if __name__ == "__main__":
    import torch
    import torch.nn.functional

    warnings.simplefilter("ignore")
    print(f"PyTorch {torch.__version__}")
    keep("answers.json", cases.all_cases(), lambda c: cases.answer(torch, torch.nn.functional, c))
    keep("layers.json", layers.all_cases(), lambda c: layers.answer(torch, c))
    keep("optimisers.json", optimisers.trainings(), lambda c: optimisers.path(torch, c))
    keep("schedules.json", optimisers.schedules(), lambda c: optimisers.rates(torch, c))
