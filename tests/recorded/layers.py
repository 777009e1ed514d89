"""The questions about layers: `module | inputs`, in PyTorch's words, for every module of nn.

Inputs are x(...) numbers, p(...) chances, s(...) signs, i(n, ...) whole numbers below n; parameters
are filled by their names, so that only answers need to be kept.  Using(parts, f) is a module that
runs f(parts, *inputs); a layer with running statistics is asked in training, then after eval().
"""

from zlib import crc32

import numpy as np

CASES = """
Identity(54, unused=1) | x(4, 5); Linear(5, 3) | x(4, 5); Linear(5, 3, bias=False) | x(2, 3, 5); Linear(5, 1) | x(5); LazyLinear(3) | x(4, 5); DataParallel(nn.Linear(5, 3)) | x(4, 5)
Bilinear(5, 3, 2) | x(4, 5), x(4, 3); Bilinear(5, 3, 2, bias=False) | x(2, 4, 5), x(2, 4, 3)
Embedding(6, 3) | i(6, 3, 4); Embedding(6, 3, padding_idx=2) | i(6, 3, 4); Embedding(6, 3, max_norm=0.7, norm_type=1.0) | i(6, 4); Embedding(6, 3, scale_grad_by_freq=True) | i(6, 3, 4)
EmbeddingBag(6, 3) | i(6, 3, 4); EmbeddingBag(6, 3, mode="max") | i(6, 3, 4); EmbeddingBag(6, 3, mode="sum", padding_idx=1) | i(6, 9), tensor([0, 2, 2, 7]); EmbeddingBag(6, 3, mode="sum") | i(6, 3, 4), None, x(3, 4)
Dropout(0.3).eval() | x(4, 5); Dropout(0.0) | x(4, 5); Dropout(1.0) | x(4, 5); Dropout1d(0.3).eval() | x(2, 3, 4); Dropout2d(0.3).eval() | x(2, 3, 4, 4); Dropout3d(0.3).eval() | x(1, 2, 3, 2, 2)
AlphaDropout(0.3).eval() | x(4, 5); FeatureAlphaDropout(0.3).eval() | x(2, 3, 4, 4); RReLU(0.25, 0.25) | x(4, 5); RReLU(0.1, 0.5).eval() | x(4, 5)

ReLU() | x(4, 5); ReLU6() | x(4, 5) * 4; ELU(0.7) | x(4, 5); CELU(1.3) | x(4, 5); SELU() | x(4, 5); SiLU() | x(4, 5); Mish() | x(4, 5); GELU() | x(4, 5); GELU("tanh") | x(4, 5)
Sigmoid() | x(4, 5); LogSigmoid() | x(4, 5); Tanh() | x(4, 5); Tanhshrink() | x(4, 5); Softsign() | x(4, 5); Softplus() | x(4, 5); Softplus(2.0, 1.0) | x(4, 5); LeakyReLU(0.2) | x(4, 5)
Hardtanh(-0.5, 1) | x(4, 5); Hardsigmoid() | x(4, 5) * 2; Hardswish() | x(4, 5) * 2; Hardshrink(0.3) | x(4, 5); Softshrink(0.3) | x(4, 5); Threshold(0.1, 20) | x(4, 5); GLU() | x(3, 6); GLU(1) | x(2, 4, 3)
PReLU() | x(4, 5); PReLU(3, 0.1) | x(2, 3, 4); Softmax(1) | x(4, 5); Softmax(0) | x(2, 3, 4); LogSoftmax(-1) | x(4, 5); Softmin(1) | x(4, 5); Softmax2d() | x(2, 3, 2, 2); Softmax2d() | x(3, 2, 2)
ReLU(inplace=True) | x(4, 5) * 1; SELU(inplace=True) | x(4, 5) * 1; SiLU(inplace=True) | x(4, 5) * 1; Hardswish(inplace=True) | x(4, 5) * 2

Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 2)) | x(3, 5); Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)) | x(3, 1, 6, 6)
Using(nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)]), lambda m, x: m[1](m[0](x).relu()) + x) | x(4, 3); Using(nn.ModuleDict({"a": nn.Linear(3, 2), "b": nn.PReLU()}), lambda m, x: m["b"](m["a"](x))) | x(4, 3)
Using(nn.ParameterList([torch.zeros(3), torch.zeros(2, 3)]), lambda p, x: (x * p[0]) @ p[1].T) | x(4, 3); Using(nn.ParameterDict({"w": torch.zeros(3, 3), "b": torch.zeros(3)}), lambda p, x: x @ p["w"] + p["b"]) | x(4, 3)
Using(nn.Linear(3, 3), lambda f, x: f(f(f(x)).tanh())) | x(4, 3); Using(nn.Embedding(6, 3), lambda e, i: e(i) @ e.weight.T) | i(6, 4)
nn.utils.weight_norm(nn.Linear(3, 2)) | x(4, 3); nn.utils.weight_norm(nn.Conv1d(2, 3, 2), dim=1) | x(2, 2, 4); nn.utils.weight_norm(nn.Linear(3, 2), "bias", None) | x(4, 3); nn.utils.remove_weight_norm(nn.utils.weight_norm(nn.Linear(3, 2))) | x(4, 3); nn.utils.remove_spectral_norm(nn.utils.spectral_norm(nn.Linear(3, 2))) | x(4, 3)
nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)) | x(4, 3); nn.utils.parametrizations.weight_norm(nn.Conv1d(2, 3, 2), dim=1) | x(2, 2, 4)

Flatten() | x(2, 3, 2); Flatten(0, 1) | x(2, 3, 2); Unflatten(1, (2, 2)) | x(3, 4); Unflatten(-1, (3, -1)) | x(2, 6); PixelShuffle(2) | x(1, 8, 2, 3); PixelUnshuffle(2) | x(1, 2, 4, 6); ChannelShuffle(2) | x(2, 6, 3, 3)
Unfold(3, padding=1, stride=2) | x(2, 3, 5, 5); Unfold((2, 3), dilation=(1, 2)) | x(1, 2, 5, 6); Fold((5, 5), 2) | x(2, 8, 16); Fold((5, 4), (3, 2), padding=1, stride=2) | x(1, 12, 9)
ZeroPad1d(2) | x(2, 3, 4); ZeroPad2d((1, 2, 0, 1)) | x(2, 3, 4, 4); ZeroPad3d(1) | x(1, 2, 3, 3, 3); ConstantPad1d((1, 0), 0.5) | x(2, 3, 4); ConstantPad2d(1, 3.5) | x(2, 3, 4, 4); ConstantPad3d((1, 2, 0, 1, 2, 1), -1.0) | x(1, 2, 3, 3, 3); ConstantPad2d(-1, 0.0) | x(1, 2, 4, 5)
ReflectionPad1d((1, 2)) | x(2, 3, 4); ReflectionPad2d(2) | x(2, 3, 4, 4); ReflectionPad3d(1) | x(1, 2, 3, 3, 3); ReplicationPad1d(2) | x(2, 3, 4); ReplicationPad2d((1, 2, 0, 1)) | x(2, 3, 4, 4); ReplicationPad3d(2) | x(1, 2, 3, 3, 3)
CircularPad1d((1, 2)) | x(2, 3, 4); CircularPad2d(2) | x(2, 3, 4, 4); CircularPad3d(1) | x(1, 2, 3, 3, 3)
Upsample(scale_factor=2) | x(2, 3, 4); Upsample(scale_factor=(1.5, 2), mode="bilinear") | x(1, 2, 4, 5); Upsample((9, 4), mode="bilinear", align_corners=True) | x(1, 2, 4, 5); Upsample(9, mode="linear") | x(2, 3, 4); Upsample(scale_factor=2, mode="bicubic") | x(1, 2, 4, 5)
UpsamplingNearest2d(scale_factor=2) | x(1, 2, 3, 4); UpsamplingBilinear2d(size=(3, 8)) | x(1, 2, 5, 4); CosineSimilarity() | x(4, 5), x(4, 5); CosineSimilarity(0, 1e-3) | x(4, 5), x(4, 5); PairwiseDistance() | x(4, 5), x(4, 5); PairwiseDistance(1.0, keepdim=True) | x(4, 5), x(4, 5)

Conv1d(4, 6, 3) | x(2, 4, 9); Conv1d(4, 6, 3, stride=2, padding=1, groups=2) | x(2, 4, 9); Conv1d(4, 2, 3, padding="same", dilation=2, padding_mode="replicate") | x(2, 4, 9); Conv1d(4, 4, 5, groups=4, bias=False) | x(4, 9)
Conv2d(3, 4, 3) | x(2, 3, 6, 7); Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(0, 1), bias=False) | x(2, 3, 6, 7); Conv2d(4, 4, 3, groups=4, padding="same") | x(2, 4, 5, 5); Conv2d(2, 4, 3, dilation=2, padding=2) | x(1, 2, 6, 6)
Conv2d(2, 3, 3, padding=1, padding_mode="reflect") | x(1, 2, 4, 4); Conv2d(2, 3, 3, padding=2, padding_mode="circular") | x(1, 2, 4, 4); Conv2d(2, 3, 1) | x(2, 5, 5); Conv3d(2, 3, 2) | x(1, 2, 3, 4, 3); Conv3d(2, 4, 3, stride=2, padding=1, groups=2) | x(1, 2, 5, 4, 3)
ConvTranspose1d(4, 2, 3, stride=2) | x(2, 4, 5); ConvTranspose1d(4, 6, 3, groups=2, dilation=2, padding=1) | x(2, 4, 5); ConvTranspose2d(3, 2, 3) | x(2, 3, 4, 4); ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2) | x(1, 4, 3, 4)
ConvTranspose2d(3, 2, 3, stride=(2, 3), padding=1, bias=False) | x(1, 3, 4, 4), output_size=(8, 12); ConvTranspose3d(2, 3, 2, stride=2) | x(1, 2, 3, 2, 2); ConvTranspose3d(2, 2, 3, padding=1, stride=2, output_padding=1) | x(1, 2, 2, 2, 3)
LazyConv1d(6, 3, stride=2, groups=2) | x(2, 4, 9); LazyConv2d(4, (3, 2), padding=1, padding_mode="circular") | x(2, 3, 6, 7); LazyConv3d(3, 2, bias=False) | x(1, 2, 3, 4, 3); LazyConvTranspose1d(2, 3, stride=2) | x(2, 4, 5); LazyConvTranspose2d(2, 3, 2, 1, 1, 2) | x(1, 4, 3, 4); LazyConvTranspose3d(3, 2, dilation=2) | x(1, 2, 3, 2, 2)
MaxPool1d(2) | x(2, 3, 7); MaxPool1d(3, stride=1, padding=1, dilation=2) | x(2, 3, 7); MaxPool2d(2) | x(2, 3, 5, 6); MaxPool2d(3, stride=2, padding=1, ceil_mode=True) | x(2, 3, 5, 6); MaxPool2d((2, 3), return_indices=True) | x(3, 5, 6); MaxPool3d(2) | x(1, 2, 4, 4, 5); MaxPool3d(2, stride=1, ceil_mode=True) | x(1, 2, 3, 3, 3)
AvgPool1d(2) | x(2, 3, 7); AvgPool1d(3, stride=2, padding=1, count_include_pad=False) | x(2, 3, 7); AvgPool2d(2) | x(2, 3, 5, 6); AvgPool2d(3, stride=2, padding=1, ceil_mode=True) | x(2, 3, 5, 6); AvgPool2d(2, divisor_override=3) | x(2, 3, 5, 6); AvgPool3d(2) | x(1, 2, 4, 4, 5); AvgPool3d(2, padding=1, count_include_pad=False) | x(1, 2, 4, 4, 5)
AdaptiveAvgPool1d(3) | x(2, 3, 7); AdaptiveAvgPool2d(1) | x(2, 3, 5, 6); AdaptiveAvgPool2d((None, 4)) | x(2, 3, 5, 6); AdaptiveAvgPool3d((2, 1, 3)) | x(1, 2, 3, 4, 5); AdaptiveMaxPool1d(3) | x(2, 3, 7); AdaptiveMaxPool2d((2, 3), return_indices=True) | x(2, 3, 5, 7); AdaptiveMaxPool3d(2) | x(1, 2, 3, 4, 5)
LPPool1d(2, 3) | x(2, 3, 7); LPPool2d(2, 2, stride=1) | p(2, 3, 5, 6); LPPool2d(3.0, 2) | p(2, 3, 5, 6); LPPool3d(2, 2) | p(1, 2, 4, 4, 4)
FractionalMaxPool2d(2, output_size=3, _random_samples=p(2, 3, 2).detach()) | x(2, 3, 7, 8); FractionalMaxPool2d(2, output_ratio=0.6, _random_samples=p(2, 3, 2).detach()) | x(2, 3, 7, 8); FractionalMaxPool3d(2, output_size=2, _random_samples=p(1, 2, 3).detach()) | x(1, 2, 5, 5, 6)
Using(nn.ModuleList([nn.MaxPool1d(2, return_indices=True), nn.MaxUnpool1d(2)]), lambda m, x: m[1](*m[0](x))) | x(2, 3, 6); Using(nn.ModuleList([nn.MaxPool2d(2, return_indices=True), nn.MaxUnpool2d(2)]), lambda m, x: m[1](*m[0](x), output_size=(5, 7))) | x(2, 3, 5, 7); Using(nn.ModuleList([nn.MaxPool3d(2, return_indices=True), nn.MaxUnpool3d(2)]), lambda m, x: m[1](*m[0](x))) | x(1, 2, 4, 4, 4)

BatchNorm1d(3) | x(5, 3); BatchNorm1d(3, momentum=None, eps=1e-3) | x(4, 3, 6); BatchNorm1d(3, affine=False, track_running_stats=False) | x(5, 3); BatchNorm2d(3) | x(4, 3, 4, 2); BatchNorm2d(3, momentum=1.0, affine=False) | x(4, 3, 4, 2); BatchNorm3d(3) | x(2, 3, 2, 3, 2); BatchNorm3d(3, track_running_stats=False) | x(2, 3, 2, 3, 2)
InstanceNorm1d(3) | x(4, 3, 6); InstanceNorm1d(3, affine=True, track_running_stats=True) | x(4, 3, 6); InstanceNorm2d(3, affine=True) | x(2, 3, 4, 4); InstanceNorm2d(3, track_running_stats=True, momentum=0.4) | x(2, 3, 4, 4); InstanceNorm3d(2) | x(2, 2, 3, 2, 3); InstanceNorm3d(2, affine=True, track_running_stats=True) | x(2, 2, 3, 2, 3)
LazyBatchNorm1d() | x(5, 3); LazyBatchNorm2d(1e-3, None, False) | x(4, 3, 4, 2); LazyBatchNorm3d(track_running_stats=False, bias=False) | x(2, 3, 2, 3, 2); LazyInstanceNorm1d() | x(4, 3, 6); LazyInstanceNorm2d(momentum=0.4, affine=False) | x(2, 3, 4, 4); LazyInstanceNorm3d(track_running_stats=False) | x(2, 2, 3, 2, 3)
LayerNorm(4) | x(2, 3, 4); LayerNorm((3, 4), eps=0.1, bias=False) | x(2, 3, 4); LayerNorm(4, elementwise_affine=False) | x(5, 4); RMSNorm(4) | x(2, 3, 4); RMSNorm((3, 4), eps=0.1) | x(2, 3, 4); RMSNorm(4, elementwise_affine=False) | x(5, 4)
GroupNorm(2, 6) | x(2, 6, 5); GroupNorm(3, 6, affine=False) | x(2, 6, 2, 3); GroupNorm(1, 6, eps=0.1) | x(2, 6); LocalResponseNorm(2) | x(2, 6, 4); LocalResponseNorm(5, 0.1, 0.6, 2.0) | x(2, 3, 4, 5)

RNNCell(3, 4) | x(2, 3); RNNCell(3, 4, nonlinearity="relu", bias=False) | x(2, 3), x(2, 4); LSTMCell(3, 4) | x(2, 3); LSTMCell(3, 4) | x(2, 3), (x(2, 4), x(2, 4)); GRUCell(3, 4) | x(2, 3), x(2, 4); GRUCell(3, 4, bias=False) | x(3)
RNN(3, 4) | x(5, 2, 3); RNN(3, 4, 2, nonlinearity="relu", batch_first=True) | x(2, 5, 3), x(2, 2, 4); RNN(3, 4, bidirectional=True, bias=False) | x(5, 3); LSTM(3, 4) | x(5, 2, 3); LSTM(3, 4, 2, batch_first=True, bidirectional=True) | x(2, 5, 3); LSTM(3, 4, bias=False) | x(5, 2, 3), (x(1, 2, 4), x(1, 2, 4)); LSTM(3, 4, 2, dropout=0.5).eval() | x(5, 2, 3)
LSTM(3, 4, proj_size=2) | x(5, 2, 3); LSTM(3, 4, 2) | pack(x(5, 3, 3), [5, 3, 1]); GRU(3, 4) | x(5, 2, 3); GRU(3, 4, 2, bidirectional=True) | x(5, 2, 3), x(4, 2, 4); GRU(3, 4, batch_first=True) | x(2, 5, 3); GRU(3, 4, bidirectional=True) | pack(x(5, 3, 3), [2, 5, 3], enforce_sorted=False); RNN(3, 4) | pack(x(5, 3, 3), [5, 4, 4])
MultiheadAttention(8, 2) | x(5, 3, 8), x(4, 3, 8), x(4, 3, 8); MultiheadAttention(8, 4, bias=False) | x(5, 3, 8), x(4, 3, 8), x(4, 3, 8), need_weights=False; MultiheadAttention(8, 2, kdim=6, vdim=5, batch_first=True) | x(3, 5, 8), x(3, 4, 6), x(3, 4, 5), average_attn_weights=False
MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True) | x(5, 3, 8), x(4, 3, 8), x(4, 3, 8), key_padding_mask=tensor([[False, False, True, True], [False] * 4, [False] * 3 + [True]]); MultiheadAttention(8, 2) | x(4, 8), x(4, 8), x(4, 8), attn_mask=causal(4)
TransformerEncoderLayer(8, 2, 12, 0.0) | x(4, 3, 8); TransformerEncoderLayer(8, 2, 12, 0.0, "gelu", norm_first=True, batch_first=True, bias=False) | x(3, 4, 8), src_mask=causal(4), is_causal=True; TransformerEncoderLayer(8, 2, 12).eval() | x(4, 3, 8), src_key_padding_mask=tensor([[False, False, True, True], [False] * 4, [False] * 3 + [True]])
TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 12, 0.0), 2, norm=nn.LayerNorm(8), enable_nested_tensor=False) | x(4, 3, 8); TransformerDecoderLayer(8, 2, 12, 0.0) | x(5, 3, 8), x(4, 3, 8), tgt_mask=causal(5); TransformerDecoderLayer(8, 2, 12, 0.0, norm_first=True, batch_first=True) | x(3, 5, 8), x(3, 4, 8)
TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 12, 0.0), 2) | x(5, 3, 8), x(4, 3, 8); Transformer(8, 2, 1, 1, 12, 0.0) | x(4, 3, 8), x(5, 3, 8), tgt_mask=causal(5); Transformer(8, 2, 1, 1, 12, 0.0, "gelu", norm_first=True, batch_first=True) | x(3, 4, 8), x(3, 5, 8)

AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10]) | x(6, 8), tensor([0, 4, 5, 12, 19, 9]); AdaptiveLogSoftmaxWithLoss(8, 20, [3], 2.0, True) | x(4, 8), tensor([0, 1, 2, 0]); AdaptiveLogSoftmaxWithLoss(6, 9, [2, 4, 7], 1.5) | x(6), tensor(8); Using(nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10], 2.0), lambda m, x: (m.log_prob(x), m.predict(x))) | x(4, 8)
MSELoss() | x(4, 5), x(4, 5); MSELoss(reduction="none") | x(4, 5), x(4, 5); L1Loss() | x(4, 5), x(4, 5); L1Loss(reduction="sum") | x(4, 5), x(4, 5); HuberLoss(delta=0.8) | x(4, 5), x(4, 5); SmoothL1Loss(beta=0.7) | x(4, 5), x(4, 5); SmoothL1Loss(reduction="sum") | x(4, 5), x(4, 5)
BCELoss() | p(4, 5), p(4, 5); BCELoss(p(5).detach(), reduction="none") | p(4, 5), p(4, 5); BCEWithLogitsLoss() | x(4, 5), p(4, 5); BCEWithLogitsLoss(p(5).detach(), pos_weight=p(5).detach()) | x(4, 5), p(4, 5)
CrossEntropyLoss() | x(4, 5), i(5, 4); CrossEntropyLoss(p(5).detach(), ignore_index=4) | x(4, 5), tensor([0, 4, 2, 4]); CrossEntropyLoss(p(5).detach(), label_smoothing=0.2) | x(4, 5), i(5, 4); CrossEntropyLoss(label_smoothing=0.1) | x(4, 5), p(4, 5); CrossEntropyLoss(reduction="none") | x(2, 4, 3, 3), i(4, 2, 3, 3)
NLLLoss() | x(4, 5).log_softmax(1), i(5, 4); NLLLoss(p(5).detach(), ignore_index=0, reduction="sum") | x(4, 5), i(5, 4); KLDivLoss(reduction="batchmean") | x(4, 5).log_softmax(1), p(4, 5); KLDivLoss(log_target=True, reduction="sum") | x(4, 5), x(4, 5)
PoissonNLLLoss() | x(4, 5), i(7, 4, 5) * 1.0; PoissonNLLLoss(log_input=False, full=True) | p(4, 5), i(7, 4, 5) * 1.0; GaussianNLLLoss() | x(4, 5), x(4, 5), p(4, 5); GaussianNLLLoss(full=True, reduction="none") | x(4, 5), x(4, 5), p(4, 5)
SoftMarginLoss() | x(4, 5), s(4, 5); HingeEmbeddingLoss(0.6) | x(4, 5), s(4, 5); MarginRankingLoss(0.4) | x(4, 5), x(4, 5), s(4, 5); CosineEmbeddingLoss(0.1) | x(4, 5), x(4, 5), s(4); MultiMarginLoss() | x(4, 5), i(5, 4); MultiMarginLoss(2, 0.7, p(5).detach()) | x(4, 5), i(5, 4)
TripletMarginLoss() | x(4, 5), x(4, 5), x(4, 5); TripletMarginLoss(2.0, 1.0, swap=True, reduction="none") | x(4, 5), x(4, 5), x(4, 5); TripletMarginWithDistanceLoss(swap=True) | x(4, 5), x(4, 5), x(4, 5)
MultiLabelMarginLoss() | x(2, 5), tensor([[1, 3, -1, 0, 2], [0, 4, 1, -1, 1]]); MultiLabelSoftMarginLoss() | x(4, 5), i(2, 4, 5) * 1.0; MultiLabelSoftMarginLoss(p(5).detach(), reduction="sum") | x(4, 5), i(2, 4, 5) * 1.0
CTCLoss() | x(6, 2, 5).log_softmax(-1), i(4, 2, 3) + 1, tensor([6, 5]), tensor([3, 2]); CTCLoss(zero_infinity=True, reduction="sum") | x(6, 2, 5).log_softmax(-1), i(4, 2, 3) + 1, tensor([6, 2]), tensor([3, 3])
"""


