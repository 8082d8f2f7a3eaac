import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
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

/** A job, an engine that reads what it writes, an editor and a browser share the machine. */
const PATIENCE_MS = 150_000;

describe('a job run with Evenkeel', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      files: ['wobble.py'],
      prepare: async (folder) => {
        await writeFile(path.join(folder, 'wobble.py'), SCRIPT);
      },
    });
    await workbench.openSidebar();
  });
  after(async () => {
    await workbench.runCommand('Stop Job').catch(() => undefined);
    await workbench.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await workbench.screenshot('run-failed');
    }
  });

  const jobFolders = async (): Promise<string[]> =>
    (await readdir(path.join(workbench.folder, 'evenkeel-runs'))).filter((name) => !name.startsWith('.')).sort();
  const recordOf = async (name: string) =>
    JSON.parse(await readFile(path.join(workbench.folder, 'evenkeel-runs', name, 'job.json'), 'utf8'));
  const jobRow = () => workbench.row('Runs', /wobble/);

  it('is started by the lens, in a terminal, and its page grows', async () => {
    await workbench.focusEditorAt('loss.backward()');
    await workbench.lens('Run with Evenkeel').first().click();
    await workbench.page.locator('.terminal-wrapper.active').waitFor();
    const facts = workbench.panel().locator('.facts');
    await facts.waitFor({ timeout: PATIENCE_MS });
    const first = await facts.innerText();
    await eventually(async () => (await facts.innerText()) !== first, 'a further step on the page');
    const [name] = await jobFolders();
    const { state, command } = await recordOf(name!);
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

  it('is stopped from the tree', async () => {
    await workbench.pickFromMenu(jobRow(), 'Stop Job');
    const [name] = await jobFolders();
    await workbench.row('Runs', /wobble\s*stopped/).waitFor({ timeout: PATIENCE_MS });
    const { state, exit } = await recordOf(name!);
    assert.deepEqual([state, exit.cause, exit.message], ['stopped', 'asked', 'stopped in the editor']);
  });

  it('is rescued: shown first, then relaunched from the checkpoint before its trouble at half the rate', async () => {
    await workbench.pickFromMenu(jobRow(), 'Rescue Run…');
    // The editor draws blanks as such that do not break.
    const line = workbench.page
      .locator('.view-line', { hasText: /\$\s.*wobble\.py.*--resume\s.*checkpoint_\d+\.json\s--lr\s0\.4/ })
      .first();
    await line.waitFor({ timeout: PATIENCE_MS });
    assert.equal((await jobFolders()).length, 1);
    await workbench.screenshot('run-rescue');
    await workbench.page.locator('.editor-actions a[aria-label^="Relaunch"]').first().click();
    await eventually(async () => (await jobFolders()).length === 2, 'a second job');
    const [first, second] = await jobFolders();
    const { command, rescuedFrom } = await recordOf(second!);
    assert.equal(path.basename(rescuedFrom.folder), first);
    assert.ok(rescuedFrom.step > 0 && rescuedFrom.step < 300, `from step ${rescuedFrom.step}`);
    assert.ok(command.includes(rescuedFrom.checkpoint));
  });

  it('has its second run overlaid on the first', async () => {
    const page = workbench.panel();
    const [first] = await jobFolders();
    await page.locator('.chip-name', { hasText: first! }).first().waitFor({ timeout: PATIENCE_MS });
    const facts = await page.locator('.facts').innerText();
    await eventually(async () => (await page.locator('.facts').innerText()) !== facts, 'the second run to grow');
    await workbench.screenshot('run-overlaid');
  });
});
