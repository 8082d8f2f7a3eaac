import { describe, expect, it } from 'vitest';
import { amdSmi } from '../../../../src/runner/telemetry/gpu/amdSmi.js';
import { ioreg } from '../../../../src/runner/telemetry/gpu/ioreg.js';
import { nvidiaSmi } from '../../../../src/runner/telemetry/gpu/nvidiaSmi.js';
import { rocmSmi } from '../../../../src/runner/telemetry/gpu/rocmSmi.js';
import { VisibleGpus } from '../../../../src/runner/telemetry/gpu/visibleGpus.js';
import { describeTag } from '../../../../src/signals/roles/roles.js';

const MIB = 1024 * 1024;

describe('nvidia-smi', () => {
  it('is read with its units', () => {
    const line =
      '1, GPU-4f9bc1a2-7f6b-0f52-2f2a-9d0f6e6f7a11, 87, 45, 61234, 81559, 71, 498.21, 700.00, 1755, 0x0000000000000004';
    expect(nvidiaSmi.parse(`${line}\n`)).toEqual([
      {
        index: 1,
        uuid: 'GPU-4f9bc1a2-7f6b-0f52-2f2a-9d0f6e6f7a11',
        quantities: {
          utilization: 87,
          memory_access: 45,
          memory: 61234 * MIB,
          memory_total: 81559 * MIB,
          temperature: 71,
          power: 498.21,
          power_limit: 700,
          clock: 1755,
          throttled_thermal: 0,
          throttled_power_brake: 0,
          throttled_hardware: 0,
          power_capped: 1,
        },
      },
    ]);
  });

  it.each([
    ['0x0000000000000001', []],
    ['0x0000000000000020', ['throttled_thermal']],
    ['0x0000000000000048', ['throttled_thermal', 'throttled_hardware']],
    ['0x0000000000000088', ['throttled_power_brake', 'throttled_hardware']],
  ])('says by what it is throttled: %s', (reasons, expected) => {
    const [gpu] = nvidiaSmi.parse(`0, GPU-a, 1, 1, 1, 1, 1, 1, 1, 1, ${reasons}`) ?? [];
    const set = Object.entries(gpu?.quantities ?? {}).filter(
      ([name, value]) => /^throttled|capped/.test(name) && value,
    );
    expect(set.map(([name]) => name)).toEqual(expected);
  });

  it('leaves out what a GPU cannot tell', () => {
    // A card with shared memory, one in parts, one that does not measure power.
    const line = '0, GPU-b, [N/A], [N/A], [N/A], [N/A], 41, [Not Supported], [N/A], 1410, [Not Supported]';
    expect(nvidiaSmi.parse(line)).toEqual([{ index: 0, uuid: 'GPU-b', quantities: { temperature: 41, clock: 1410 } }]);
  });

  it.each(['', 'No devices were found\n', 'Field "clocks_event_reasons.active" is not a valid field to query.\n'])(
    'takes nothing from what is no table: %j',
    (output) => {
      expect(nvidiaSmi.parse(output)).toBeUndefined();
    },
  );
});

describe('rocm-smi', () => {
  it('is read whatever the release calls the quantities, warnings before it left out', () => {
    const output = `WARNING: AMD GPU device(s) is/are in a low-power state. [Check power control/runtime_status]
{"card1": {"Temperature (Sensor edge) (C)": "44.0", "Average Graphics Package Power (W)": "92.0", "GPU use (%)": "37"},
 "card0": {"Temperature (Sensor junction) (C)": "51.0", "Temperature (Sensor edge) (C)": "N/A",
  "Current Socket Graphics Package Power (W)": "301.0", "GPU use (%)": "98", "GPU Memory Allocated (VRAM%)": "12",
  "GPU Memory Read/Write Activity (%)": "31", "VRAM Total Memory (B)": "206141652992", "VRAM Total Used Memory (B)": "25769803776"},
 "system": {"Driver version": "6.10.5"}}`;
    expect(rocmSmi.parse(output)).toEqual([
      {
        index: 0,
        quantities: {
          utilization: 98,
          memory_access: 31,
          memory_percent: 12,
          memory: 25769803776,
          memory_total: 206141652992,
          temperature: 51,
          power: 301,
        },
      },
      { index: 1, quantities: { utilization: 37, temperature: 44, power: 92 } },
    ]);
  });

  it('takes nothing from an error', () => {
    expect(rocmSmi.parse('ERROR:root:Driver not initialized (amdgpu not found in modules)\n')).toBeUndefined();
  });
});

