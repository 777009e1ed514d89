"""The text of a tensor is PyTorch's, character by character."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from micrograd_lab import printing  # noqa: E402
from micrograd_lab.tensor import wrap  # noqa: E402

SHAPES = [(), (1,), (3,), (30,), (2, 3), (4, 1), (3, 2, 4), (2, 2, 2, 2), (0,), (0, 3)]
SHAPES += [(1100,), (40, 40), (11, 11, 11), (2, 600, 2)]
OPTIONS = [
    {"profile": "default"},
    {"profile": "default", "precision": 2},
    {"profile": "default", "sci_mode": True},
    {"profile": "default", "sci_mode": False},
    {"profile": "short"},
    {"profile": "default", "linewidth": 40},
    {"profile": "default", "threshold": 5, "edgeitems": 1},
    {"profile": "default", "precision": 7, "linewidth": 120},
]
MAKERS = {
    "normal": lambda rng, s: rng.normal(size=s),
    "large": lambda rng, s: rng.normal(size=s) * 1e5,
    "tiny": lambda rng, s: rng.normal(size=s) * 1e-6,
    "whole": lambda rng, s: rng.integers(-9, 9, s) * 1.0,
    "millions": lambda rng, s: rng.integers(-9, 9, s) * 1e6,
    "zeros": lambda rng, s: np.zeros(s),
    "nans": lambda rng, s: np.where(rng.random(s) > 0.6, np.nan, rng.normal(size=s)),
    "infs": lambda rng, s: np.where(rng.random(s) > 0.6, -np.inf, np.rint(rng.normal(size=s))),
    "wide": lambda rng, s: rng.normal(size=s) * 10.0 ** rng.integers(-3, 3, s),
    "int": lambda rng, s: rng.integers(-9, 99999, s),
    "int32": lambda rng, s: rng.integers(-9, 9, s).astype(np.int32),
    "bool": lambda rng, s: rng.random(s) > 0.5,
}


@pytest.fixture(params=OPTIONS, ids=lambda o: ",".join(map(str, o.values())))
def options(request):
    torch.set_printoptions(**request.param)
    printing.set_printoptions(**request.param)
    yield
    torch.set_printoptions(profile="default")
    printing.set_printoptions(profile="default")


@pytest.mark.parametrize("kind", MAKERS)
def test_it_prints_as_in_pytorch(options, kind):
    rng = np.random.default_rng(0)
    for k, shape in enumerate(SHAPES):
        made = np.asarray(MAKERS[kind](rng, shape))
        floats = made.dtype.kind == "f"
        for dtype, wanted in itertools.product((np.float32, np.float64, np.float16), (False, True)):
            with np.errstate(over="ignore", under="ignore"):
                array = made.astype(dtype) if floats else made
            theirs = torch.from_numpy(array.copy()).requires_grad_(floats and wanted)
            ours = wrap(array.copy()).requires_grad_(floats and wanted)
            if k % 2:
                theirs, ours = theirs * 1, ours * 1
            assert repr(ours) == repr(theirs)
            if not floats:
                break
