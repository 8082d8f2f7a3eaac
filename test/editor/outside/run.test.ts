import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inSteps } from '../support/steps.js';
import { eventually, Workbench } from '../support/workbench.js';

/**
 * A training script as people have them: with PyTorch where it is installed, else on two numbers in plain Python. At the
 * rate that it starts with it is thrown off at step 300; at half of it, it is not.
 */
const SCRIPT = `import argparse, json, os, random, time

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.8)
parser.add_argument("--steps", type=int, default=40000)
parser.add_argument("--resume", default=None)
args = parser.parse_args()


def train_with_torch():
    import torch

    model = torch.nn.Linear(8, 1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr)
    for step in range(args.steps):
        loss = torch.nn.functional.mse_loss(model(torch.randn(16, 8)), torch.zeros(16, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_by_hand():
    random.seed(1)
    first, weight = 0, 4.0
    if args.resume:
        with open(args.resume) as file:
            saved = json.load(file)
        first, weight = saved["step"] + 1, saved["weight"]
    for step in range(first, args.steps):
        curvature = 5.0 if 300 <= step < 306 else 0.02
        weight -= args.lr * curvature * (weight - 1.2) + random.gauss(0, 0.004)
        print(f"step {step} loss {(weight - 1.2) ** 2 + 1.0:.5f} lr {args.lr}", flush=True)
        if step % 50 == 0:
            os.makedirs("checkpoints", exist_ok=True)
            with open(f"checkpoints/checkpoint_{step}.json", "w") as file:
                json.dump({"step": step, "weight": weight}, file)
        time.sleep(0.02)


train_by_hand() if os.environ.get("BY_HAND", "1") == "1" else train_with_torch()
`;

/** Not finite from step 60 on, and never over by itself. */
const NAN_SCRIPT = `import math, time

step = 0
while True:
    loss = math.nan if step >= 60 else 2 + 1 / (step + 1)
    print(f"step {step} loss {loss:.4f}", flush=True)
    step += 1
    time.sleep(0.02)
`;

/** A job, an engine that reads what it writes, an editor and a browser share the machine. */
const PATIENCE_MS = 150_000;

/** As much of a job's record as is looked at. */
interface JobFile {
  readonly state: string;
  readonly command: readonly string[];
  readonly handle: { readonly job: { readonly pid: number; readonly began: string } } | null;
  readonly exit: { readonly cause: string; readonly message: string } | null;
  readonly rescuedFrom: { readonly folder: string; readonly checkpoint: string; readonly step: number };
}

/** The jobs of a workbench, as they lie on the disk. */
class JobsOf {
  private readonly runs: string;

  constructor({ folder }: Workbench) {
    this.runs = path.join(folder, 'evenkeel-runs');
  }

  async names(): Promise<string[]> {
    return (await readdir(this.runs).catch(() => [])).filter((name) => !name.startsWith('.')).sort();
  }

  /** The folder is there before its record is. */
  async record(name: string): Promise<JobFile> {
    const file = path.join(this.runs, name, 'job.json');
    let text: string | undefined;
    await eventually(async () => {
      text = await readFile(file, 'utf8').catch(() => undefined);
      return text !== undefined;
    }, `the record of ${name}`);
    return JSON.parse(text!) as JobFile;
  }

  async becomes(name: string, state: string): Promise<JobFile> {
    await eventually(async () => (await this.record(name)).state === state, `that ${name} is ${state}`);
    return this.record(name);
  }

  /** Whatever a test came to: a job outlives the editor that has started it. */
  async endAll(): Promise<void> {
    for (const name of await this.names()) {
      const { state, handle } = await this.record(name);
      if (state === 'running' && handle) {
        process.kill(-handle.job.pid, 'SIGKILL');
        await eventually(async () => (await this.record(name)).state !== 'running', `the end of ${name}`);
      }
    }
  }
}

