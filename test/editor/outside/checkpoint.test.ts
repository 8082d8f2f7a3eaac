import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { noise, safetensors, type WrittenTensor } from '../support/safetensors.js';
import { eventually, Workbench } from '../support/workbench.js';

const LAYERS = 12;
const WIDTH = 32;

/** A small transformer with its optimizer's state; later checkpoints have moved. */
function transformer(moved: number, spoiled: boolean): WrittenTensor[] {
  const weights = [...Array(LAYERS).keys()].flatMap((layer) =>
    ['attn.qkv', 'attn.out', 'mlp.up', 'mlp.down'].map((name, place): WrittenTensor => {
      const values = noise(WIDTH * WIDTH, 0.02 * (1 + layer / 4), layer * 4 + place);
      const change = noise(WIDTH * WIDTH, moved, 1000 + layer * 4 + place);
      return {
        name: `blocks.${String(layer)}.${name}.weight`,
        shape: [WIDTH, WIDTH],
        values: values.map((value, at) => value + (change[at] ?? 0)),
      };
    }),
  );
  if (spoiled) {
    weights[17]?.values.fill(NaN, 5, 9);
  }
  const state = weights.flatMap(({ name, shape, values }, at): WrittenTensor[] => [
    { name: `optimizer.state.${name}.exp_avg`, shape, values: noise(values.length, 1e-3, 5000 + at) },
    {
      name: `optimizer.state.${name}.exp_avg_sq`,
      shape,
      values: noise(values.length, 1e-3, 7000 + at).map((x) => x * x),
    },
  ]);
  return [...weights, ...state];
}

/** Slow machines take minutes for what takes seconds here. */
const PATIENT_MS = 150_000;
const SPIKE = 600;

/** Rows of a run whose loss spikes once, and comes back. */
function spikingLog(): string {
  const calm = noise(1000, 0.03, 3);
  const spikes = [6.5, 5.4, 4.6, 4, 3.6, 3.3];
  return Array.from({ length: 1000 }, (_, step) => {
    const loss = 2.2 + 2 * Math.exp(-step / 120) + (calm[step] ?? 0) + (spikes[step - SPIKE] ?? 0);
    return `${JSON.stringify({ step, loss, lr: 3e-4 })}\n`;
  }).join('');
}

