import { afterEach, expect, test } from 'vitest';
import type { DescribedCheckpoint } from '../../src/contract/checkpointProtocol.js';
import type { TensorSummary } from '../../src/model/tensor.js';
import { describePages } from './harness/pages.js';
import { openCheckpointPage, transformerTensors } from './harness/checkpointPage.js';
import type { OpenCheckpointPage } from './harness/checkpointPage.js';

const FRAMES = 60;
/** A frame of many tensors may cost this many times what one of few costs: what is not seen is not drawn. */
const MOST_TIMES_FEW = 4;
/** Rows that fit into the window, and those just beyond its edges. */
const MOST_ROWS = 80;

function described(tensors: readonly TensorSummary[]): DescribedCheckpoint {
  return {
    name: 'step-800.safetensors',
    path: '/runs/gpt-small/step-800.safetensors',
    format: 'safetensors',
    bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    tensors: tensors.map(({ stats: _stats, ...rest }) => rest),
    opaque: [],
    values: { global_step: 800 },
  };
}

describePages('the table of tensors', (suite) => {
  let open: OpenCheckpointPage;

  afterEach(async () => {
    await open.page.context().close();
    expect(open.complaints).toEqual([]);
  });

  const read = (all: readonly TensorSummary[]) =>
    open.tell(
      { type: 'described', checkpoint: described(all) },
      { type: 'read', progress: { from: 0, tensors: all, bytes: described(all).bytes } },
      { type: 'judged', findings: [], problems: [] },
    );
  const active = () => open.page.locator('.tensor-row.active').innerText();
  const rows = () => open.page.locator('.tensor-row').count();

  test('is used by keyboard alone', async () => {
    open = await openCheckpointPage(suite.browser, suite.server.url);
    await read(transformerTensors(2));
    await open.page.locator('.tensors').focus();
    await open.page.keyboard.press('Home');
    const first = await active();
    await open.page.keyboard.press('ArrowLeft');
    const folded = await rows();
    await open.page.keyboard.press('ArrowRight');
    expect(await rows()).toBeGreaterThan(folded);
    expect(await active()).toBe(first);
    await open.page.keyboard.press('End');
    await open.page.keyboard.press('Enter');
    await open.page.locator('.details h2').waitFor();
    await open.page.keyboard.press('Escape');
    await open.page.locator('.details').waitFor({ state: 'detached' });
    expect(await open.page.evaluate(() => document.activeElement?.className)).toContain('tensors');
  });

  /** Milliseconds of script that a frame takes while the table, sorted by norm, is scrolled. */
  async function scriptAFrame(tensors: readonly TensorSummary[]): Promise<number> {
    open = await openCheckpointPage(suite.browser, suite.server.url);
    await read(tensors);
    await open.page.locator('.tensor-head button', { hasText: 'Norm' }).click();
    const session = await open.page.context().newCDPSession(open.page);
    await session.send('Performance.enable');
    const scripted = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'ScriptDuration')!.value * 1000;
    };
    const before = await scripted();
    await open.page.evaluate(async (frames) => {
      const table = document.querySelector('.tensors')!;
      for (let frame = 0; frame < frames; frame++) {
        table.scrollTop += 700;
        await new Promise(requestAnimationFrame);
      }
    }, FRAMES);
    expect(await rows()).toBeLessThan(MOST_ROWS);
    return ((await scripted()) - before) / FRAMES;
  }

  test('scrolls through ten thousand as through a few hundred', async () => {
    const few = await scriptAFrame(transformerTensors(60));
    await open.page.context().close();
    const many = transformerTensors(834);
    expect(many.length).toBeGreaterThan(10_000);
    const frame = await scriptAFrame(many);
    console.log(`a frame of ${many.length} tensors: ${(frame / few).toFixed(2)} times one of 720`);
    expect(frame / few).toBeLessThan(MOST_TIMES_FEW);
  });

  test('finds one among ten thousand', async () => {
    open = await openCheckpointPage(suite.browser, suite.server.url);
    await read(transformerTensors(834));
    await open.page.getByRole('textbox', { name: 'Filter tensors' }).fill('blocks.777 qkv weight');
    const found = open.page.locator('.tensor-row.tensor');
    await found.first().waitFor();
    await expect.poll(() => rows()).toBeLessThan(20);
    await found.first().click();
    await open.page.locator('.details h2', { hasText: 'blocks.777.attn.qkv.weight' }).waitFor();
  });
});
