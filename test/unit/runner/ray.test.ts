import { describe, expect, it } from 'vitest';
import { launchedByRay, RayTarget } from '../../../src/runner/ray.js';
import type { JobRecord } from '../../../src/runner/jobRecord.js';

describe('a job for Ray', () => {
  const launched = (
    command: readonly string[],
    options: Readonly<Record<string, string>> = {},
    environment: Readonly<Record<string, string>> = {},
  ): readonly string[] | string => {
    const result = launchedByRay({ command, options, environment }, '/hooks/ray_driver.py');
    return result.ok ? result.value : result.error;
  };

  it('is its command with the driver in front, and the names of what is set for it', () => {
    expect(
      launched(
        ['/venv/bin/python3.11', 'train.py', '--lr', '1'],
        { 'num-gpus': '0.5', address: 'head:6379' },
        { EVENKEEL_OUT: '/runs/1', API_KEY: 'secret' },
      ),
    ).toEqual([
      '/venv/bin/python3.11',
      '/hooks/ray_driver.py',
      '--num-gpus=0.5',
      '--address=head:6379',
      '--env=EVENKEEL_OUT',
      '--env=API_KEY',
      '--',
      '/venv/bin/python3.11',
      'train.py',
      '--lr',
      '1',
    ]);
  });

  it('is driven by a Python that has Ray, whatever it runs itself', () => {
    expect(launched(['./train.sh'])[0]).toBe('python3');
    expect(launched(['./train.sh'], { python: '/opt/ray/bin/python' }).slice(0, 2)).toEqual([
      '/opt/ray/bin/python',
      '/hooks/ray_driver.py',
    ]);
  });

  it('is refused in words', () => {
    expect(launched([])).toContain('name a command');
    expect(launched(['a'], { gpus: '1' })).toContain('ray has no option gpus');
  });

  it('can’t be held', async () => {
    const held = await new RayTarget(['supervisor.js']).signal({} as JobRecord, '/', 'pause');
    expect(held).toEqual({ ok: false, error: expect.stringContaining('no means to hold') as string });
  });
});