describe('checkpoints', function () {
  this.timeout(4 * PATIENT_MS);
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({
      prepare: async (folder) => {
        await writeFile(path.join(folder, 'step-400.safetensors'), safetensors(transformer(0, false)));
        await writeFile(path.join(folder, 'step-800.safetensors'), safetensors(transformer(0.004, true)));
        const run = path.join(folder, 'runs', 'spiking');
        for (const [step, moved] of [
          [400, 0],
          [800, 0.004],
        ] as const) {
          await mkdir(path.join(run, `checkpoint-${step}`), { recursive: true });
          await writeFile(
            path.join(run, `checkpoint-${step}`, 'model.safetensors'),
            safetensors(transformer(moved, false)),
          );
        }
        await writeFile(path.join(run, 'metrics.jsonl'), spikingLog());
        await writeFile(
          path.join(folder, 'broken.safetensors'),
          'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n',
        );
      },
    });
    workbench.page.setDefaultTimeout(PATIENT_MS);
  });
  after(() => workbench.close());

  /** Asked again where the editor was too busy for the key: the list of files takes its time on a slow machine. */
  const open = async (name: string): Promise<void> => {
    const tab = workbench.page.locator('.tab.active', { hasText: name });
    for (let attempt = 0; attempt < 5; attempt++) {
      await workbench.page.keyboard.press('Control+P');
      const opened = await workbench
        .quickInput()
        .fill(name, { timeout: PATIENT_MS / 5 })
        .then(() => workbench.choice(name).click({ timeout: PATIENT_MS / 5 }))
        .then(() => tab.waitFor({ timeout: PATIENT_MS / 5 }))
        .then(
          () => true,
          () => false,
        );
      if (opened) {
        return;
      }
      await workbench.page.keyboard.press('Escape');
    }
    await tab.waitFor();
  };

  it('a checkpoint opens with its modules, numbers and what is wrong with it', async () => {
    await open('step-800.safetensors');
    const page = workbench.panel();
    await page.locator('.facts', { hasText: '144 tensors' }).waitFor();
    await page.locator('.checkpoint-findings', { hasText: /NaN|not finite|non-finite/i }).waitFor();
    await page.locator('.depth svg polyline').first().waitFor();
    assert.deepEqual(await workbench.seriousViolations(), []);
    await workbench.screenshot('checkpoint');
  });

  it('a tensor is found by its name, and shows the optimizer beside it', async () => {
    const page = workbench.panel();
    await page.getByRole('textbox', { name: 'Filter tensors' }).fill('blocks.4 qkv weight');
    await page.locator('.tensor-row.tensor', { hasText: 'weight' }).first().click();
    await page.locator('.details h2', { hasText: 'blocks.4.attn.qkv.weight' }).waitFor();
    await page.locator('.related', { hasText: 'exp_avg_sq' }).waitFor();
    await workbench.screenshot('checkpoint-tensor');
  });

  it('two are compared, the tensors that moved most first', async () => {
    await workbench.runCommand('Select Checkpoint for Compare');
    await open('step-400.safetensors');
    await workbench.panel().locator('.facts', { hasText: '144 tensors' }).waitFor();
    await workbench.runCommand('Compare with Selected Checkpoint');
    const page = workbench.panel();
    await page.locator('.facts', { hasText: '144 tensors in both' }).waitFor();
    // The smallest weights moved most for their size.
    await page.locator('.tensor-row').first().filter({ hasText: 'blocks.0' }).waitFor();
    await workbench.screenshot('checkpoint-compared');
  });

  it('its momentum is reset in a copy, which opens', async () => {
    await open('step-400.safetensors');
    const before = await readFile(path.join(workbench.folder, 'step-400.safetensors'));
    const page = workbench.panel();
    await page.getByRole('button', { name: 'Reset momentum' }).click();
    const target = path.join(workbench.folder, 'reset.safetensors');
    await workbench.page.locator('.quick-input-title:visible', { hasText: 'Write the copy' }).waitFor();
    await workbench.answerFileDialog(target);
    await eventually(() => existsSync(target), 'the copy');
    await workbench.page.locator('.tab.active', { hasText: 'reset.safetensors' }).waitFor();
    await workbench.panel().getByRole('textbox', { name: 'Filter tensors' }).fill('exp_avg_sq blocks.3.mlp.up');
    await workbench.panel().locator('.tensor-row.tensor', { hasText: '100 %' }).first().waitFor();
    await workbench.screenshot('checkpoint-reset');
    assert.deepEqual(await readFile(path.join(workbench.folder, 'step-400.safetensors')), before);
  });

  it('a spike of a run leads to the checkpoints before and after it', async () => {
    await workbench.openSidebar();
    await workbench.row('Findings', /spiked to 8\.7/).click();
    const page = workbench.panel();
    await page.locator('.checkpoint-mark').nth(1).waitFor();
    await workbench.screenshot('checkpoint-run');
    await page.getByRole('button', { name: 'Compare the checkpoints before and after' }).first().click();
    await workbench.page.locator('.tab.active', { hasText: 'checkpoint-400 ↔ checkpoint-800' }).waitFor();
    await workbench.panel().locator('.facts', { hasText: '144 tensors in both' }).waitFor();
    await workbench.screenshot('checkpoint-around-spike');
  });

  it('a file that is no checkpoint says what it is', async () => {
    await open('broken.safetensors');
    await workbench.panel().getByText(/LFS/).waitFor();
    await workbench.screenshot('checkpoint-broken');
  });
});
