import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MONITORS } from '../../../src/monitors/monitors.js';
import { SYMPTOMS } from '../../../src/model/symptom.js';

/** Files of the folder that hold no monitor. */
const OTHERS = [
  'machineTools',
  'clusters',
  'evidence',
  'joinFindings',
  'monitor',
  'monitors',
  'note',
  'perSeries',
  'policyCourses',
  'rewardLearning',
  'runMonitors',
  'words',
];

describe('the list of monitors', () => {
  it('names every monitor file once', () => {
    const files = readdirSync(join(import.meta.dirname, '../../../src/monitors'))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => name.slice(0, -'.ts'.length))
      .filter((name) => !OTHERS.includes(name));
    const ids = MONITORS.map(({ id }) => id.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
    expect(ids.toSorted()).toEqual(files.toSorted());
  });

  it.each(MONITORS.map((monitor) => [monitor.id, monitor] as const))('%s says what it rests on', (_, monitor) => {
    expect(monitor.symptoms.every((symptom) => SYMPTOMS.includes(symptom))).toBe(true);
    expect(monitor.needs.flat().length).toBeGreaterThan(0);
    expect(monitor.silences.length).toBeGreaterThanOrEqual(3);
    expect(monitor.remedy).not.toBe('');
    expect(monitor.constants.length).toBeGreaterThan(0);
    for (const { name, value, meaning, source } of monitor.constants) {
      expect(name).toMatch(/^[A-Z0-9_]+$/);
      expect(Number.isFinite(value)).toBe(true);
      expect(meaning.length * source.length).toBeGreaterThan(0);
    }
  });
});
