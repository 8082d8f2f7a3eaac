import { known, leadingNumber } from './gpuTool.js';
import type { GpuReading, GpuTool } from './gpuTool.js';

const MEBIBYTE = 1024 * 1024;

const FIELDS = [
  'index',
  'uuid',
  'utilization.gpu',
  'utilization.memory',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'power.draw',
  'power.limit',
  'clocks.sm',
];
/** Why the clocks are lower than they could be. Called so since driver 535; before, and as an alias, the other way. */
const REASONS = ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'];

/** Bits of the reasons: `nvmlClocksEventReason…` in nvml.h. */
const POWER_CAP = 0x4;
const HARDWARE_SLOWDOWN = 0x8;
const THERMAL = 0x20 | 0x40;
const POWER_BRAKE = 0x80;

/** NVIDIA's tool, which comes with the driver. Memory in MiB and power in W, as printed with `nounits`. */
export const nvidiaSmi: GpuTool = {
  command: 'nvidia-smi',
  queries: [...REASONS.map((reason) => [...FIELDS, reason]), FIELDS].map((fields) => [
    `--query-gpu=${fields.join(',')}`,
    '--format=csv,noheader,nounits',
  ]),
  visibleBy: ['CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES'],
  parse: (output) => {
    const rows = output.split('\n').flatMap((line) => readingOf(line) ?? []);
    return rows.length > 0 ? rows : undefined;
  },
};

/** One line of the table; undefined when it is none. A cell that the GPU cannot tell is `[N/A]`. */
function readingOf(line: string): GpuReading | undefined {
  const cells = line.split(',').map((cell) => cell.trim());
  const [index, uuid = '', utilization, access, memory, total, temperature, power, limit, clock, reasons] = cells;
  if (!/^\d+$/.test(index ?? '') || cells.length < FIELDS.length) {
    return undefined;
  }
  const used = leadingNumber(memory);
  const all = leadingNumber(total);
  return {
    index: Number(index),
    uuid,
    quantities: known({
      utilization: leadingNumber(utilization),
      memory_access: leadingNumber(access),
      memory: used === undefined ? undefined : used * MEBIBYTE,
      memory_total: all === undefined ? undefined : all * MEBIBYTE,
      temperature: leadingNumber(temperature),
      power: leadingNumber(power),
      power_limit: leadingNumber(limit),
      clock: leadingNumber(clock),
      ...throttling(reasons),
    }),
  };
}

function throttling(reasons: string | undefined): Record<string, number> {
  if (reasons === undefined || !/^0x[\da-f]+$/i.test(reasons)) {
    return {};
  }
  const bits = Number(reasons);
  const isSet = (mask: number): number => ((bits & mask) === 0 ? 0 : 1);
  return {
    throttled_thermal: isSet(THERMAL),
    throttled_power_brake: isSet(POWER_BRAKE),
    // What the hardware does without saying whether heat or power makes it.
    throttled_hardware: isSet(HARDWARE_SLOWDOWN),
    power_capped: isSet(POWER_CAP),
  };
}
