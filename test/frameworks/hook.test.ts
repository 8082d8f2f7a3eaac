import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { frameworkPython } from './python.js';

/**
 * The hook inside real trainings: what it writes is held against what each job computes of itself, and the job's losses,
 * weights and random state against those of the same job without the hook.
 */

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const hooks = path.resolve(here, '../../hooks');
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-hook-'));
const found = await frameworkPython();
const python = 'python' in found ? found.python : '';
const SECONDS = 1000;

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

type Value = number | string | undefined;
type Row = Readonly<Record<string, Value>>;

interface Truth {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly digest: string;
}

interface Watched {
  readonly rows: readonly Row[];
  readonly truth: Truth;
  readonly stderr: string;
  readonly folder: string;
}

const environment = {
  ...process.env,
  HF_HUB_OFFLINE: '1',
  CUDA_VISIBLE_DEVICES: '',
  TOKENIZERS_PARALLELISM: 'false',
};

async function trained(
  job: string,
  truth: string,
  more: NodeJS.ProcessEnv,
  launcher: readonly string[] = [],
): Promise<string> {
  const script = path.join(here, 'hook/jobs', `${job}.py`);
  const { stderr } = await run(python, [...launcher, script, truth], {
    env: { ...environment, ...more },
    cwd: scratch,
    maxBuffer: 1 << 26,
  });
  return stderr;
}

function hooked(folder: string, every = 5): NodeJS.ProcessEnv {
  return {
    EVENKEEL_OUT: folder,
    EVENKEEL_EVERY: String(every),
    // Norms that nobody asked for would be left out of steps where they cost more than their share: not here.
    EVENKEEL_BUDGET: '1000',
    PYTHONPATH: path.join(hooks, 'bootstrap'),
  };
}

