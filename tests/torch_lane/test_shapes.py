"""Shapes, joining, padding, diagonals and creation, next to PyTorch."""

import itertools
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import micrograd_lab as lab
from micrograd_lab.ops import shapes

torch = pytest.importorskip("torch")

DTYPES = ("float64", "float32", "int64", "bool")
SHAPES = ((), (0,), (1,), (4,), (2, 3), (1, 3), (0, 3), (3, 3), (2, 1, 3), (2, 3, 4), (1, 2, 3, 2))
DIMS = (-3, -2, -1, 0, 1, 2, 3)


def arrays(shape, seed=0):
    """The same numbers as an array in order, and as one that was transposed."""
    plain = np.asarray(np.random.default_rng(seed).normal(size=shape) * 3)
    yield plain
    if len(shape) > 1:
        yield np.ascontiguousarray(plain.T).T


def inputs():
    for shape, dtype in itertools.product(SHAPES, DTYPES):
        for k, array in enumerate(arrays(shape)):
            if k == 0 or dtype == "float64":
                yield array.astype(dtype, order="K")


def outcome(module, text, array):
    """What the expression gives (a list of tensors), or the error."""
    F = SimpleNamespace(pad=shapes.pad) if module is lab else module.nn.functional
    x = module.from_numpy(array)
    if array.dtype.kind == "f":
        x = x.requires_grad_()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            y = eval(text, {"torch": module, "F": F, "x": x, "list": list})
    except (RuntimeError, ValueError, IndexError, TypeError, AttributeError) as error:
        return x, error
    return x, list(y) if isinstance(y, (tuple, list)) else [y]


def shown(y):
    return (str(y.dtype).removeprefix("torch."), tuple(y.shape), y.detach().numpy())


def same(ours, theirs, where, tolerance=1e-6):
    assert ours[:2] == theirs[:2], where
    np.testing.assert_allclose(ours[2], theirs[2], rtol=tolerance, atol=1e-7, err_msg=where)


def agree(text, array):
    """True if both did it and gave the same, False if both refused."""
    where = f"{text} of {array.dtype}{array.shape}"
    x, ours = outcome(lab, text, array)
    t, theirs = outcome(torch, text, array)
    refused = isinstance(ours, Exception), isinstance(theirs, Exception)
    if any(refused):
        assert all(refused), f"{where}: lab {ours!r:.300}, torch {theirs!r:.300}"
        assert isinstance(ours, (lab.errors.LabError, TypeError)), f"{where}: {ours!r}"
        return False
    assert len(ours) == len(theirs), where
    for a, b in zip(ours, theirs, strict=True):
        same(shown(a), shown(b), where)
    # float32's gradients tell nothing new, unless the result has another dtype
    worth = array.dtype == np.float64 or any(shown(y)[0] != str(array.dtype) for y in theirs)
    if worth and theirs and all(y.requires_grad for y in theirs):
        gradients(x, ours, t, theirs, where)
    return True


def gradients(x, ours, t, theirs, where):
    """Gradients for random upstream ones, and the gradients of those."""
    rng = np.random.default_rng(1)
    ups = [rng.normal(size=tuple(y.shape)).astype(x.detach().numpy().dtype) for y in theirs]
    both = []
    for module, leaf, ys in ((lab, x, ours), (torch, t, theirs)):
        gs = [module.as_tensor(np.array(u)).requires_grad_() for u in ups]
        (g,) = module.autograd.grad(ys, [leaf], gs, create_graph=True)
        v = module.as_tensor(np.cos(np.arange(g.detach().numpy().size)).reshape(tuple(g.shape)))
        seconds = [None] * len(gs)
        if g.requires_grad:
            seconds = module.autograd.grad((g * v.to(g.dtype)).sum(), gs, allow_unused=True)
        both.append([g, *seconds])
    for a, b in zip(*both, strict=True):
        if a is None or b is None:
            zero = b if a is None else a
            assert zero is None or not zero.detach().numpy().any(), where
        else:
            same(shown(a), shown(b), where, 1e-5)


