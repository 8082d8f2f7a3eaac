"""Writes checkpoints with real libraries, and what numpy says of each tensor.

    write.py LIBRARY FOLDER

Prints JSON: [{ "file", "format", "tensors": { name: { dtype, shape, and statistics } } }]. Exits with 3 when a package
is missing.
"""

import json
import os
import sys

import numpy as np

MISSING = 3


def statistics(array):
    """Of all finite elements, in double precision; complex numbers by their absolute values."""
    array = np.abs(array.astype(np.complex128)) if np.iscomplexobj(array) else array.astype(np.float64)
    finite = array[np.isfinite(array)]
    told = {
        "count": array.size,
        "nan": int(np.isnan(array).sum()),
        "inf": int(np.isinf(array).sum()),
        "zeros": int((array == 0).sum()),
    }
    if finite.size:
        told.update(
            min=finite.min(), max=finite.max(), mean=finite.mean(), std=finite.std(),
            l2=np.sqrt((finite**2).sum()), absMax=np.abs(finite).max(),
        )
    if array.ndim == 2 and min(array.shape) > 1:
        told["deadRows"] = int((array == 0).all(axis=1).sum())
        told["deadColumns"] = int((array == 0).all(axis=0).sum())
        if np.isfinite(array).all() and np.any(array):
            told["spectralNorm"] = float(np.linalg.norm(array, 2))
    return {key: float(value) for key, value in told.items()}


def described(dtype, array):
    return {"dtype": dtype, "shape": list(array.shape), **statistics(array)}


def torch_tensors():
    import torch

    torch.manual_seed(1)
    base = torch.randn(33, 17, dtype=torch.float64)
    base[4] = 0
    base[:, 3] = 0
    special = base.clone()
    special[0, 0], special[1, 1], special[2, 2] = float("nan"), float("inf"), -float("inf")
    names = {
        "f64": torch.float64, "f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16,
        "f8_e4m3": torch.float8_e4m3fn, "f8_e5m2": torch.float8_e5m2,
        "f8_e4m3fnuz": torch.float8_e4m3fnuz, "f8_e5m2fnuz": torch.float8_e5m2fnuz,
    }
    floats = {name: (name, (base if "e4m3" in name else special).to(dtype)) for name, dtype in names.items()}
    integers = {
        name: (name, (base.abs() * 40).to(torch.int64).to(dtype))
        for name, dtype in {
            "i64": torch.int64, "i32": torch.int32, "i16": torch.int16, "i8": torch.int8, "u8": torch.uint8,
            "u16": torch.uint16, "u32": torch.uint32, "u64": torch.uint64, "bool": torch.bool,
        }.items()
    }
    others = {
        "c64": ("c64", torch.complex(base, base + 1).to(torch.complex64)),
        "c128": ("c128", torch.complex(base, base + 1)),
        "scalar": ("f32", torch.tensor(3.5)),
        "empty": ("f32", torch.zeros(0, 4)),
        "large_mean": ("f32", (torch.randn(5000) + 10000).float()),
    }
    return {**floats, **integers, **others}


def as_numpy(tensor):
    import torch

    return tensor.detach().to(torch.complex128 if tensor.is_complex() else torch.float64).numpy()


