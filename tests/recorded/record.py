"""Ask PyTorch, and keep the answers:  python -m tests.recorded.record"""

import json
from pathlib import Path

from tests.recorded.cases import all_cases, answer

PATH = Path(__file__).with_name("answers.json")

if __name__ == "__main__":
    import torch
    import torch.nn.functional

    answers = {}
    for case in all_cases():
        try:
            answers[case] = answer(torch, torch.nn.functional, case)
        except Exception as error:
            raise SystemExit(f"{case}: {type(error).__name__}: {error}") from error
    lines = ",\n".join(f"{json.dumps(c)}: {json.dumps(a)}" for c, a in answers.items())
    PATH.write_text("{\n" + lines + "\n}\n", encoding="utf-8")
    print(f"{len(answers)} answers of PyTorch {torch.__version__} kept")
