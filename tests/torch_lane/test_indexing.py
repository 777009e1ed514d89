"""Indexing next to PyTorch: values, shapes, dtypes, gradients, their gradients, error or no error."""

import warnings

import numpy as np
import pytest

import micrograd_lab as lab

torch = pytest.importorskip("torch")


def tensors(rng, shape, dtype="float64"):
    array = rng.normal(size=shape) * 3
    array = np.round(array * 2) / 2 if dtype != "float64" else array
    array = np.asarray(array).astype(dtype)
    x, t = lab.tensor(array), torch.tensor(array)
    if array.dtype.kind == "f":
        x.requires_grad_()
        t.requires_grad_()
    return x, t


def both(f, xs, ts, rng, second=True):
    """f on the lab's tensors and on PyTorch's: the same error or no error, results and gradients."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            want = f(torch, *ts)
        except Exception as error:  # any
            with pytest.raises((IndexError, RuntimeError, TypeError, ValueError)):
                print(f(lab, *xs), error)
            return
        got = f(lab, *xs)
    outs = list(zip(got, want, strict=True)) if isinstance(want, tuple) else [(got, want)]
    for y, r in outs:
        assert y.shape == tuple(r.shape)
        assert str(y.dtype) == str(r.dtype).removeprefix("torch.")
        np.testing.assert_allclose(y.array, r.detach().numpy(), rtol=1e-6, atol=1e-12)
        assert y.requires_grad == r.requires_grad
    y, r = outs[0]
    if not r.requires_grad:
        return
    leaves, peers = ([x for x in group if getattr(x, "requires_grad", False)] for group in (xs, ts))
    up = rng.normal(size=y.shape).astype(str(y.dtype))
    gs = lab.autograd.grad(y * y, leaves, lab.tensor(up), create_graph=True, materialize_grads=True)
    hs = torch.autograd.grad(
        r * r, peers, torch.tensor(up), create_graph=True, materialize_grads=True
    )
    for g, h in zip(gs, hs, strict=True):
        np.testing.assert_allclose(g.array, h.detach().numpy(), rtol=1e-5, atol=1e-8)
    pairs = [
        (g, h) for g, h in zip(gs, hs, strict=True) if second and h.requires_grad and h.numel()
    ]
    for g, h in pairs:
        down = rng.normal(size=g.shape).astype(str(g.dtype))
        gg = lab.autograd.grad(
            g, leaves, lab.tensor(down), materialize_grads=True, retain_graph=True
        )
        hh = torch.autograd.grad(
            h, peers, torch.tensor(down), materialize_grads=True, retain_graph=True
        )
        for a, b in zip(gg, hh, strict=True):
            np.testing.assert_allclose(a.array, b.detach().numpy(), rtol=1e-5, atol=1e-7)


def random_index(rng, shape):
    """One index of any form, sometimes a wrong one; as NumPy and Python objects."""
    items, axis, joint = [], 0, int(rng.integers(1, 4))
    while axis < len(shape) and rng.random() < 0.9:
        n = shape[axis]
        form = rng.integers(0, 12)
        if form == 0:
            items.append(None)
            continue
        if form == 1 and not any(i is Ellipsis for i in items):
            items.append(...)
            axis += int(rng.integers(0, 2))
            continue
        if form in (2, 3):
            items.append(int(rng.integers(-n, n)) if n and rng.random() < 0.95 else n)
        elif form in (4, 5, 6):
            a, b = (None if rng.random() < 0.4 else int(rng.integers(-n - 1, n + 2)) for _ in "ab")
            items.append(slice(a, b, None if rng.random() < 0.5 else int(rng.integers(1, 3))))
        elif form in (7, 8, 9):
            size = (joint,) if rng.random() < 0.7 else (2, joint) if rng.random() < 0.5 else ()
            index = np.asarray(
                rng.integers(-n, max(n, 1), size=size) if n else np.zeros(size)
            ).astype(int)
            items.append(index if rng.random() < 0.7 or index.ndim > 1 else index.tolist())
        elif form == 10:
            items.append(rng.random(n) < 0.5)
        else:
            k = min(2, len(shape) - axis)
            items.append(rng.random(shape[axis : axis + k]) < 0.5)
            axis += k - 1
        axis += 1
    if rng.random() < 0.05:
        items.append(bool(rng.random() < 0.5))
    if len(items) == 1 and rng.random() < 0.7:
        return items[0]
    return tuple(items)


def as_index(module, index):
    def one(item):
        return module.tensor(item) if isinstance(item, np.ndarray) else item

    return tuple(map(one, index)) if isinstance(index, tuple) else one(index)


def same_only_once(index):
    """Whether writing through the index says which value wins."""
    return not any(isinstance(i, (list, np.ndarray)) and np.asarray(i).dtype != bool for i in index)


SHAPES = [(), (1,), (4,), (3, 4), (2, 3, 4), (2, 1, 3, 2), (0,), (2, 0, 3)]
DTYPES = ["float64", "float64", "float32", "int64", "bool"]


def shuffled(x, t):
    return (x.transpose(0, -1), t.transpose(0, -1)) if x.ndim > 1 else (x, t)


@pytest.mark.parametrize("seed", range(240))
def test_getitem_agrees(seed):
    rng = np.random.default_rng(seed)
    shape, dtype = SHAPES[seed % len(SHAPES)], DTYPES[int(rng.integers(0, 5))]
    x, t = tensors(rng, shape, dtype)
    turned = rng.random() < 0.3 and len(shape) > 1
    index = random_index(rng, shape[::-1] if turned and len(shape) == 2 else shape)

    def f(module, x):
        x = x.transpose(0, -1) if turned and len(shape) == 2 else x
        return x[as_index(module, index)]

    both(f, (x,), (t,), rng)


@pytest.mark.parametrize("seed", range(240))
def test_setitem_agrees(seed):
    rng = np.random.default_rng(10_000 + seed)
    shape, dtype = SHAPES[seed % len(SHAPES)], DTYPES[int(rng.integers(0, 5))]
    x, t = tensors(rng, shape, dtype)
    index = random_index(rng, shape)
    items = index if isinstance(index, tuple) else (index,)
    try:
        place = t[as_index(torch, index)].shape
    except Exception:
        place = (1,)
    place = tuple(place)[int(rng.integers(0, 2)) if place else 0 :]
    place = tuple(1 if rng.random() < 0.2 else n for n in place)
    if rng.random() < 0.05:
        place = (*place, 2)
    v, s = tensors(rng, place, dtype)
    if not same_only_once(items):  # then only one value is possible: all of them
        v, s = tensors(rng, (), dtype)

    def f(module, x, v):
        y = x.clone()
        y[as_index(module, index)] = v
        return y

    both(f, (x, v), (t, s), rng)


def along(rng, shape, dim):
    smaller = [int(rng.integers(0 if rng.random() < 0.1 else 1, n + 1)) if n else 0 for n in shape]
    if smaller:
        smaller[dim] = int(rng.integers(1, 5))
    return rng.integers(0, shape[dim] if shape and shape[dim] else 1, size=smaller)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 4), (2, 3, 4), (2, 0, 3)])
@pytest.mark.parametrize("seed", range(1))
def test_gather_scatter_and_their_kin_agree(seed, shape, dtype):
    rng = np.random.default_rng(seed + 7 * len(shape))
    for dim in range(-max(len(shape), 1), max(len(shape), 1) + 1):
        axis = dim % max(len(shape), 1)
        x, t = tensors(rng, shape, dtype)
        index = along(rng, shape, axis)
        room = int(dtype == "int64")  # PyTorch's own backward fails for a source with room to spare
        wide = tuple(n + int(rng.integers(0, 1 + room)) for n in index.shape)
        v, s = tensors(rng, wide, dtype)

        def case(f, xs, ts, rng=rng, index=index, second=True):
            both(lambda m, *args: f(m, m.tensor(index), *args), xs, ts, rng, second)

        case(lambda m, i, x, d=dim: m.gather(x, d, i), (x,), (t,))
        case(lambda m, i, x, d=dim: x.scatter(d, i, 2.0), (x,), (t,))
        case(lambda m, i, x, d=dim: m.take_along_dim(x, i, d), (x,), (t,))
        case(lambda m, i, x, v, d=dim: m.scatter_add(x, d, i, v), (x, v), (t, s))
        for reduce in ("sum", "mean", "prod", "amax", "amin"):
            for own in (True, False):
                if dtype == "int64" and reduce == "mean":
                    continue  # PyTorch rounds towards zero or down, as it happens
                if dtype == "float32" and not own and reduce in ("amax", "amin"):
                    continue  # where x ties but does not take part, PyTorch counts it all the same
                case(
                    lambda m, i, x, v, d=dim, r=reduce, o=own: m.scatter_reduce(
                        x, d, i, v, r, include_self=o
                    ),
                    (x, v), (t, s), second=reduce in ("sum", "mean"),
                )  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 4), (2, 3, 4), (2, 0, 3)])
def test_functions_of_one_axis_agree(shape, dtype):
    rng = np.random.default_rng(len(shape))
    for dim in range(-max(len(shape), 1) - 1, max(len(shape), 1) + 1):
        n = (shape or (1,))[dim % max(len(shape), 1)]
        x, t = tensors(rng, shape, dtype)
        for index in (
            rng.integers(0, max(n, 1), 3), np.array(0), np.array([-1]), np.array([n]),
            np.array([], int), np.array([[0]]), np.array([0.0]), rng.permutation(n)[:2],
        ):  # fmt: skip
            new = list(shape)
            if new:
                new[dim % len(shape)] = index.size
            v, s = tensors(rng, new, dtype)

            def case(f, xs, ts, index=index):
                both(lambda m, *args: f(m, m.tensor(index), *args), xs, ts, rng)

            case(lambda m, i, x, d=dim: m.index_select(x, d, i), (x,), (t,))
            case(lambda m, i, x: m.take(x, i), (x,), (t,))
            if 0 in shape:  # PyTorch then does not look at the index
                continue
            case(lambda m, i, x, d=dim: m.index_fill(x, d, i, 2), (x,), (t,))
            if (index < 0).any() and len(shape) > 1:
                continue  # these two then wrap around or not, depending on the rank
            if dtype != "bool":
                case(lambda m, i, x, v, d=dim: m.index_add(x, d, i, v, alpha=2), (x, v), (t, s))
            if len(set(index.flat)) == index.size:
                case(lambda m, i, x, v, d=dim: m.index_copy(x, d, i, v), (x, v), (t, s))
        for k in (-n - 1, -n, -1, 0, n - 1, n):
            both(lambda m, x, d=dim, k=k: m.select(x, d, k), (x,), (t,), rng)
            for size in (-1, 0, 1, n):
                both(lambda m, x, d=dim, k=k, z=size: m.narrow(x, d, k, z), (x,), (t,), rng)


@pytest.mark.parametrize("dtype", ["float64", "int64", "bool"])
@pytest.mark.parametrize("shape", SHAPES)
def test_masks_and_searches_agree(shape, dtype):
    rng = np.random.default_rng(len(shape))
    x, t = tensors(rng, shape, dtype)
    for mask in (
        rng.random(shape) < 0.5, rng.random(shape[-1:]) < 0.5, np.array(True), np.array(False),
        rng.random((2, *shape)) < 0.5, rng.random((7, 5)) < 0.5, np.ones(shape),
    ):  # fmt: skip

        def case(f, xs, ts, mask=mask):
            both(lambda m, *args: f(m, m.tensor(mask), *args), xs, ts, rng)

        case(lambda m, k, x: m.masked_select(x, k), (x,), (t,))
        v, s = tensors(rng, (20,), dtype)
        case(lambda m, k, x, v: m.masked_scatter(x, k, v), (x, v), (t, s))
        both(lambda m, x, v: m.masked_scatter(x, m.tensor(True), v[:2]), (x, v), (t, s), rng)
    x, t = x.detach(), t.detach()
    for f in (
        lambda m, x: m.nonzero(x),
        lambda m, x: m.nonzero(x, as_tuple=True),
        lambda m, x: m.argwhere(x),
        lambda m, x: m.unique(x),
        lambda m, x: m.unique(x, return_inverse=True, return_counts=True),
        lambda m, x: m.unique(x, dim=0),
        lambda m, x: m.bucketize(x, m.tensor([-1.0, 0.5, 2.0]).to(x.dtype)),
        lambda m, x: m.bucketize(
            x, m.tensor([-1.0, 0.5, 2.0]).to(x.dtype), right=True, out_int32=True
        ),
    ):
        if 0 in shape and "unique" in f.__code__.co_names:
            continue
        if dtype != "bool" or "bucketize" not in f.__code__.co_names:
            both(f, (x,), (t,), rng)


@pytest.mark.parametrize("seed", range(10))
def test_searchsorted_and_index_put_agree(seed):
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.integers(-3, 4, (2, 5)).astype(float), axis=-1)
    x, t = tensors(rng, (2, 3), "float32")
    x, t = x.detach(), t.detach()
    for kw in (
        {},
        {"right": True},
        {"side": "right"},
        {"side": "left", "right": True},
        {"out_int32": True},
    ):
        for e in (edges, edges[0], edges[:1]):
            both(
                lambda m, x, e=e, kw=kw: m.searchsorted(m.tensor(e).float(), x, **kw),
                (x,),
                (t,),
                rng,
            )
    x, t = tensors(rng, (3, 4))
    v, s = tensors(rng, (3,))
    i, j = rng.integers(0, 3, 3), rng.integers(-4, 4, 3)
    both(lambda m, x, v: m.index_put(x, (m.tensor(i), m.tensor(j)), v, True), (x, v), (t, s), rng)
    both(lambda m, x, v: m.index_put(x, (m.tensor(i),), v[:1], True), (x, v), (t, s), rng)
    both(lambda m, x, v: m.index_put(x, (m.tensor([0, 1, 2]),), v[:1]), (x, v), (t, s), rng)
    both(lambda m, x, v: m.index_put(x, (m.tensor(i), m.tensor(j)), v.float()), (x, v), (t, s), rng)
