"""Imports point one way, and the front door is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "micrograd_lab"

# Each may import only from itself and from what stands before it.
LAYERS = (
    *("errors", "files", "command", "graph", "scalar"),
    *("threads", "dtypes", "size", "devices", "ops", "kernels", "record", "engine", "tensor"),
    *("printing", "serialization", "attributes", "from_data", "patterns", "likeness"),
    *("creation", "typed", "generator", "random", "inplace", "filling", "inplace_methods"),
    *("methods", "trees", "forward", "samples", "formula", "autograd", "func", "linalg"),
    *("nn", "optim", "distributions", "testing", "amp", "utils", "data", "train", "compiler"),
    *("namespace", "lens", "grader", "course", "tour", "examples", "cli"),
)
# What an object can do may take more than it is made of; then it imports that when asked.
LATE = {
    ("compiler", "lens"): "the picture of a program",
    ("scalar", "kernels"): "Tape.run, where there is Numba",
    ("threads", "kernels"): "set_num_threads, where there is Numba",
    ("tensor", "autograd"): "Tensor.backward",
    ("tensor", "printing"): "Tensor.__repr__",
    ("ops", "random"): "ops that draw, such as rrelu",
    ("forward", "func"): "an op without a jvp: its vjp is transposed",
    ("autograd", "func"): "gradcheck in forward mode",
}
SCALAR = ("domain", "value", "nn", "dual", "gradcheck", "program", "tape", "taped")


def imports(path):
    """The names of our own modules that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}, line {node.lineno}: write the import in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def wrong_way(path, prefix, layers, own):
    """Imports of `path`, which belongs to layer `own`, from a layer that stands after it."""
    for name in imports(path):
        if not name.startswith(f"{prefix}."):
            continue
        layer = name.removeprefix(f"{prefix}.").split(".")[0]
        if layer == "__version__":
            continue
        if layer not in layers:
            yield f"{path.name}: {name} is not one of {', '.join(layers)}"
        elif layers.index(layer) > layers.index(own) and (own, layer) not in LATE:
            yield f"{path.name}: {own} imports {layer}, which stands after it"


FILES = [p for p in sorted(PACKAGE.rglob("*.py")) if p != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_only_to_earlier_layers(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert own in LAYERS, f"{own}: give it a place in LAYERS"
    assert list(wrong_way(path, "micrograd_lab", LAYERS, own)) == []


@pytest.mark.parametrize("own", SCALAR)
def test_inside_scalar_too(own):
    path = PACKAGE / "scalar" / f"{own}.py"
    assert list(wrong_way(path, "micrograd_lab.scalar", SCALAR, own)) == []


def test_an_import_in_the_wrong_direction_is_found(tmp_path):
    path = tmp_path / "value.py"
    path.write_text(
        "def f():\n    from micrograd_lab.lens import draw\n    import micrograd_lab.cli\n"
    )
    found = list(wrong_way(path, "micrograd_lab", LAYERS, "scalar"))
    assert [line.split(", ")[0] for line in found] == [
        "value.py: scalar imports lens",
        "value.py: scalar imports cli",
    ]


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("micrograd_lab", "numba matplotlib IPython jupyter_core numpy rich typer"),
        ("micrograd_lab.cli", "numba matplotlib IPython jupyter_core numpy"),
        ("micrograd_lab.scalar", "numba matplotlib IPython jupyter_core numpy rich typer"),
        ("micrograd_lab.lens", "numba matplotlib IPython jupyter_core graphviz pygraphviz"),
        ("micrograd_lab.grader", "numba matplotlib IPython jupyter_core"),
        ("micrograd_lab.course", "numba matplotlib IPython jupyter_core jupytext nbformat"),
    ],
)
def test_importing_it_loads_nothing_heavy(module, heavy):
    code = f"import sys, {module}; print(*sorted(set({heavy.split()!r}) & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == []
