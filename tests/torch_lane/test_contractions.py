"""Products that sum, next to PyTorch's: every rank, every notation, and what is refused."""

# ruff: noqa: B023 (each lambda is called at once)
import itertools

import numpy as np
import pytest

import micrograd_lab as lab
import micrograd_lab.nn.functional as G

torch = pytest.importorskip("torch")
from torch_lane.agreement import agree  # noqa: E402

F = torch.nn.functional
SHAPES = (
    (), (3,), (4,), (2, 3), (3, 4), (0, 3), (3, 0), (5, 2, 3), (5, 3, 4), (1, 3, 4), (2, 1, 2, 3),
    (5, 3, 2), (0, 2, 3), (0, 3, 4),
)  # fmt: skip
PAIRS = list(itertools.product(SHAPES, SHAPES))
NAMES = ("matmul", "mm", "mv", "bmm", "dot", "vdot", "outer", "ger", "inner", "kron")


@pytest.mark.parametrize("name", NAMES)
def test_products_of_every_pair_of_shapes(name):
    for pair in PAIRS:
        agree(getattr(torch, name), getattr(lab, name), *pair)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int32, np.uint8])
def test_matmul_of_other_dtypes(dtype):
    for pair in PAIRS:
        agree(torch.matmul, lab.matmul, *pair, dtype=dtype, second=False, atol=1e-5)


