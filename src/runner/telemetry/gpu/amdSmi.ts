import { isRecord, jsonIn, known, leadingNumber } from './gpuTool.js';
import type { GpuReading, GpuTool } from './gpuTool.js';

const MEBIBYTE = 1024 * 1024;

/** AMD's newer tool. Its document is a list of GPUs, since ROCm 7 the list `gpu_data` of an object. */
export const amdSmi: GpuTool = {
  command: 'amd-smi',
  queries: [
    ['metric', '--usage', '--mem-usage', '--power', '--temperature', '--json'],
    ['metric', '--json'],
  ],
  visibleBy: ['ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'CUDA_VISIBLE_DEVICES'],
  parse: (output) => {
    const document = jsonIn(output);
    const list = isRecord(document) ? document['gpu_data'] : document;
    const gpus = Array.isArray(list) ? list.flatMap((gpu: unknown) => readingOf(gpu) ?? []) : [];
    return gpus.length > 0 ? gpus : undefined;
  },
};

function readingOf(gpu: unknown): GpuReading | undefined {
  if (!isRecord(gpu) || typeof gpu['gpu'] !== 'number') {
    return undefined;
  }
  const at = (group: string, name: string): number | undefined => {
    const values = gpu[group];
    const value = isRecord(values) ? values[name] : undefined;
    return leadingNumber(isRecord(value) ? value['value'] : value);
  };
  const megabytes = (name: string): number | undefined => {
    const value = at('mem_usage', name);
    return value === undefined ? undefined : value * MEBIBYTE;
  };
  return {
    index: gpu['gpu'],
    quantities: known({
      utilization: at('usage', 'gfx_activity'),
      memory_access: at('usage', 'umc_activity'),
      memory: megabytes('used_vram'),
      memory_total: megabytes('total_vram'),
      temperature: at('temperature', 'hotspot') ?? at('temperature', 'edge'),
      power: at('power', 'socket_power') ?? at('power', 'current_socket_power'),
      throttled_hardware: throttled(gpu['power']),
    }),
  };
}

/** The tool says that the card is throttled, and not by what. */
function throttled(power: unknown): number | undefined {
  const status = isRecord(power) ? power['throttle_status'] : undefined;
  return status === 'THROTTLED' ? 1 : status === 'UNTHROTTLED' ? 0 : undefined;
}
