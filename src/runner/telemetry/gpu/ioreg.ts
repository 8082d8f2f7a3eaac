import { known } from './gpuTool.js';
import type { GpuTool } from './gpuTool.js';

/** macOS: what the driver of the GPU publishes to everybody. `powermetrics` would tell power too, but only to root. */
export const ioreg: GpuTool = {
  command: 'ioreg',
  queries: [['-r', '-d', '1', '-w', '0', '-c', 'IOAccelerator']],
  visibleBy: [],
  parse: (output) => {
    const all = [...output.matchAll(/"PerformanceStatistics"\s*=\s*\{([^}]*)\}/g)];
    const gpus = all.map(([, statistics = ''], index) => ({
      index,
      quantities: known({
        utilization: valueOf(statistics, 'Device Utilization %'),
        memory: valueOf(statistics, 'In use system memory'),
      }),
    }));
    return gpus.length > 0 ? gpus : undefined;
  },
};

function valueOf(statistics: string, name: string): number | undefined {
  const digits = new RegExp(`"${name}"=(\\d+(?:\\.\\d+)?)`).exec(statistics)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
