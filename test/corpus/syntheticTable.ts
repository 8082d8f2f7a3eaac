import type { Finding } from '../../src/model/finding.js';
import { RunAnalysis } from '../../src/engine/runs/runAnalysis.js';
import { FAULTY, HEALTHY, Random } from './syntheticRuns.js';
import type { Family, MadeRun } from './syntheticRuns.js';

export interface FamilyScore {
  readonly name: string;
  readonly runs: number;
  /** Healthy: runs with a warning or error. Faulty: runs whose fault was not reported. */
  readonly failures: number;
  readonly examples: readonly string[];
}

export function analyse(run: MadeRun): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {} });
  const sink = analysis.fileSink({ path: 'made up' });
  if (run.configuration !== undefined) {
    sink.configuration(run.configuration);
  }
  const handles = new Map<string, number>();
  for (const { tag, step, value } of run.records) {
    let handle = handles.get(tag);
    if (handle === undefined) {
      handle = sink.tag(tag);
      handles.set(tag, handle);
    }
    sink.scalar(handle, step, value, Number.NaN);
  }
  return analysis;
}

export function alarms(analysis: RunAnalysis): readonly Finding[] {
  return analysis.findings().filter(({ severity }) => severity !== 'info');
}

/** Whether the run's fault is reported, over steps that it touches. */
export function faultFound(run: MadeRun, found: readonly Finding[]): boolean {
  const { fault } = run;
  return (
    fault !== undefined &&
    found.some(
      (finding) =>
        fault.symptoms.includes(finding.symptom) && finding.toStep >= fault.from && finding.fromStep <= fault.to,
    )
  );
}

export function scoreHealthy(seeds: number, families: readonly Family[] = HEALTHY): readonly FamilyScore[] {
  return families.map((family) => score(family, seeds, (_, found) => found.length > 0));
}

export function scoreFaulty(seeds: number, families: readonly Family[] = FAULTY): readonly FamilyScore[] {
  return families.map((family) => score(family, seeds, (run, found) => !faultFound(run, found)));
}

function score(
  family: Family,
  seeds: number,
  fails: (run: MadeRun, found: readonly Finding[]) => boolean,
): FamilyScore {
  const examples: string[] = [];
  let failures = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    const run = family.make(new Random(seed * 7919));
    const found = alarms(analyse(run));
    if (fails(run, found)) {
      failures++;
      if (examples.length < 3) {
        examples.push(
          `seed ${seed}: ${found.map(({ symptom, title }) => `${symptom} "${title}"`).join('; ') || 'nothing'} (${run.records.length} records)`,
        );
      }
    }
  }
  return { name: family.name, runs: seeds, failures, examples };
}