VIEWS = (
    "x.reshape(-1)", "x.reshape(3, 2)", "x.reshape((2, -1))", "x.reshape(-1, 1, 3)", "torch.reshape(x, (3, 8))",
    "x.reshape(())", "x.reshape(-1, -1)", "x.reshape(0, -1)", "x.view(-1)", "x.view(2, -1)", "x.view(x.shape)",
    "x.flatten()", "torch.flatten(x, 1)", "x.flatten(0, 1)", "x.flatten(-2)", "x.flatten(1, 0)", "x.ravel()",
    "x.unflatten(0, (1, -1))", "x.unflatten(-1, (3, 1))", "x.unflatten(1, (-1, 3))", "x.unflatten(0, ())",
    "x.squeeze()", "torch.squeeze(x, (0, 1))", "x.squeeze((-1, 0))", "x.squeeze(())",
    "x.T", "x.mT", "x.H", "x.mH", "x.t()", "torch.t(x)", "torch.adjoint(x)",
    "x.permute(1, 0)", "x.permute((2, 0, 1))", "torch.permute(x, (0, -1))", "x.permute()", "x.permute(0, 0)",
    "x.movedim(0, -1)", "torch.movedim(x, (0, 1), (1, 0))", "x.moveaxis(-1, 0)", "x.movedim((0, 1), (2, 0))",
    "x.expand(2, 3)", "x.expand(2, -1, 3)", "x.expand(-1)", "x.expand(4, 2, 3)", "x.expand(-1, 1)", "x.expand(0, 3)",
    "x.expand(())", "x.expand(2, 2, 3, 4)", "x.expand(-1, -1)", "x.expand(5, -1)", "x.expand(-2, 3)",
    "torch.broadcast_to(x, (2, 3))", "x.broadcast_to((3, 3))", "x.expand_as(torch.ones(2, 3))",
    "torch.broadcast_tensors(x, torch.ones(3, 3).to(x.dtype))[:1]", "x.contiguous()", "x.clone()",
    "torch.atleast_1d(x)", "torch.atleast_2d(x)", "torch.atleast_3d(x)", "torch.atleast_2d(x, x)",
    "x.reshape_as(torch.ones(3, 2))", "x.view_as(torch.ones(6))", "x.reshape(2.5)", "x.swapaxes(0, 1)",
)  # fmt: skip
JOINS = (
    "torch.cat([x, x * 2])", "torch.cat((x, x), 1)", "torch.cat([x, x], dim=-1)", "torch.cat([x])",
    "torch.cat([])", "torch.cat(x)", "torch.cat([x, torch.tensor([])])", "torch.cat([torch.ones(1, 3), x])",
    "torch.cat([x, torch.ones(2, 3, dtype=torch.float64)])", "torch.cat([x, torch.ones(3, dtype=torch.int64)])",
    "torch.concat([x, x])", "torch.stack([x, x * 3])", "torch.stack([x, x], 1)", "torch.stack([x, x], -1)",
    "torch.stack([x, x], 5)", "torch.stack([])", "torch.stack([x, torch.ones(4)])", "torch.stack([x, torch.ones(2, 3)])",
    "torch.hstack([x, x])", "torch.vstack([x, x])", "torch.dstack([x, x])", "torch.column_stack([x, x])",
    "torch.hstack((x, torch.ones(2, 1)))", "torch.vstack((x, torch.ones(1, 3)))",
    "torch.meshgrid(x, x, indexing='ij')", "torch.meshgrid(x, torch.ones(2).to(x.dtype), indexing='xy')",
    "torch.meshgrid([x, x, x], indexing='ij')", "torch.cartesian_prod(x, x)", "torch.cartesian_prod(x)",
    "torch.block_diag(x, x)", "torch.block_diag(x, torch.ones(1, 2).to(x.dtype), x)",
    "x.split(2)", "x.split(1, 1)", "x.split([1, 1])", "x.split([1, 2], -1)", "x.split([0, 2])", "x.split(0)",
    "torch.split(x, 3, dim=-1)", "x.split(-1)", "x.split_with_sizes([1, 1])",
    "x.tensor_split(2)", "x.tensor_split(3, -1)", "x.tensor_split((1,))", "x.tensor_split((1, 3), 1)",
    "x.tensor_split((-1, 2))", "x.tensor_split((2, 1))", "x.tensor_split(0)", "torch.tensor_split(x, torch.tensor([1]))",
    "x.chunk(2)", "x.chunk(3, 1)", "torch.chunk(x, 4, -1)", "x.chunk(0)", "x.chunk(1)",
    "x.hsplit(1)", "x.hsplit(2)", "x.vsplit(2)", "x.dsplit(2)", "x.hsplit((1,))",
    "x.unbind()", "x.unbind(1)", "torch.unbind(x, -1)", "list(x)",
)  # fmt: skip
COPIES = (
    "x.repeat(2)", "x.repeat(2, 3)", "x.repeat(2, 1, 2)", "x.repeat((1, 2))", "x.repeat(0, 2)", "x.repeat(-1, 2)",
    "x.repeat()", "x.tile(2)", "torch.tile(x, (2, 1))", "x.tile(2, 1, 3, 1)", "x.tile()",
    "x.repeat_interleave(2)", "x.repeat_interleave(2, 0)", "torch.repeat_interleave(x, 3, dim=-1)",
    "x.repeat_interleave(0)", "x.repeat_interleave(torch.tensor([1, 2]), 0)", "x.repeat_interleave(-1)",
    "x.repeat_interleave(torch.tensor([0, 2, 1]), dim=1)", "x.repeat_interleave(torch.tensor([2]), dim=0)",
    "torch.repeat_interleave(torch.tensor([0, 2, 1]))", "x.repeat_interleave(torch.tensor([1.0]))",
    "x.flip(0)", "x.flip((0, 1))", "torch.flip(x, [-1])", "x.flip(0, 0)", "x.flip(())", "x.fliplr()", "x.flipud()",
    "x.roll(1)", "x.roll(-1, 0)", "torch.roll(x, (1, 2), (0, 1))", "x.roll(5, -1)", "x.roll((1, 2))", "x.roll(1, (0, 1))",
    "x.roll((1, 1), (0, 0))", "x.rot90()", "x.rot90(2)", "torch.rot90(x, -1)", "x.rot90(1, (1, 0))", "x.rot90(1, (1, 2))",
    "x.rot90(4)", "x.rot90(1, (0, 0))", "x.rot90(1, (0, 1, 2))", "x.rot90(3, (-1, 0))",
)  # fmt: skip
DIAGONALS = (
    "x.tril()", "x.triu()", "torch.tril(x, 1)", "x.tril(-1)", "x.triu(diagonal=-1)", "x.triu(2)", "x.tril(9)",
    "x.diag()", "torch.diag(x, 1)", "x.diag(-1)", "x.diag(7)", "x.diagonal()", "x.diagonal(1)", "x.diagonal(-1)",
    "x.diagonal(0, 1, 0)", "torch.diagonal(x, 0, -2, -1)", "x.diagonal(0, 0, 2)", "x.diagonal(1, 1, 1)", "x.diagonal(9)",
    "torch.diag_embed(x)", "torch.diag_embed(x, 1)", "torch.diag_embed(x, -1, 0, 1)", "torch.diag_embed(x, 0, 0, -1)",
    "torch.diag_embed(x, 0, 1, 1)", "torch.diag_embed(x, 1, -1, -2)", "torch.diagflat(x)", "x.diagflat(-2)",
)  # fmt: skip
PADS = (
    "F.pad(x, (1, 2))", "F.pad(x, (1, 0, 0, 2))", "F.pad(x, (1, 1), value=2.5)", "F.pad(x, (-1, 2))", "F.pad(x, (0, -1))",
    "F.pad(x, (1,))", "F.pad(x, ())", "F.pad(x, (-5, 0))", "F.pad(x, (1, 1, 1, 1, 1, 1))", "F.pad(x, (1, 1), 'constant', 1)",
    "F.pad(x, (1, 1), mode='reflect')", "F.pad(x, (1, 2), mode='replicate')", "F.pad(x, (2, 1), mode='circular')",
    "F.pad(x, (1, 0, 1, 1), mode='reflect')", "F.pad(x, (1, 2, 3, 0), mode='replicate')",
    "F.pad(x, (1, 0, 0, 1), mode='circular')", "F.pad(x, (3, 3), mode='reflect')", "F.pad(x, (4, 4), mode='circular')",
    "F.pad(x, (2, 2), mode='mirror')",
)  # fmt: skip
CONVERSIONS = (
    "x.float()", "x.double()", "x.half()", "x.to(torch.float64)", "x.to(torch.ones(1))", "x.to('cpu')",
    "x.type(torch.float32)", "x.type_as(torch.ones(1, dtype=torch.float64))", "x.int()", "x.long()", "x.bool()", "x.short()",
)  # fmt: skip
WITH_A_DIM = (
    "x.unsqueeze({0})", "x.squeeze({0})", "x.transpose({0}, {1})", "torch.swapaxes(x, {0}, {1})", "x.movedim({0}, {1})",
    "x.split(2, {0})", "x.unbind({0})", "torch.stack([x, x], {0})", "torch.cat([x, x], {0})", "x.flip({0})",
    "x.roll(2, {0})", "x.flatten({0}, {1})", "x.diagonal(0, {0}, {1})", "x.chunk(2, {0})", "x.repeat_interleave(2, {0})",
    "torch.diag_embed(x, 0, {0}, {1})", "x.rot90(1, ({0}, {1}))",
)  # fmt: skip
GROUPS = {
    "views": VIEWS,
    "joins": JOINS,
    "copies": COPIES,
    "diagonals": DIAGONALS,
    "pads": PADS,
    "conversions": CONVERSIONS,
    "dims": tuple(
        text.format(*dims)
        for text in WITH_A_DIM
        for dims in itertools.product(DIMS, DIMS if "{1}" in text else (0,))
    ),
}


# Where we differ on purpose, or PyTorch contradicts itself.
def differs(text, array):
    """
    roll, repeat: PyTorch does not look at dims and counts if the tensor is empty; we do.
    reflect, replicate: PyTorch has no kernel for bool; we need none.
    """
    if array.dtype == bool and ("'reflect'" in text or "'replicate'" in text):
        return True
    return array.size == 0 and ("roll(" in text or "repeat(-1" in text)


@pytest.mark.parametrize("group", GROUPS)
def test_values_gradients_and_refusals_are_pytorchs(group):
    done = failed = 0
    problems = []
    for text in GROUPS[group]:
        arrays = (a for a in inputs() if group != "dims" or a.dtype == "float64")
        for array in arrays:
            if differs(text, array):
                continue
            try:
                if agree(text, array):
                    done += 1
                else:
                    failed += 1
            except (AssertionError, RuntimeError, TypeError, ValueError) as error:
                problems.append(
                    f"{text} {array.dtype}{array.shape}: {' '.join(str(error).split())[:300]}"
                )
    print(group, done, failed, len(problems))
    assert not problems, "\n" + f"{len(problems)} of {done + failed}\n" + "\n".join(problems[:60])
