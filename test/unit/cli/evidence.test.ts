import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import type { Evidence } from '../../../src/model/finding.js';
import type { Series } from '../../../src/model/series.js';

/** Logs of real runs, kept beside the repository and no part of it. */
const CORPUS = process.env['EVENKEEL_CORPUS'] ?? path.resolve('../shared/corpus');

/** Whether the log itself has the number at the step. */
function wasLogged({ tag, rank, step, value }: Evidence, series: readonly Series[]): boolean {
  return series.some((one) => one.tag === tag && one.rank === rank && holds(one, step, value));
}

function holds(series: Series, step: number, value: number): boolean {
  for (let index = 0; index < series.length; index++) {
    if (series.stepAt(index) === step && Object.is(series.valueAt(index), value)) {
      return true;
    }
  }
  return false;
}

it.runIf(existsSync(CORPUS))(
  'quotes as evidence only what was logged, at the step at which it was logged',
  async () => {
    const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
    const { runs } = await discoverOnce([CORPUS], [], options);
    let checked = 0;
    const invented: string[] = [];
    for (const run of runs) {
      const { report, session } = await replayRun(run, options);
      for (const { id, evidence } of report.findings) {
        for (const one of evidence) {
          checked++;
          if (!wasLogged(one, session.analysis.store.series)) {
            invented.push(`${report.name}: ${id}: ${one.tag} ${one.value} at ${one.step}`);
          }
        }
      }
    }
    expect(checked).toBeGreaterThan(50);
    expect(invented).toEqual([]);
  },
  600_000,
);