def torch_files(folder):
    import torch

    torch.set_num_threads(1)
    tensors = torch_tensors()
    plain = {name: tensor for name, (_, tensor) in tensors.items()}
    truth = {name: described(dtype, as_numpy(tensor)) for name, (dtype, tensor) in tensors.items()}
    for format, zipped in (("torch-zip", True), ("torch-legacy", False)):
        torch.save(plain, os.path.join(folder, format + ".pt"), _use_new_zipfile_serialization=zipped)
        yield {"file": format + ".pt", "format": format, "tensors": truth}

    base = torch.arange(24.0).reshape(4, 6)
    views = {
        "transposed": base.t(), "slice": base[1:3, 2:5], "strided": base[:, ::2], "shared": base, "row": base[2],
        "permuted": torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1), "expanded": torch.tensor([[1.0], [2.0]]).expand(2, 5),
        "large_transposed": torch.randn(700, 900).t(),
    }
    for format, zipped in (("torch-zip", True), ("torch-legacy", False)):
        file = f"views-{format}.pt"
        torch.save(views, os.path.join(folder, file), _use_new_zipfile_serialization=zipped)
        yield {"file": file, "format": format, "tensors": {name: described("f32", as_numpy(view)) for name, view in views.items()}}

    without = {
        "negated": ("f32", torch._neg_view(torch.arange(3.0)), "resolve_neg"),
        "conjugated": ("c64", torch.complex(torch.ones(3), torch.ones(3)).conj(), "resolve_conj"),
        "coordinates": ("f32", torch.eye(3).to_sparse(), "sparse"),
        "compressed": ("f32", torch.eye(3).to_sparse_csr(), "sparse"),
    }
    torch.save({name: tensor for name, (_, tensor, _) in without.items()}, os.path.join(folder, "without-numbers.pt"))
    yield {"file": "without-numbers.pt", "format": "torch-zip",
           "tensors": {name: {"dtype": dtype, "shape": list(tensor.shape), "noStats": reason}
                       for name, (dtype, tensor, reason) in without.items()}}

    for protocol in range(2, 6):
        file = f"protocol-{protocol}.pt"
        state = {"a.weight": base, "step": 12345678901, "text": "é"}
        torch.save(state, os.path.join(folder, file), pickle_protocol=protocol)
        yield {"file": file, "format": "torch-zip", "tensors": {"a.weight": described("f32", base.numpy())}}

    import torch.distributed.checkpoint as distributed

    distributed.save({"model": {"w": base, "half": base.half()}, "step": 3}, checkpoint_id=os.path.join(folder, "distributed"), no_dist=True)
    yield {"file": "distributed", "format": "torch-dcp",
           "tensors": {"model.w": described("f32", base.numpy()), "model.half": described("f16", base.half().numpy())}}

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.one = torch.nn.Linear(5, 3)
            self.bn = torch.nn.BatchNorm1d(3)

    globals()["Net"] = Net
    Net.__qualname__ = "Net"
    net = Net()
    torch.save(net, os.path.join(folder, "module.pt"))
    yield {"file": "module.pt", "format": "torch-zip", "opaque": "__main__.Net",
           "tensors": {k: described("i64" if v.dtype == torch.int64 else "f32", as_numpy(v)) for k, v in net.state_dict().items()}}


def safetensors_files(folder):
    import torch
    from safetensors.torch import save_file

    known = {k: v for k, v in torch_tensors().items() if k != "c128"}
    truth = {name: described(dtype, as_numpy(tensor)) for name, (dtype, tensor) in known.items()}
    save_file({k: v for k, (_, v) in known.items()}, os.path.join(folder, "all.safetensors"), metadata={"format": "pt"})
    yield {"file": "all.safetensors", "format": "safetensors", "tensors": truth}

    names = sorted(known)
    weight_map = {}
    for shard, part in enumerate((names[::2], names[1::2])):
        file = f"model-0000{shard + 1}-of-00002.safetensors"
        save_file({k: known[k][1] for k in part}, os.path.join(folder, file))
        weight_map.update({k: file for k in part})
    with open(os.path.join(folder, "model.safetensors.index.json"), "w") as file:
        json.dump({"metadata": {"total_size": 1}, "weight_map": weight_map}, file)
    yield {"file": "model.safetensors.index.json", "format": "safetensors", "tensors": truth}


def numpy_arrays():
    random = np.random.default_rng(1)
    base = random.normal(size=(31, 18))
    base[5] = 0
    types = {"f64": "f8", "f32": "f4", "f16": "f2", "i64": "i8", "i32": "i4", "i16": "i2", "i8": "i1", "u8": "u1",
             "u16": "u2", "u32": "u4", "u64": "u8", "bool": "?", "c64": "c8", "c128": "c16"}
    for name, code in types.items():
        array = (np.abs(base) * 30 if code[0] in "u" else base * 30).astype(code)
        yield name, name, array
        if code != "?":
            yield f"{name}_big", name, array.astype(">" + code)
        yield f"{name}_fortran", name, np.asfortranarray(array)


def numpy_files(folder):
    arrays = list(numpy_arrays())
    for name, dtype, array in arrays:
        np.save(os.path.join(folder, name + ".npy"), array)
        yield {"file": name + ".npy", "format": "npy", "tensors": {name: described(dtype, array)}}
    truth = {name: described(dtype, array) for name, dtype, array in arrays}
    plain = {name: array for name, _, array in arrays}
    np.savez(os.path.join(folder, "stored.npz"), **plain)
    np.savez_compressed(os.path.join(folder, "compressed.npz"), **plain)
    for file in ("stored.npz", "compressed.npz"):
        yield {"file": file, "format": "npz", "tensors": truth}


