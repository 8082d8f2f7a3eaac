import type { Browser } from 'playwright-core';
import type { ToCheckpointPage } from '../../../src/contract/checkpointProtocol.js';
import type { TensorStatistics, TensorSummary } from '../../../src/model/tensor.js';
import { openSimplePage } from './browser.js';
import type { PageOptions, SimplePage } from './browser.js';

/** The checkpoint page in a browser; the test is its host. */
export interface OpenCheckpointPage extends SimplePage {
  /** Resolves when what was told is drawn. */
  tell(...news: readonly ToCheckpointPage[]): Promise<void>;
}

export async function openCheckpointPage(
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<OpenCheckpointPage> {
  const open = await openSimplePage(browser, `${url}checkpoint`, [], options);
  return {
    ...open,
    tell: async (...news) => {
      await open.page.evaluate(async (messages: unknown[]) => {
        messages.forEach((message) => window.postMessage(message, '*'));
        for (let frame = 0; frame < 3; frame++) {
          await new Promise(requestAnimationFrame);
        }
      }, news as unknown[]);
    },
  };
}

/** Tensors of a transformer with the state of its optimizer, `layers` of them with twelve tensors each. */
export function transformerTensors(layers: number): TensorSummary[] {
  const weights = Array.from({ length: layers }, (_, layer) =>
    ['attn.qkv', 'attn.out', 'mlp.up', 'mlp.down'].map((part, at) =>
      tensor(`blocks.${layer}.${part}.weight`, layer, at),
    ),
  ).flat();
  const state = weights.flatMap((weight) =>
    ['exp_avg', 'exp_avg_sq'].map((name) => ({
      ...weight,
      name: `optimizer.state.${weight.name}.${name}`,
      role: `optimizer/${name}`,
      parameter: weight.name,
    })),
  );
  return [...weights, ...state];
}

function tensor(name: string, layer: number, at: number): TensorSummary {
  const deviation = 0.02 * (1 + layer / 40) * (1 + at / 8);
  return { name, dtype: 'bf16', shape: [1024, 1024], role: 'weight', bytes: 2 ** 21, stats: statistics(deviation) };
}

function statistics(std: number): TensorStatistics {
  const count = 2 ** 20;
  const bins = [20, 90, 300, 900, 2400, 5200, 9100, 12000, 8000, 900];
  return {
    ...{ count, nan: 0, inf: 0, zeros: 12, min: -4 * std, max: 4.2 * std, mean: std / 900, std },
    ...{ l2: std * 1024, absMax: 4.2 * std },
    histogram: { firstExponent: -14, negative: bins, positive: [...bins].reverse() },
    rows: { count: 1024, dead: 0, firstDead: [], medianRms: std, largestRms: std * 1.4, largestIndex: 77 },
    columns: { count: 1024, dead: 2, firstDead: [3, 9], medianRms: std, largestRms: std * 1.2, largestIndex: 12 },
    spectrum: { largestSingularValue: 3.2, stableRank: 128.4 },
  };
}
