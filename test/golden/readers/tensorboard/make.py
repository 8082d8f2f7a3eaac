"""Makes the event files of this folder with the writers that people use, and what TensorBoard itself reads in them.

pip install torch tensorboard tensorboardX numpy; then: python make.py
"""

import glob
import json
import math
import os
import shutil
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))


def keep(folder, name):
    """Moves the only event file below `folder` here."""
    (path,) = glob.glob(os.path.join(folder, "**", "*tfevents*"), recursive=True)
    shutil.move(path, os.path.join(HERE, name + ".tfevents"))


def torch_writer():
    from torch.utils.tensorboard import SummaryWriter

    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)
        for step in range(30):
            writer.add_scalar("train/loss", 2 + math.exp(-step / 10), step, walltime=1.7e9 + step)
            writer.add_scalar("train/grad_norm", [1.5, math.nan, math.inf, -math.inf][step % 4], step, walltime=1.7e9 + step)
        writer.add_scalar("new style", 0.25, 7, walltime=1.7e9, new_style=True)
        writer.add_scalar("double", 0.1, 8, walltime=1.7e9, new_style=True, double_precision=True)
        writer.add_histogram("weights", np.arange(10.0), 0, walltime=1.7e9)
        writer.add_image("picture", np.zeros((3, 4, 4)), 0, walltime=1.7e9)
        writer.add_text("args", '{"learning_rate": 0.0003, "optim": {"name": "adamw"}}', 0, walltime=1.7e9)
        writer.add_text("hidden_size", "768", 0, walltime=1.7e9)
        writer.close()
        keep(folder, "torch")


def torch_hparams():
    from torch.utils.tensorboard import SummaryWriter

    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)
        values = {"lr": 0.01, "optimizer": "sgd", "nesterov": True}
        writer.add_hparams(values, {"hparam/accuracy": 0.5}, run_name=".")
        writer.close()
        paths = sorted(glob.glob(os.path.join(folder, "**", "*tfevents*"), recursive=True), key=os.path.getsize)
        shutil.move(paths[-1], os.path.join(HERE, "hparams.tfevents"))


def tensorboardx_writer():
    from tensorboardX import SummaryWriter

    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)
        for step in range(20):
            writer.add_scalar("loss", 1 / (1 + step), step, walltime=1.7e9 + step)
            writer.add_scalars("both", {"a": step, "b": -step}, step, walltime=1.7e9 + step)
        writer.close()
        paths = sorted(glob.glob(os.path.join(folder, "*tfevents*")))
        shutil.move(paths[0], os.path.join(HERE, "tensorboardx.tfevents"))


def tensor_types():
    """The tensors that TensorFlow 2 writes, in every type that a scalar can have, in both encodings."""
    from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, types_pb2
    from tensorboard.plugins.scalar import metadata
    from tensorboard.summary.writer.record_writer import RecordWriter

    types = [
        ("float", types_pb2.DT_FLOAT, np.float32, "float_val"),
        ("double", types_pb2.DT_DOUBLE, np.float64, "double_val"),
        ("half", types_pb2.DT_HALF, np.float16, None),
        ("int32", types_pb2.DT_INT32, np.int32, "int_val"),
        ("int64", types_pb2.DT_INT64, np.int64, "int64_val"),
        ("uint8", types_pb2.DT_UINT8, np.uint8, "int_val"),
        ("bool", types_pb2.DT_BOOL, np.bool_, "bool_val"),
    ]
    with open(os.path.join(HERE, "tensors.tfevents"), "wb") as file:
        writer = RecordWriter(file)
        writer.write(event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for step in range(3):
            for name, code, dtype, field in types:
                number = dtype(1 if dtype is np.bool_ else step - 1 if np.dtype(dtype).kind != "u" else step)
                tensors = {"content": tensor_pb2.TensorProto(dtype=code, tensor_content=np.asarray(number).tobytes())}
                if field:
                    tensors["values"] = tensor_pb2.TensorProto(dtype=code, **{field: [number.item()]})
                else:
                    tensors["values"] = tensor_pb2.TensorProto(dtype=code, half_val=[int(number.view(np.uint16))])
                for encoding, tensor in tensors.items():
                    # Only the first event of a tag carries metadata, as TensorFlow writes them.
                    described = metadata.create_summary_metadata("", "") if step == 0 else None
                    value = summary_pb2.Summary.Value(tag=f"{name}/{encoding}", tensor=tensor, metadata=described)
                    event = event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary_pb2.Summary(value=[value]))
                    writer.write(event.SerializeToString())
        tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_BFLOAT16, half_val=[0x3FC0])
        value = summary_pb2.Summary.Value(tag="bfloat16", tensor=tensor, metadata=metadata.create_summary_metadata("", ""))
        writer.write(event_pb2.Event(step=-1, summary=summary_pb2.Summary(value=[value])).SerializeToString())
        writer.flush()


def number(value):
    return value if math.isfinite(value) else str(value)


def expected():
    """Step and value of every scalar, as TensorBoard's own loader gives them."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util import tensor_util

    files = {}
    for path in sorted(glob.glob(os.path.join(HERE, "*.tfevents"))):
        tags, plugins = {}, {}
        for event in EventFileLoader(path).Load():
            for value in event.summary.value:
                plugin = plugins.setdefault(value.tag, value.metadata.plugin_data.plugin_name)
                if plugin == "scalars" and value.tag != "bfloat16":
                    scalar = tensor_util.make_ndarray(value.tensor).item()
                    tags.setdefault(value.tag, []).append([event.step, number(float(scalar)), event.wall_time])
        files[os.path.basename(path)] = tags
    with open(os.path.join(HERE, "expected.json"), "w") as file:
        json.dump(files, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    torch_writer()
    torch_hparams()
    tensorboardx_writer()
    tensor_types()
    expected()
