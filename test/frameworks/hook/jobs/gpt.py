"""A small GPT in the manner of nanoGPT: accumulation, clipping, cosine schedule, dropout."""

import math
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
from truth import finish, gradient_norm, note


class Attention(nn.Module):
    def __init__(self, width, heads, flash):
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.heads, self.flash, self.largest = heads, flash, 0.0

    def forward(self, x):
        batch, time, width = x.shape
        q, k, v = (t.view(batch, time, self.heads, width // self.heads).transpose(1, 2) for t in self.c_attn(x).split(width, dim=2))
        if self.flash:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1])
            mask = torch.ones(time, time, dtype=torch.bool).tril()
            self.largest = float(scores[:1].detach().masked_fill(~mask, 0).abs().max())
            y = F.softmax(scores.masked_fill(~mask, float("-inf")), dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).reshape(batch, time, width))


class Block(nn.Module):
    def __init__(self, width, heads, flash):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads, flash)
        self.c_fc, self.c_proj = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        self.hidden = F.gelu(self.c_fc(self.ln_2(x)))
        return x + self.dropout(self.c_proj(self.hidden))


class GPT(nn.Module):
    def __init__(self, vocabulary=64, width=48, layers=3, heads=4, context=32, flash=True):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        self.h = nn.ModuleList(Block(width, heads, flash) for _ in range(layers))
        self.ln_f, self.lm_head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens, targets):
        x = self.wte(tokens) + self.wpe(torch.arange(tokens.shape[1]))
        for block in self.h:
            x = block(x)
        logits = self.lm_head(self.ln_f(x))
        self.log_z = float(torch.logsumexp(logits.detach().flatten(0, 1), dim=-1).mean())
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def main():
    flash = os.environ.get("FLASH", "1") == "1"
    model = GPT(flash=flash)
    decay = [p for p in model.parameters() if p.dim() >= 2]
    rest = [p for p in model.parameters() if p.dim() < 2]
    optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}], lr=1e-3, betas=(0.9, 0.95))
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 60)
    data = torch.Generator().manual_seed(1)
    for step in range(1, 41):
        losses = []
        for micro in range(2):
            tokens = torch.randint(0, 64, (4, 33), generator=data).cumsum(1) % 64
            loss = model(tokens[:, :-1], tokens[:, 1:]) / 2
            if micro == 0:
                seen = {"log-z": model.log_z, "attention": [block.attn.largest for block in model.h]}
                hidden = [float(block.hidden.detach().square().mean().sqrt()) for block in model.h]
            loss.backward()
            losses.append(loss.item())
        norm = gradient_norm(model.parameters())
        each = {name: float(p.grad.norm()) for name, p in model.named_parameters()}
        weights = {name: float(p.detach().norm()) for name, p in model.named_parameters()}
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        clipped = gradient_norm(model.parameters())
        rate = optimizer.param_groups[0]["lr"]
        before = {name: p.detach().clone() for name, p in model.named_parameters()}
        optimizer.step()
        moved = {name: float((p.detach() - before[name]).norm() / before[name].norm().clamp_min(1e-30)) for name, p in model.named_parameters()}
        scheduler.step()
        optimizer.zero_grad(set_to_none=True)
        note(step=step, loss=sum(losses), norm=norm, clipped=clipped, rate=rate, each=each, weights=weights, moved=moved, hidden=hidden, **seen)
    finish(model)


main()
