import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JOB_FILES } from '../../../../src/runner/jobRecord.js';
import { GpuSource } from '../../../../src/runner/telemetry/gpu/gpuSource.js';
import { nvidiaSmi } from '../../../../src/runner/telemetry/gpu/nvidiaSmi.js';
import { Telemetry } from '../../../../src/runner/telemetry/telemetry.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'evenkeel telemetry ä-'));
  mkdirSync(path.join(folder, 'bin'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A tool that prints what was recorded, before anything else on the path. */
function fakeTool(name: string, script: string): NodeJS.ProcessEnv {
  const file = path.join(folder, 'bin', name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return { PATH: `${path.join(folder, 'bin')}:/bin:/usr/bin` };
}

function rows(): Record<string, unknown>[] {
  const text = readFileSync(path.join(folder, JOB_FILES.machine), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Until the condition holds: the machine may be busy with other tests. */
async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 400 && !holds(); turn++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(holds()).toBe(true);
}

const H100 = 'GPU-1, 93, 40, 30000, 81559, 66, 612.5, 700.00, 1740';

describe.skipIf(process.platform === 'win32')('a vendor’s tool', () => {
  it('of an older driver is asked without what it does not know', async () => {
    const environment = fakeTool(
      'nvidia-smi',
      `case "$1" in
        *clocks_event_reasons*) echo 'Field "clocks_event_reasons.active" is not a valid field to query.'; exit 2;;
        *) echo '0, ${H100}, 0x0000000000000040';;
      esac`,
    );
    const source = new GpuSource(nvidiaSmi, { environment, jobIsRunning: true });
    expect(await source.read()).toMatchObject({ 'gpu/0/utilization': 93, 'gpu/0/throttled_thermal': 1 });
  });

  it.each([
    ['not found', 'true', 'nvidia-smi-of-another-name'],
    [
      'NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.',
      'echo "NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver."; exit 9',
      'nvidia-smi',
    ],
    ['no GPU', 'echo "No devices were found"', 'nvidia-smi'],
  ])('says why it is of no use: %s', async (reason, script, name) => {
    const environment = { PATH: fakeTool(name, script)['PATH']?.split(':')[0] };
    expect(await new GpuSource(nvidiaSmi, { environment, jobIsRunning: true }).read()).toEqual({ absent: reason });
  });

  it('may fail once or twice, and is left alone when it goes on', async () => {
    const environment = fakeTool(
      'nvidia-smi',
      `if [ -e '${folder}/broken' ]; then echo 'Unable to determine the device handle for GPU0: Unknown Error'; exit 15; fi
       echo '0, ${H100}, 0x0'`,
    );
    const source = new GpuSource(nvidiaSmi, { environment, jobIsRunning: true });
    expect(Object.keys(await source.read())).toContain('gpu/0/power');
    writeFileSync(path.join(folder, 'broken'), '');
    const answers = [];
    for (let turn = 0; turn < 5; turn++) {
      answers.push(await source.read());
    }
    expect(answers.slice(0, 4)).toEqual([{}, {}, {}, {}]);
    expect(answers[4]).toEqual({ absent: 'Unable to determine the device handle for GPU0: Unknown Error' });
  });
});

describe.skipIf(process.platform !== 'linux')('telemetry', () => {
  it('writes rows at the step that the training has reached, of the GPUs that it uses', async () => {
    const environment = fakeTool('nvidia-smi', `cat '${folder}/smi'`);
    const memory = (first: number, second: number): void => {
      const line = (index: number, used: number): string =>
        `${index}, GPU-${index}, 12, 5, ${used}, 81559, 50, 90.1, 700.00, 345, 0x0000000000000000\n`;
      writeFileSync(path.join(folder, 'smi'), line(0, first) + line(1, second));
    };
    memory(5, 70_000);
    const telemetry = new Telemetry({ folder, pid: process.pid, environment, hasSteps: true, pauseSeconds: 0.05 });
    await telemetry.start();
    memory(9_000, 70_000);
    appendFileSync(path.join(folder, JOB_FILES.metrics), '{"step":7,"time":1.0,"train/loss":2}\n{"step":8,"ti');
    await until(() => rows().some((row) => row['step'] === 7 && 'gpu/0/utilization' in row));
    await telemetry.stop();
    const written = rows();
    expect(written[0]).toMatchObject({ telemetry: { absent: 'amd-smi: not found; rocm-smi: not found' } });
    expect(written[1]).toMatchObject({ step: 0 });
    expect(written[1]).not.toHaveProperty('gpu/0/utilization');
    const last = written.at(-1) ?? {};
    expect(last).toMatchObject({ 'gpu/0/memory': 9_000 * 1024 * 1024, 'gpu/0/power': 90.1 });
    expect(Object.keys(last).filter((tag) => tag.startsWith('gpu/1/'))).toEqual([]);
    expect(last['memory/machine']).toBeGreaterThan(0);
    expect(last['memory/process']).toBeGreaterThan(10 * 1024 * 1024);
    expect(last['disk/free']).toBeGreaterThan(0);
    const count = written.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(rows()).toHaveLength(count);
  });

  it('asks no tool again that is not there, and names it', async () => {
    const telemetry = new Telemetry({
      folder,
      environment: { PATH: path.join(folder, 'bin') },
      hasSteps: false,
      pauseSeconds: 0.02,
    });
    await telemetry.start();
    fakeTool('nvidia-smi', `echo called >> '${folder}/called'`);
    await until(() => rows().length > 4);
    await telemetry.stop();
    expect(telemetry.absent).toEqual(['nvidia-smi: not found', 'amd-smi: not found', 'rocm-smi: not found']);
    expect(() => readFileSync(path.join(folder, 'called'))).toThrow('ENOENT');
    expect(rows().every((row) => !('step' in row))).toBe(true);
  });

  it('ends with its folder', async () => {
    const telemetry = new Telemetry({
      folder: path.join(folder, 'gone'),
      environment: { PATH: '' },
      hasSteps: true,
      pauseSeconds: 0.01,
    });
    await telemetry.start();
    await telemetry.stop();
    expect(telemetry.absent).toHaveLength(3);
  });
});
