"""Sequence to sequence: a GRU reads a word, another writes it backwards, attending to what it read.

Words have different lengths: they are padded, packed for the encoder, and padding neither counts in
the loss nor gets attention (Bahdanau, Cho and Bengio, 2014).
"""

import random
from functools import partial

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset

PAD, SOS, EOS = 0, 1, 2
LETTERS = "abcdef"
STOI = {ch: i + 3 for i, ch in enumerate(LETTERS)}
ITOS = {i: ch for ch, i in STOI.items()}
VOCAB = len(STOI) + 3


class Words(Dataset):
    def __init__(self, n=96, seed=0):
        rng = random.Random(seed)
        self.words = ["".join(rng.choices(LETTERS, k=rng.randint(2, 5))) for _ in range(n)]

    def __len__(self):
        return len(self.words)

    def __getitem__(self, i):
        ids = [STOI[ch] for ch in self.words[i]]
        return torch.tensor(ids), torch.tensor([*ids[::-1], EOS], dtype=torch.long)


def collate(batch, padding_value=PAD):
    sources, targets = zip(*batch, strict=True)
    lengths = torch.tensor([len(s) for s in sources])
    return (
        pad_sequence(sources, batch_first=True, padding_value=padding_value),
        lengths,
        pad_sequence(targets, batch_first=True, padding_value=padding_value),
    )


class Encoder(nn.Module):
    def __init__(self, emb, hidden):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, emb, padding_idx=PAD)
        self.rnn = nn.GRU(emb, hidden, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * hidden, hidden)

    def forward(self, src, lengths):
        packed = pack_padded_sequence(
            self.embedding(src), lengths, batch_first=True, enforce_sorted=False
        )
        packed_outputs, hidden = self.rnn(packed)
        outputs, _ = pad_packed_sequence(packed_outputs, batch_first=True)
        hidden = torch.tanh(self.fc(torch.cat((hidden[-2], hidden[-1]), dim=1)))
        return outputs, hidden


class Attention(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.attn = nn.Linear(3 * hidden, hidden)
        self.v = nn.Linear(hidden, 1, bias=False)

    def forward(self, hidden, outputs, mask):
        query = hidden.unsqueeze(1).repeat(1, outputs.size(1), 1)
        energy = torch.tanh(self.attn(torch.cat((query, outputs), dim=2)))
        scores = self.v(energy).squeeze(2).masked_fill(mask == 0, -1e10)
        return F.softmax(scores, dim=1)


class Decoder(nn.Module):
    def __init__(self, emb, hidden):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, emb, padding_idx=PAD)
        self.attention = Attention(hidden)
        self.rnn = nn.GRUCell(emb + 2 * hidden, hidden)
        self.out = nn.Linear(hidden + 2 * hidden, VOCAB)

    def forward(self, token, hidden, outputs, mask):
        weights = self.attention(hidden, outputs, mask)
        context = torch.bmm(weights.unsqueeze(1), outputs).squeeze(1)
        hidden = self.rnn(torch.cat((self.embedding(token), context), dim=1), hidden)
        return self.out(torch.cat((hidden, context), dim=1)), hidden


class Seq2Seq(nn.Module):
    def __init__(self, emb=12, hidden=24):
        super().__init__()
        self.encoder = Encoder(emb, hidden)
        self.decoder = Decoder(emb, hidden)

    def forward(self, src, lengths, trg, teacher_forcing=lambda: True):
        outputs, hidden = self.encoder(src, lengths)
        mask = src != PAD
        token = src.new_full((src.shape[0],), SOS)
        predictions = []
        for t in range(trg.shape[1]):
            logits, hidden = self.decoder(token, hidden, outputs, mask)
            predictions.append(logits)
            token = trg[:, t] if teacher_forcing() else logits.argmax(1)
        return torch.stack(predictions, dim=1)

    @torch.no_grad()
    def translate(self, word, max_len=8):
        src = torch.tensor([[STOI[ch] for ch in word]])
        outputs, hidden = self.encoder(src, torch.tensor([len(word)]))
        token, letters = torch.tensor([SOS]), []
        while len(letters) < max_len:
            logits, hidden = self.decoder(token, hidden, outputs, src != PAD)
            token = logits.argmax(1)
            if token.item() == EOS:
                break
            letters.append(ITOS.get(token.item(), "?"))
        return "".join(letters)


def build():
    return Seq2Seq()


def main(steps=60, teacher_forcing_ratio=0.8):
    words = Words()
    loader = DataLoader(
        words, batch_size=24, shuffle=True, collate_fn=partial(collate, padding_value=PAD)
    )
    model = build()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.98**step)
    criterion = nn.CrossEntropyLoss(ignore_index=PAD)
    coin = random.Random(1)

    losses = []
    while len(losses) < steps:
        for src, lengths, trg in loader:
            logits = model(src, lengths, trg, lambda: coin.random() < teacher_forcing_ratio)
            loss = criterion(logits.view(-1, logits.shape[-1]), trg.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break
    model.eval()
    for word in words.words[:4]:
        print(f"{word} -> {model.translate(word)}")
    right = sum(model.translate(word) == word[::-1] for word in words.words)
    print(f"{right} of {len(words)} words right, loss {losses[-1]:.3f}")
    return losses


if __name__ == "__main__":
    main()
