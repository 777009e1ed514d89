"""Run one program in PyTorch or in micrograd_lab, from the same start and with the same random numbers.

The two libraries draw differently from the same seed.  So each parameter is filled by its name, and
while the program runs every random function of the library reads from one stream of NumPy's.
"""

import ast
import math
import re
import zlib
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
from threadpoolctl import threadpool_limits

FOLDER = Path(__file__).parent
RECORDED = FOLDER / "recorded"
OWN = ("__init__", "harness", "record")
NAMES = [
    p.stem
    for p in sorted(FOLDER.glob("*.py"))
    if p.stem not in OWN and not p.stem.startswith("test_")
]
DTYPES = ("float64", "float32")


# --- the program ------------------------------------------------------------------------------


def source_of(name):
    """The program's text."""
    return (FOLDER / f"{name}.py").read_text(encoding="utf-8")


CHANGES = (
    (r"(\s*)import torch", r"\1import micrograd_lab as torch"),
    (r"(\s*)import torch(\.[\w.]+ as \w+)", r"\1import micrograd_lab\2"),
    (r"(\s*)from torch((\.[\w.]+)? import .*)", r"\1from micrograd_lab\2"),
)


def translated(source):
    """The program for micrograd_lab: other imports, and not a letter else."""
    before = source.split("\n")
    lines = [for_us(line) for line in before]
    imports = {n.lineno - 1 for n in ast.walk(ast.parse(source)) if isinstance(n, IMPORT)}
    changed = {i for i, line in enumerate(before) if line != lines[i]}
    assert changed <= imports, f"not an import: {sorted(changed - imports)}"
    left = [n for n in modules_of("\n".join(lines)) if n.split(".")[0] == "torch"]
    assert not left, f"write the import of {left} in a form that can be translated"
    return "\n".join(lines)


IMPORT = ast.Import | ast.ImportFrom


def for_us(line):
    """One line; other lines than imports from torch stay as they are."""
    for torch_line, our_line in CHANGES:
        if found := re.fullmatch(torch_line, line):
            return found.expand(our_line)
    return line


def modules_of(source):
    """The modules that a text imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def load(name, library):
    """The program as a module; library is "torch" or "micrograd_lab"."""
    text = source_of(name) if library == "torch" else translated(source_of(name))
    module = ModuleType(name)
    exec(compile(text, f"{name}.py in {library}", "exec"), module.__dict__)
    return module


def run(name, library, dtype, **options):
    """The losses of main(**options), in this default dtype."""
    torch = import_module(library)
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        program = load(name, library)
        build = program.build

        def filled(*args, **kwargs):
            built = build(*args, **kwargs)
            fill(torch, built)
            return built

        program.build = filled
        source = np.random.default_rng(zlib.crc32(name.encode()))
        with one_stream(torch, source), threadpool_limits(1):  # for work so small threads only wait
            return [float(loss) for loss in program.main(**options)]
    finally:
        torch.set_default_dtype(before)


# --- the same start -----------------------------------------------------------------------------


def fill(torch, built):
    """Numbers that depend on a parameter's name and shape alone.  built: a module, or some."""
    for i, module in enumerate(built if isinstance(built, tuple | list) else [built]):
        for name, parameter in module.named_parameters():
            numbers = start_of(f"{i}.{name}", tuple(parameter.shape))
            with torch.no_grad():
                parameter.copy_(torch.tensor(numbers, dtype=parameter.dtype))


def start_of(name, shape):
    """Weights that keep the size of what passes, scales near 1, shifts near 0."""
    numbers = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
    if len(shape) > 1:
        return numbers / math.sqrt(math.prod(shape[1:]))
    return name.endswith("weight") + 0.1 * numbers


# --- the same random numbers --------------------------------------------------------------------


@contextmanager
def one_stream(torch, source):
    """A block in which the library's random functions read from `source`."""
    sampler = import_module(f"{torch.__name__}.utils.data").RandomSampler
    with ExitStack() as stack:
        for name, function in functions(torch, source).items():
            stack.enter_context(patch.object(torch, name, function))
        for name, method in methods(torch, source).items():
            stack.enter_context(patch.object(torch.Tensor, name, method))
        stack.enter_context(patch.object(sampler, "__iter__", order(source)))
        yield


def functions(torch, source):
    """torch.randn and its like, by name."""

    def tensor(numbers, dtype=None, device=None, requires_grad=False, generator=None):
        dtype = torch.get_default_dtype() if dtype is None else dtype
        return torch.tensor(numbers, dtype=dtype, requires_grad=requires_grad)

    def shape_of(size):
        return tuple(size[0]) if size and not isinstance(size[0], int) else size

    def randn(*size, **kw):
        return tensor(source.standard_normal(shape_of(size)), **kw)

    def rand(*size, **kw):
        return tensor(source.random(shape_of(size)), **kw)

    def randn_like(x, **kw):
        return randn(tuple(x.shape), **{"dtype": x.dtype, **kw})

    def rand_like(x, **kw):
        return rand(tuple(x.shape), **{"dtype": x.dtype, **kw})

    def randint(low, high=None, size=None, **kw):
        if size is None:  # randint(high, size)
            low, high, size = 0, low, high
        elif high is None:  # randint(high, size=size)
            low, high = 0, low
        return tensor(source.integers(low, high, tuple(size)), **{"dtype": torch.int64, **kw})

    def randperm(n, **kw):
        return tensor(source.permutation(n), **{"dtype": torch.int64, **kw})

    def normal(mean=0.0, std=1.0, size=None, **kw):
        if size is not None:
            return randn(size, **kw) * std + mean
        centre = mean + 0 * std  # one of the two may be a number
        return randn_like(centre) * std + centre

    def bernoulli(p, generator=None):
        return (rand_like(p) < p).to(p.dtype)

    def multinomial(weights, num_samples, replacement=False, generator=None):
        """By a race: category k finishes after an exponential time of rate weights[k]."""
        rows = np.asarray(weights.detach().tolist())
        assert not replacement or num_samples == 1, "with replacement, one at a time"
        with np.errstate(divide="ignore"):
            times = source.standard_exponential(rows.shape) / rows
        return tensor(np.argsort(times, -1)[..., :num_samples].copy(), torch.int64)

    found = (randn, rand, randn_like, rand_like, randint, randperm, normal, bernoulli, multinomial)
    return {f.__name__: f for f in found}


def methods(torch, source):
    """x.normal_() and its like, by name."""

    def put(x, numbers):
        with torch.no_grad():
            return x.copy_(torch.tensor(numbers, dtype=x.dtype))

    def normal_(self, mean=0.0, std=1.0, generator=None):
        return put(self, mean + std * source.standard_normal(tuple(self.shape)))

    def uniform_(self, a=0.0, b=1.0, generator=None):
        return put(self, source.uniform(a, b, tuple(self.shape)))

    def bernoulli_(self, p=0.5, generator=None):
        return put(self, (source.random(tuple(self.shape)) < p) * 1.0)

    def multinomial(self, *args, **kw):
        return torch.multinomial(self, *args, **kw)

    def bernoulli(self, *args, **kw):
        return torch.bernoulli(self, *args, **kw)

    found = (normal_, uniform_, bernoulli_, multinomial, bernoulli)
    return {f.__name__: f for f in found}


def order(source):
    """RandomSampler.__iter__: how a DataLoader shuffles."""
    return lambda self: iter(source.permutation(len(self.data_source)).tolist())
