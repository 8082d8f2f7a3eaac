"""Makes offline.wandb by hand, byte by byte, in the format that wandb's datastore.py writes.

A LevelDB log in blocks of 32 KiB, after a header of 7 bytes; each record is a message of wandb_internal.proto.
"""

import json
import os
import struct
import zlib

BLOCK = 32768


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, payload):
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    if isinstance(payload, str):
        payload = payload.encode()
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def items(number, values):
    return b"".join(
        field(number, b"".join(field(2 if "/" in key else 1, part) for part in key.split("/")) + field(16, json.dumps(value)))
        for key, value in values.items()
    )


def write(messages):
    out = b":W&B" + struct.pack("<HB", 0xBEE1, 0)
    for message in messages:
        first = True
        while first or message:
            space = BLOCK - len(out) % BLOCK
            if space < 7:
                out += bytes(space)
                space = BLOCK
            part, message = message[: space - 7], message[space - 7 :]
            kind = (1 if first else 4) if not message else (2 if first else 3)
            body = bytes([kind]) + part
            out += struct.pack("<IH", zlib.crc32(body), len(part)) + body
            first = False
    return out


def main():
    messages = [field(1, 1) + field(17, field(1, "r1") + field(4, items(1, {"lr": 0.0003, "model": {"layers": 12}})))]
    messages.append(field(5, items(1, {"batch_size": 32, "_wandb": {}})))
    messages.append(field(7, field(2, field(1, 1700000000) + field(2, 500000000)) + items(3, {"gpu.0.temp": "41.5"})))
    for step in range(400):
        loss = float("nan") if step == 7 else 2 + 1 / (1 + step)
        row = {"train/loss": loss, "grad": {"norm": step / 10}, "_step": step, "_timestamp": 1.7e9 + step, "_runtime": step}
        if step == 5:
            row["weights"] = {"_type": "histogram", "values": list(range(9000))}
        messages.append(field(1, step + 2) + field(2, items(1, row)))
    messages.append(field(3, items(1, {"best": 2.0025, "_runtime": 400})))
    messages.append(field(18, field(1, 1)))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "offline.wandb")
    with open(path, "wb") as file:
        file.write(write(messages))


if __name__ == "__main__":
    main()
