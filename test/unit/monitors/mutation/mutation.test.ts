import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Monitor, MonitorConstant } from '../../../../src/monitors/monitor.js';
import { MONITORS } from '../../../../src/monitors/monitors.js';
import { casesOf, fileNameOf, readyCases } from '../monitorCases.js';
import type { ReadyCase } from '../monitorCases.js';

const FACTORS = [10, 0.1];
const folder = path.resolve(import.meta.dirname, '../../../../src/monitors');

const suites = (
  await Promise.all(
    MONITORS.map(async (monitor) => {
      const cases = await casesOf(monitor.id);
      return cases === undefined ? [] : [{ monitor, cases: readyCases(cases) }];
    }),
  )
).flat();

/** The monitor with one constant broken, and the constant as it declares it then. */
async function broken(
  { id }: Monitor,
  { name }: MonitorConstant,
  times: number,
): Promise<{ readonly monitor: Monitor; readonly declared: number | undefined }> {
  const file = `${path.join(folder, fileNameOf(id))}.ts`;
  const module = (await import(/* @vite-ignore */ `${file}?constant=${name}&times=${times}`)) as Record<
    string,
    unknown
  >;
  const monitor = module[fileNameOf(id)] as Monitor;
  return { monitor, declared: monitor.constants.find((constant) => constant.name === name)?.value };
}

/** A case that throws tells nothing: the constant must change what is found. */
function fails({ failure }: ReadyCase, monitor: Monitor): boolean {
  try {
    return failure(monitor) !== undefined;
  } catch {
    return false;
  }
}

describe.each(suites)('$monitor.id: a case fails when it is broken:', ({ monitor, cases }) => {
  it.each(monitor.constants)('$name', async (constant) => {
    let noticed = false;
    for (const times of FACTORS) {
      if (noticed) {
        break;
      }
      const mutant = await broken(monitor, constant, times);
      expect(mutant.declared, 'the declared value is not that of the code').not.toBe(constant.value);
      noticed = cases.some((one) => fails(one, mutant.monitor));
    }
    expect(noticed, `no case notices ${constant.name} times ${FACTORS.join(' or ')}`).toBe(true);
  });
});
