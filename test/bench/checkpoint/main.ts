import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { reportCheckpoint, withCheckpoint } from '../../../src/engine/checkpoints/reports.js';
import { BOUND_MISSED } from '../support/boundMissed.js';
import { median } from '../support/measure.js';

const SIDE = 2048;
const TENSORS_SPARSE = 600;
const SPARSE_BYTES = 20e9;
const MOST_MEMORY_MB = 300;
const SLOWEST_OPENING = 2;
/** Enough for both to be compiled: the first opening of a process takes about ten times as long. */
const ROUNDS = 301;

const given = process.argv.find((argument) => argument.startsWith('--megabytes='))?.split('=')[1];
const megabytes = Number(given ?? process.env['EVENKEEL_BENCH_MEGABYTES'] ?? 2000);
const python = process.env['EVENKEEL_PYTHON'] ?? 'python3';
const scratch = mkdtempSync(path.join(process.env['EVENKEEL_BENCH_FOLDER'] ?? tmpdir(), 'evenkeel-checkpoints-'));
let missed = false;

function bound(name: string, holds: boolean): void {
  if (!holds) {
    missed = true;
    console.log(`  ${name}: missed`);
  }
}

/** Square matrices of normally distributed numbers: one block, written over and over. */
function write(file: string, dtype: 'F32' | 'BF16'): void {
  const size = dtype === 'F32' ? 4 : 2;
  const block = normalNumbers(SIDE * SIDE, dtype);
  const count = Math.max(1, Math.round((megabytes * 1e6) / block.length));
  const handle = openSync(file, 'w');
  writeHeader(handle, count, dtype, SIDE * SIDE * size);
  for (let index = 0; index < count; index++) {
    writeSync(handle, block);
  }
  closeSync(handle);
}

/** Returns where the elements begin. */
function writeHeader(handle: number, count: number, dtype: string, bytes: number): number {
  const entries = Array.from({ length: count }, (_, index) => [
    `layers.${index}.weight`,
    {
      dtype,
      shape: [SIDE, bytes / SIDE / (dtype === 'F32' ? 4 : 2)],
      data_offsets: [index * bytes, (index + 1) * bytes],
    },
  ]);
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeSync(handle, length);
  writeSync(handle, header);
  return 8 + header.length;
}

function normalNumbers(count: number, dtype: 'F32' | 'BF16'): Uint8Array {
  let state = 12345;
  const uniform = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32 + 2 ** -33;
  const values = new Float32Array(count);
  for (let index = 0; index < count; index++) {
    values[index] = 0.02 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  }
  if (dtype === 'F32') {
    return new Uint8Array(values.buffer);
  }
  const words = new Uint32Array(values.buffer);
  const halves = new Uint16Array(count);
  words.forEach((word, index) => (halves[index] = word >>> 16));
  return new Uint8Array(halves.buffer);
}

function secondsToRead(file: string): number {
  const began = performance.now();
  const handle = openSync(file, 'r');
  const piece = Buffer.allocUnsafe(4 * 1024 * 1024);
  while (readSync(handle, piece) > 0) {
    // Nothing but reading.
  }
  closeSync(handle);
  return (performance.now() - began) / 1000;
}

async function summaries(dtype: 'F32' | 'BF16'): Promise<void> {
  const file = path.join(scratch, `${dtype}.safetensors`);
  write(file, dtype);
  const reading = Math.min(secondsToRead(file), secondsToRead(file));
  const began = performance.now();
  const { tensors } = await reportCheckpoint(file);
  const ours = (performance.now() - began) / 1000;
  if (tensors.some(({ stats }) => !stats)) {
    throw new Error('a tensor has no statistics');
  }
  let numpy: number | undefined;
  try {
    const program = path.join('test/bench/checkpoint/numpyStatistics.py');
    numpy = Number(execFileSync(python, [program, file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    console.log(`  skipped: ${python} has no numpy; EVENKEEL_PYTHON names one that has`);
  }
  const speed = (seconds: number): string => `${(megabytes / seconds).toFixed(0)} MB/s`;
  console.log(`  ${dtype}: ${speed(ours)}, ${(ours / reading).toFixed(2)} times reading alone`);
  if (numpy !== undefined) {
    console.log(`  ${dtype}: ${(numpy / ours).toFixed(2)} times the speed of numpy (${speed(numpy)})`);
    bound(`at least the speed of numpy (${dtype})`, ours <= numpy);
  }
  rmSync(file);
}

async function opening(): Promise<void> {
  const file = path.join(scratch, 'sparse.safetensors');
  const handle = openSync(file, 'w');
  const tensorBytes = Math.floor(SPARSE_BYTES / TENSORS_SPARSE / (4 * SIDE)) * 4 * SIDE;
  const length = writeHeader(handle, TENSORS_SPARSE, 'F32', tensorBytes);
  ftruncateSync(handle, length + TENSORS_SPARSE * tensorBytes);
  closeSync(handle);
  const [ours, header]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    let began = performance.now();
    const reader = await open(file, 'r');
    const prefix = new Uint8Array(8);
    await reader.read(prefix, 0, 8, 0);
    const bytes = new Uint8Array(Number(new DataView(prefix.buffer).getBigUint64(0, true)));
    await reader.read(bytes, 0, bytes.length, 8);
    await reader.close();
    const parsed = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
    header.push(performance.now() - began);
    began = performance.now();
    const names = await withCheckpoint(file, ({ tensors }) => Promise.resolve(tensors.length));
    ours.push(performance.now() - began);
    if (names !== Object.keys(parsed).length) {
      throw new Error('the file was not read as it is');
    }
  }
  const ratio = median(ours) / median(header);
  console.log(`  opening 20 GB: ${median(ours).toFixed(2)} ms, ${ratio.toFixed(2)} times reading its header`);
  bound('opening in less than twice the time of reading the header', ratio < SLOWEST_OPENING);
}

async function main(): Promise<void> {
  try {
    await opening();
    await summaries('F32');
    await summaries('BF16');
    const memory = process.resourceUsage().maxRSS / 1024;
    console.log(`  most memory: ${memory.toFixed(0)} MB, with what writes the files`);
    bound(`less than ${MOST_MEMORY_MB} MB`, memory < MOST_MEMORY_MB);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.exitCode = missed ? BOUND_MISSED : 0;
}

void main();
