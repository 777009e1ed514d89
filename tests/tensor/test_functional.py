"""nn.functional without its parameters: derivatives by differences, and what each promises."""

import warnings

import numpy as np
import pytest

from micrograd_lab import random
from micrograd_lab.autograd import grad
from micrograd_lab.autograd.gradcheck import gradcheck, gradgradcheck
from micrograd_lab.errors import DtypeError, ShapeError, UndefinedError
from micrograd_lab.nn import functional as F
from micrograd_lab.ops import elementwise as ew
from micrograd_lab.ops import indexing, reductions, shapes, softmax
from micrograd_lab.tensor import Tensor, wrap

RNG = np.random.default_rng


def leaf(*shape, seed=0, scale=1.0, shift=0.0):
    values = RNG(seed + 7 * sum(shape) + len(shape)).normal(size=shape)
    return Tensor(np.array(values * scale + shift), requires_grad=True)


def between(*shape, seed=0):
    return Tensor(RNG(seed + 3).uniform(0.1, 0.9, shape), requires_grad=True)


T = np.array([0, 2, 1, 1])
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
SEEN = RNG(5).random((4, 6)) > 0.3
# fmt: off
CASES = {
    "mse_loss":              (F.mse_loss, leaf(4, 3), leaf(4, 3, seed=1)),
    "l1_loss":               (F.l1_loss, leaf(4, 3), leaf(4, 3, seed=1)),
    "huber_loss":            (lambda x, t: F.huber_loss(x, t, delta=0.8), leaf(4, 3), leaf(4, 3, seed=1)),
    "smooth_l1_loss":        (lambda x, t: F.smooth_l1_loss(x, t, beta=0.7), leaf(4, 3), leaf(4, 3, seed=1)),
    "binary_cross_entropy":  (F.binary_cross_entropy, between(4, 3), between(4, 3, seed=1)),
    "bce_with_logits":       (F.binary_cross_entropy_with_logits, leaf(4, 3, scale=4), between(4, 3)),
    "bce_pos_weight":        (lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w), leaf(4, 3), between(4, 3), between(3)),
    "kl_div":                (F.kl_div, leaf(4, 3), between(4, 3)),
    "kl_div log_target":     (lambda x, t: F.kl_div(x, t, reduction="batchmean", log_target=True), leaf(4, 3), leaf(4, 3, seed=1)),
    "poisson_nll_loss":      (lambda x: F.poisson_nll_loss(x, np.arange(4.0), full=True), leaf(4)),
    "gaussian_nll_loss":     (F.gaussian_nll_loss, leaf(4, 3), leaf(4, 3, seed=1), between(4, 1)),
    "hinge_embedding_loss":  (lambda x: F.hinge_embedding_loss(x, SIGNS), leaf(4)),
    "margin_ranking_loss":   (lambda a, b: F.margin_ranking_loss(a, b, wrap(SIGNS), 0.3), leaf(4), leaf(4, seed=1)),
    "cosine_embedding_loss": (lambda a, b: F.cosine_embedding_loss(a, b, SIGNS), leaf(4, 3), leaf(4, 3, seed=1)),
    "soft_margin_loss":      (lambda x: F.soft_margin_loss(x, SIGNS), leaf(4)),
    "triplet_margin_loss":   (lambda a, p, n: F.triplet_margin_loss(a, p, n, swap=True), leaf(4, 3), leaf(4, 3, seed=1), leaf(4, 3, seed=2)),
    "multi_margin_loss":     (lambda x: F.multi_margin_loss(x, T, p=2), leaf(4, 3)),
    "multilabel_margin":     (lambda x: F.multilabel_margin_loss(x, np.array([[0, 2, -1], [1, -1, -1]])), leaf(2, 3)),
    "multilabel_soft":       (F.multilabel_soft_margin_loss, leaf(4, 3), between(4, 3)),
    "cross_entropy":         (lambda x: F.cross_entropy(x, T), leaf(4, 3)),
    "cross_entropy none":    (lambda x: F.cross_entropy(x, T, reduction="none", ignore_index=2), leaf(4, 3)),
    "cross_entropy weight":  (lambda x: F.cross_entropy(x, T, weight=np.array([1.0, 2.0, 0.5]), ignore_index=0), leaf(4, 3)),
    "cross_entropy smooth":  (lambda x: F.cross_entropy(x, T, label_smoothing=0.2), leaf(4, 3)),
    "cross_entropy places":  (lambda x: F.cross_entropy(x, T.reshape(2, 2)), leaf(2, 3, 2)),
    "cross_entropy shares":  (F.cross_entropy, leaf(4, 3), between(4, 3)),
    "nll_loss":              (lambda x: F.nll_loss(x, T), leaf(4, 3)),
    "layer_norm":            (lambda x, w, b: F.layer_norm(x, (3,), w, b), leaf(4, 3), leaf(3), leaf(3, seed=1)),
    "rms_norm":              (lambda x, w: F.rms_norm(x, (2, 3), w), leaf(4, 2, 3), leaf(2, 3)),
    "group_norm":            (lambda x, w, b: F.group_norm(x, 2, w, b), leaf(2, 4, 3), leaf(4), leaf(4, seed=1)),
    "instance_norm":         (F.instance_norm, leaf(2, 2, 4)),
    "batch_norm":            (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), leaf(4, 3, 2), leaf(3), leaf(3, seed=1)),
    "batch_norm eval":       (lambda x, w: F.batch_norm(x, np.ones(3), np.ones(3), w), leaf(4, 3), leaf(3)),
    "local_response_norm":   (lambda x: F.local_response_norm(x, 3, alpha=0.5), leaf(2, 5, 3)),
    "embedding":             (lambda w: F.embedding(np.array([[1, 1], [0, 3]]), w), leaf(4, 2)),
    "embedding_bag":         (lambda w, s: F.embedding_bag(np.array([[1, 1], [0, 3]]), w, mode="sum", per_sample_weights=s), leaf(4, 2), leaf(2, 2)),
    "nearest":               (lambda x: F.interpolate(x, (7, 2)), leaf(1, 2, 3, 4)),
    "area":                  (lambda x: F.interpolate(x, (2, 5), mode="area"), leaf(1, 2, 3, 4)),
    "bilinear":              (lambda x: F.interpolate(x, (7, 2), mode="bilinear"), leaf(1, 2, 3, 4)),
    "bicubic":               (lambda x: F.interpolate(x, scale_factor=1.7, mode="bicubic", align_corners=True), leaf(1, 2, 3, 4)),
    "grid_sample":           (lambda x, g: F.grid_sample(x, g, align_corners=False), leaf(1, 2, 4, 5), leaf(1, 2, 3, 2, scale=0.7)),
    "grid_sample border":    (lambda x, g: F.grid_sample(x, g, padding_mode="border", align_corners=True), leaf(1, 2, 4, 5), leaf(1, 2, 3, 2, scale=0.7)),
    "grid_sample bicubic":   (lambda x, g: F.grid_sample(x, g, "bicubic", "reflection", False), leaf(1, 2, 4, 5), leaf(1, 2, 3, 2, scale=0.7)),
    "affine_grid":           (lambda t: F.affine_grid(t, (2, 1, 3, 2), align_corners=False), leaf(2, 2, 3)),
    "pixel_shuffle":         (lambda x: F.pixel_shuffle(x, 2), leaf(1, 4, 2, 3)),
    "pixel_unshuffle":       (lambda x: F.pixel_unshuffle(x, 2), leaf(1, 1, 4, 2)),
    "attention":             (F.scaled_dot_product_attention, leaf(2, 4, 3), leaf(2, 6, 3), leaf(2, 6, 2)),
    "attention causal":      (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), leaf(4, 3), leaf(4, 3, seed=1), leaf(4, 2)),
    "attention masked":      (lambda q, k, v: F.scaled_dot_product_attention(q, k, v, SEEN), leaf(4, 3), leaf(6, 3), leaf(6, 2)),
    "attention biased":      (lambda q, k, v, b: F.scaled_dot_product_attention(q, k, v, b), leaf(4, 3), leaf(6, 3), leaf(6, 2), leaf(4, 6)),
}
# fmt: on


