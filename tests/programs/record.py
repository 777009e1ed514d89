"""Run the programs in PyTorch, and keep their losses:  python -m tests.programs.record [names]"""

import json
import sys

from tests.programs.harness import DTYPES, NAMES, RECORDED, run

if __name__ == "__main__":
    import torch

    for name in sys.argv[1:] or NAMES:
        kept = {"torch": torch.__version__.split("+")[0]}
        kept |= {dtype: [float(f"{x:.12g}") for x in run(name, "torch", dtype)] for dtype in DTYPES}
        lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in kept.items())
        (RECORDED / f"{name}.json").write_text("{\n" + lines + "\n}\n", encoding="utf-8")
        first, last = kept["float64"][0], kept["float64"][-1]
        print(f"{name}: from {first:.4g} to {last:.4g} in {len(kept['float64'])} steps")
