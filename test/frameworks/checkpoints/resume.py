"""Makes a checkpoint of a training, and looks at what repairs have made of it with PyTorch itself.

    resume.py train FOLDER    writes adam.pt, adam-legacy.pt, sgd.pt and three files of weights
    resume.py check FOLDER    loads the repaired files into real models and optimizers; prints JSON, fails when one differs
"""

import json
import os
import sys
import zipfile

import torch
from safetensors.torch import load_file

torch.set_num_threads(1)


def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.BatchNorm1d(32), torch.nn.ReLU(), torch.nn.Linear(32, 4))


def optimizers(net):
    return {"adam": torch.optim.AdamW(net.parameters(), amsgrad=True), "sgd": torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)}


def train(folder):
    net = model()
    for name, optimizer in optimizers(net).items():
        for _ in range(5):
            optimizer.zero_grad()
            net(torch.randn(8, 16)).square().mean().backward()
            optimizer.step()
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "step": 5}
        torch.save(state, f"{folder}/{name}.pt")
        torch.save(state, f"{folder}/{name}-legacy.pt", _use_new_zipfile_serialization=False)
        for group in state["optimizer"]["state"].values():
            if "step" in group:
                group["step"] = int(group["step"])
        torch.save(state, f"{folder}/{name}-plain.pt")
    for index in range(3):
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(torch.randn_like(parameter) * 0.1)
        torch.save(net.state_dict(), f"{folder}/weights-{index}.pt")


def check(folder):
    done = []
    for name in ("adam", "adam-legacy", "adam-plain", "sgd", "sgd-legacy", "sgd-plain"):
        before = torch.load(f"{folder}/{name}.pt", weights_only=True)
        path = f"{folder}/{name}-reset.pt"
        after = torch.load(path, weights_only=True)
        assert all(torch.equal(before["model"][key], after["model"][key]) for key in before["model"]), name
        for state in after["optimizer"]["state"].values():
            for key, value in state.items():
                assert bool((torch.as_tensor(value) == 0).all()), (name, key)
        if zipfile.is_zipfile(path):
            assert zipfile.ZipFile(path).testzip() is None, name
        # The optimizer takes it, and takes a step with it.
        net = model()
        net.load_state_dict(after["model"])
        optimizer = optimizers(net)[name.split("-")[0]]
        optimizer.load_state_dict(after["optimizer"])
        net(torch.randn(8, 16)).square().mean().backward()
        optimizer.step()
        done.append(name)
    parts = [torch.load(f"{folder}/weights-{index}.pt") for index in range(3)]
    for average in (torch.load(f"{folder}/average.pt"), load_file(f"{folder}/average.safetensors")):
        model().load_state_dict(average)
        for key, value in average.items():
            if value.is_floating_point():
                expected = sum(part[key].double() for part in parts) / 3
                assert torch.equal(value, expected.to(value.dtype)), key
    weights = load_file(f"{folder}/weights.safetensors")
    expected = torch.load(f"{folder}/adam.pt")["model"]
    assert set(weights) == set(expected) and all(torch.equal(weights[key], expected[key]) for key in expected)
    converted = load_file(f"{folder}/converted.safetensors")
    legacy = torch.load(f"{folder}/weights-0.pt")
    assert set(converted) == set(legacy) and all(torch.equal(converted[key], legacy[key]) for key in legacy)
    print(json.dumps(done))


if __name__ == "__main__":
    {"train": train, "check": check}[sys.argv[1]](sys.argv[2])