LINEAR = [
    ((5, 3), (4, 3), (4,)), ((5, 3), (4, 3)), ((2, 5, 3), (4, 3), (4,)), ((3,), (4, 3), (4,)),
    ((5, 3), (3,)), ((5, 3), (3,), ()), ((2, 5, 3), (3,)), ((0, 3), (4, 3), (4,)), ((5, 3), (4, 2), (4,)),
    ((5, 3), (4, 3), (3,)), ((5, 0), (4, 0), (4,)), ((5, 3), (0, 3), (0,)), ((), (4, 3)),
    ((5, 3), (4, 3), (1,)), ((5, 3), (4, 3), ()), ((3,), (3,)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", LINEAR, ids=str)
def test_linear(shapes):
    agree(F.linear, G.linear, *shapes)
    agree(F.linear, G.linear, *shapes, dtype=np.float32, atol=1e-5)


EQUATIONS = """
ij,jk->ik 2,3 3,4 | ij,jk 2,3 3,4 | ii->i 3,3 | ii 3,3 | ij->ji 2,3 | ij-> 2,3 | ij->j 2,3 | bij,bjk->bik 5,2,3 5,3,4
...ij,...jk->...ik 5,2,3 1,3,4 | ...ij,...jk 6,5,2,3 5,3,4 | i,j->ij 3 4 | i,i-> 3 3 | i,i->i 3 3 | ij,kj,lj->ikl 2,3 4,3 5,3
bn,anm,bm->ba 2,5 3,5,4 2,4 | iij,j->i 3,3,4 4 | iij,jj-> 3,3,4 4,4 | ...ii->...i 2,3,3 | ... 2,3 | ...-> 2,3 | ab,cd-> 2,3 4,5
ij,ij->ij 2,3 2,3 | ij,ij->ij 2,3 1,3 | ij,ij-> 2,1 1,3 | bhqd,bhkd->bhqk 2,3,4,5 2,3,6,5 | ij,jk->iz 2,3 3,4 | ij,jk->ii 2,3 3,4
ij,jk 2,3 | ijk 2,3 | ij,jk->ik 2,3 4,4 | i 2,3 | Ab,bC->CA 2,3 3,4 | Ba 2,3 | bA,Ac 2,3 3,4 | ij,jk->ik 0,3 3,4 | ij,jk->ik 2,0 0,4
a...b->b...a 2,3,4 | a...,b...->ab 2,3,4 5,3,4 | ii 2,3 | i1 2,3 | ...... 2,3 | ij...,jk...->...ik 2,3,5 3,4,1
ab,ab,ab-> 2,3 2,3 2,3 | ab,bc,cd,de->ae 2,3 3,4 4,5 5,6 | ii 3,1 | ii,i->i 3,1 3
"""


@pytest.mark.parametrize(
    "case", [c.strip() for line in EQUATIONS.split("\n") for c in line.split("|") if c.strip()]
)
def test_einsum(case):
    equation, *words = case.split()
    shapes = [tuple(map(int, word.split(","))) for word in words]
    agree(lambda *x: torch.einsum(equation, *x), lambda *x: lab.einsum(equation, *x), *shapes)


def test_einsum_of_numbers_spaces_and_lists():
    for equation, shapes in {
        ",": ((), ()),
        "->": ((),),
        "i,->i": ((3,), ()),
        " i j , j k -> i k ": ((2, 3), (3, 4)),
    }.items():
        agree(lambda *x: torch.einsum(equation, *x), lambda *x: lab.einsum(equation, *x), *shapes)
    for left, right, *out in [
        ([0, 1], [1, 2], [0, 2]),
        ([0, 1], [1, 2]),
        ([..., 1], [1, 2], [..., 2]),
    ]:
        agree(
            lambda a, b: torch.einsum(a, left, b, right, *out),
            lambda a, b: lab.einsum(a, left, b, right, *out),
            (2, 3), (3, 4),
        )  # fmt: skip


TENSORDOT = [
    (2, (2, 3, 4), (3, 4, 5)), (0, (2,), (3,)), (([0, 1], [1, 0]), (2, 3, 4), (3, 2, 5)), (([-1], [0]), (2, 3), (3, 4)),
    (3, (2, 3), (2, 3)), (([0], [0, 1]), (2, 3), (2, 3)), (([0], [1]), (2, 3), (2, 3)), (2, (2, 3), (2, 3)),
]  # fmt: skip


@pytest.mark.parametrize(("dims", "a", "b"), TENSORDOT)
def test_tensordot(dims, a, b):
    agree(lambda x, y: torch.tensordot(x, y, dims), lambda x, y: lab.tensordot(x, y, dims), a, b)


def test_trace_and_cross():
    for shape in [(3, 3), (2, 3), (4, 2), (0, 0), (3,), (2, 2, 2), ()]:
        agree(torch.trace, lab.trace, shape)
        agree(torch.trace, lab.trace, shape, dtype=np.int32)
    for a, b in [
        ((3,), (3,)),
        ((2, 3), (1, 3)),
        ((3,), (2, 3)),
        ((2, 2), (2, 2)),
        ((4, 3), (5, 3)),
        ((0, 3), (0, 3)),
    ]:
        agree(torch.linalg.cross, lab.linalg.cross, a, b)
    agree(
        lambda a, b: torch.cross(a, b, dim=0), lambda a, b: lab.cross(a, b, dim=0), (3, 4), (3, 4)
    )


ADDED = {
    "addmm": [((2, 4), (2, 3), (3, 4)), ((4,), (2, 3), (3, 4)), ((), (2, 3), (3, 4)), ((3, 4), (2, 3), (3, 4))],
    "addmv": [((2,), (2, 3), (3,)), ((1,), (2, 3), (3,)), ((), (2, 3), (3,)), ((3,), (2, 3), (3,))],
    "addr": [((2, 3), (2,), (3,)), ((3,), (2,), (3,))],
    "baddbmm": [((5, 2, 4), (5, 2, 3), (5, 3, 4)), ((4,), (5, 2, 3), (5, 3, 4)), ((2, 4), (5, 2, 3), (4, 3, 4))],
    "addbmm": [((2, 4), (5, 2, 3), (5, 3, 4)), ((4,), (5, 2, 3), (5, 3, 4)), ((5, 2, 4), (5, 2, 3), (5, 3, 4))],
}  # fmt: skip


@pytest.mark.parametrize("name", ADDED)
def test_products_added_to_something(name):
    for shapes in ADDED[name]:
        for how in ({}, {"beta": 0}, {"alpha": 3}, {"beta": 2, "alpha": 2}):
            for dtype in (np.float64, np.int64):
                agree(
                    lambda *x: getattr(torch, name)(*x, **how),
                    lambda *x: getattr(lab, name)(*x, **how),
                    *shapes, dtype=dtype,
                )  # fmt: skip


def test_a_chain_of_matrices():
    agree(
        lambda *x: torch.linalg.multi_dot(x),
        lambda *x: lab.linalg.multi_dot(x),
        (2, 3),
        (3, 4),
        (4, 5),
        (5, 1),
    )


@pytest.mark.parametrize("p", [0.0, 1.0, 2.0, 3.0, np.inf])
def test_distances(p):
    for a, b in [
        ((3, 2), (4, 2)),
        ((2, 3, 2), (2, 4, 2)),
        ((3, 2), (5, 4, 2)),
        ((3, 2), (4, 3)),
        ((0, 2), (3, 2)),
        ((3,), (3,)),
    ]:
        agree(
            lambda x, y: torch.cdist(x, y, p), lambda x, y: lab.cdist(x, y, p), a, b, second=False
        )
    agree(
        lambda x, y: F.pairwise_distance(x, y, p),
        lambda x, y: G.pairwise_distance(x, y, p),
        (3, 2),
        (3, 2),
    )
    if p:
        agree(lambda x: F.normalize(x, p), lambda x: G.normalize(x, p), (3, 2))


@pytest.mark.parametrize(
    ("a", "b", "dim"),
    [((3, 2), (3, 2), 1), ((3, 2), (3, 2), 0), ((3, 2), (2,), -1), ((4, 3, 2), (3, 2), 1), ((3,), (3,), 0), ((3,), (3,), 1)],
)  # fmt: skip
def test_cosine_similarity(a, b, dim):
    agree(
        lambda x, y: F.cosine_similarity(x, y, dim),
        lambda x, y: G.cosine_similarity(x, y, dim),
        a,
        b,
    )
