"""The statistics that Evenkeel makes of each tensor of a safetensors file, with numpy. Prints the seconds they took."""

import json
import struct
import sys
import time

import numpy as np

SAMPLES = 64


def statistics(values):
    """All that TensorStatistics holds but for the spectrum, which is made of small matrices only."""
    finite = values[np.isfinite(values)] if not np.isfinite(values).all() else values.reshape(-1)
    magnitudes = np.bincount((finite.view(np.uint32) >> 23).astype(np.int64), minlength=512)
    row_step, column_step = (max(1, -(-size // SAMPLES)) for size in values.shape)
    return (
        int(np.isnan(values).sum()), int(np.isinf(values).sum()), int((finite == 0).sum()), finite.min(), finite.max(),
        finite.mean(dtype=np.float64), finite.std(dtype=np.float64), np.linalg.norm(finite), np.abs(finite).max(), magnitudes,
        (values != 0).any(axis=1).sum(), (values != 0).any(axis=0).sum(),
        np.sqrt((values[:, ::column_step] ** 2).mean(axis=1)), np.sqrt((values[::row_step] ** 2).mean(axis=0)),
    )


def main(path):
    began = time.perf_counter()
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            file.seek(8 + length + start)
            data = file.read(end - start)
            if entry["dtype"] == "BF16":
                # numpy has no type for it: it is the upper half of a float.
                values = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
            else:
                values = np.frombuffer(data, np.float32)
            statistics(values.reshape(entry["shape"]))
    print(time.perf_counter() - began)


main(sys.argv[1])
