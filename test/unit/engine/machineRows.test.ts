import { beforeEach, expect, it } from 'vitest';
import type { RunReport } from '../../../src/contract/report.js';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import type { JobRecord } from '../../../src/runner/jobRecord.js';
import { scratchFolder, writeTree } from './scratch.js';

let folder = '';

beforeEach(async () => {
  folder = await scratchFolder();
});

const RECORD: JobRecord = {
  evenkeelJob: 1,
  name: 'a run',
  target: 'local',
  command: ['python', 'train.py'],
  launched: ['python', 'train.py'],
  cwd: '/',
  environment: {},
  options: {},
  hook: 'auto',
  created: 0,
  started: 0,
  ended: 1,
  state: 'finished',
  exit: { code: 0, signal: null, cause: 'ok', message: '' },
  handle: null,
};

const HEADING = { telemetry: { platform: 'linux x64', absent: 'amd-smi: not found; rocm-smi: not found' } };
const GIB = 2 ** 30;
const ROWS = 200;

type Row = object;

function lines(rows: readonly Row[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

/** What telemetry writes, with what is given of each row in place of a healthy machine's numbers. */
function machine(of: (row: number) => Row, hasSteps = true): Row[] {
  const rows = Array.from({ length: ROWS }, (_, row) => ({
    ...(hasSteps ? { step: row } : {}),
    time: 1.7e9 + 2 * row,
    'cpu/utilization': 40,
    'memory/machine': 20 * GIB,
    'memory/process': 8 * GIB,
    'gpu/0/utilization': 97,
    'gpu/0/memory': 60 * GIB,
    'gpu/0/temperature': 71,
    'gpu/0/power': 640,
    'gpu/0/throttled_thermal': 0,
    'gpu/0/throttled_power_brake': 0,
    'gpu/0/throttled_hardware': 0,
    'gpu/0/power_capped': 1,
    ...of(row),
  }));
  return [HEADING, ...rows];
}

const LOSSES = Array.from({ length: ROWS }, (_, step) => ({
  step,
  time: 1.7e9 + 2 * step,
  'train/loss': 1 + 1 / (step + 1),
}));

async function reports(): Promise<RunReport[]> {
  const options = { roles: {}, now: () => Date.now(), signal: new AbortController().signal };
  const { runs, unreadable } = await discoverOnce([folder], [], options);
  expect(unreadable).toEqual([]);
  return Promise.all(runs.map(async (run) => (await replayRun(run, options)).report));
}

const found = (reported: readonly RunReport[]): string[] =>
  reported.flatMap(({ findings }) => findings.map(({ monitor }) => monitor));

it('finds nothing in a machine that works', async () => {
  await writeTree(folder, {
    'job.json': lines([RECORD]),
    'metrics.jsonl': lines(LOSSES),
    'machine.jsonl': lines(machine(() => ({}))),
  });
  const all = await reports();
  expect(all).toHaveLength(1);
  expect(found(all)).toEqual([]);
  expect(all[0]?.steps).toEqual({ first: 0, last: ROWS - 1 });
  const missing = all[0]?.notEvaluated.map(({ monitor }) => monitor) ?? [];
  for (const monitor of ['gpu-idle', 'gpu-throttled', 'memory-creep']) {
    expect(missing).not.toContain(monitor);
  }
});

it.each<[string, (row: number) => Row]>([
  ['gpu-idle', (row) => ({ 'gpu/0/utilization': 20 + (row % 9) })],
  ['gpu-throttled', (row) => ({ 'gpu/0/throttled_thermal': row > 50 ? 1 : 0, 'gpu/0/temperature': 88 })],
  ['memory-creep', (row) => ({ 'memory/process': (8 + row / 40) * GIB })],
])('finds %s in what telemetry writes', async (monitor, of) => {
  await writeTree(folder, {
    'job.json': lines([RECORD]),
    'metrics.jsonl': lines(LOSSES),
    'machine.jsonl': lines(machine(of)),
  });
  expect(found(await reports())).toEqual([monitor]);
});

it('names the tools that were not there to tell of a GPU', async () => {
  await writeTree(folder, {
    'job.json': lines([RECORD]),
    'metrics.jsonl': lines(LOSSES),
    'machine.jsonl': lines([
      HEADING,
      { step: 1, time: 1.7e9, 'memory/machine': GIB },
      { step: 2, time: 1.7e9, 'memory/machine': GIB },
    ]),
  });
  const [report] = await reports();
  const remedy = report?.notEvaluated.find(({ monitor }) => monitor === 'gpu-idle')?.remedy;
  expect(remedy).toContain('amd-smi: not found; rocm-smi: not found');
});

it('reads a machine whose training tells no steps, beside what the job printed', async () => {
  await writeTree(folder, {
    'job.json': lines([{ ...RECORD, hook: 'off' }]),
    'output.log': LOSSES.map(({ step, ...row }) => `step ${step} loss ${row['train/loss']}\n`).join(''),
    'machine.jsonl': lines(machine((row) => ({ 'gpu/0/utilization': 20 + (row % 9) }), false)),
  });
  const all = await reports();
  expect(all).toHaveLength(1);
  expect(found(all)).toEqual(['gpu-idle']);
  expect(all[0]?.signals.find(({ role }) => role === 'train/loss')?.points).toBe(ROWS);
});

it('reads each index of an array as a run of its own', async () => {
  await writeTree(folder, { 'job.json': lines([RECORD]) });
  for (const task of ['task-0', 'task-1']) {
    await writeTree(folder, {
      [`${task}/metrics.jsonl`]: lines(LOSSES),
      [`${task}/output.log`]: 'step 1 loss 2.0\nstep 2 loss 1.5\n',
      [`${task}/machine.jsonl`]: lines(machine(() => ({}))),
    });
  }
  const all = await reports();
  expect(all).toHaveLength(2);
  expect(all.map(({ signals }) => signals.filter(({ role }) => role === 'train/loss').length)).toEqual([1, 1]);
});
