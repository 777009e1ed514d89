"""The recorded losses of the programs, which ours are compared with, are what PyTorch gives."""

import pytest

from tests.programs.harness import DTYPES, NAMES, run
from tests.programs.test_programs import assert_same_curve, recorded

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", NAMES)
def test_its_recording_is_what_pytorch_gives_now(name, dtype):
    kept = recorded(name)
    assert torch.__version__.split("+")[0] == kept["torch"]
    assert_same_curve(run(name, "torch", dtype), kept[dtype], dtype)