@pytest.mark.parametrize("name", CASES)
def test_first_and_second_derivatives_are_those_of_differences(name):
    f, *inputs = CASES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a blind spot here and there: a gradient that is 0
        assert gradcheck(f, tuple(inputs), check_forward_ad=True)
        if name not in {"l1_loss", "margin_ranking_loss", "hinge_embedding_loss"}:  # these are flat
            assert gradgradcheck(f, tuple(inputs))


# --- losses ---------------------------------------------------------------------------------


def test_the_gradient_of_cross_entropy_is_the_prediction_minus_what_was_right():
    x = leaf(4, 3)
    F.cross_entropy(x, T, reduction="sum").backward()
    right = np.eye(3)[T]
    np.testing.assert_allclose(x.grad.array, softmax.softmax(x.array, 1) - right, atol=1e-12)


def test_cross_entropy_is_nll_loss_of_log_softmax():
    x, y = leaf(4, 3), leaf(4, 3)
    a, b = F.cross_entropy(x, T), F.nll_loss(softmax.log_softmax(y, 1), T)
    a.backward()
    b.backward()
    assert a.array == pytest.approx(b.array)
    np.testing.assert_allclose(x.grad.array, y.grad.array, atol=1e-12)


def test_cross_entropy_of_an_untrained_classifier_is_log_of_the_number_of_classes():
    assert F.cross_entropy(np.zeros((5, 27)), np.arange(5)) == pytest.approx(np.log(27))


