import { describe, expect, it } from 'vitest';
import { boundedName } from '../../../src/base/boundedName.js';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import { roleOf } from '../../../src/signals/roles/roles.js';

/** What every object of the language has besides what was put into it. */
const INHERITED = Object.getOwnPropertyNames(Object.prototype);

describe('names from a log', () => {
  it.each(INHERITED)('%s has no role, whatever stands around it', (name) => {
    for (const tag of [name, `train/${name}`, `${name}/loss`, `gpu/0/${name}`, `${name}.weight`, `loss/${name}`]) {
      expect(typeof roleOf(tag, {})).toBe('string');
    }
    expect(roleOf(name, {})).toBe('other');
  });

  it.each(INHERITED)('%s is a series and a setting like any other', (name) => {
    const analysis = new RunAnalysis({ roles: {} });
    const sink = analysis.fileSink({ path: 'log' });
    sink.configuration(JSON.parse(`{${JSON.stringify(name)}: {"polluted": true}}`));
    const handle = sink.tag(name);
    for (let step = 0; step < 50; step++) {
      sink.scalar(handle, step, step, NaN);
    }
    expect(analysis.findings()).toEqual([]);
    expect(analysis.notEvaluated().length).toBeGreaterThan(0);
    expect(Object.keys(analysis.configuration)).toEqual([name]);
    expect(analysis.store.series.map(({ tag }) => tag)).toEqual([name]);
    expect({}).not.toHaveProperty('polluted');
  });

  it('of a megabyte are cut, and stay apart', () => {
    const long = 'x'.repeat(1 << 20);
    const names = [`${long}a`, `${long}b`, long].map(boundedName);
    expect(new Set(names).size).toBe(3);
    names.forEach((name) => expect(name.length).toBeLessThan(1100));
    expect(boundedName('train/loss')).toBe('train/loss');
    const analysis = new RunAnalysis({ roles: {} });
    const sink = analysis.fileSink({ path: 'log' });
    sink.skipped('image', long);
    sink.configuration({ [long]: 1 });
    sink.scalar(sink.tag(long), 0, 1, NaN);
    const kept = [analysis.skipped[0]!.tag, Object.keys(analysis.configuration)[0]!, analysis.store.series[0]!.tag];
    expect(new Set(kept)).toEqual(new Set([boundedName(long)]));
  });
});
