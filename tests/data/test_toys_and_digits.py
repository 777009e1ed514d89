"""Toys and digits: shapes, seeds, and the geometry that their names promise."""

import sys

import numpy as np
import pytest

import micrograd_lab as torch
from micrograd_lab import data
from micrograd_lab.data.digits import _load
from micrograd_lab.errors import FolderError, OptionError
from micrograd_lab.tour import digits as tour

PLANE = [data.moons, data.circles, data.spirals, data.linear]


@pytest.mark.parametrize("toy", PLANE, ids=lambda f: f.__name__)
def test_points_of_the_plane_in_classes_of_equal_size(toy):
    x, y = toy(n=60, seed=4)
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((60, 2), torch.float32, (60,), torch.int64)
    assert len(set(np.bincount(y.numpy()).tolist())) == 1
    assert len(set(y[:30].tolist())) == len(set(y.tolist()))  # mixed: half will do


@pytest.mark.parametrize("toy", [*PLANE, data.line], ids=lambda f: f.__name__)
def test_the_seed_decides_and_a_generator_goes_on(toy):
    assert toy(seed=1)[0].tolist() == toy(seed=1)[0].tolist()
    assert toy(seed=1)[0].tolist() != toy(seed=2)[0].tolist()
    generator = torch.Generator().manual_seed(1)
    first, second = toy(seed=generator)[0], toy(seed=generator)[0]
    assert first.tolist() == toy(seed=1)[0].tolist()
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("toy", [*PLANE, data.line], ids=lambda f: f.__name__)
@pytest.mark.parametrize("options", [{"n": 0}, {"noise": -1}, {"noise": float("nan")}], ids=str)
def test_impossible_sizes_and_noises_are_refused(toy, options):
    with pytest.raises(OptionError):
        toy(**options)


def test_without_noise_the_points_lie_where_they_should():
    x, y = (t.numpy() for t in data.circles(100, noise=0, factor=0.25))
    np.testing.assert_allclose(np.hypot(*x.T), np.where(y, 0.25, 1), rtol=1e-5)
    x, y = (t.numpy() for t in data.linear(500, margin=0.2))
    across = x.sum(1) / np.sqrt(2)
    assert ((across > 0) == (y == 1)).all()
    assert np.abs(across).min() >= 0.2 - 1e-6
    assert np.abs(x).max() <= np.sqrt(2) + 1e-6
    x, y = (t.numpy() for t in data.moons(100, noise=0))
    centre = np.where(y[:, None], [1, 0.5], [0, 0])
    np.testing.assert_allclose(np.hypot(*(x - centre).T), 1, rtol=1e-5)
    x, y = (t.numpy() for t in data.line(50, noise=0, slope=3, intercept=1))
    np.testing.assert_allclose(y, 3 * x + 1, rtol=1e-5, atol=1e-6)


def test_spirals_have_the_classes_asked_for():
    assert set(data.spirals(50, classes=5)[1].tolist()) == set(range(5))
    with pytest.raises(OptionError, match="classes=0"):
        data.spirals(classes=0)


def test_digits_are_split_once_and_for_all_in_equal_shares():
    train, test = data.digits("train"), data.digits("test")
    assert (len(train), len(test)) == (1352, 445)
    images, labels = train.tensors
    assert (images.shape, images.dtype, labels.dtype) == (
        (1352, 1, 8, 8),
        torch.float32,
        torch.int64,
    )
    assert (images.min().item(), images.max().item()) == (0, 1)
    counts = [np.bincount(part.tensors[1].numpy()) for part in (train, test)]
    np.testing.assert_allclose(counts[1] / sum(counts), 0.25, atol=0.01)
    with pytest.raises(OptionError, match="'train' and 'test'"):
        data.digits("valid")


def test_the_split_is_the_tours():
    for ours, theirs in zip((data.digits("train"), data.digits("test")), tour.load(), strict=True):
        images, labels = ours.tensors
        np.testing.assert_array_equal(images.numpy()[:, 0], theirs.images.astype(np.float32))
        np.testing.assert_array_equal(labels.numpy(), theirs.answers)


def test_one_who_changes_the_digits_changes_a_copy():
    data.digits("test").tensors[0].zero_()
    assert data.digits("test").tensors[0].max().item() == 1


def test_without_scikit_learn_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    _load.cache_clear()
    with pytest.raises(FolderError, match="pip install scikit-learn"):
        data.digits()
