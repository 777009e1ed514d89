"""A transformer translates (Vaswani and others, 2017): sums of two digits, read and written as text.

nn.Transformer with learnt embeddings, positions from sines and cosines, a causal mask for what is
written, padding masks for both, and a rate that warms up and then falls as 1 / sqrt(step).
"""

import math
from functools import partial

import torch
import torch.nn as nn
from torch import Tensor

TOKENS = ["<pad>", "<bos>", "<eos>", *"0123456789", "+"]
INDEX = {token: i for i, token in enumerate(TOKENS)}
PAD_IDX, BOS_IDX, EOS_IDX = range(3)


def tensor_transform(text):
    ids = [INDEX[ch] for ch in text]
    return torch.cat((torch.tensor([BOS_IDX]), torch.tensor(ids), torch.tensor([EOS_IDX])))


def collate_fn(pairs):
    src = [tensor_transform(a) for a, _ in pairs]
    tgt = [tensor_transform(b) for _, b in pairs]
    pad = partial(nn.utils.rnn.pad_sequence, batch_first=True, padding_value=PAD_IDX)
    return pad(src), pad(tgt)


class PositionalEncoding(nn.Module):
    def __init__(self, emb_size: int, dropout: float, maxlen: int = 32):
        super().__init__()
        den = torch.exp(-torch.arange(0, emb_size, 2) * math.log(10000) / emb_size)
        pos = torch.arange(0, maxlen).reshape(maxlen, 1)
        table = torch.zeros((maxlen, emb_size))
        table[:, 0::2] = torch.sin(pos * den)
        table[:, 1::2] = torch.cos(pos * den)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("table", table, persistent=False)

    def forward(self, embedding: Tensor):
        return self.dropout(embedding + self.table[: embedding.size(1)])


class Translator(nn.Module):
    def __init__(self, emb_size: int = 24, nhead: int = 2, dropout: float = 0.0):
        super().__init__()
        self.emb_size = emb_size
        self.transformer = nn.Transformer(
            d_model=emb_size,
            nhead=nhead,
            num_encoder_layers=1,
            num_decoder_layers=1,
            dim_feedforward=48,
            dropout=dropout,
            activation="gelu",
            batch_first=True,
        )
        self.embedding = nn.Embedding(len(TOKENS), emb_size)
        self.positional_encoding = PositionalEncoding(emb_size, dropout)
        self.generator = nn.Linear(emb_size, len(TOKENS))

    def embed(self, tokens: Tensor):
        return self.positional_encoding(self.embedding(tokens.long()) * math.sqrt(self.emb_size))

    def forward(self, src: Tensor, tgt: Tensor):
        src_padding_mask = src == PAD_IDX
        outs = self.transformer(
            self.embed(src),
            self.embed(tgt),
            tgt_mask=causal(tgt.size(1)),
            src_key_padding_mask=src_padding_mask,
            tgt_key_padding_mask=tgt == PAD_IDX,
            memory_key_padding_mask=src_padding_mask,
        )
        return self.generator(outs)

    def encode(self, src: Tensor):
        return self.transformer.encoder(self.embed(src))

    def decode(self, tgt: Tensor, memory: Tensor):
        return self.transformer.decoder(self.embed(tgt), memory, causal(tgt.size(1)))


def causal(size):
    """True where one must not look: at what comes later."""
    return torch.triu(torch.ones((size, size), dtype=torch.bool), diagonal=1)


@torch.no_grad()
def greedy_decode(model, text, max_len=5):
    model.eval()
    memory = model.encode(tensor_transform(text).unsqueeze(0))
    ys = torch.ones(1, 1).fill_(BOS_IDX).type(torch.long)
    for _ in range(max_len):
        out = model.decode(ys, memory)
        _, next_word = torch.max(model.generator(out[:, -1]), dim=1)
        next_word = next_word.item()
        if next_word == EOS_IDX:
            break
        ys = torch.cat([ys, torch.ones(1, 1).type_as(ys).fill_(next_word)], dim=1)
    model.train()
    return "".join(TOKENS[i] for i in ys.flatten().tolist()[1:])


def build():
    model = Translator()
    for p in model.parameters():
        if p.dim() > 1:
            nn.init.xavier_uniform_(p)
    return model


def main(steps=60, warmup=10):
    pairs = [(f"{a}+{b}", str(a + b)) for a in range(10) for b in range(0, 10, 3)]
    model = build()
    loss_fn = nn.CrossEntropyLoss(ignore_index=PAD_IDX)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2, betas=(0.9, 0.98), eps=1e-9)
    scheduler = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (warmup / (step + 1)) ** 0.5)
    )
    src, tgt = collate_fn(pairs)
    losses = []
    for _ in range(steps):
        logits = model(src, tgt[:, :-1])
        optimizer.zero_grad()
        loss = loss_fn(logits.reshape(-1, logits.shape[-1]), tgt[:, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    right = sum(greedy_decode(model, a) == b for a, b in pairs)
    print(f"{right} of {len(pairs)} sums right, loss {losses[-1]:.3f}")
    return losses


if __name__ == "__main__":
    main()
