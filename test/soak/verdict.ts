import type { RunReport } from '../../src/contract/report.js';
import { discoverOnce, replayRun } from '../../src/engine/replay.js';
import type { Finding } from '../../src/model/finding.js';
import { faultFound } from '../corpus/syntheticTable.js';
import type { Life } from './life.js';

/** How the engine's word on a run compares with a calm reading of the same files, and with what was planted. */
export interface Verdict {
  /** Findings of the calm reading that the engine does not have. */
  readonly lost: readonly string[];
  /** Findings of the engine that the calm reading does not have. */
  readonly extra: readonly string[];
  /** Undefined: nothing was planted, or the trouble of the log took part of it. */
  readonly plantedFound: boolean | undefined;
  /** Warnings and errors on a healthy run whose log had no trouble. */
  readonly falseAlarms: readonly string[];
}

/** Troubles after which the log holds the whole run, all rows once. */
const HARMLESS: readonly Life['trouble'][] = ['none', 'started over', 'deleted and made again'];

/** Reads the files of a run once, as the command line does. */
export async function calmReading(folder: string): Promise<RunReport | undefined> {
  const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
  const { runs } = await discoverOnce([folder], [], options);
  const [run] = runs;
  return run && (await replayRun(run, options)).report;
}

export function judge({ made, trouble }: Life, calm: RunReport, engine: RunReport): Verdict {
  const [expected, found] = [calm, engine].map(({ findings }) => new Set(findings.map(words)));
  const isWhole = HARMLESS.includes(trouble);
  const alarms = engine.findings.filter(({ severity }) => severity !== 'info');
  return {
    lost: [...expected!].filter((finding) => !found!.has(finding)),
    extra: [...found!].filter((finding) => !expected!.has(finding)),
    plantedFound: made.fault && isWhole ? faultFound(made, alarms) : undefined,
    falseAlarms: made.fault || !isWhole ? [] : alarms.map(words),
  };
}

function words({ severity, symptom, fromStep, toStep, title }: Finding): string {
  return `${severity} ${symptom} ${fromStep}–${toStep} ${title}`;
}