describe('amd-smi', () => {
  const gpu = {
    gpu: 0,
    usage: { gfx_activity: { value: 40, unit: '%' }, umc_activity: { value: 3, unit: '%' }, jpeg_activity: ['N/A'] },
    power: { socket_power: { value: 239, unit: 'W' }, throttle_status: 'UNTHROTTLED' },
    temperature: { edge: 'N/A', hotspot: { value: 36, unit: 'C' }, mem: { value: 29, unit: 'C' } },
    mem_usage: { total_vram: { value: 294896, unit: 'MB' }, used_vram: { value: 283, unit: 'MB' } },
  };

  it.each([
    ['a list', [gpu, { gpu: 1, usage: 'N/A' }]],
    ['an object', { gpu_data: [gpu, { gpu: 1, usage: 'N/A' }] }],
  ])('is read as %s', (_, document) => {
    expect(amdSmi.parse(JSON.stringify(document))).toEqual([
      {
        index: 0,
        quantities: {
          utilization: 40,
          memory_access: 3,
          memory: 283 * MIB,
          memory_total: 294896 * MIB,
          temperature: 36,
          power: 239,
          throttled_hardware: 0,
        },
      },
      { index: 1, quantities: {} },
    ]);
  });
});

it('reads what macOS publishes', () => {
  const output = `+-o AGXAcceleratorG16X  <class AGXAcceleratorG16X, id 0x1000003f1, registered, matched, active, busy 0>
    {
      "model" = "Apple M4 Max"
      "PerformanceStatistics" = {"In use system memory (driver)"=0,"Alloc system memory"=8270495744,"Tiler Utilization %"=7,"Renderer Utilization %"=15,"Device Utilization %"=16,"In use system memory"=2914402304}
    }
`;
  expect(ioreg.parse(output)).toEqual([{ index: 0, quantities: { utilization: 16, memory: 2914402304 } }]);
});

describe('the GPUs of a job', () => {
  const gpu = (index: number, mebibytes: number): { index: number; uuid: string; quantities: { memory: number } } => ({
    index,
    uuid: `GPU-${'abcd'[index]}123`,
    quantities: { memory: mebibytes * MIB },
  });
  const seen = (visible: VisibleGpus, memory: readonly number[]): number[] =>
    visible.ofJob(memory.map((mebibytes, index) => gpu(index, mebibytes))).map(({ index }) => index);

  it('are those on which memory is taken once it has begun, until it ends', () => {
    const visible = new VisibleGpus(nvidiaSmi, {}, false);
    expect(seen(visible, [40_000, 0, 300])).toEqual([]);
    expect(seen(visible, [40_100, 600, 301])).toEqual([1]);
    expect(seen(visible, [40_000, 0, 2_000])).toEqual([1, 2]);
  });

  it('are all that are in use when the job was there before', () => {
    expect(seen(new VisibleGpus(nvidiaSmi, {}, true), [40_000, 0, 3])).toEqual([0]);
  });

  it.each([
    ['1', [1]],
    ['GPU-a123,GPU-c', [0, 2]],
    ['', []],
    ['-1', []],
    ['2,-1,0', [2]],
    ['all', [0, 1, 2]],
    ['MIG-8d3f', [0, 1, 2]],
  ])('are no others than those that CUDA_VISIBLE_DEVICES=%s names', (value, expected) => {
    expect(seen(new VisibleGpus(nvidiaSmi, { CUDA_VISIBLE_DEVICES: value }, true), [900, 900, 900])).toEqual(expected);
  });

  it('may be any whose memory cannot be told', () => {
    const visible = new VisibleGpus(nvidiaSmi, {}, false);
    expect(visible.ofJob([{ index: 0, quantities: { utilization: 3 } }])).toHaveLength(1);
  });
});

it('has roles for what it writes', () => {
  const [gpu] = nvidiaSmi.parse('0, GPU-a, 1, 1, 1, 1, 1, 1, 1, 1, 0x0') ?? [];
  for (const quantity of Object.keys(gpu?.quantities ?? {})) {
    expect(describeTag(`gpu/0/${quantity}`, {}).role).toBe(`gpu/0/${quantity}`);
  }
  for (const tag of ['cpu/utilization', 'cpu/process', 'memory/machine', 'memory/process', 'memory/limit']) {
    expect(describeTag(tag, {}).role).toBe(tag);
  }
});
