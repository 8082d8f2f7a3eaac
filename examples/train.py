"""Trains a small character-level transformer on the log book beside it.

    python train.py --name first --steps 2000

Needs PyTorch. Metrics go to runs/<name>/metrics.jsonl, one JSON object a step.
"""

import argparse
import json
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

HERE = Path(__file__).parent
CONTEXT = 64


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln2 = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        h = self.ln1(x)
        x = x + self.attn(h, h, h, attn_mask=mask, need_weights=False)[0]
        return x + self.mlp(self.ln2(x))


class CharacterTransformer(nn.Module):
    def __init__(self, alphabet: int, width: int = 128, depth: int = 4, heads: int = 4) -> None:
        super().__init__()
        self.characters = nn.Embedding(alphabet, width)
        self.positions = nn.Embedding(CONTEXT, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, alphabet)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        length = tokens.shape[1]
        mask = torch.full((length, length), float("-inf"), device=tokens.device).triu(1)
        x = self.characters(tokens) + self.positions(torch.arange(length, device=tokens.device))
        for block in self.blocks:
            x = block(x, mask)
        return self.head(self.norm(x))


def batch(data: torch.Tensor, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    starts = torch.randint(len(data) - CONTEXT - 1, (size,)).tolist()
    windows = torch.stack([data[start : start + CONTEXT + 1] for start in starts])
    return windows[:, :-1], windows[:, 1:]


def gradient_norm(model: nn.Module) -> float:
    return torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm().item()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="transformer")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--lr", type=float, default=3e-3)
    args = parser.parse_args()

    torch.manual_seed(3)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    text = (HERE / "logbook.txt").read_text()
    alphabet = sorted(set(text))
    data = torch.tensor([alphabet.index(character) for character in text], device=device)

    model = CharacterTransformer(len(alphabet)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)

    folder = HERE / "runs" / args.name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "metrics.jsonl", "w", buffering=1) as log:
        for step in range(args.steps):
            inputs, targets = batch(data, size=32)
            logits = model(inputs)
            loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
            optimizer.zero_grad()
            loss.backward()
            norm = gradient_norm(model)
            optimizer.step()
            metrics = {"train/loss": loss.item(), "grad_norm": norm, "learning_rate": args.lr}
            log.write(json.dumps({"step": step, "timestamp": time.time(), **metrics}) + "\n")


if __name__ == "__main__":
    main()