def gguf_files(folder):
    import gguf

    writer = gguf.GGUFWriter(os.path.join(folder, "model.gguf"), "llama")
    random = np.random.default_rng(2)
    arrays = {"token_embd.weight": random.normal(size=(40, 32)).astype("f4"), "half.weight": random.normal(size=(8, 32)).astype("f2"),
              "norm.weight": np.ones(32, "f4")}
    writer.add_block_count(2)
    writer.add_token_list(["a", "b", "c"])
    for name, array in arrays.items():
        writer.add_tensor(name, array)
    blocks = {}
    for kind, (elements, size) in gguf.GGML_QUANT_SIZES.items():
        # Of Q8_1, which is no type of files, the package has an older size than ggml.
        if elements > 1 and kind.name != "Q8_1":
            blocks[kind.name] = elements
            writer.add_tensor(f"{kind.name}.weight", np.zeros((3, 2 * size), "u1"), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    truth = {name: described("f16" if array.dtype == np.float16 else "f32", array) for name, array in arrays.items()}
    for name, elements in blocks.items():
        truth[f"{name}.weight"] = {"dtype": name.lower(), "shape": [3, 2 * elements], "noStats": f"statistics not computed: quantised ({name})"}
    yield {"file": "model.gguf", "format": "gguf", "tensors": truth}


def onnx_files(folder):
    import onnx
    from onnx import helper, numpy_helper

    random = np.random.default_rng(3)
    arrays = {"f32": random.normal(size=(12, 9)).astype("f4"), "f64": random.normal(size=7), "i64": np.arange(-3, 9),
              "i32": np.arange(5, dtype="i4"), "f16": random.normal(size=6).astype("f2"), "bool": np.array([True, False, True])}
    raw = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    listed = [helper.make_tensor(name + "_listed", onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape, array.flatten().tolist())
              for name, array in arrays.items()]
    graph = helper.make_graph([], "g", [], [], initializer=raw + listed)
    model = helper.make_model(graph)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    truth = {name: described(name, array) for name, array in arrays.items()}
    yield {"file": "model.onnx", "format": "onnx", "tensors": {**truth, **{name + "_listed": one for name, one in truth.items()}}}
    model = helper.make_model(helper.make_graph([], "g", [], [], initializer=[numpy_helper.from_array(a, n) for n, a in arrays.items()]))
    onnx.save(model, os.path.join(folder, "external.onnx"), save_as_external_data=True, location="external.data", size_threshold=0)
    yield {"file": "external.onnx", "format": "onnx", "tensors": truth}


def h5py_files(folder):
    import h5py

    arrays = {name: (dtype, array) for name, dtype, array in numpy_arrays() if "fortran" not in name}
    random = np.random.default_rng(5)
    wide = random.normal(size=(70, 45)).astype("f4")
    cube = random.normal(size=(9, 21, 34))
    # By what the layout is called: every index of chunks that the format has, and every filter that h5py offers.
    layouts = {
        "chunked": {"chunks": (16, 16)}, "one_chunk": {"chunks": (70, 45)},
        "gzip": {"chunks": (16, 45), "compression": "gzip"},
        "shuffled": {"chunks": (11, 7), "compression": "gzip", "shuffle": True, "fletcher32": True},
        "extensible": {"chunks": (16, 16), "maxshape": (None, 45)},
        "extensible_gzip": {"chunks": (3, 45), "maxshape": (None, 45), "compression": "gzip"},
        "tree": {"chunks": (16, 16), "maxshape": (None, None)},
        "tree_gzip": {"chunks": (2, 3), "maxshape": (None, None), "compression": "gzip"},
    }
    for file, options in {
        "earliest.h5": {"libver": "earliest"}, "latest.h5": {"libver": "latest"}, "v108.h5": {"libver": "v108"},
        "ordered.h5": {"libver": "latest", "track_order": True}, "userblock.h5": {"userblock_size": 1024},
    }.items():
        expected = {}

        def add(h5, name, dtype, array, truth=None, **layout):
            h5.create_dataset(name, data=array, **layout)
            expected[name] = truth or described(dtype, array)

        with h5py.File(os.path.join(folder, file), "w", **options) as h5:
            for name, (dtype, array) in arrays.items():
                add(h5, "layers/dense/" + name, dtype, array)
            for name, layout in layouts.items():
                add(h5, name, "f32", wide, **layout)
            for index in range(300):
                add(h5, f"many/{index}", "i32", np.full(3, index, "i4"))
                h5["many"].attrs[f"attribute{index}"] = index
            add(h5, "cube", "f64", cube, chunks=(4, 5, 6), compression="gzip")
            add(h5, "scalar", "f64", np.float64(3.5))
            add(h5, "late", "f32", np.zeros((0, 4), "f4"), chunks=(1, 4), maxshape=(None, 4))
            add(h5, "scaled", "i32", np.arange(1000, dtype="i4"), scaleoffset=0)
            add(h5, "lzf", "f32", wide, {"dtype": "f32", "shape": [70, 45], "noStats": "filter 32000"}, compression="lzf")
            add(h5, "parts", "other", np.zeros(3, [("a", "f4"), ("b", "i4")]), {"dtype": "other", "shape": [3], "noStats": "type other"})
            brain = h5py.h5t.IEEE_F16LE.copy()
            brain.set_fields(15, 7, 8, 0, 7)
            brain.set_ebias(127)
            values = np.array([1, -2, 0, 0.5], "f4")
            h5py.h5d.create(h5.id, b"brain", brain, h5py.h5s.create_simple((4,))).write(h5py.h5s.ALL, h5py.h5s.ALL, values)
            expected["brain"] = described("bf16", values)
            h5["text"] = ["a", "b"]
            h5["again"] = h5["chunked"]
            h5["soft"] = h5py.SoftLink("/chunked")
            h5["cycle"] = h5["/"]
            h5.attrs["note"] = "text"
        # Of two names of one object the first is told: by the alphabet, or by age where that is kept.
        if file != "ordered.h5":
            expected["again"] = expected.pop("chunked")
        yield {"file": file, "format": "hdf5", "values": {"note": "text", "many/attribute299": 299}, "tensors": expected}


def keras_files(folder):
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras

    def numbers(variables):
        return [np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(one, "float32"))) for one in variables]

    for policy, dtype in (("float32", "f32"), ("bfloat16", "bf16")):
        keras.config.set_dtype_policy(policy)
        model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(5, name="one"), keras.layers.BatchNormalization(name="bn")])
        model.save(os.path.join(folder, f"{policy}.keras"))
        model.save_weights(os.path.join(folder, f"{policy}.weights.h5"))
        names = ["layers/dense/vars/0", "layers/dense/vars/1", *(f"layers/batch_normalization/vars/{index}" for index in range(4))]
        types = ["bf16" if "bfloat16" in str(one.dtype) else "f32" for one in model.weights]
        truth = {name: described(kind, array) for name, kind, array in zip(names, types, numbers(model.weights))}
        values = {"layers/dense/vars/name": "one"}
        yield {"file": f"{policy}.keras", "format": "keras", "values": values, "tensors": truth}
        yield {"file": f"{policy}.weights.h5", "format": "hdf5", "values": values, "tensors": truth}

    keras.config.set_dtype_policy("float32")
    model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(5, name="one")])
    model.compile("adam", "mse")
    model.fit(np.ones((8, 6), "f4"), np.ones((8, 5), "f4"), verbose=0)
    for file in ("trained.keras", "trained.h5"):
        model.save(os.path.join(folder, file))
    import h5py

    weights = {f"layers/dense/vars/{index}": described("f32", array) for index, array in enumerate(numbers(model.weights))}
    optimizer = {f"optimizer/vars/{index}": described("i32" if index == 0 else "f32", array)
                 for index, array in enumerate(numbers(model.optimizer.variables))}
    yield {"file": "trained.keras", "format": "keras", "tensors": {**weights, **optimizer}}
    with h5py.File(os.path.join(folder, "trained.h5")) as h5:
        told = {}
        h5.visititems(lambda name, one: told.update({name: one[()]}) if isinstance(one, h5py.Dataset) else None)
    names = {"float32": "f32", "int64": "i64", "int32": "i32"}
    truth = {name: described(names[str(array.dtype)], np.asarray(array)) for name, array in told.items()}
    assert len(truth) >= 6, truth
    yield {"file": "trained.h5", "format": "hdf5", "values": {"keras_version": keras.__version__}, "tensors": truth}


LIBRARIES = {"h5py": h5py_files, "keras": keras_files, "torch": torch_files, "safetensors": safetensors_files, "numpy": numpy_files, "gguf": gguf_files, "onnx": onnx_files}

if __name__ == "__main__":
    library, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    try:
        print(json.dumps(list(LIBRARIES[library](folder))))
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(MISSING)
