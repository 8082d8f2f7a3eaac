import { describe, expect, it } from 'vitest';
import { MONITORS } from '../../../src/monitors/monitors.js';
import { casesOf, fileNameOf, readyCases } from './monitorCases.js';

const suites = await Promise.all(MONITORS.map(async (monitor) => ({ monitor, cases: await casesOf(monitor.id) })));

describe.each(suites)('$monitor.id', ({ monitor, cases }) => {
  it(`has cases in test/unit/monitors/cases/${fileNameOf(monitor.id)}.ts`, () => {
    expect(Object.keys(cases?.triggers ?? {}).length, 'runs that trigger it').toBeGreaterThanOrEqual(1);
    expect(Object.keys(cases?.lookAlikes ?? {}).length, 'runs that look similar').toBeGreaterThanOrEqual(2);
    expect(Object.keys(cases?.notEvaluated ?? {}).length, 'runs that it cannot judge').toBeGreaterThanOrEqual(1);
  });

  it('has a case that finds something for every symptom', () => {
    const found = Object.values(cases?.triggers ?? {}).flatMap(({ finds }) => finds.map(({ symptom }) => symptom));
    expect(monitor.symptoms.filter((symptom) => !found.includes(symptom))).toEqual([]);
  });

  if (cases !== undefined) {
    it.each(readyCases(cases))('$name', ({ failure }) => {
      expect(failure(monitor)).toBeUndefined();
    });
  }
});
