import { readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { windowAround } from '../../../src/engine/rescue/dataWindow.js';
import { localPorts } from '../../../src/engine/rescue/localPorts.js';
import { writeCopy } from '../../../src/engine/rescue/momentumCopy.js';
import { composeRescue, planRescue, scriptOf } from '../../../src/engine/rescue/rescue.js';
import type { RescuePlan } from '../../../src/engine/rescue/rescue.js';
import { worstOf } from '../../../src/engine/rescue/trouble.js';
import type { Trouble } from '../../../src/engine/rescue/trouble.js';
import type { JobRecord } from '../../../src/runner/jobRecord.js';
import { safetensors } from '../../editor/support/safetensors.js';
import { packagedGrammars } from '../loops/grammars.js';
import { scratchFolder, writeTree } from './scratch.js';

const SCRIPT = `import argparse
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.8)
parser.add_argument("--resume", default=None)
args = parser.parse_args()
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
for step, batch in enumerate(loader):
    loss = model(batch).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
`;

const SPIKE: Trouble = {
  title: 'Loss spiked',
  symptom: 'loss-spike',
  severity: 'error',
  fromStep: 300,
  toStep: 306,
  fixes: [
    'clip-gradients',
    'lower-learning-rate',
    'zclip',
    'reset-momentum',
    'bf16-instead-of-fp16',
    'skip-data-window',
  ],
};

const ports = localPorts(packagedGrammars, new AbortController().signal);
const weights = { name: 'layer.weight', shape: [4], values: Float32Array.of(1, 2, 3, 4) };
const momentum = { name: 'optimizer.state.0.exp_avg', shape: [4], values: Float32Array.of(5, 6, 7, 8) };

/** A job with checkpoints of steps 200 and 250, of which the named one has momentum. */
async function job(files: Readonly<Record<string, Uint8Array | string>>, command = 'python train.py') {
  const cwd = await scratchFolder();
  const folder = path.join(cwd, 'evenkeel-runs/one');
  await writeTree(cwd, { 'train.py': SCRIPT, 'evenkeel-runs/one/metrics.jsonl': '{}\n', ...files });
  const record = {
    evenkeelJob: 1,
    name: 'one',
    target: 'local',
    command: command.split(' '),
    cwd,
    environment: {},
    created: 0,
    started: 0,
  } as unknown as JobRecord;
  return { cwd, folder, record };
}

async function planned(
  { cwd, folder, record }: Awaited<ReturnType<typeof job>>,
  trouble: Trouble | null = SPIKE,
  text = SCRIPT,
): Promise<RescuePlan> {
  const source = { path: path.join(cwd, 'train.py'), language: 'python' as const, text };
  return planRescue({ record, folder, trouble: trouble ?? undefined, source }, ports);
}

const suggestedIn = (plan: RescuePlan) =>
  plan.measures.filter(({ suggested }) => suggested).map(({ fix, means }) => `${fix}: ${means}`);

describe('the rescue of a run', () => {
  it('goes on from before the trouble, with each fix where it fits best and the fitting ones suggested', async () => {
    const one = await job({ 'out/step_200.safetensors': safetensors([weights, momentum]), 'out/step_299.pt': 'late' });
    const plan = await planned(one);
    expect(plan.checkpoint?.step).toBe(200);
    expect(suggestedIn(plan)).toEqual([
      'clip-gradients: source',
      'lower-learning-rate: command',
      'reset-momentum: checkpoint',
      'skip-data-window: source',
    ]);
    expect(plan.measures.map(({ fix }) => fix)).toContain('zclip');
    expect(plan.unavailable.map(({ fix }) => fix)).toEqual(['bf16-instead-of-fp16']);
    const rescue = await composeRescue(plan, ['clip-gradients', 'lower-learning-rate', 'skip-data-window'], ports);
    expect(rescue.command.join(' ')).toBe(
      `python train.py --resume ${path.join(one.cwd, 'out/step_200.safetensors')} --lr 0.4`,
    );
    expect(rescue.edited).toContain('clip_grad_norm_(');
    // From the checkpoint on, 100 steps before the spike at the earliest: 201 to 306.
    expect(rescue.edited).toContain('enumerate(WithoutWindow(loader, first=0, count=106))');
    expect(rescue.from).toEqual({
      folder: one.folder,
      checkpoint: path.join(one.cwd, 'out/step_200.safetensors'),
      step: 200,
      fixes: ['clip-gradients', 'lower-learning-rate', 'skip-data-window'],
    });
    expect([rescue.copy, rescue.refused]).toEqual([undefined, []]);
  });

  it('resets the momentum in a copy, never in the checkpoint, and never writes over an older copy', async () => {
    const bytes = safetensors([weights, momentum]);
    const one = await job({ 'out/step_200.safetensors': bytes });
    for (const attempt of ['1', '2']) {
      const rescue = await composeRescue(await planned(one), ['reset-momentum'], ports);
      const copy = path.join(one.folder, 'rescue-checkpoints', attempt, 'step_200.safetensors');
      expect([rescue.copy?.copy, rescue.from.checkpoint, rescue.command.at(-1)]).toEqual([copy, copy, copy]);
      await writeCopy(rescue.copy!, ports.checkpoints);
      const written = await readFile(copy);
      expect(written.equals(safetensors([weights, { ...momentum, values: new Float32Array(4) }]))).toBe(true);
    }
    expect((await readFile(path.join(one.cwd, 'out/step_200.safetensors'))).equals(bytes)).toBe(true);
    expect((await planned(one)).checkpoint?.path).toBe(path.join(one.cwd, 'out/step_200.safetensors'));
  });

  it('copies a folder whole, with the momentum of its optimizer reset', async () => {
    const file = (name: string) => `out/checkpoint-200/${name}`;
    const optimizer = safetensors([momentum]);
    const one = await job({
      [file('model.safetensors')]: safetensors([weights]),
      [file('optimizer.bin')]: optimizer,
      [file('extra/rng.json')]: '7',
    });
    const plan = await planned(one);
    expect(suggestedIn(plan)).toContain('reset-momentum: checkpoint');
    const { copy } = await composeRescue(plan, ['reset-momentum'], ports);
    await writeCopy(copy!, ports.checkpoints);
    const copied = (name: string) => readFile(path.join(copy!.copy, name));
    expect((await copied('optimizer.bin')).equals(optimizer)).toBe(false);
    expect((await copied('model.safetensors')).equals(safetensors([weights]))).toBe(true);
    expect((await copied('extra/rng.json')).toString()).toBe('7');
  });

  it('says why the momentum can not be reset, and offers nothing in its place', async () => {
    const one = await job({ 'out/step_200.safetensors': safetensors([weights]) });
    const { unavailable } = await planned(one);
    expect(unavailable.find(({ fix }) => fix === 'reset-momentum')?.reason).toMatch(/holds no momentum/);
  });

  it('does not guess which batches they were where steps are not those of the optimizer, or of several batches', async () => {
    const checkpoint = { 'out/step_200.safetensors': safetensors([weights]) };
    const hooked = await job(checkpoint);
    expect(suggestedIn(await planned(hooked)).join()).toContain('skip-data-window');
    const accumulating = SCRIPT.replace('    optimizer.step()', '    if step % 4 == 3:\n        optimizer.step()');
    expect(suggestedIn(await planned(hooked, SPIKE, accumulating)).join()).not.toContain('skip-data-window');
    const { folder, ...rest } = hooked;
    expect(suggestedIn(await planned({ ...rest, folder: `${folder}-printed` })).join()).not.toContain(
      'skip-data-window',
    );
  });

  it('without a checkpoint starts anew, without one of its own from where it was started itself', async () => {
    const none = await composeRescue(await planned(await job({})), ['lower-learning-rate'], ports);
    expect(none.command.join(' ')).toBe('python train.py --lr 0.4');
    expect(none.notes[0]).toMatch(/starts from the beginning/);
    const one = await job({ 'kept.pt': 'x' });
    await utimes(path.join(one.cwd, 'kept.pt'), 1, 1);
    const from = { folder: '/x', checkpoint: path.join(one.cwd, 'kept.pt'), step: 150 };
    const again = { ...one, record: { ...one.record, started: 1e12, rescuedFrom: from } };
    expect((await planned(again)).checkpoint).toMatchObject({ path: from.checkpoint, step: 150 });
  });

  it('goes on from the last checkpoint of all where nothing was found, as after a kill', async () => {
    const one = await job({ 'out/step_200.pt': 'a', 'out/step_900.pt': 'b' });
    await utimes(path.join(one.cwd, 'out/step_200.pt'), 1000, 1000);
    const plan = await planned(one, null);
    expect([plan.checkpoint?.step, plan.measures]).toEqual([900, []]);
    expect((await composeRescue(plan, [], ports)).notes[0]).toMatch(/Nothing wrong has been found/);
  });

  it('makes a fix that was asked for besides, or says why not', async () => {
    const rescue = await composeRescue(await planned(await job({})), ['add-warmup', 'set-epoch'], ports);
    expect(rescue.edited).toContain('warmup');
    expect(rescue.refused).toEqual([{ fix: 'set-epoch', reason: expect.any(String) }]);
    expect(rescue.from.fixes).toEqual(['add-warmup']);
  });
});

describe('the window of data', () => {
  it.each([
    [{ fromStep: 300, toStep: 306 }, 250, '', { first: 0, count: 56 }],
    [{ fromStep: 900, toStep: 906 }, 250, '', { first: 549, count: 107 }],
    [{ fromStep: 900, toStep: 9999 }, 850, '', { first: 0, count: 500 }],
    [
      { fromStep: 900, toStep: 906 },
      850,
      'for i, b in x:\n    if i <= start_step:\n        continue',
      { first: 851, count: 56 },
    ],
    [{ fromStep: 40, toStep: 40 }, null, '', { first: 0, count: 41 }],
  ])('of %j from step %s', (trouble, step, source, expected) => {
    expect(windowAround(trouble, step, source)).toEqual(expected);
  });
});

describe('what a run is saved from', () => {
  it('is the first of its worst breaks, not what only wastes time', () => {
    const of = (symptom: string, severity: Trouble['severity'], fromStep: number): Trouble => ({
      ...SPIKE,
      symptom,
      severity,
      fromStep,
    });
    const slow = of('throughput', 'error', 1);
    expect(
      worstOf([slow, of('loss-spike', 'warning', 50), of('divergence', 'error', 90), of('non-finite', 'error', 80)]),
    ).toMatchObject({
      symptom: 'non-finite',
    });
    expect(worstOf([slow, of('loss-spike', 'warning', 50)])?.symptom).toBe('loss-spike');
    expect(worstOf([of('loss-spike', 'info', 3)])).toBeUndefined();
  });

  it.each([
    ['python -u src/train.py --lr 1', '/w/src/train.py'],
    ['python -m pkg.train', '/w/pkg/train.py'],
    ['torchrun --nproc 2 train.py', '/w/train.py'],
    ['./train', undefined],
  ])('has its loop in the script of "%s"', (command, script) => {
    expect(scriptOf({ command: command.split(' '), cwd: '/w' })).toBe(script);
  });
});
