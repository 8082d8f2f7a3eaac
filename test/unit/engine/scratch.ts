import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach } from 'vitest';

const made: string[] = [];

/** A new empty folder; removed after the test. */
export async function scratchFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), 'evenkeel-')));
  made.push(folder);
  return folder;
}

afterEach(async () => {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** Writes files below a folder; contents by relative path. */
export async function writeTree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** Rows of a JSON Lines log, `step` rising from `first`. */
export function jsonRows(
  count: number,
  first = 0,
  lossAt: (step: number) => number = (step) => 2 + 1 / (step + 1),
): string {
  return Array.from({ length: count }, (_, index) => {
    const step = first + index;
    return JSON.stringify({ step, loss: lossAt(step), lr: 0.001 }) + '\n';
  }).join('');
}

/** Resolves once the condition holds; rejects after the time with what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<number> {
  const began = performance.now();
  while (!(await holds())) {
    if (performance.now() - began > withinMs) {
      throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - began;
}

/** A TensorBoard event file of `simple_value` scalars. */
export function eventFile(
  scalars: readonly { tag: string; step: number; value: number; wallTime: number }[],
): Uint8Array {
  const events = [versionEvent(), ...scalars.map(scalarEvent)];
  return Buffer.concat(events.map(framed));
}

function versionEvent(): Buffer {
  return Buffer.concat([double(1, 0), bytesField(3, Buffer.from('brain.Event:2'))]);
}

function scalarEvent({
  tag,
  step,
  value,
  wallTime,
}: {
  tag: string;
  step: number;
  value: number;
  wallTime: number;
}): Buffer {
  const number = Buffer.alloc(5);
  number[0] = (2 << 3) | 5;
  number.writeFloatLE(value, 1);
  const summary = bytesField(1, Buffer.concat([bytesField(1, Buffer.from(tag)), number]));
  return Buffer.concat([double(1, wallTime), Buffer.from([2 << 3]), varint(step), bytesField(5, summary)]);
}

function double(field: number, value: number): Buffer {
  const buffer = Buffer.alloc(9);
  buffer[0] = (field << 3) | 1;
  buffer.writeDoubleLE(value, 1);
  return buffer;
}

function bytesField(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) {
    bytes.push((rest % 128) | 128);
  }
  return Buffer.from([...bytes, rest]);
}

function framed(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

/** CRC-32C, bit by bit, masked as TFRecord does. */
function maskedCrc(data: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    }
  }
  crc = ~crc >>> 0;
  const masked = (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(masked);
  return buffer;
}
