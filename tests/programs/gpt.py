"""A small GPT learns to sort: the digits of a problem, then the same digits in order.

The model is a decoder-only transformer as in GPT-2 (Radford and others, 2019): token and position
embeddings, blocks of causal self-attention and a feed-forward net, and an output layer that shares
its weights with the token embedding. Only the answer is graded; targets of -1 are ignored.
"""

import inspect
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
from torch.nn import functional as F


@dataclass
class GPTConfig:
    block_size: int = 11
    vocab_size: int = 4
    n_layer: int = 2
    n_head: int = 2
    n_embd: int = 32
    dropout: float = 0.0
    bias: bool = True
    flash: bool = True


class CausalSelfAttention(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert config.n_embd % config.n_head == 0
        self.c_attn = nn.Linear(config.n_embd, 3 * config.n_embd, bias=config.bias)
        self.c_proj = nn.Linear(config.n_embd, config.n_embd, bias=config.bias)
        self.attn_dropout = nn.Dropout(config.dropout)
        self.resid_dropout = nn.Dropout(config.dropout)
        self.n_head = config.n_head
        self.dropout = config.dropout
        self.flash = config.flash and hasattr(F, "scaled_dot_product_attention")
        size = config.block_size
        self.register_buffer("bias", torch.tril(torch.ones(size, size)).view(1, 1, size, size))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(C, dim=2)
        q, k, v = (t.view(B, T, self.n_head, C // self.n_head).transpose(1, 2) for t in (q, k, v))
        if self.flash:
            drop = self.dropout if self.training else 0
            y = F.scaled_dot_product_attention(
                q, k, v, attn_mask=None, dropout_p=drop, is_causal=True
            )
        else:
            att = (q @ k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1)))
            att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
            y = self.attn_dropout(F.softmax(att, dim=-1)) @ v
        y = y.transpose(1, 2).contiguous().view(B, T, C)
        return self.resid_dropout(self.c_proj(y))


class Block(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.ln_1 = nn.LayerNorm(config.n_embd)
        self.attn = CausalSelfAttention(config)
        self.ln_2 = nn.LayerNorm(config.n_embd)
        self.mlp = nn.ModuleDict(
            {
                "c_fc": nn.Linear(config.n_embd, 4 * config.n_embd),
                "c_proj": nn.Linear(4 * config.n_embd, config.n_embd),
                "act": nn.GELU(approximate="tanh"),
                "dropout": nn.Dropout(config.dropout),
            }
        )

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        m = self.mlp
        return x + m.dropout(m.c_proj(m.act(m.c_fc(self.ln_2(x)))))


class GPT(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(config.vocab_size, config.n_embd),
                "wpe": nn.Embedding(config.block_size, config.n_embd),
                "drop": nn.Dropout(config.dropout),
                "h": nn.ModuleList([Block(config) for _ in range(config.n_layer)]),
                "ln_f": nn.LayerNorm(config.n_embd),
            }
        )
        self.lm_head = nn.Linear(config.n_embd, config.vocab_size, bias=False)
        self.transformer.wte.weight = self.lm_head.weight  # one matrix, used twice
        self.apply(self._init_weights)
        for name, p in self.named_parameters():
            if name.endswith(
                "c_proj.weight"
            ):  # what is added to the residual stream, n_layer times
                torch.nn.init.normal_(p, mean=0.0, std=0.02 / math.sqrt(2 * config.n_layer))

    def _init_weights(self, module):
        if isinstance(module, nn.Linear):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)
            if module.bias is not None:
                torch.nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            torch.nn.init.normal_(module.weight, mean=0.0, std=0.02)

    def get_num_params(self):
        return sum(p.numel() for p in self.parameters()) - self.transformer.wpe.weight.numel()

    def forward(self, idx, targets=None):
        device = idx.device
        _, t = idx.size()
        assert t <= self.config.block_size, (
            f"{t} tokens; the context holds {self.config.block_size}"
        )
        pos = torch.arange(0, t, dtype=torch.long, device=device)
        x = self.transformer.drop(self.transformer.wte(idx) + self.transformer.wpe(pos))
        for block in self.transformer.h:
            x = block(x)
        x = self.transformer.ln_f(x)
        if targets is None:
            return self.lm_head(x[:, [-1], :]), None  # a list of one index keeps the axis
        logits = self.lm_head(x)
        flat = logits.view(-1, logits.size(-1))
        return logits, F.cross_entropy(flat, targets.view(-1), ignore_index=-1)

    def configure_optimizers(self, weight_decay, learning_rate, betas, device_type):
        params = {name: p for name, p in self.named_parameters() if p.requires_grad}
        groups = [
            {"params": [p for p in params.values() if p.dim() >= 2], "weight_decay": weight_decay},
            {"params": [p for p in params.values() if p.dim() < 2], "weight_decay": 0.0},
        ]
        fused_available = "fused" in inspect.signature(torch.optim.AdamW).parameters
        extra = {"fused": True} if fused_available and device_type == "cuda" else {}
        return torch.optim.AdamW(groups, lr=learning_rate, betas=betas, **extra)

    @torch.no_grad()
    def generate(self, idx, max_new_tokens, temperature=1.0, do_sample=True, top_k=None):
        for _ in range(max_new_tokens):
            size = self.config.block_size
            idx_cond = idx if idx.size(1) <= size else idx[:, -size:]
            logits, _ = self(idx_cond)
            logits = logits[:, -1, :] / temperature
            if top_k is not None:
                v, _ = torch.topk(logits, min(top_k, logits.size(-1)))
                logits[logits < v[:, [-1]]] = -float("Inf")
            probs = F.softmax(logits, dim=-1)
            if do_sample:
                idx_next = torch.multinomial(probs, num_samples=1)
            else:
                _, idx_next = torch.topk(probs, k=1, dim=-1)
            idx = torch.cat((idx, idx_next), dim=1)
        return idx


