"""Which ops have kernels."""

from micrograd_lab import threads
from micrograd_lab.kernels.swift import swift, swift_heads, swift_sweep
from micrograd_lab.ops import (
    attention,
    convolution,
    cross_entropy,
    curves,
    elementwise,
    embedding,
    indexing,
    normalisation,
    pooling,
    recurrence,
    softmax,
)

# fmt: off
swift(curves.gelu_op,             "curves.gelu",        "curves.gelu_back")
swift(curves.silu_op,             "curves.silu",        "curves.silu_back")
swift(elementwise.sigmoid,        "curves.sigmoid_all", "curves.sigmoid_back")
swift(elementwise.tanh,           "",                   "curves.tanh_back")  # NumPy's own is as fast
swift(elementwise.relu,           "",                   "curves.relu_back")
swift(softmax.softmax_op,         "rows.softmax",       "rows.softmax_back")
swift(attention.causal_softmax,   "rows.causal_softmax", "rows.causal_softmax_back")
swift(cross_entropy.surprise,     "rows.surprise",      "rows.surprise_back")
swift(normalisation.affine,       "rows.layer_norm",    "rows.layer_norm_back")

swift(convolution.conv,           "convolution.conv")
swift(convolution.conv_input,     "convolution.conv_input")
swift(convolution.conv_weight,    "convolution.conv_weight")
swift(embedding.sum_rows,         "pools.sum_rows")
swift(pooling.largest,            "pools.largest")
swift(indexing.gather_op,         "pools.gather")
swift(indexing.scatter_zeros,     "pools.scatter_zeros")

swift_heads(attention.attention,  "heads.attention",    "heads.attention_back")

swift_sweep(recurrence.rnn_tanh,  "sequences.rnn_tanh", "sequences.rnn_tanh_sweep")
swift_sweep(recurrence.lstm,      "sequences.lstm",     "sequences.lstm_sweep")
swift_sweep(recurrence.gru,       "sequences.gru",      "sequences.gru_sweep")
# fmt: on

threads.start()
