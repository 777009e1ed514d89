"""A word-level language model with an LSTM, trained by truncated backpropagation through time.

The text is cut into a few long columns that are read side by side, a window at a time; the state at
the end of a window is where the next one starts, but gradients do not flow across (`detach`).
"""

import math

import torch
import torch.nn as nn

TEXT = (
    """
the sun rose over the quiet hill and the small bird sang to the sun .
the wind came down the hill and the small bird sang to the wind .
the rain fell on the quiet hill and the old dog slept by the fire .
the snow fell on the old house and the small dog slept by the fire .
the moon rose over the old house and the small bird slept by the moon .
the dog ran down the hill and the bird sang over the quiet house .
"""
    * 3
)


class Corpus:
    def __init__(self, text):
        words = text.replace("\n", " <eos> ").split()
        self.idx2word = sorted(set(words))
        self.word2idx = {word: i for i, word in enumerate(self.idx2word)}
        self.ids = torch.LongTensor([self.word2idx[word] for word in words])

    def __len__(self):
        return len(self.idx2word)


def batchify(data, bsz):
    """(N,) -> (N // bsz, bsz): each column goes on with the text where its window ended."""
    nbatch = data.size(0) // bsz
    return data.narrow(0, 0, nbatch * bsz).view(bsz, -1).t().contiguous()


def get_batch(source, i, bptt):
    seq_len = min(bptt, len(source) - 1 - i)
    return source[i : i + seq_len], source[i + 1 : i + 1 + seq_len].view(-1)


class RNNModel(nn.Module):
    """Words to vectors, two layers of LSTM, and back to words."""

    def __init__(self, ntoken, ninp=24, nhid=32, nlayers=2, dropout=0.0):
        super().__init__()
        self.ntoken, self.nhid, self.nlayers = ntoken, nhid, nlayers
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(ntoken, ninp)
        self.rnn = nn.LSTM(ninp, nhid, nlayers, dropout=dropout)
        self.decoder = nn.Linear(nhid, ntoken)
        self.init_weights()

    def init_weights(self):
        initrange = 0.1
        nn.init.uniform_(self.encoder.weight, -initrange, initrange)
        nn.init.zeros_(self.decoder.bias)
        nn.init.uniform_(self.decoder.weight, -initrange, initrange)

    def forward(self, input, hidden):
        output, hidden = self.rnn(self.drop(self.encoder(input)), hidden)
        decoded = self.decoder(self.drop(output)).view(-1, self.ntoken)
        return nn.functional.log_softmax(decoded, dim=1), hidden

    def init_hidden(self, bsz):
        weight = next(self.parameters())
        return (
            weight.new_zeros(self.nlayers, bsz, self.nhid),
            weight.new_zeros(self.nlayers, bsz, self.nhid),
        )


def repackage_hidden(h):
    """The same numbers without their history."""
    if isinstance(h, torch.Tensor):
        return h.detach()
    return tuple(repackage_hidden(v) for v in h)


def evaluate(model, source, bptt, criterion):
    """Mean loss per word."""
    model.eval()
    total_loss = 0.0
    hidden = model.init_hidden(source.size(1))
    with torch.no_grad():
        for i in range(0, source.size(0) - 1, bptt):
            data, targets = get_batch(source, i, bptt)
            output, hidden = model(data, hidden)
            total_loss += len(data) * criterion(output, targets).item()
    return total_loss / (len(source) - 1)


def write(model, corpus, n, temperature=0.7):
    model.eval()
    words = []
    word = torch.randint(len(corpus), (1, 1), dtype=torch.long)
    with torch.no_grad():
        hidden = model.init_hidden(1)
        for _ in range(n):
            output, hidden = model(word, hidden)
            weights = output.squeeze().div(temperature).exp().cpu()
            word.fill_(torch.multinomial(weights, 1)[0])
            words.append(corpus.idx2word[word.item()])
    return " ".join(words)


def build():
    return RNNModel(len(Corpus(TEXT)))


def main(steps=84, bsz=6, bptt=8, clip=1.0):
    corpus = Corpus(TEXT)
    data = batchify(corpus.ids, bsz)
    model = build()
    criterion = nn.NLLLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2, betas=(0.9, 0.99))
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    losses = []
    while len(losses) < steps:
        model.train()
        hidden = model.init_hidden(bsz)
        for i in range(0, data.size(0) - 1, bptt):
            if len(losses) == steps:
                break
            inputs, targets = get_batch(data, i, bptt)
            hidden = repackage_hidden(hidden)
            optimizer.zero_grad()
            output, hidden = model(inputs, hidden)
            loss = criterion(output, targets)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            losses.append(loss.item())
        val_loss = evaluate(model, data, bptt, criterion)
        scheduler.step(val_loss)
        lr = optimizer.param_groups[0]["lr"]
        print(f"{len(losses):4d} steps | lr {lr} | perplexity {math.exp(val_loss):8.3f}")
    losses.append(val_loss)
    print(write(model, corpus, 20))
    return losses


if __name__ == "__main__":
    main()