def all_cases():
    """Every question, in order."""
    return [case.strip() for line in CASES.splitlines() for case in line.split(";") if case.strip()]


def numbers(what, shape):
    """Numbers between 0 and 1 that `what` and the shape settle, the same on every machine."""
    return np.random.default_rng([crc32(what.encode()), *shape]).random(shape)


def brief(t):
    """A tensor in few numbers: all of them, or for more than eight their sums with four weightings."""
    flat = np.asarray(t.detach().double().numpy()).reshape(-1)
    if flat.size > 8:
        flat = (numbers("weights", (4, flat.size)) * 2 - 1) @ flat
    return [float(f"{v:.12g}") for v in flat]


def tensors(out):
    """The tensors in a nest of tuples, and in packed sequences."""
    if hasattr(out, "batch_sizes"):
        return [out.data]
    if isinstance(out, tuple):
        return [t for part in out for t in tensors(part)]
    return [] if out is None else [out]


def answer(torch, case, dtype="float64"):
    """What one question gives: the module's text and state, outputs, gradients and buffers."""
    nn, dtype, leaves = torch.nn, getattr(torch, dtype), []

    def leaf(array):
        leaves.append(torch.tensor(array, dtype=dtype, requires_grad=True))
        return leaves[-1]

    def uniform(low, high, *shape):
        return leaf(numbers(f"input {len(leaves)}", shape) * (high - low) + low)

    class Using(nn.Module):
        def __init__(self, parts, f):
            super().__init__()
            self.parts, self.f = parts, f

        def forward(self, *inputs):
            return self.f(self.parts, *inputs)

    scope = {name: getattr(nn, name) for name in dir(nn) if name[0].isupper()} | {
        "x": lambda *shape: uniform(-2, 2, *shape),
        "p": lambda *shape: uniform(0.05, 0.95, *shape),
        "s": lambda *shape: torch.tensor(np.sign(numbers("s", shape) - 0.5)).to(dtype),
        "i": lambda n, *shape: torch.tensor((numbers("i", shape) * n).astype(int)),
        "causal": lambda n: torch.triu(torch.ones(n, n, dtype=torch.bool), 1),
        "call": lambda *args, **kwargs: (args, kwargs),
        "pack": nn.utils.rnn.pack_padded_sequence,
        **{"tensor": torch.tensor, "torch": torch, "nn": nn, "Using": Using},
    }
    made, given = case.split("|")
    module = eval(made.strip(), scope).to(dtype)
    args, kwargs = eval(f"call({given})", scope)
    if "Lazy" in case:
        module(*args, **kwargs)
        for norm in (m for m in module.modules() if hasattr(m, "reset_running_stats")):
            norm.reset_running_stats()
    with torch.no_grad():
        for name, q in module.named_parameters():
            q.copy_(torch.tensor(numbers(name, tuple(q.shape)) - 0.4))
    outs = tensors(module(*args, **kwargs))
    if any("running" in name for name, _ in module.named_buffers()):
        outs += tensors(module.eval()(*args, **kwargs))
    floats = [y for y in outs if y.requires_grad]
    end = sum(
        (y * torch.tensor(numbers(f"upstream {k}", tuple(y.shape)) - 0.3).to(dtype)).sum()
        for k, y in enumerate(floats)
    )
    wanted = {f"input {k}": t for k, t in enumerate(leaves)} | dict(module.named_parameters())
    grads = torch.autograd.grad(end, list(wanted.values()), allow_unused=True)
    state = {k: list(v.shape) for k, v in module.state_dict().items()}
    return {
        "text": repr(module),
        "state": state,
        "shapes": [list(y.shape) for y in outs],
        "outputs": [brief(y) for y in outs],
        "grads": {k: None if g is None else brief(g) for k, g in zip(wanted, grads, strict=True)},
        "buffers": {k: brief(b) for k, b in module.named_buffers()},
    }