def test_logits_of_any_size_give_finite_losses():
    x = np.array([[1e4, 0.0], [0.0, 1e4]])
    np.testing.assert_allclose(F.cross_entropy(x, np.array([1, 1]), reduction="none"), [1e4, 0])
    loss = F.binary_cross_entropy_with_logits(np.array([1e4, -1e4]), np.zeros(2), reduction="none")
    np.testing.assert_allclose(loss, [1e4, 0])


def test_an_ignored_target_gives_no_gradient_and_does_not_count_in_the_mean():
    x, rest = leaf(4, 3), Tensor(leaf(4, 3).array[1:].copy(), requires_grad=True)
    a = F.cross_entropy(x, np.array([-100, 2, 1, 1]))
    b = F.cross_entropy(rest, T[1:])
    a.backward()
    b.backward()
    assert a.array == pytest.approx(b.array)
    assert not x.grad.array[0].any()
    np.testing.assert_allclose(x.grad.array[1:], rest.grad.array)


def test_a_batch_of_nothing_but_ignored_targets_has_loss_nan_and_gradient_zero():
    x = leaf(2, 3)
    loss = F.cross_entropy(x, np.array([-100, -100]))
    loss.backward()
    assert np.isnan(loss.array)
    assert not x.grad.array.any()


def test_binary_cross_entropy_of_certainty_is_at_most_100():
    loss = F.binary_cross_entropy(
        np.array([0.0, 1.0, 0.0]), np.array([1.0, 1.0, 0.0]), reduction="none"
    )
    np.testing.assert_array_equal(loss, [100, 0, 0])


def test_a_loss_between_shapes_that_broadcast_warns():
    with pytest.warns(UserWarning, match="broadcast"):
        F.mse_loss(leaf(4, 1), leaf(4))


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: F.cross_entropy(leaf(4, 3), np.array([0, 3, 1, 1])), IndexError, "target 3 is out of bounds.*3 classes"),
        (lambda: F.cross_entropy(leaf(4, 3), T[:2]), ShapeError, r"\(4, 3\).*\(2,\)"),
        (lambda: F.cross_entropy(leaf(4, 3), T.astype(float)), DtypeError, r"target\.long"),
        (lambda: F.cross_entropy(leaf(4, 3), T, label_smoothing=2), UndefinedError, "between 0 and 1"),
        (lambda: F.mse_loss(leaf(3), leaf(3), reduction="avg"), ValueError, "'mean', 'sum' or 'none'"),
        (lambda: F.binary_cross_entropy(leaf(3), between(3)), ValueError, "with_logits"),
        (lambda: F.binary_cross_entropy_with_logits(leaf(3, 1), between(3)), ShapeError, "unsqueeze"),
        (lambda: F.layer_norm(leaf(4, 3), (4,)), ShapeError, "last sizes"),
        (lambda: F.group_norm(leaf(2, 4), 3), ShapeError, "3 equal groups"),
        (lambda: F.batch_norm(leaf(1, 4), None, None, training=True), ValueError, "more than one value"),
        (lambda: F.embedding(np.array([4]), leaf(4, 2)), IndexError, "row 4 of a table with 4 rows"),
        (lambda: F.embedding(np.array([0.5]), leaf(4, 2)), DtypeError, "long"),
        (lambda: F.interpolate(leaf(1, 1, 4), 3, mode="bilinear"), ValueError, "nearest"),
        (lambda: F.dropout(leaf(3), 1.5), ValueError, "not a probability"),
        (lambda: F.pixel_shuffle(leaf(1, 3, 2, 2), 2), ShapeError, "multiple of 4"),
    ],
)  # fmt: skip
def test_an_error_says_what_does_not_fit(call, error, says):
    with pytest.raises(error, match=says):
        call()


