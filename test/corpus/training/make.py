"""
Trains the project's corpus of short runs: `python make.py OUT [KIND | KIND-SEED …]` writes OUT/<name>-<seed>/metrics.jsonl.gz
(rank_<n>.jsonl.gz for runs of several workers) and what each holds into OUT/LABELS.jsonl. Rows of runs that are there
already are replaced, others are kept. Needs PyTorch; on the version in VERSIONS.json a seed gives the same run.
Runs of even seeds are the tuning half, those of odd seeds the reporting half.
"""

import gzip
import json
import math
import pathlib
import sys

import torch

from runs import RUNS

DIGITS = 6
INSIDE_DIGITS = 4


def rounded(key, value):
    """As many digits as a trainer would log."""
    if isinstance(value, int) or not math.isfinite(value) or value == 0:
        return value
    digits = INSIDE_DIGITS if "/" in key and not key.startswith(("train/", "eval/")) else DIGITS
    return float(f"{value:.{digits}g}")


def write_rows(path, rows):
    text = "".join(json.dumps({key: rounded(key, value) for key, value in row.items()}) + "\n" for row in rows)
    with open(path, "wb") as file, gzip.GzipFile("", "wb", mtime=0, fileobj=file) as packed:
        packed.write(text.encode())


def write_labels(listing, made):
    listing.write_text("".join(json.dumps(row) + "\n" for _, row in sorted(made.items())), "utf-8")


def make(out, names):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    out.mkdir(parents=True, exist_ok=True)
    listing = out / "LABELS.jsonl"
    known = [json.loads(line) for line in listing.read_text("utf-8").splitlines()] if listing.exists() else []
    made = {row["run"]: row for row in known}
    for kind, seed in names:
        rows, found = RUNS[kind].make(seed)
        folder = out / f"{kind}-{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(rows[0], list):
            for rank, own in enumerate(rows):
                write_rows(folder / f"rank_{rank}.jsonl.gz", own)
        else:
            write_rows(folder / "metrics.jsonl.gz", rows)
        made[folder.name] = {
            "run": folder.name, "kind": kind, "seed": seed, "half": "tuning" if seed % 2 == 0 else "reporting",
            "labels": found, "may": sorted(RUNS[kind].may),
        }
        write_labels(listing, made)
        print(folder.name, [(label["kind"], label["step_from"], label["step_to"]) for label in found], flush=True)
    (out / "VERSIONS.json").write_text(json.dumps({"torch": torch.__version__}) + "\n", "utf-8")


def seeds_of(name):
    """All runs of a kind, or the one run that is named."""
    if name in RUNS:
        return [(name, seed) for seed in range(RUNS[name].seeds)]
    kind, _, seed = name.rpartition("-")
    return [(kind, int(seed))]


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1]), [one for name in sys.argv[2:] or RUNS for one in seeds_of(name)])
