import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discoverOnce, replayRun } from '../../src/engine/replay.js';
import { isOver } from '../../src/runner/jobRecord.js';
import type { JobRecord } from '../../src/runner/jobRecord.js';
import { refreshJob, startJob, stopJob } from '../../src/runner/jobs.js';
import type { StartedJob } from '../../src/runner/jobs.js';
import { TorchrunTarget } from '../../src/runner/torchrun.js';
import { frameworkPython } from './python.js';

/** Two machines of one process each, played by two jobs on this one that meet over loopback. */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'evktorchrun-'));
const found = await frameworkPython();
const python = 'python' in found ? found.python : '';
const reason = 'missing' in found ? found.missing : process.platform === 'win32' ? 'gloo over loopback' : undefined;
const PATIENCE_MS = 240_000;

const TRAINER = `
import os, torch
import torch.distributed as dist
torch.set_num_threads(1)
dist.init_process_group("gloo")
torch.manual_seed(0)
model = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
torch.manual_seed(1 + dist.get_rank())
for step in range(40):
    loss = model(torch.randn(16, 8)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print("rank", dist.get_rank(), "of", dist.get_world_size(), "on node", os.environ["GROUP_RANK"], flush=True)
dist.destroy_process_group()
`;

let target: TorchrunTarget;

beforeAll(async () => {
  const supervisor = path.join(scratch, 'supervisor.cjs');
  await build({
    entryPoints: [path.join(root, 'src/runner/supervisorMain.ts')],
    bundle: true,
    platform: 'node',
    outfile: supervisor,
    logLevel: 'error',
  });
  target = new TorchrunTarget([supervisor]);
  writeFileSync(path.join(scratch, 'trainer.py'), TRAINER);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** One of the machines; all of them write into the folder that the first one has made. */
function machine(out: string, options: Readonly<Record<string, string>>): Promise<StartedJob> {
  return startJob(
    {
      command: [python, 'trainer.py'],
      cwd: scratch,
      inherited: process.env,
      hook: 'auto',
      options: { nproc: '1', nnodes: '2', ...options },
      out,
    },
    { target, hooks: path.join(root, 'hooks'), now: Date.now },
  );
}

async function over({ folder }: StartedJob): Promise<JobRecord> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const job = await refreshJob(target, folder, Date.now);
    if (job && isOver(job.record.state)) {
      return job.record;
    }
    await delay(200);
  }
  await stopJob(target, folder, { reason: 'end of the test', first: 'kill' });
  throw new Error(`${folder}: did not end: ${readFileSync(path.join(folder, 'output.log'), 'utf8')}`);
}

describe.skipIf(reason !== undefined)('torchrun on two machines', () => {
  it.each([
    [
      'a static rendezvous',
      (port: number, rank: number) => ({
        'rdzv-backend': 'static',
        'node-rank': String(rank),
        'rdzv-endpoint': `127.0.0.1:${port}`,
      }),
    ],
    [
      'a rendezvous of c10d',
      (port: number) => ({ 'rdzv-backend': 'c10d', 'rdzv-id': 'both', 'rdzv-endpoint': `127.0.0.1:${port}` }),
    ],
  ])(
    'meets by %s, and both ranks make one run',
    async (name, optionsOf) => {
      const port = await freePort();
      const shared = path.join(scratch, name.replaceAll(' ', '-'));
      const first = await machine(shared, optionsOf(port, 0));
      const second = await machine(shared, optionsOf(port, 1));
      const ends = await Promise.all([over(first), over(second)]);
      expect(ends.map(({ state, exit }) => [state, exit?.message])).toEqual([
        ['finished', ''],
        ['finished', ''],
      ]);
      const replay = { roles: {}, now: Date.now, signal: new AbortController().signal };
      const { runs } = await discoverOnce([shared], [], replay);
      expect(runs).toHaveLength(1);
      const { report } = await replayRun(runs[0]!, replay);
      expect([report.ranks, report.status]).toEqual([2, 'finished']);
      const losses = report.signals.filter(({ role }) => role === 'train/loss');
      expect(losses.map(({ points }) => points)).toEqual([40, 40]);
    },
    PATIENCE_MS,
  );
});