# --- norms ----------------------------------------------------------------------------------


def test_a_fused_norm_is_the_composed_one():
    def composed(x):
        centred = x - reductions.mean(x, -1, keepdim=True)
        return centred * ew.rsqrt(reductions.mean(centred * centred, -1, keepdim=True) + 1e-5)

    x, u = leaf(4, 6), wrap(RNG(1).normal(size=(4, 6)))
    a, b = F.layer_norm(x, (6,)), composed(x)
    np.testing.assert_allclose(a.array, b.array, atol=1e-12)
    np.testing.assert_allclose(grad(a, x, u)[0].array, grad(b, x, u)[0].array, atol=1e-12)


def test_a_norm_of_numbers_far_from_zero_keeps_its_digits():
    x = RNG(0).normal(size=(3, 50))
    far = F.layer_norm((x + 1e6).astype(np.float64), (50,))
    np.testing.assert_allclose(far, F.layer_norm(x, (50,)), atol=1e-8)


def test_running_statistics_follow_the_batches_and_eval_uses_them():
    x, mean, var = RNG(0).normal(3, 2, size=(64, 2)), wrap(np.zeros(2)), wrap(np.ones(2))
    for _ in range(80):
        F.batch_norm(wrap(x), mean, var, training=True, momentum=0.2)
    np.testing.assert_allclose(mean.array, x.mean(0), rtol=1e-6)
    np.testing.assert_allclose(var.array, x.var(0, ddof=1), rtol=1e-6)
    before = mean.array.copy()
    y = F.batch_norm(wrap(x), mean, var, training=False)
    np.testing.assert_allclose(y.array.mean(0), 0, atol=1e-6)
    np.testing.assert_array_equal(mean.array, before)


# --- embedding, pictures, attention ---------------------------------------------------------


def test_a_row_that_is_named_twice_collects_both_gradients_and_padding_none():
    w = leaf(4, 2)
    y = F.embedding(np.array([1, 2, 1, 0]), w, padding_idx=0)
    y.backward(np.array([[1.0, 2], [3, 4], [5, 6], [7, 8]]))
    np.testing.assert_array_equal(w.grad.array, [[0, 0], [6, 8], [3, 4], [0, 0]])


def test_embedding_is_a_one_hot_vector_times_the_table():
    w, index = leaf(5, 3), RNG(0).integers(0, 5, (4, 6))
    y = F.embedding(index, w)
    u = RNG(1).normal(size=y.shape)
    y.backward(u)
    hot = np.eye(5)[index]
    np.testing.assert_allclose(y.array, hot @ w.array)
    np.testing.assert_allclose(w.grad.array, np.einsum("abv,abd->vd", hot, u))


def test_enlarging_with_aligned_corners_keeps_the_corners():
    x = leaf(1, 1, 3, 4)
    for mode in ("bilinear", "bicubic"):
        y = F.interpolate(x, (7, 9), mode=mode, align_corners=True).array
        np.testing.assert_allclose(y[..., ::6, ::8], x.array[..., ::2, ::3])


