import { isRecord, jsonIn, known, leadingNumber } from './gpuTool.js';
import type { GpuReading, GpuTool } from './gpuTool.js';

/** AMD's older tool. Its keys have changed between releases of ROCm: each quantity lists them, the newest first. */
export const rocmSmi: GpuTool = {
  command: 'rocm-smi',
  queries: [['--showuse', '--showmemuse', '--showmeminfo', 'vram', '--showtemp', '--showpower', '--json']],
  visibleBy: ['ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'CUDA_VISIBLE_DEVICES'],
  parse: (output) => {
    const document = jsonIn(output);
    if (!isRecord(document)) {
      return undefined;
    }
    const cards = Object.entries(document).flatMap(([name, card]) => {
      const index = /^card(\d+)$/.exec(name)?.[1];
      return index === undefined || !isRecord(card) ? [] : [readingOf(Number(index), card)];
    });
    return cards.length > 0 ? cards.sort((a, b) => a.index - b.index) : undefined;
  },
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  utilization: ['GPU use (%)'],
  memory_access: ['GPU Memory Read/Write Activity (%)'],
  memory_percent: ['GPU Memory Allocated (VRAM%)'],
  memory: ['VRAM Total Used Memory (B)'],
  memory_total: ['VRAM Total Memory (B)'],
  // The hottest place, which is what the card is throttled by.
  temperature: ['Temperature (Sensor junction) (C)', 'Temperature (Sensor edge) (C)'],
  power: [
    'Current Socket Graphics Package Power (W)',
    'Average Graphics Package Power (W)',
    'Socket Graphics Package Power (W)',
  ],
};

function readingOf(index: number, card: Readonly<Record<string, unknown>>): GpuReading {
  const quantities = Object.entries(KEYS).map(([quantity, keys]) => {
    const values = keys.map((key) => leadingNumber(card[key]));
    return [quantity, values.find((value) => value !== undefined)] as const;
  });
  return { index, quantities: known(Object.fromEntries(quantities)) };
}