describe('a job run with Evenkeel', () => {
  let workbench: Workbench;
  let jobs: JobsOf;
  before(async () => {
    workbench = await Workbench.open({
      files: ['wobble.py'],
      prepare: async (folder) => {
        await writeFile(path.join(folder, 'wobble.py'), SCRIPT);
      },
    });
    jobs = new JobsOf(workbench);
    await workbench.openSidebar();
  });
  after(async () => {
    await jobs.endAll();
    await workbench.close();
  });

  inSteps('run', () => workbench);

  const jobRow = () => workbench.row('Runs', /wobble/);
  const grows = async (what: string): Promise<void> => {
    const facts = workbench.panel().locator('.facts');
    await facts.waitFor({ timeout: PATIENCE_MS });
    const first = await facts.innerText();
    await eventually(async () => (await facts.innerText()) !== first, what);
  };

  it('is started by the lens, in a terminal, and its page grows', async () => {
    await workbench.focusEditorAt('loss.backward()');
    await workbench.lens('Run with Evenkeel').first().click();
    await workbench.page.locator('.terminal-wrapper.active').waitFor();
    await grows('a further step on the page');
    const [name] = await jobs.names();
    const { state, command } = await jobs.record(name!);
    assert.equal(state, 'running');
    assert.match(command.join(' '), /wobble\.py$/);
    await workbench.screenshot('run-grows');
  });

  it('is called broken while it runs', async () => {
    const page = workbench.panel();
    await page.locator('[data-finding]', { hasText: /loss/i }).first().waitFor({ timeout: PATIENCE_MS });
    await page.locator('.status-live').waitFor();
    await workbench.screenshot('run-broken');
  });

  it('outlives a reload of the window: it is found again and followed', async () => {
    const [name] = await jobs.names();
    const before = await jobs.record(name!);
    await workbench.reload();
    await workbench.page
      .locator('.single-terminal-tab, .terminal-tabs-entry', { hasText: 'wobble' })
      .first()
      .waitFor({ timeout: PATIENCE_MS });
    await workbench.openSidebar();
    await jobRow().click({ timeout: PATIENCE_MS });
    await grows('a further step after the reload');
    const after = await jobs.record(name!);
    assert.deepEqual([after.state, after.handle], ['running', before.handle]);
    await workbench.screenshot('run-reloaded');
  });

  it('is stopped from the tree of the window that has found it again', async () => {
    await workbench.pickFromMenu(jobRow(), 'Stop Job');
    const [name] = await jobs.names();
    await workbench.row('Runs', /wobble\s*stopped/).waitFor({ timeout: PATIENCE_MS });
    const { exit } = await jobs.becomes(name!, 'stopped');
    assert.deepEqual([exit?.cause, exit?.message], ['asked', 'stopped in the editor']);
  });

  it('is rescued: chosen and shown first, then relaunched from before its trouble with what was suggested', async () => {
    await workbench.pickFromMenu(jobRow(), 'Rescue Run…');
    await workbench.choice('Lower the learning rate').waitFor({ timeout: PATIENCE_MS });
    await workbench.screenshot('run-rescue-choice');
    await workbench.quickInput().press('Enter');
    // The editor draws blanks as such that do not break.
    const line = workbench.page
      .locator('.view-line', { hasText: /\$\s.*wobble\.py.*--resume\s.*checkpoint_\d+\.json\s--lr\s0\.4/ })
      .first();
    await line.waitFor({ timeout: PATIENCE_MS });
    const script = path.join(workbench.folder, 'wobble.py');
    assert.deepEqual([(await jobs.names()).length, await readFile(script, 'utf8')], [1, SCRIPT]);
    await workbench.screenshot('run-rescue');
    await workbench.page.locator('.editor-actions a[aria-label^="Relaunch"]').first().click();
    await eventually(async () => (await jobs.names()).length === 2, 'a second job');
    const [first, second] = await jobs.names();
    const { command, rescuedFrom } = await jobs.becomes(second!, 'running');
    assert.equal(path.basename(rescuedFrom.folder), first);
    assert.ok(rescuedFrom.step > 0 && rescuedFrom.step < 300, `from step ${rescuedFrom.step}`);
    assert.ok(command.includes(rescuedFrom.checkpoint));
    assert.match(await readFile(script, 'utf8'), /clip_grad_norm_\(/);
  });

  it('has its second run overlaid on the first', async () => {
    const page = workbench.panel();
    const [first] = await jobs.names();
    await page.locator('.chip-name', { hasText: first! }).first().waitFor({ timeout: PATIENCE_MS });
    await grows('the second run to grow');
    await workbench.screenshot('run-overlaid');
  });
});

describe('a job that is beyond help', () => {
  /** Long enough to press Cancel on a slow machine. */
  const COUNTDOWN_S = 15;
  let workbench: Workbench;
  let jobs: JobsOf;
  before(async () => {
    workbench = await Workbench.open({
      files: ['nan.py'],
      settings: { 'evenkeel.jobs.autoStop': 'non-finite', 'evenkeel.jobs.autoStopAfter': COUNTDOWN_S },
      prepare: (folder) => writeFile(path.join(folder, 'nan.py'), NAN_SCRIPT),
    });
    jobs = new JobsOf(workbench);
    await workbench.openSidebar();
  });
  after(async () => {
    await jobs.endAll();
    await workbench.close();
  });

  /** In the list of notifications: whether one pops up as well depends on the focus of the window. */
  const countdown = () =>
    workbench.page.locator('.notifications-center .notification-list-item', {
      hasText: /The job is stopped in \d+ s unless you cancel/,
    });
  const showNotifications = async (): Promise<void> => {
    const center = workbench.page.locator('.notifications-center');
    await eventually(async () => {
      if (!(await center.isVisible())) {
        await workbench.page.locator('.statusbar-item a[aria-label*="otification"]').first().click();
      }
      return countdown().isVisible();
    }, 'the countdown');
  };

  /** @returns the name of the new job, once its end is being counted down to. */
  const broken = async (): Promise<string> => {
    const known = await jobs.names();
    await workbench.focusTab('nan.py');
    await workbench.page.locator('.editor-actions a[aria-label^="Run with Evenkeel"]').first().click();
    await eventually(async () => (await jobs.names()).length > known.length, 'the job');
    await showNotifications();
    return (await jobs.names()).at(-1)!;
  };

  it('goes on where the countdown is cancelled', async () => {
    const name = await broken();
    await workbench.screenshot('run-countdown');
    await countdown().locator('a.monaco-button', { hasText: 'Cancel' }).click();
    await countdown().waitFor({ state: 'hidden' });
    await workbench.page.waitForTimeout((COUNTDOWN_S + 3) * 1000);
    assert.equal((await jobs.record(name)).state, 'running');
    await jobs.endAll();
  });

  it('is stopped where it is not', async () => {
    const { exit } = await jobs.becomes(await broken(), 'stopped');
    assert.ok(exit);
    assert.equal(exit.cause, 'asked');
    assert.match(exit.message, /^stopped by itself: /);
  });
});