def test_the_identity_grid_samples_the_picture_itself():
    x = leaf(2, 3, 4, 5)
    same = np.tile(np.eye(2, 3), (2, 1, 1))
    for corners in (True, False):
        grid = F.affine_grid(same, x.shape, align_corners=corners)
        y = F.grid_sample(x, grid, align_corners=corners)
        np.testing.assert_allclose(y.array, x.array, atol=1e-12)


def test_pixel_unshuffle_undoes_pixel_shuffle():
    x = leaf(2, 8, 3, 2)
    np.testing.assert_array_equal(F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2).array, x.array)


def test_a_causal_query_does_not_see_what_comes_later():
    q, k, v = leaf(5, 3), leaf(5, 3, seed=1), leaf(5, 2)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    seen = grad(shapes.reshape(indexing.getitem(y, 1), (2,)), v, wrap(np.ones(2)))[0].array
    assert seen[:2].all()
    assert not seen[2:].any()


def test_a_query_that_may_look_nowhere_gets_zeros_and_finite_gradients():
    mask = np.ones((4, 6), bool)
    mask[2] = False
    q, k, v = leaf(4, 3), leaf(6, 3), leaf(6, 2)
    y = F.scaled_dot_product_attention(q, k, v, mask)
    assert not y.array[2].any()
    gradients = grad(y, (q, k, v), wrap(np.ones((4, 2))))
    assert all(np.isfinite(g.array).all() for g in gradients)


def test_shared_heads_are_repeated_heads():
    q, k, v = leaf(2, 6, 4, 3), leaf(2, 2, 5, 3), leaf(2, 2, 5, 3, seed=1)
    y = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    wide = [np.repeat(x.array, 3, axis=1) for x in (k, v)]
    np.testing.assert_allclose(y.array, F.scaled_dot_product_attention(q.array, *wide), atol=1e-12)


# --- noise ----------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_repeats_with_its_seed():
    x = np.ones((100, 100))
    random.manual_seed(1)
    y = F.dropout(x, 0.3)
    random.manual_seed(1)
    np.testing.assert_array_equal(F.dropout(x, 0.3), y)
    assert set(np.unique(y)) == {0, 1 / 0.7}
    assert y.mean() == pytest.approx(1, abs=0.03)
    assert F.dropout(x, 0.3, training=False) is x


def test_dropout_of_channels_drops_whole_ones():
    for f, shape in ((F.dropout1d, (20, 5, 4)), (F.dropout2d, (20, 5, 4, 2)), (F.dropout3d, (20, 5, 2, 2, 2))):  # fmt: skip
        random.manual_seed(0)
        y = f(np.ones(shape)).reshape(20, 5, -1)
        assert (y == y[..., :1]).all()
        assert 0 < (y[..., 0] == 0).mean() < 1


def test_alpha_dropout_keeps_mean_and_variance():
    random.manual_seed(0)
    y = F.alpha_dropout(RNG(0).normal(size=200_000), 0.4, training=True)
    assert y.mean() == pytest.approx(0, abs=0.02)
    assert y.var() == pytest.approx(1, abs=0.03)


def test_the_gradient_of_dropout_passes_where_the_entry_did():
    random.manual_seed(0)
    x = leaf(50)
    y = F.dropout(x, 0.5)
    y.backward(np.ones(50))
    np.testing.assert_array_equal(x.grad.array, np.where(y.array == 0, 0, 2.0))


def test_gumbel_softmax_draws_as_often_as_softmax_says():
    random.manual_seed(0)
    logits = np.array([0.0, 1.0, 2.0])
    drawn = F.gumbel_softmax(np.tile(logits, (20_000, 1)), hard=True)
    np.testing.assert_allclose(drawn.sum(1), 1)
    np.testing.assert_allclose(drawn.mean(0), softmax.softmax(logits, 0), atol=0.02)


def test_hard_gumbel_softmax_has_the_gradient_of_the_soft_one():
    x, u = leaf(4, 3), wrap(RNG(0).normal(size=(4, 3)))
    gradients = []
    for hard in (False, True):
        random.manual_seed(3)
        gradients.append(grad(F.gumbel_softmax(x, 0.7, hard=hard), x, u)[0].array)
    np.testing.assert_array_equal(*gradients)
