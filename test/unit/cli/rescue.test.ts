import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder, writeTree } from '../engine/scratch.js';
import { buildCli, runCli } from './builtCli.js';

beforeAll(buildCli);

/** Thrown off at step 300 by a rate of 0.8, not by one of 0.4; the loop of torch is there to be mended, not to be run. */
const SCRIPT = `import argparse, json, os, random

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.8)
parser.add_argument("--resume", default=None)
args = parser.parse_args()


def train_with_torch(loader):
    import torch

    model = torch.nn.Linear(8, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    for step, batch in enumerate(loader):
        loss = model(batch).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


random.seed(1)
first, weight = 0, 4.0
if args.resume:
    with open(args.resume) as file:
        saved = json.load(file)
    first, weight = saved["step"] + 1, saved["weight"]
os.makedirs("out", exist_ok=True)
for step in range(first, 400):
    curvature = 5.0 if 300 <= step < 306 else 0.02
    weight -= args.lr * curvature * (weight - 1.2) + random.gauss(0, 0.004)
    print(f"step {step} loss {(weight - 1.2) ** 2 + 1.0:.5f}", flush=True)
    if step % 50 == 0:
        with open(f"out/checkpoint_{step}.json", "w") as file:
            json.dump({"step": step, "weight": weight}, file)
print("own", os.environ.get("OWN"))
`;

async function brokenRun(): Promise<{ readonly root: string; readonly folder: string }> {
  const root = await scratchFolder();
  await writeTree(root, { 'train.py': SCRIPT });
  await runCli(root, 'run', '--out', 'broken', '--', 'python3', 'train.py');
  return { root, folder: path.join(root, 'broken') };
}

describe('evenkeel rescue', () => {
  it('shows command, checkpoint, fixes and edits, and changes nothing', async () => {
    const { root } = await brokenRun();
    const { code, stdout, stderr } = await runCli(root, 'rescue', 'broken');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /- \$ python3 train\.py\n.*\+ \$ python3 train\.py --resume \S*checkpoint_250\.json --lr 0\.4\n/,
    );
    expect(stdout).toMatch(/\[x\] lower-learning-rate .*in the command/);
    expect(stdout).toMatch(/^\+.*clip_grad_norm_\(/m);
    expect(stdout).toContain('Nothing has been changed or started');
    expect(await readFile(path.join(root, 'train.py'), 'utf8')).toBe(SCRIPT);
    expect((await readdir(root)).sort()).toEqual(['broken', 'out', 'train.py']);
    const json = JSON.parse((await runCli(root, 'rescue', 'broken', '--fix', 'zclip', '--format', 'json')).stdout);
    expect(json).toMatchObject({
      version: 1,
      applied: false,
      trouble: { symptom: expect.stringMatching(/divergence|loss-spike/) },
      checkpoint: { step: 250 },
      copied: false,
      edits: expect.arrayContaining([expect.objectContaining({ path: path.join(root, 'train.py') })]),
    });
    expect(json.fixes.filter((fix: { chosen: boolean }) => fix.chosen).map((fix: { fix: string }) => fix.fix)).toEqual([
      'zclip',
    ]);
  });

  it('makes the changes and starts a run that is linked to the first and gets past its trouble', async () => {
    const { root, folder } = await brokenRun();
    const words = ['rescue', 'broken', '--fix', 'lower-learning-rate,clip-gradients', '--apply', '--out', 'saved'];
    const { code, stdout } = await runCli(root, ...words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^step 251 loss /m);
    expect(stdout).not.toMatch(/^step 250 loss /m);
    expect(await readFile(path.join(root, 'train.py'), 'utf8')).toContain('clip_grad_norm_(');
    const record = JSON.parse(await readFile(path.join(root, 'saved/job.json'), 'utf8'));
    expect(record).toMatchObject({
      state: 'finished',
      rescuedFrom: { folder, step: 250, fixes: ['lower-learning-rate', 'clip-gradients'] },
    });
    const last = Number(/step 399 loss ([\d.]+)/.exec(stdout)?.[1]);
    expect(last).toBeLessThan(1.5);
  });

  it('takes a run that it has not started by its command, and a checkpoint that is named', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'train.py': SCRIPT,
      'logs/train.log': 'step 1 loss 2.0\n',
      'mine.json': '{"step": 390, "weight": 1.2}',
    });
    const { stderr, code } = await runCli(root, 'rescue', 'logs');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/logs: holds no record of a job.*after --/)]);
    const words = ['rescue', 'logs', '--from', 'mine.json', '--apply', '--', 'env', 'OWN=yes', 'python3', 'train.py'];
    const { stdout } = await runCli(root, ...words);
    expect(stdout.match(/^step \d+/gm)).toHaveLength(9);
    expect(stdout).toContain('own yes');
  });

  it('refuses what can not be made, what is not known, and a job that still runs', async () => {
    const { root, folder } = await brokenRun();
    const refused = await runCli(root, 'rescue', 'broken', '--fix', 'set-epoch', '--apply');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^evenkeel: set-epoch: /)]);
    expect((await runCli(root, 'rescue', 'broken', '--fix', 'no-such')).stderr).toMatch(/there is no fix "no-such"/);
    expect((await runCli(root, 'rescue', 'nowhere', '--', 'true')).code).toBe(2);
    const record = JSON.parse(await readFile(path.join(folder, 'job.json'), 'utf8'));
    const self = { pid: process.pid, began: '' };
    const running = { ...record, state: 'running', exit: null, ended: null, handle: { supervisor: self, job: self } };
    await writeFile(path.join(folder, 'job.json'), JSON.stringify(running));
    const still = await runCli(root, 'rescue', 'broken', '--fix', 'none', '--apply');
    expect([still.code, still.stderr]).toEqual([2, expect.stringMatching(/still runs/)]);
  });
});
