import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zipSync } from 'fflate';
import { MemoryFile } from '../../../src/checkpoints/source.js';
import type { CheckpointFiles } from '../../../src/checkpoints/checkpointFiles.js';
import { Hdf5Threads } from '../../../src/engine/checkpoints/hdf5/threads.js';

const encoder = new TextEncoder();

export function bytesOf(...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array {
  const arrays = parts.map((part) => (typeof part === 'string' ? encoder.encode(part) : Uint8Array.from(part)));
  const all = new Uint8Array(arrays.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of arrays) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

export function little(size: 2 | 4 | 8, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes.subarray(0, size);
}

export function floats(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** Reads the samples of HDF5; what it opened is to be closed after each test. */
export const hdf5 = new Hdf5Threads();

/** Files in memory, the first of which is the one that was named. */
export function filesOf(files: Readonly<Record<string, Uint8Array>>): CheckpointFiles {
  const [[name, main] = ['', new Uint8Array(0)]] = Object.entries(files);
  const sibling = (wanted: string): MemoryFile | undefined =>
    files[wanted] ? new MemoryFile(files[wanted]) : undefined;
  return { name, main: new MemoryFile(main), sibling: (wanted) => Promise.resolve(sibling(wanted)), hdf5 };
}

export function safetensors(header: Readonly<Record<string, unknown>>, data: Uint8Array): Uint8Array {
  const text = encoder.encode(JSON.stringify(header));
  return bytesOf(little(8, text.length), text, data);
}

function text(value: string): Uint8Array {
  return bytesOf('X', little(4, encoder.encode(value).length), value);
}

/** `{ name: _rebuild_tensor_v2(storage key, 0, shape, stride) }` and plain numbers, as `torch.save` pickles them. */
export function torchPickle(
  tensors: Readonly<
    Record<
      string,
      {
        readonly key: string;
        readonly shape: readonly number[];
        readonly strides: readonly number[];
        /** The mark of a view whose elements are not yet what it stands for. */
        readonly pending?: 'neg' | 'conj';
      }
    >
  >,
): Uint8Array {
  const tuple = (values: readonly number[]): Uint8Array =>
    bytesOf('(', ...values.map((value) => bytesOf('J', little(4, value))), 't');
  const items = Object.entries(tensors).map(([name, { key, shape, strides, pending }]) =>
    bytesOf(
      text(name),
      'ctorch._utils\n_rebuild_tensor_v2\n(',
      bytesOf('(', text('storage'), 'ctorch\nFloatStorage\n', text(key), text('cpu'), 'K', [64], 'tQ'),
      'K',
      [0],
      tuple(shape),
      tuple(strides),
      [0x89],
      '}',
      ...(pending ? ['}', text(pending), [0x88], 's'] : []),
      'tR',
    ),
  );
  return bytesOf([0x80, 2], '}(', ...items, text('step'), 'K', [7], 'u.');
}

export function torchZip(
  pickle: Uint8Array,
  storages: Readonly<Record<string, Uint8Array>>,
  level: 0 | 6 = 0,
): Uint8Array {
  const data = Object.fromEntries(Object.entries(storages).map(([key, bytes]) => [`archive/data/${key}`, bytes]));
  return zipSync({ 'archive/data.pkl': pickle, 'archive/version': encoder.encode('3\n'), ...data }, { level });
}

export function torchLegacy(pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const keys = bytesOf([0x80, 2], '](', ...Object.keys(storages).map(text), 'e.');
  return bytesOf(
    [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e],
    [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e],
    [0x80, 2],
    '}',
    text('little_endian'),
    [0x88],
    's.',
    pickle,
    keys,
    ...Object.values(storages).map((bytes) => bytesOf(little(8, bytes.length / 4), bytes)),
  );
}

export function npy(descr: string, shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;
  return bytesOf([0x93], 'NUMPY', [1, 0], little(2, header.length), header, data);
}

export function gguf(data: Uint8Array): Uint8Array {
  const name = (value: string): Uint8Array => bytesOf(little(8, value.length), value);
  const head = bytesOf(
    'GGUF',
    little(4, 3),
    little(8, 1),
    little(8, 1),
    name('general.name'),
    little(4, 8),
    name('sample'),
    name('a.weight'),
    little(4, 1),
    little(8, data.length / 4),
    little(4, 0),
    little(8, 0),
  );
  return bytesOf(head, new Uint8Array((32 - (head.length % 32)) % 32), data);
}

export function onnx(data: Uint8Array): Uint8Array {
  const field = (number: number, bytes: Uint8Array): Uint8Array => bytesOf([number * 8 + 2, bytes.length], bytes);
  const tensor = bytesOf([8, data.length / 4, 16, 1], field(8, encoder.encode('w')), field(9, data));
  return bytesOf([8, 8], field(7, field(5, tensor)));
}

/** A file that `fixtures/write.py` wrote. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(__dirname, 'fixtures', name)));
}

/** What the samples hold: one tensor of these numbers. */
export const VALUES: readonly number[] = [1, -2, 0.5, 0, 3, 4, -8, 1e-30, 2, 2, 2, 2, 7, 7, 7, 7];

/** One file of each format, with one tensor of {@link VALUES}; the first word of its name is the format. */
export function samples(): Record<string, Record<string, Uint8Array>> {
  const data = floats(...VALUES);
  const count = VALUES.length;
  const pickle = torchPickle({ weight: { key: '0', shape: [count], strides: [1] } });
  return {
    safetensors: {
      'a.safetensors': safetensors({ weight: { dtype: 'F32', shape: [count], data_offsets: [0, data.length] } }, data),
    },
    'torch-zip': { 'a.pt': torchZip(pickle, { 0: data }) },
    'torch-zip compressed': { 'a.pt': torchZip(pickle, { 0: data }, 6) },
    'torch-legacy': { 'a.pt': torchLegacy(pickle, { 0: data }) },
    npy: { 'a.npy': npy('<f4', `(${count},)`, data) },
    npz: { 'a.npz': zipSync({ 'weight.npy': npy('<f4', `(${count},)`, data) }, { level: 6 }) },
    gguf: { 'a.gguf': gguf(data) },
    onnx: { 'a.onnx': onnx(data) },
    tfjs: {
      'model.json': encoder.encode(
        JSON.stringify({
          modelTopology: {},
          weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'weight', shape: [count], dtype: 'float32' }] }],
        }),
      ),
      'w.bin': data,
    },
    sharded: {
      'model.safetensors.index.json': encoder.encode(JSON.stringify({ weight_map: { weight: 'a.safetensors' } })),
      'a.safetensors': safetensors({ weight: { dtype: 'F32', shape: [count], data_offsets: [0, data.length] } }, data),
    },
    hdf5: { 'a.h5': fixture('earliest.h5') },
    'hdf5 latest': { 'a.h5': fixture('latest.h5') },
    keras: {
      'a.keras': zipSync(
        { 'metadata.json': encoder.encode('{}'), 'model.weights.h5': fixture('earliest.h5') },
        { level: 0 },
      ),
    },
    'keras compressed': { 'a.keras': zipSync({ 'model.weights.h5': fixture('latest.h5') }, { level: 6 }) },
    'torch-dcp': { '.metadata': fixture('distributed.metadata'), '__0_0.distcp': fixture('distributed.distcp') },
  };
}
