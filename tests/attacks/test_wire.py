"""What crosses the wall arrives as it was sent, and what is damaged does no harm."""

import math
import struct
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from micrograd_lab.grader import wire
from micrograd_lab.grader.child import encode
from micrograd_lab.grader.compare import alike
from micrograd_lab.grader.diagnose import draw
from micrograd_lab.grader.exercises import find
from micrograd_lab.grader.runner import run


def there(message):
    [arrived] = wire.unpack(wire.pack(message))
    return arrived


@pytest.mark.parametrize("x", [None, True, 3, -0.5, 1e300, "é", [1, [2.0, "a"]], {"other": "set"}])
def test_plain_data_arrives_as_it_was(x):
    assert there({"answer": x}) == {"answer": x}


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "uint8", "bool"])
def test_an_array_arrives_with_its_shape_type_and_entries(dtype):
    x = np.arange(6).reshape(2, 3).astype(dtype)
    arrived = there({"answer": [encode(x), encode(x.T)]})["answer"]
    assert [a["shape"] for a in arrived] == [[2, 3], [3, 2]]
    assert list(wire.entries(arrived[1])) == x.T.ravel().tolist()
    assert alike(arrived[0], encode(x), 0.0)
    assert not alike(arrived[0], encode(x.T), 9.0)
    assert not alike(arrived[0], encode(x.astype("int16")), 9.0)


def test_nan_in_an_array_is_never_right():
    assert not alike(encode(np.array([math.nan])), encode(np.array([math.nan])), 9.0)


@pytest.mark.parametrize(
    ("dtype", "shape", "data"),
    [("float64", [2], b"12345678"), ("float64", [1 << 40, 1 << 40], b""), ("object", [1], b"12345678"),
     ("float64", [1] * 9, b"12345678"), ("float64", [], b"")],
)  # fmt: skip
def test_a_header_that_does_not_account_for_its_bytes_is_refused(dtype, shape, data):
    with pytest.raises(ValueError, match="array"):
        wire.array(dtype, shape, data)


def test_every_cut_of_a_reply_is_survived():
    whole = wire.pack({"probe": 0, "answer": [encode(np.ones(3)), 1.5]}) + wire.pack({"done": True})
    for n in range(len(whole)):
        list(wire.unpack(whole[:n]))
    assert len(list(wire.unpack(whole))) == 2


def test_noise_in_any_place_is_survived():
    rng = Random(1)
    whole = wire.pack({"probe": 0, "answer": [encode(np.ones(3)), {"other": "x"}]})
    for _ in range(3000):
        noisy = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            noisy[rng.randrange(len(noisy))] = rng.randrange(256)
        for message in wire.unpack(bytes(noisy)):
            assert isinstance(message, dict)


def test_nothing_is_read_beyond_the_largest_frame():
    assert list(wire.unpack(struct.pack(">cI", b"J", 2**32 - 1) + b"{}")) == []


def test_each_group_of_probes_meets_a_fresh_child():
    [slope] = find("ex01a")
    source = "calls = []\ndef slope(f, x, h=0):\n    calls.append(x)\n    return float(len(calls))"
    probes = tuple(replace(p, group=i) for i, p in enumerate(slope.probes))
    args = draw(slope, Random(1))
    together = run(slope, source, args).answers
    apart = run(replace(slope, probes=probes), source, args).answers
    assert together[0] == apart[0] == apart[1] == {"answer": 1.0}
    assert together[1] == {"answer": 2.0}
