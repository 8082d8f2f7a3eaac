"""
Trains the corpus of short runs: `python make.py OUT [NAME…]` writes OUT/<name>-<seed>/metrics.jsonl (rank_<n>.jsonl for
runs of several workers) and OUT/LABELS.jsonl. Needs PyTorch; a seed gives the same run on the same version.
Runs of even seeds are the tuning half, those of odd seeds the reporting half.
"""

import json
import pathlib
import sys

import torch

from runs import RUNS


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row) + "\n")


def make(out, names):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    labels = []
    for name in names:
        seeds, run = RUNS[name]
        for seed in range(seeds):
            torch.manual_seed(seed)
            rows, found = run(seed)
            folder = out / f"{name}-{seed}"
            folder.mkdir(parents=True, exist_ok=True)
            if isinstance(rows[0], list):
                for rank, own in enumerate(rows):
                    write_rows(folder / f"rank_{rank}.jsonl", own)
            else:
                write_rows(folder / "metrics.jsonl", rows)
            for label in found:
                label.update(confidence="sure", why=f"caused: {name}")
            labels.append({
                "file": folder.name, "cause": name, "seed": seed, "half": "tuning" if seed % 2 == 0 else "reporting",
                "x": "step", "labels": found,
            })
            print(folder.name, [(label["kind"], label["step_from"], label["step_to"]) for label in found], flush=True)
    with open(out / "LABELS.jsonl", "w", encoding="utf-8") as file:
        for row in labels:
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]), sys.argv[2:] or list(RUNS))