function rowsOf(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function truthOf(file: string): Truth {
  return JSON.parse(readFileSync(file, 'utf8')) as Truth;
}

/** The job once as it is and once watched; its weights and random state must be the same to the bit. */
async function watched(job: string, more: NodeJS.ProcessEnv = {}): Promise<Watched> {
  const name = `${job}-${Object.values(more).join('-')}`;
  const folder = path.join(scratch, name);
  const plain = path.join(scratch, `${name}-plain.json`);
  const observed = path.join(scratch, `${name}-watched.json`);
  await trained(job, plain, more);
  const stderr = await trained(job, observed, { ...more, ...hooked(folder) });
  expect(truthOf(observed).digest).toBe(truthOf(plain).digest);
  expect(truthOf(observed).rows).toEqual(truthOf(plain).rows);
  expect(stderr).not.toContain('stepped aside');
  return { rows: rowsOf(path.join(folder, 'metrics.jsonl')), truth: truthOf(observed), stderr, folder };
}

function rowAt(rows: readonly Row[], step: unknown): Row {
  return Object.assign({}, ...rows.filter((row) => row['step'] === step)) as Row;
}

function close(value: Value, truth: unknown, relative = 1e-5): void {
  expect(typeof value, `${String(value)} against ${String(truth)}`).toBe('number');
  const [given, expected] = [value as number, truth as number];
  expect(Math.abs(given - expected), `${String(given)} against ${String(expected)}`).toBeLessThanOrEqual(
    relative * Math.max(Math.abs(expected), 1e-6),
  );
}

const skip = 'missing' in found;
if (skip) {
  console.warn(`skipped: the hook in real trainings, ${found.missing}`);
}

async function has(module: string): Promise<boolean> {
  return run(python, ['-c', `import ${module}`], { env: environment }).then(
    () => true,
    () => false,
  );
}

describe.skipIf(skip)('the hook', () => {
  it(
    'sees loss, norms, rates, updates, activations and logits of a GPT under accumulation and clipping',
    { timeout: 300 * SECONDS },
    async () => {
      const { rows, truth } = await watched('gpt');
      let sampled = 0;
      for (const known of truth.rows) {
        const row = rowAt(rows, known['step']);
        close(row['train/loss'], known['loss']);
        close(row['gradient-norm'], known['norm']);
        close(row['gradient-norm/clipped'], known['clipped']);
        close(row['learning-rate'], known['rate'], 1e-9);
        for (const [name, norm] of Object.entries(known['each'] as Record<string, number>)) {
          if (row[`gradient-norm/${name}`] !== undefined) {
            sampled += 1;
            close(row[`gradient-norm/${name}`], norm, 1e-4);
            close(row[`weight-norm/${name}`], (known['weights'] as Record<string, number>)[name]);
            const moved = (known['moved'] as Record<string, number>)[name] as number;
            if (moved < 1e6) {
              // A tensor that was all zeros has no ratio.
              close(row[`update-ratio/${name}`], moved, 0.1);
            }
          }
        }
        if (row['log-z'] !== undefined) {
          close(row['log-z'], known['log-z']);
          for (const [layer, rms] of (known['hidden'] as number[]).entries()) {
            close(row[`activation/h.${String(layer)}.gelu/rms`], rms);
          }
        }
      }
      expect(sampled).toBeGreaterThan(200);
    },
  );

  it('sees the attention logits of attention that is written out', { timeout: 300 * SECONDS }, async () => {
    const { rows, truth } = await watched('gpt', { FLASH: '0' });
    const sampled = rows.filter((row) => row['attention-logit/h.1.attn'] !== undefined);
    expect(sampled.length).toBeGreaterThan(3);
    for (const row of sampled) {
      const known = truth.rows.find((one) => one['step'] === row['step']);
      for (const [layer, largest] of (known?.['attention'] as number[]).entries()) {
        close(row[`attention-logit/h.${String(layer)}.attn`], largest);
      }
    }
  });

  it('sees mixed precision, the loss scale and a skipped step', { timeout: 300 * SECONDS }, async () => {
    const { rows, truth } = await watched('convolutions');
    for (const known of truth.rows) {
      const row = rowAt(rows, known['step']);
      if (known['step'] === 12) {
        expect(row['train/loss']).toBe('Infinity');
      } else {
        close(row['train/loss'], known['loss']);
        close(row['gradient-norm'], known['norm']);
      }
      expect(row['loss-scale']).toBe(known['scale']);
      expect(row['skipped-steps']).toBe(known['skipped']);
    }
    expect(rows.some((row) => typeof row['activation/blocks.0.relu/dormant'] === 'number')).toBe(true);
  });

  it('tells the losses of two optimizers apart', { timeout: 300 * SECONDS }, async () => {
    const { rows, truth } = await watched('adversaries');
    for (const known of truth.rows.slice(1)) {
      const row = rowAt(rows, known['step']);
      close(row['generator/loss'], known['loss']);
      close(row['discriminator/loss'], known['other']);
      close(row['generator/gradient-norm'], known['norm']);
      close(row['discriminator/gradient-norm'], known['other_norm']);
    }
  });

  for (const clip of ['', 'together', 'apart']) {
    it(
      `adds up the gradients of two optimizers that follow one loss${clip && `, clipped ${clip}`}`,
      { timeout: 300 * SECONDS },
      async () => {
        const { rows, truth } = await watched('shared_loss', { CLIP: clip, EVENKEEL_BUDGET: '10' });
        for (const known of truth.rows) {
          const row = rowAt(rows, known['step']);
          close(row['train/loss'], known['loss']);
          close(row['gradient-norm'], known['norm']);
          close(row['epoch'], known['epoch']);
          if (clip === 'together') {
            close(row['gradient-norm/clipped'], known['clipped']);
          } else {
            expect(row['gradient-norm/clipped']).toBeUndefined();
          }
        }
        const sampled = truth.rows.map((known) => [rowAt(rows, known['step']), known] as const);
        const looked = sampled.filter(([row]) => row['weight-absmax/head.weight'] !== undefined);
        expect(looked.length).toBeGreaterThan(2);
        for (const [row, known] of looked) {
          close(row['weight-absmax/head.weight'], known['largest']);
          expect(row['weight-absmax/body.weight']).toBeUndefined();
          close(row['weight-norm'], known['weights']);
        }
      },
    );
  }

  it('leaves the workers of a data loader alone', { timeout: 300 * SECONDS }, async () => {
    const { rows, truth, folder } = await watched('shared_loss', { WORKERS: '2' });
    expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
    for (const known of truth.rows) {
      close(rowAt(rows, known['step'])['epoch'], known['epoch']);
    }
  });

  it('sees a recurrent network, and a closure that runs the backward pass', { timeout: 300 * SECONDS }, async () => {
    const { rows, truth } = await watched('recurrent');
    for (const known of truth.rows) {
      close(rowAt(rows, known['step'])['train/loss'] ?? rowAt(rows, known['step'])['tagger/loss'], known['loss']);
      close(rowAt(rows, known['step'])['gradient-norm'], known['norm']);
    }
  });

  it('leaves compiled graphs alone and sees what is outside of them', { timeout: 300 * SECONDS }, async () => {
    const { rows, truth } = await watched('compiled');
    for (const known of truth.rows.filter((one) => one['step'] !== 0)) {
      close(rowAt(rows, known['step'])['train/loss'], known['loss']);
      close(rowAt(rows, known['step'])['gradient-norm'], known['norm']);
    }
    expect((rows[0]?.['config'] as unknown as Record<string, unknown>)['compiled']).toBe(true);
  });

  for (const precision of ['single', 'bfloat16']) {
    it(
      `sees the Trainer of Transformers with accumulation in ${precision} precision`,
      { timeout: 300 * SECONDS },
      async () => {
        const more = precision === 'bfloat16' ? { BF16: '1' } : {};
        const { rows, truth } = await watched('transformers_trainer', more);
        for (const known of truth.rows) {
          const row = rowAt(rows, known['step']);
          if (known['eval_loss'] !== undefined) {
            close(row['eval_loss'], known['eval_loss']);
          } else {
            close(row['train/loss'], known['loss'], 1e-4);
            close(row['gradient-norm'], known['norm'], 1e-4);
            expect(row['epoch']).toBe(known['epoch']);
          }
        }
      },
    );
  }

  for (const trainer of ['grpo', 'dpo']) {
    it(`takes over what TRL logs, with ${trainer}`, { timeout: 300 * SECONDS }, async (context) => {
      if (!(await has('trl, datasets'))) {
        context.skip('trl is not installed');
      }
      const { rows, truth } = await watched('preferences', { TRAINER: trainer });
      const asked =
        trainer === 'grpo'
          ? ['reward', 'reward_std', 'frac_reward_zero_std', 'kl', 'entropy', 'completions/mean_length']
          : ['rewards/chosen', 'rewards/rejected', 'rewards/margins', 'logps/chosen', 'logps/rejected'];
      let steps = 0;
      for (const known of truth.rows) {
        const logs = known['logs'] as Record<string, number>;
        if (logs['loss'] === undefined) {
          continue;
        }
        steps += 1;
        const row = rowAt(rows, known['step']);
        close(row['train/loss'], logs['loss'], 1e-4);
        close(row['gradient-norm'], logs['grad_norm'], 1e-4);
        for (const name of asked) {
          expect(row[name], name).toBe(logs[name]);
        }
      }
      expect(steps).toBe(8);
    });
  }

  it('sees Lightning with automatic optimization', { timeout: 300 * SECONDS }, async (context) => {
    if (!(await has('lightning'))) {
      context.skip('lightning is not installed');
    }
    const { rows, truth } = await watched('lightning_module');
    for (const known of truth.rows) {
      const row = rowAt(rows, known['step']);
      close(row['train/loss'], known['loss']);
      expect(row['margin']).toBe(3.5);
      close(row['gradient-norm'], known['norm'], 1e-4);
    }
  });

  it('sees Keras on PyTorch', { timeout: 300 * SECONDS }, async (context) => {
    if (!(await has('keras'))) {
      context.skip('keras is not installed');
    }
    const { rows, truth } = await watched('keras_on_torch');
    // Keras reports the mean over the epoch so far; the hook, each batch.
    let sum = 0;
    for (const known of truth.rows) {
      sum += Number(rowAt(rows, known['step'])['train/loss']);
      close(sum / Number(known['step']), known['loss'], 1e-4);
    }
    expect(Object.keys(rowAt(rows, 1)).some((tag) => /^gradient-norm\/.*dense/.test(tag))).toBe(true);
  });

  for (const [backend, explicit] of [
    ['tensorflow', ''],
    ['tensorflow', 'named in the code'],
    ['jax', ''],
  ] as const) {
    it(`sees Keras on ${backend} through its callback ${explicit}`, { timeout: 300 * SECONDS }, async (context) => {
      if (!(await has(`keras, ${backend}`))) {
        context.skip(`keras or ${backend} is not installed`);
      }
      const { rows, truth } = await watched('keras_callback', { KERAS_BACKEND: backend, EXPLICIT: explicit });
      let moved = 0;
      for (const known of truth.rows) {
        const row = rowAt(rows, known['step']);
        close(row['train/loss'], known['loss']);
        close(row['mae'], known['error']);
        close(row['learning-rate'], 0.01);
        if (known['validation'] !== undefined) {
          close(row['eval/loss'], known['validation']);
        }
        if (row['update-ratio/sequential.hidden.kernel'] !== undefined) {
          moved += 1;
          if (known['moved'] !== undefined) {
            close(row['weight-norm/sequential.hidden.kernel'], known['norm']);
            close(row['update-ratio/sequential.hidden.kernel'], known['moved'], 1e-4);
          }
        }
      }
      expect(moved).toBeGreaterThan(5);
    });
  }

  for (const [wrap, clip, processes] of [
    ['ddp', '', 4],
    ['fsdp', '', 4],
    ['fsdp', 'clipped', 2],
  ] as const) {
    it(`writes one file per rank under ${wrap} ${clip}`, { timeout: 300 * SECONDS }, async () => {
      const launcher = ['-m', 'torch.distributed.run', '--nproc_per_node', String(processes)];
      launcher.push('--rdzv-backend', 'c10d', '--rdzv-endpoint', 'localhost:0');
      const name = `${wrap}${clip}`;
      const folder = path.join(scratch, name);
      const [plain, observed] = [path.join(scratch, `${name}-plain`), path.join(scratch, `${name}-watched`)];
      const more = { WRAP: wrap, OMP_NUM_THREADS: '1', ...(clip && { CLIP: clip }) };
      await trained('workers', plain, more, launcher);
      await trained('workers', observed, { ...more, ...hooked(folder), EVENKEEL_BUDGET: '10' }, launcher);
      for (let rank = 0; rank < processes; rank++) {
        const truth = truthOf(`${observed}.${String(rank)}`);
        expect(truth).toEqual(truthOf(`${plain}.${String(rank)}`));
        const rows = rowsOf(path.join(folder, `rank_${String(rank)}.jsonl`));
        for (const known of truth.rows) {
          const row = rowAt(rows, known['step']);
          close(row['train/loss'], known['loss']);
          // Without clipping nobody works out the norm over all the shards.
          close(row[wrap === 'fsdp' && !clip ? 'shard-gradient-norm' : 'gradient-norm'], known['norm']);
          if (wrap === 'fsdp' && !clip) {
            expect(row['gradient-norm']).toBeUndefined();
          }
        }
        // What a rank knows of its own shards is never called the norm of a tensor.
        const each = new Set(rows.flatMap((row) => Object.keys(row)).filter((tag) => /-norm\/(?!clipped)/.test(tag)));
        expect(each.size).toBeGreaterThan(4);
        expect([...each].filter((tag) => tag.startsWith('shard-'))).toHaveLength(wrap === 'fsdp' ? each.size : 0);
        expect(rows.some((row) => row['direction-sketch/00'] !== undefined)).toBe(wrap === 'ddp');
      }
    });
  }
});

/** A job of a few lines that trains, with whatever it does beside. */
const TRAINING = `
import torch
model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for step in range(STEPS):
    loss = model(torch.ones(2, 4)).pow(2).mean()
    optimizer.zero_grad(); loss.backward(); optimizer.step()
print("done")
`;

describe.skipIf(skip)('the hook in hostile jobs', () => {
  async function job(name: string, code: string, more: NodeJS.ProcessEnv = {}) {
    const folder = path.join(scratch, name);
    const script = path.join(scratch, `${name}.py`);
    writeFileSync(script, code);
    const result = await run(python, [script], {
      env: { ...environment, ...hooked(folder), ...more },
      cwd: scratch,
      maxBuffer: 1 << 26,
    }).catch((error: unknown) => error as { stdout: string; stderr: string; code: number });
    return { ...result, folder };
  }
  const short = TRAINING.replace('STEPS', '12');

  it("runs the job's own sitecustomize", { timeout: 60 * SECONDS }, async () => {
    const own = mkdtempSync(path.join(scratch, 'own-'));
    writeFileSync(path.join(own, 'sitecustomize.py'), 'import sys; sys.own = True');
    const code = `import sys; assert sys.own\n${short}`;
    const { stdout, folder } = await job('own-sitecustomize', code, {
      PYTHONPATH: `${path.join(hooks, 'bootstrap')}${path.delimiter}${own}`,
    });
    expect(stdout).toContain('done');
    expect(existsSync(path.join(folder, 'metrics.jsonl'))).toBe(true);
  });

  it('writes from the parent alone when the job forks', { timeout: 60 * SECONDS }, async () => {
    const code = `
import os
${short}
child = os.fork()
if child == 0:
    for step in range(5):
        loss = model(torch.ones(2, 4)).pow(2).mean(); loss.backward(); optimizer.step()
    os._exit(0)
os.waitpid(child, 0)
`;
    const { folder } = await job('forks', code);
    expect(rowsOf(path.join(folder, 'metrics.jsonl')).filter((row) => row['step'] !== undefined)).toHaveLength(12);
    expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
  });

  it('trains on when the folder cannot be written', { timeout: 60 * SECONDS }, async () => {
    const file = path.join(scratch, 'a-file');
    writeFileSync(file, '');
    const { stdout, stderr } = await job('unwritable', short, { EVENKEEL_OUT: path.join(file, 'inside') });
    expect(stdout).toContain('done');
    expect(stderr.match(/evenkeel:/g)).toHaveLength(1);
    expect(stderr).toContain('stepped aside');
  });

  it('stops at its limit of bytes, and says so', { timeout: 60 * SECONDS }, async () => {
    const { stdout, stderr, folder } = await job('limited', TRAINING.replace('STEPS', '400'), {
      EVENKEEL_DISK_MB: '0.02',
    });
    expect(stdout).toContain('done');
    expect(stderr).toContain('the limit of 0.02 MB is reached');
    const written = readFileSync(path.join(folder, 'metrics.jsonl'));
    expect(written.length).toBeLessThan(25_000);
    expect(written.at(-1)).toBe(0x0a);
  });

  it('trains on and keeps whole lines when the disk is full', { timeout: 60 * SECONDS }, async () => {
    const folder = path.join(scratch, 'full');
    const script = path.join(scratch, 'full.py');
    writeFileSync(script, TRAINING.replace('STEPS', '400'));
    // A file may have 16 blocks of 1,024 bytes, as if the disk had no more.
    const limited = ['-c', 'ulimit -f 16; exec "$@"', 'bash', python, script];
    const { stdout, stderr } = await run('bash', limited, { env: { ...environment, ...hooked(folder) }, cwd: scratch });
    expect(stdout).toContain('done');
    expect(stderr.match(/evenkeel: stepped aside/g)).toHaveLength(1);
    expect(rowsOf(path.join(folder, 'metrics.jsonl')).length).toBeGreaterThan(5);
  });

  it(
    'hears the evaluations that a plain loop prints, and passes every character on',
    { timeout: 60 * SECONDS },
    async () => {
      const printing = String.raw`
import io, logging, sys
class Tee(io.TextIOBase):
    def __init__(self, *streams): self.streams = streams
    def write(self, text):
        for stream in self.streams: stream.write(text)
        return len(text)
kept = io.StringIO()
sys.stdout = Tee(sys.stdout, kept)
logging.basicConfig(level=logging.INFO, format="%(message)s")
${short}
assert print("epoch", 1, "loss", 0.5, "val_loss:", 0.25) is None
assert sys.stdout.write("test ") == 5
sys.stdout.write("\x1b[1maccuracy\x1b[0m 91.5\n\x1b[32mval ppl\x1b[0m 7.5\nvalidating 3 files\nval data" + "x" * 2000)
sys.stderr.write("val: 50% loss 9\rval: 100% loss 0.75\n")
logging.info("dev loss %s", float("nan"))
sys.stdout.buffer_of_the_job = 1
print(kept.getvalue().count("\n"))
for step in range(3):
    loss = model(torch.ones(2, 4)).pow(2).mean(); loss.backward(); optimizer.step()
`;
      const { stdout, stderr, folder } = await job('prints', printing);
      expect([stdout, stderr]).toEqual([
        `done\nepoch 1 loss 0.5 val_loss: 0.25\ntest \u001b[1maccuracy\u001b[0m 91.5\n\u001b[32mval ppl\u001b[0m 7.5\nvalidating 3 files\nval data${'x'.repeat(2000)}5\n`,
        'val: 50% loss 9\rval: 100% loss 0.75\ndev loss nan\n',
      ]);
      const rows = rowsOf(path.join(folder, 'metrics.jsonl'));
      const heard = rows.filter((row) => row['evenkeel/printed'] !== undefined);
      expect(heard.map(({ step, 'evenkeel/printed': line }) => [step, line])).toEqual([
        [12, 'epoch 1 loss 0.5 val_loss: 0.25'],
        [12, 'test accuracy 91.5'],
        [12, 'val ppl 7.5'],
        [12, 'val: 100% loss 0.75'],
        [12, 'dev loss nan'],
      ]);
      expect(rows.at(-1)).toMatchObject({ step: 15 });
    },
  );

  it('counts an evaluation once that is logged and printed', { timeout: 60 * SECONDS }, async () => {
    const code = `
import sys
sys.path.insert(0, ${JSON.stringify(hooks)})
import evenkeel
${short}
evenkeel.log(val_loss=0.25); print("val_loss 0.25")
loss = model(torch.ones(2, 4)).pow(2).mean(); loss.backward(); optimizer.step()
`;
    const { stderr, folder } = await job('logs-and-prints', code);
    const rows = rowsOf(path.join(folder, 'metrics.jsonl'));
    expect(stderr).toBe('');
    expect(rows.filter((row) => row['val_loss'] === 0.25)).toHaveLength(1);
    expect(rows.filter((row) => row['evenkeel/printed'] !== undefined)).toEqual([]);
  });

  it('follows one of two threads that train', { timeout: 60 * SECONDS }, async () => {
    const code = `
import threading, torch
def train(lr, steps):
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for step in range(steps):
        loss = model(torch.ones(2, 4)).pow(2).mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
train(0.01, 1)
other = threading.Thread(target=train, args=(0.5, 200)); other.start()
train(0.01, 30); other.join(); print("done")`;
    const { stdout, stderr, folder } = await job('threads', code);
    expect([stdout.trim(), stderr]).toEqual(['done', '']);
    const rows = rowsOf(path.join(folder, 'metrics.jsonl')).filter((row) => row['step'] !== undefined);
    expect(rows.every((row) => row['learning-rate'] === undefined || row['learning-rate'] === 0.01)).toBe(true);
  });

  it(
    'gives trainings that follow one another folders of their own, and holds no model',
    { timeout: 60 * SECONDS },
    async () => {
      const code = `
import gc, torch, weakref
def train(model, steps, lr):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    for step in range(steps):
        loss = model(torch.ones(2, 4)).pow(2).mean()
        optimizer.zero_grad(); loss.backward(); optimizer.step()
for fold in range(2):
    model = torch.nn.Linear(4, 1)
    train(model, 12, 0.01)
    # A second stage with an optimizer of its own goes on with the same model.
    train(model, 5, 0.001)
    seen = weakref.ref(model)
    del model
    gc.collect()
    print(seen() is None)`;
      const { stdout, stderr, folder } = await job('one-by-one', code, { EVENKEEL_BUDGET: '10' });
      expect([stdout.trim(), stderr]).toEqual(['True\nTrue', '']);
      for (const file of ['metrics.jsonl', 'process-2/metrics.jsonl']) {
        const rows = rowsOf(path.join(folder, file)).filter((row) => row['step'] !== undefined);
        expect(rows.map((row) => row['step'])).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
        expect(rows.every((row) => row['train/loss'] !== undefined && row['gradient-norm'] !== undefined)).toBe(true);
        expect(rows.map((row) => row['learning-rate'])).toEqual([
          ...Array<number>(12).fill(0.01),
          ...Array<number>(5).fill(0.001),
        ]);
      }
    },
  );

  it('sees a training that is spawned, in its own process', { timeout: 60 * SECONDS }, async () => {
    const code = `
import multiprocessing
def train():
    ${short.trim().replaceAll('\n', '\n    ')}
if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=train); child.start(); child.join()
    print("exit", child.exitcode)`;
    const { stdout, folder } = await job('spawned', code);
    expect(stdout).toContain('exit 0');
    expect(readdirSync(folder)).toEqual(['metrics.jsonl']);
    expect(rowsOf(path.join(folder, 'metrics.jsonl')).filter((row) => row['step'] !== undefined)).toHaveLength(12);
  });

  it('lets a job start Python without it', { timeout: 60 * SECONDS }, async () => {
    const code = `
import os, subprocess, sys
train = '''${short}'''
subprocess.run([sys.executable, "-I", "-c", train], check=True)
subprocess.run([sys.executable, "-c", train], check=True, env={**os.environ, "PYTHONPATH": "/nowhere"})`;
    const { stdout, stderr, folder } = await job('isolated', code);
    expect([stdout.trim(), stderr, existsSync(folder)]).toEqual(['done\ndone', '', false]);
  });

  it('is written for Python 3.9', { timeout: 60 * SECONDS }, async () => {
    for (const file of ['evenkeel.py', 'bootstrap/sitecustomize.py']) {
      const code = `import ast, sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 9))`;
      await expect(run(python, ['-c', code, path.join(hooks, file)])).resolves.toBeDefined();
    }
  });

  it('keeps whole lines of a job that is killed', { timeout: 60 * SECONDS }, async () => {
    const code = `${TRAINING.replace('STEPS', '300')}\nimport os, signal, time; time.sleep(0.1)
loss = model(torch.ones(2, 4)).pow(2).mean(); loss.backward(); optimizer.step()
os.kill(os.getpid(), signal.SIGKILL)`;
    const { folder } = await job('killed', code);
    const rows = rowsOf(path.join(folder, 'metrics.jsonl'));
    expect(rows.at(-1)?.['step']).toBe(301);
  });

  it(
    'goes into folders of their own for two trainings, spaces and other scripts included',
    async () => {
      const folder = path.join(scratch, 'Läufe mit Leerzeichen 実験');
      await job('first', short, { EVENKEEL_OUT: folder });
      await job('second', short, { EVENKEEL_OUT: folder });
      expect(readdirSync(folder).sort()).toEqual(['metrics.jsonl', 'process-2']);
    },
    60 * SECONDS,
  );

  it('leaves a Python without PyTorch alone', { timeout: 60 * SECONDS }, async () => {
    const { stdout, stderr, folder } = await job('nothing', 'import sys; print("torch" in sys.modules)');
    expect([stdout.trim(), stderr, existsSync(folder)]).toEqual(['False', '', false]);
  });

  it('saves a checkpoint when it is asked to, which PyTorch loads', { timeout: 60 * SECONDS }, async () => {
    const control = path.join(scratch, 'control.json');
    const checkpoint = path.join(scratch, 'saved.pt');
    writeFileSync(control, JSON.stringify({ id: 7, command: 'save-checkpoint', path: checkpoint }));
    const code = `${short}\nsaved = torch.load(r"${checkpoint}", weights_only=True)\nprint(sorted(saved), list(saved["model"]))`;
    const { stdout } = await job('asked', code, { EVENKEEL_CONTROL: control });
    expect(stdout).toContain(`['model', 'optimizer', 'step'] ['weight', 'bias']`);
    expect(JSON.parse(readFileSync(`${control}.answer`, 'utf8'))).toMatchObject({ id: 7, path: checkpoint });
  });

  it('can be asked for in the code', { timeout: 60 * SECONDS }, async () => {
    const folder = path.join(scratch, 'explicit');
    const code = `import sys; sys.path.insert(0, r"${hooks}")\nimport evenkeel, torch\n${short.replace(
      'for step',
      `evenkeel.watch(model, optimizer, folder=r"${folder}")\nfor step`,
    )}`;
    await job('explicitly', code, { EVENKEEL_OUT: '', PYTHONPATH: '' });
    expect(rowsOf(path.join(folder, 'metrics.jsonl')).filter((row) => row['step'] !== undefined)).toHaveLength(12);
  });
});
