"""In-place changes and views next to PyTorch: each small program runs under both names."""

import warnings

import pytest

import micrograd_lab as lab

torch = pytest.importorskip("torch")


def T(t, numbers, requires_grad=False, dtype="float64"):
    return t.tensor(numbers, dtype=getattr(t, dtype), requires_grad=requires_grad)


def L(x):
    return None if x is None else x.tolist()


def c_leaf(t):
    x = T(t, [1.0, 2.0], True)
    x.add_(1)


def c_leaf_view(t):
    x = T(t, [1.0, 2.0], True)
    x[0].mul_(2)


def c_leaf_set(t):
    x = T(t, [1.0, 2.0], True)
    x[0] = 2


def c_nograd(t):
    x = T(t, [1.0, 2.0], True)
    with t.no_grad():
        x -= 0.5
        x.mul_(2)
        x[0] = 7
    return L(x), x._version, x.requires_grad, x.is_leaf


def c_basic(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 2
    y.mul_(y.detach().clone())
    y.add_(x)
    y.sum().backward()
    return L(x.grad), L(y), y._version


def c_exp(t):
    x = T(t, [1.0, 2.0], True)
    y = x.exp()
    y.add_(1)
    y.sum().backward()


def c_exp2(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.exp_()
    y.sum().backward()
    return L(x.grad), y._version


def c_exp3(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.exp_()
    y.add_(1)
    y.sum().backward()
    return L(x.grad)


def c_sin_(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.sin_()
    y.sum().backward()
    return [round(v, 6) for v in L(x.grad)]


def c_mulself(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.mul_(y)
    y.sum().backward()
    return L(x.grad)


def c_pow(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.pow_(3)
    y **= 2
    y.sum().backward()
    return L(x.grad)


def c_saved_in(t):
    w = T(t, [3.0, 4.0], True)
    x = T(t, [1.0, 2.0])
    y = w * x
    x.add_(1)
    y.sum().backward()
    return L(w.grad)


def c_saved_view(t):
    w = T(t, [3.0, 4.0], True)
    x = T(t, [1.0, 2.0])
    y = w * x
    x[0].add_(1)
    y.sum().backward()
    return L(w.grad)


def c_saved_detach(t):
    w = T(t, [3.0, 4.0], True)
    x = T(t, [1.0, 2.0])
    y = w * x
    x.detach().add_(1)
    y.sum().backward()
    return L(w.grad)


def c_saved_data(t):
    w = T(t, [3.0, 4.0], True)
    x = T(t, [1.0, 2.0])
    y = w * x
    x.data.add_(1)
    y.sum().backward()
    return L(w.grad)


def c_saved_fine(t):
    w = T(t, [3.0, 4.0], True)
    x = T(t, [1.0, 2.0])
    y = w + x
    x.add_(1)
    y.sum().backward()
    return L(w.grad)


def c_view1(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    v = y[:2]
    v.mul_(10)
    (y * y).sum().backward()
    return L(x.grad), L(y), y._version, v._version


def c_view2(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    v = y[:2]
    u = y[1:]
    v.mul_(10)
    (u * u).sum().backward()
    return L(x.grad), L(u)


def c_view3(t):
    x = T(t, [1.0, 2.0, 3.0, 4.0], True)
    y = x * 1
    v = y.view(2, 2).t()[1]
    v.mul_(x[:2])
    (v * v).sum().backward()
    return L(x.grad), L(v), L(y)


def c_view4(t):
    x = T(t, [1.0, 2.0, 3.0, 4.0], True)
    y = x * 1
    v = y.view(2, 2).t()[1]
    v.mul_(x[:2])
    (y * y).sum().backward()
    return L(x.grad), L(v), L(y)


def c_view5(t):
    b = t.zeros(4, dtype=t.float64)
    v = b[1:3]
    w = T(t, [5.0, 6.0], True)
    v.copy_(w)
    (b * b).sum().backward()
    return L(w.grad), b.requires_grad, b.is_leaf, v.is_leaf


def c_view6(t):
    b = t.zeros(2, 3, dtype=t.float64)
    w = T(t, [5.0, 6.0], True)
    for i in range(3):
        b[:, i] = w * i
    (b**2).sum().backward()
    return L(w.grad), b._version


def c_view7(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    u = y[1:]
    y.mul_(3)
    (u * u).sum().backward()
    return L(x.grad)


def c_view8(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    u = y[1:]
    u.zero_()
    y.sum().backward()
    return L(x.grad)


def c_view9(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    u = y.detach()
    u.zero_()
    y.sum().backward()
    return L(x.grad), L(y), y._version


def c_nogradview(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    with t.no_grad():
        u = y[1:]
    u.mul_(2)


def c_nogradview2(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 1
    u = y[1:]
    with t.no_grad():
        u.mul_(2)
    y.sum().backward()
    return L(x.grad), L(y), y._version


def c_set_mask(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 2
    y[y > 3] = x[0]
    (y**2).sum().backward()
    return L(x.grad)


def c_set_idx(t):
    x = T(t, [[1.0, 2.0, 3.0], [4, 5, 6]], True)
    y = x * 2
    v = T(t, [7.0, 8.0], True)
    y[[0, 1], [2, 0]] = v
    (y**2).sum().backward()
    return L(x.grad), L(v.grad)


def c_set_bc(t):
    x = T(t, [[1.0, 2.0, 3.0], [4, 5, 6]], True)
    y = x * 2
    v = T(t, [[7.0]], True)
    y[:, 1:] = v
    (y**2).sum().backward()
    return L(x.grad), L(v.grad)


def c_set_bc1(t):
    x = T(t, [1.0, 2.0, 3.0], True)
    y = x * 2
    v = T(t, [[[7.0, 8.0]]], True)
    y[1:] = v
    (y**2).sum().backward()
    return L(x.grad), L(v.grad)


def c_int_add(t):
    x = t.tensor([1, 2])
    x.add_(1.5)


def c_int_div(t):
    x = t.tensor([1, 2])
    x /= 2


def c_int_mul(t):
    x = t.tensor([1, 2])
    x *= 2
    x += t.tensor(1)
    x //= 2
    x %= 3
    x &= 1
    x |= 4
    x ^= 1
    x <<= 2
    return L(x), x._version


def c_bool(t):
    x = t.tensor([True, False])
    x &= True
    x |= t.tensor([False, True])
    return L(x)


def c_f32f64(t):
    x = T(t, [1.0, 2.0], dt="float32")
    x += T(t, [1.0, 2.0])
    return L(x), str(x.dtype)[-7:]


def c_f32f64g(t):
    x = T(t, [1.0, 2.0], dt="float32")
    w = T(t, [1.0, 2.0], True)
    x += w
    x.sum().backward()
    return L(x), L(w.grad), str(x.dtype)[-7:]


def c_grow(t):
    x = T(t, [1.0, 2.0])
    x += t.ones(2, 2)


def c_grow2(t):
    x = T(t, [1.0])
    x.mul_(t.ones(2))


def c_eq_(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.eq_(1)
    r = L(y)
    y.sum().backward()
    return r, L(x.grad)


def c_zero(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.zero_()
    y.sum().backward()
    return L(x.grad), y.requires_grad


def c_fill(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    s = T(t, 3.0, True)
    y.fill_(s)
    y.sum().backward()
    return L(x.grad), L(s.grad)


def c_clamp(t):
    x = T(t, [1.0, 2.0, 5.0], True)
    y = x * 1
    y.clamp_(max=3)
    y.sum().backward()
    return L(x.grad), L(y)


def c_mfill(t):
    x = T(t, [1.0, 2.0, 5.0], True)
    y = x * 1
    y.masked_fill_(y > 1.5, 0.0)
    y.sum().backward()
    return L(x.grad), L(y)


def c_addc(t):
    x = T(t, [1.0, 2.0, 5.0], True)
    y = x * 1
    y.addcmul_(x, x, value=2)
    y.addcdiv_(x, x + 1)
    y.lerp_(x, 0.3)
    (y * y).sum().backward()
    return [round(v, 6) for v in L(x.grad)], y._version


def c_addc_ng(t):
    y = T(t, [1.0, 2.0, 5.0])
    x = y + 1
    y.addcmul_(x, x, value=2)
    y.addcdiv_(x, x + 1, value=3)
    y.lerp_(x, 0.3)
    y.lerp_(x, 0.7)
    y.add_(x, alpha=-0.1)
    y.sub_(x, alpha=0.5)
    return [round(v, 6) for v in L(y)], y._version


def c_expand(t):
    x = T(t, [1.0, 2.0])
    x.expand(3, 2).add_(1)


def c_t_(t):
    x = T(t, [[1.0, 2.0, 3.0], [4, 5, 6]], True)
    y = x * 1
    y.t_()
    (y[0] * T(t, [2.0, 3.0])).sum().backward()
    return L(x.grad), list(y.shape), y._version


def c_unsq(t):
    x = t.ones(2, 3)
    x.unsqueeze_(0)
    x.squeeze_()
    x.transpose_(0, 1)
    return list(x.shape), x._version


def c_hook(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.retain_grad()
    y.mul_(3)
    y.sum().backward()
    return L(y.grad), L(x.grad)


def c_dd(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 1
    y.pow_(3)
    (g,) = t.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    return L(h)


def c_dd2(t):
    x = T(t, [1.0, 2.0], True)
    y = x * x
    y[0] = x[1] ** 3
    v = y[:1]
    v.mul_(x[0])
    (g,) = t.autograd.grad((y * y).sum(), x, create_graph=True)
    (h,) = t.autograd.grad(g.sum(), x)
    return L(g), L(h)


def c_copy(t):
    x = T(t, [[1.0, 2.0], [3, 4]], True)
    y = x * 1
    w = T(t, [1.0, 1.0], True, "float32")
    y.copy_(w)
    (y * y).sum().backward()
    return L(x.grad), L(w.grad), str(w.grad.dtype)[-7:]


def c_iadd_list(t):
    x = t.zeros(3)
    x[t.tensor([0, 0, 1])] += 1
    return L(x)


def c_iput(t):
    x = t.zeros(3)
    x.index_put_((t.tensor([0, 0, 1]),), t.tensor(1.0), accumulate=True)
    return L(x)


def c_setdtype(t):
    x = t.zeros(3)
    x[[0, 1]] = T(t, [1.0, 2.0])
    return L(x)


def c_setdtype2(t):
    x = t.zeros(3)
    x[0:2] = T(t, [1.0, 2.0])
    x[0] = t.tensor(3)
    return L(x)


def c_setdtype3(t):
    x = t.zeros(3)
    x[[0, 1]] = T(t, 2.0)
    return L(x)


def c_setdtype4(t):
    x = t.zeros(3, dtype=t.int64)
    x[[0, 1]] = 2.7
    x[2] = 3.9
    return L(x)


def c_setshape(t):
    x = t.zeros(3)
    x[0:2] = t.ones(3)


def c_setrange(t):
    x = t.zeros(3)
    x[3] = 1


def c_detach_(t):
    x = T(t, [1.0], True)
    y = x * 2
    y.detach_()
    return y.is_leaf, y.requires_grad


def c_detach_v(t):
    x = T(t, [1.0], True)
    y = x * 2
    y[0:1].detach_()


def c_cumsum_(t):
    x = T(t, [1.0, 2.0], True)
    y = x * 2
    y.cumsum_(0)
    (y * y).sum().backward()
    return L(x.grad)


def c_scatter_(t):
    x = t.zeros(3)
    x.scatter_(0, t.tensor([1, 2]), 5.0)
    x.scatter_add_(0, t.tensor([1, 1]), t.ones(2))
    x.index_add_(0, t.tensor([0]), t.ones(1), alpha=3)
    x.index_fill_(0, t.tensor([2]), 9)
    return L(x), x._version


def c_relu_(t):
    x = T(t, [-1.0, 2.0], True)
    y = x * 2
    y.relu_()
    (y * y).sum().backward()
    return L(x.grad)


def c_viewleaf_ng(t):
    x = T(t, [-1.0, 2.0], True)
    with t.no_grad():
        x[0] += 5
        x.view(-1)[1].zero_()
    return L(x), x._version


def c_chain(t):
    x = T(t, [1.0, 2.0, 3.0, 4.0], True)
    y = x * 1
    a = y.view(2, 2)
    b = a[0]
    c = b[1:]
    c.add_(x[3] * x[0])
    b.mul_(2)
    a[1] *= x[:2]
    ((y * y).sum() + (c**3).sum()).backward()
    return L(x.grad), L(y), y._version


def c_fd(t):
    x = t.zeros(3, 3)
    x.fill_diagonal_(2)
    return L(x)


def c_unbind(t):
    x = T(t, [[1.0, 2.0], [3, 4]], True)
    y = x * 1
    y[0].mul_(2)
    y[1] = y[0] * 3
    (y * y).sum().backward()
    return L(x.grad)


PROGRAMS = [f for name, f in list(globals().items()) if name.startswith("c_")]


def close(a, b):
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(close, a, b))
    return a == pytest.approx(b, rel=1e-6) if isinstance(a, float) else a == b


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_the_program_says_the_same(program):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            want = program(torch)
        except (RuntimeError, IndexError, TypeError):
            with pytest.raises((RuntimeError, IndexError, TypeError)):
                program(lab)
            return
    got = program(lab)
    assert close(got, want), (got, want)
