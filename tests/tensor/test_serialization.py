"""save and load: everything comes back as it was, and nothing in a file is ever run."""

import contextlib
import io
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.errors import DtypeError, FileError

SUFFIXES = (".npz", ".pt", ".safetensors")


@pytest.fixture(params=SUFFIXES)
def path(request, tmp_path):
    if request.param == ".safetensors":
        pytest.importorskip("safetensors")
    return tmp_path / f"file{request.param}"


def same(a, b):
    if torch.is_tensor(a):
        return (
            a.dtype == b.dtype
            and a.shape == b.shape
            and a.requires_grad == b.requires_grad
            and np.array_equal(a.array, b.array, equal_nan=a.dtype.kind == "f")
        )
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and (a == b or a != a)


@pytest.mark.parametrize(
    "dtype", [torch.float16, torch.float32, torch.float64, torch.int64, torch.uint8, torch.bool]
)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 4)])
def test_a_tensor_comes_back(path, shape, dtype):
    x = torch.Tensor(np.random.default_rng(0).integers(0, 2, shape).astype(dtype))
    torch.save(x, path)
    assert same(torch.load(path), x)


def test_a_nest_comes_back(path):
    x = torch.arange(6.0).reshape(2, 3)
    nest = {
        "weights": {"0.weight": x.T, "0.bias": torch.zeros(3, requires_grad=True)},
        "file": [1, 2.5, True, None, "text", float("nan"), float("-inf")],
        "deep": ([x, (x[0],)], []),
        3: {"../outside": x, "": x, "tensor": x},
        "dtype": torch.float64,
    }
    torch.save(nest, path)
    assert same(torch.load(path), nest)


def test_what_is_saved_does_not_follow_later_changes(path):
    x = torch.zeros(2)
    torch.save({"x": x}, path)
    x.array[:] = 1
    loaded = torch.load(path)["x"]
    assert loaded.tolist() == [0.0, 0.0]
    loaded.array[:] = 2  # and can be written to


def test_an_open_file_will_do():
    file = io.BytesIO()
    torch.save([torch.ones(2)], file)
    file.seek(0)
    assert torch.load(file)[0].tolist() == [1.0, 1.0]


def test_the_same_data_makes_the_same_bytes(path):
    torch.save({"a": torch.ones(3)}, path)
    first = path.read_bytes()
    torch.save({"a": torch.ones(3)}, path)
    assert path.read_bytes() == first


def test_arrays_of_another_program_become_a_dict(tmp_path):
    np.savez(tmp_path / "theirs.npz", a=np.ones(2), b=np.arange(3))
    found = torch.load(tmp_path / "theirs.npz")
    assert found["a"].tolist() == [1.0, 1.0]
    assert found["b"].dtype == torch.int64


class Bomb:
    """Unpickling it would make a file."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return (os.mkdir, (str(self.target),))


def test_a_pickle_is_refused_and_never_opened(tmp_path):
    target, path = tmp_path / "boom", tmp_path / "evil.pt"
    path.write_bytes(pickle.dumps(Bomb(target)))
    with pytest.raises(FileError, match="is a pickle"):
        torch.load(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(Bomb(target)))
    with pytest.raises(FileError, match="is a pickle"):
        torch.load(path)
    objects = np.empty(1, object)
    objects[0] = Bomb(target)
    np.savez(tmp_path / "objects.npz", objects)
    with pytest.raises(FileError, match="damaged"):
        torch.load(tmp_path / "objects.npz")
    assert not target.exists()


def test_every_truncated_or_altered_file_is_a_clear_error_or_the_same_data(path):
    nest = {"a": torch.arange(50.0), "b": [1, "x"]}
    torch.save(nest, path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for cut in rng.integers(0, len(whole), 20):
        path.write_bytes(whole[:cut])
        with pytest.raises(FileError, match=r"damaged|empty|not an archive"):
            torch.load(path)
    for k in rng.integers(0, len(whole), 60):
        changed = bytearray(whole)
        changed[k] ^= 0xFF
        path.write_bytes(changed)
        with contextlib.suppress(FileError):  # a safetensors file has no checksum of its numbers
            torch.load(path)


def test_a_missing_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "nothing.npz")
    with pytest.raises(FileError, match="no folder"):
        torch.save(torch.ones(1), tmp_path / "nowhere" / "x.npz")


@pytest.mark.parametrize("thing", [object(), {"a": [lambda: 0]}, {(1, 2): 3}, {"a": np.ones(2)}])
def test_only_data_is_saved_and_the_message_says_where(thing, tmp_path):
    with pytest.raises(DtypeError, match=r"save: "):
        torch.save(thing, tmp_path / "x.npz")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.npz"
    torch.save(torch.ones(2), path)

    def full(self, target):
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        torch.save(torch.zeros(2), path)
    monkeypatch.undo()
    assert torch.load(path).tolist() == [1.0, 1.0]
    assert [p.name for p in tmp_path.iterdir()] == ["x.npz"]


def test_pickling_a_tensor_is_refused_with_a_way_out():
    with pytest.raises(TypeError, match=r"micrograd_lab\.save"):
        pickle.dumps(torch.ones(2))
