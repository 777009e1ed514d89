"""IDX files: every dtype of the format, and a clear error for every kind of damage."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab.data import mnist, read_idx
from micrograd_lab.errors import FileError, FolderError, OptionError

KINDS = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx(array, code=None, shape=None):
    code = KINDS[array.dtype.str[1:]] if code is None else code
    shape = array.shape if shape is None else shape
    header = struct.pack(f">HBB{len(shape)}I", 0, code, len(shape), *shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def written(tmp_path, content, zipped=False, name="x"):
    path = tmp_path / name
    path.write_bytes(gzip.compress(content, mtime=0) if zipped else content)
    return path


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(5,), (2, 3, 4), (0, 3), ()], ids=str)
def test_every_kind_of_number_comes_back(tmp_path, kind, shape, zipped):
    array = (np.random.default_rng(0).normal(size=shape) * 50).astype("f8")
    array = np.asarray(np.abs(array) if kind == "u1" else array).astype(kind)
    got = read_idx(written(tmp_path, idx(array), zipped))
    assert got.dtype == array.dtype
    np.testing.assert_array_equal(got.numpy(), array)
    got.add_(1)  # the memory is writable, and in this machine's byte order
    assert got.array.dtype.isnative


GOOD = np.arange(24, dtype="u1").reshape(2, 3, 4)
WHOLE = idx(GOOD)
DAMAGE = {
    "empty": (b"", "it is empty"),
    "two bytes": (b"\0\0", "begins with 00 00"),
    "a bad magic": (b"\1" + WHOLE[1:], "no IDX file"),
    "text": (b"<html>not found</html>", "no IDX file"),
    "an unknown kind": (idx(GOOD, code=0x0A), "third byte, 0a"),
    "too many dimensions": (b"\0\0\x08\xff" + b"\0\0\0\1" * 255, "255 dimensions"),
    "ends in the header": (WHOLE[:9], "inside its header"),
    "ends in the numbers": (WHOLE[:-5], "incomplete"),
    "only a header": (WHOLE[:16], "incomplete"),
    "too long": (WHOLE + b"\0", "too long"),
    "a header that says too much": (idx(GOOD, shape=(2, 3, 5)), "2 × 3 × 5 numbers of uint8, 30"),
    "a header that says too little": (idx(GOOD, shape=(2, 3, 3)), "too long"),
    "sizes that overflow": (idx(GOOD, shape=(2**32 - 1,) * 3), "no memory is that large"),
    "overflow behind a zero": (idx(GOOD[:0], shape=(0, *(2**32 - 1,) * 3)), "no memory"),
}


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named(tmp_path, damage, zipped):
    content, words = DAMAGE[damage]
    with pytest.raises(FileError, match=words) as found:
        read_idx(written(tmp_path, content, zipped))
    assert "read_idx(" in str(found.value)


def test_every_prefix_of_a_file_is_damaged(tmp_path):
    for zipped, whole in ((False, WHOLE), (True, gzip.compress(WHOLE, mtime=0))):
        for length in range(len(whole)):
            with pytest.raises(FileError):
                read_idx(written(tmp_path, whole[:length], name=f"{zipped}"))


def test_every_changed_byte_of_a_gzip_is_damaged_or_harmless(tmp_path):
    whole = bytearray(gzip.compress(WHOLE, mtime=0))
    for at in range(len(whole)):
        whole[at] ^= 0x40
        try:
            got = read_idx(written(tmp_path, bytes(whole)))
            np.testing.assert_array_equal(got.numpy(), GOOD)  # a byte such as the file's date
        except FileError:
            pass
        whole[at] ^= 0x40


@pytest.mark.parametrize("zipped", [False, True])
def test_a_header_cannot_ask_for_memory_that_the_file_does_not_fill(tmp_path, zipped):
    path = written(tmp_path, idx(GOOD, shape=(1000, 1000, 1000)), zipped)
    tracemalloc.start()
    try:
        with pytest.raises(FileError):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


def test_a_gzip_that_ends_early_or_goes_on_is_found_even_if_the_header_could_be_true(tmp_path):
    many = np.zeros(200_000, "u1")
    for shape, words in (((199_999,), "too long"), ((200_001,), "incomplete")):
        with pytest.raises(FileError, match=words):
            read_idx(written(tmp_path, idx(many, shape=shape), zipped=True))
    assert read_idx(written(tmp_path, idx(many), zipped=True)).shape == (200_000,)


def test_a_missing_file_is_the_systems_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none")


def folder_of(tmp_path, images, labels, part="train", dot="-", end=""):
    for kind, rank, array in (("images", 3, images), ("labels", 1, labels)):
        name = f"{part}-{kind}{dot}idx{rank}-ubyte{end}"
        written(tmp_path, idx(array), bool(end), name)
    return tmp_path


LABELS = np.array([7, 1], "u1")


@pytest.mark.parametrize("end", ["", ".gz"])
@pytest.mark.parametrize("dot", "-.")
@pytest.mark.parametrize(("split", "part"), [("train", "train"), ("test", "t10k")])
def test_mnist_is_found_in_its_folder(tmp_path, split, part, dot, end):
    data = mnist(folder_of(tmp_path, GOOD * 10, LABELS, part, dot, end), split)
    images, labels = data.tensors
    assert (images.shape, images.dtype) == ((2, 1, 3, 4), torch.float32)
    np.testing.assert_allclose(images.numpy()[:, 0], GOOD * 10 / 255, rtol=1e-6)
    assert (labels.tolist(), labels.dtype) == ([7, 1], torch.int64)


def test_mnist_files_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(FileError, match="2 images, but 3 labels"):
        mnist(folder_of(tmp_path, GOOD, np.zeros(3, "u1")))
    with pytest.raises(FileError, match=r"expected uint8 with 3"):
        mnist(folder_of(tmp_path, GOOD[0], LABELS))
    with pytest.raises(FileError, match=r"holds int32"):
        mnist(folder_of(tmp_path, GOOD, LABELS.astype("i4")))
    with pytest.raises(FolderError, match="t10k-images-idx3-ubyte"):
        mnist(tmp_path, "test")
    with pytest.raises(OptionError, match="'train' and 'test'"):
        mnist(tmp_path, "valid")