def get_device():
    if torch.cuda.is_available():
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def get_batch(config, batch_size, device):
    """Six digits and their order: x is all but the last token, y all but the first."""
    n = (config.block_size + 1) // 2
    problem = torch.randint(config.vocab_size, size=(batch_size, n), dtype=torch.long)
    solution = torch.sort(problem, dim=1)[0]
    cat = torch.cat((problem, solution), dim=1)
    x, y = cat[:, :-1].clone(), cat[:, 1:].clone()
    y[:, : n - 1] = -1
    return x.to(device), y.to(device)


def get_lr(it, learning_rate, warmup, steps):
    if it < warmup:
        return learning_rate * (it + 1) / (warmup + 1)
    ratio = (it - warmup) / max(1, steps - warmup)
    return 0.1 * learning_rate + 0.45 * learning_rate * (1.0 + math.cos(math.pi * ratio))


def build(flash=True):
    return GPT(GPTConfig(flash=flash))


def main(steps=120, batch_size=32):
    torch.manual_seed(1337)
    torch.set_float32_matmul_precision("high")
    device = get_device()
    model = build()
    model.to(device)
    print(f"number of parameters: {model.get_num_params()} on {device}")
    optimizer = model.configure_optimizers(0.1, 5e-3, (0.9, 0.95), device)
    if hasattr(torch, "compile") and device == "cuda":
        model = torch.compile(model)
    losses = []
    model.train()
    for it in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = get_lr(it, 5e-3, 10, steps)
        x, y = get_batch(model.config, batch_size, device)
        _, loss = model(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if it % 20 == 0:
            print(f"iter {it}: loss {losses[-1]:.4f}, gradient {norm.item():.3f}")

    model.eval()
    by_hand = build(flash=False)
    by_hand.load_state_dict(model.state_dict())
    x, y = get_batch(model.config, batch_size, device)
    with torch.no_grad():
        losses += [model(x, y)[1].item(), by_hand.eval()(x, y)[1].item()]
    n = (model.config.block_size + 1) // 2
    problem, solution = x[:, :n], torch.sort(x[:, :n], dim=1)[0]
    answer = model.generate(problem, n, do_sample=False)[:, n:]
    right = (answer == solution).all(1).to(loss.dtype).mean()
    print(f"sorted {100 * right.item():.0f}% of {batch_size} problems")
    guess = model.generate(problem[:1], n, temperature=0.8, top_k=2)
    print(*guess[0, :n].tolist(), "->", *guess[0, n:].tolist())
    losses.append(1 - right.item())
    return losses


if __name__ == "__main__":
    main()
