"""torch.nn.functional: every function of a network, without its parameters.

Each is written where its idea lives, mostly in ops/; here they are gathered under PyTorch's names.
"""

# ruff: noqa: F401, I001
# mypy: implicit-reexport
from micrograd_lab.nn.attention import scaled_dot_product_attention
from micrograd_lab.nn.dropping import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
    gumbel_softmax,
)
from micrograd_lab.nn.overwriting import (
    celu_,
    elu_,
    hardtanh_,
    leaky_relu_,
    relu_,
    rrelu_,
    selu_,
    threshold_,
)
from micrograd_lab.ops.activations import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    rrelu,
    selu,
    silu,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)
from micrograd_lab.ops.affine import linear
from micrograd_lab.ops.convolution import (
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from micrograd_lab.ops.cross_entropy import cross_entropy, nll_loss
from micrograd_lab.ops.ctc import ctc_loss
from micrograd_lab.ops.diagonals import one_hot
from micrograd_lab.ops.distances import cosine_similarity, normalize, pairwise_distance, pdist
from micrograd_lab.ops.elementwise import sigmoid, tanh
from micrograd_lab.ops.embedding import embedding, embedding_bag
from micrograd_lab.ops.grid import affine_grid, grid_sample
from micrograd_lab.ops.likelihoods import gaussian_nll_loss, poisson_nll_loss
from micrograd_lab.ops.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from micrograd_lab.ops.margins import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from micrograd_lab.ops.normalisation import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
)
from micrograd_lab.ops.softmax import log_softmax, softmax, softmin
from micrograd_lab.ops.padding import pad
from micrograd_lab.ops.pooling import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from micrograd_lab.ops.products import bilinear
from micrograd_lab.ops.resampling import (
    channel_shuffle,
    interpolate,
    pixel_shuffle,
    pixel_unshuffle,
    upsample,
    upsample_bilinear,
    upsample_nearest,
)
from micrograd_lab.ops.unpooling import (
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d_with_indices,
    fractional_max_pool2d,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d,
    fractional_max_pool3d_with_indices,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d_with_indices,
    max_pool2d_with_indices,
    max_pool3d_with_indices,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from micrograd_lab.ops.windows import fold, unfold
