import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import type { Log } from 'sarif';
import { beforeAll, describe, expect, it } from 'vitest';
import { diagnosisText } from '../../../src/cli/output/diagnosisText.js';
import { diagnosisMarkdown } from '../../../src/reports/diagnosisMarkdown.js';
import { diagnosisSarif } from '../../../src/reports/diagnosisSarif.js';
import { toJson } from '../../../src/reports/json.js';
import type { DiagnosisReport } from '../../../src/contract/report.js';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import { SYMPTOMS } from '../../../src/model/symptom.js';
import { eventFile, jsonRows, scratchFolder, writeTree } from '../engine/scratch.js';
import { SAMPLE_REPORT } from './sampleReport.js';

/** Logs of real runs, kept beside the repository and no part of it. */
const CORPUS = process.env['EVENKEEL_CORPUS'] ?? path.resolve('../shared/corpus');

interface Schema {
  definitions: { symptom: { enum: string[] } };
}

let schema: Schema;
let isDiagnosis: ValidateFunction;

beforeAll(async () => {
  schema = JSON.parse(await readFile('docs/diagnosis.schema.json', 'utf8')) as Schema;
  isDiagnosis = new Ajv({ allErrors: true }).compile(closed(schema) as Schema);
});

/** The schema with no key allowed but those it names: what is printed is to be described. */
function closed(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || Array.isArray(part)) {
    return Array.isArray(part) ? part.map(closed) : part;
  }
  const inner = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner && inner['type'] === 'object' ? { ...inner, additionalProperties: false } : inner;
}

async function diagnosisOf(root: string): Promise<DiagnosisReport> {
  const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
  const { runs, unreadable } = await discoverOnce([root], [], options);
  const reports = [];
  for (const run of runs) {
    reports.push((await replayRun(run, options)).report);
  }
  return { version: 1, runs: reports, unreadable };
}

function expectValid(report: DiagnosisReport): void {
  isDiagnosis(JSON.parse(toJson(report)));
  expect(isDiagnosis.errors ?? []).toEqual([]);
}

/** What SARIF 2.1.0 asks of a log, as far as this program writes one. */
function expectSarif(log: Log): void {
  expect([log.version, log.$schema]).toEqual(['2.1.0', 'https://json.schemastore.org/sarif-2.1.0.json']);
  const [run] = log.runs;
  const rules = (run?.tool.driver.rules ?? []).map(({ id }) => id);
  expect(run?.tool.driver.name).toBeTruthy();
  expect(new Set(rules).size).toBe(rules.length);
  for (const { ruleId, level, message, locations, partialFingerprints } of run?.results ?? []) {
    expect(rules).toContain(ruleId);
    expect(['none', 'note', 'warning', 'error']).toContain(level);
    expect(message.text).toBeTruthy();
    expect(Object.values(partialFingerprints ?? {}).every(Boolean)).toBe(true);
    expectUri(locations?.[0]?.physicalLocation?.artifactLocation?.uri);
  }
  for (const { level, message, locations } of run?.invocations?.[0]?.toolExecutionNotifications ?? []) {
    expect(['none', 'note', 'warning', 'error']).toContain(level);
    expect(message.text).toBeTruthy();
    expectUri(locations?.[0]?.physicalLocation?.artifactLocation?.uri);
  }
}

/** A URI reference as RFC 3986 has it: no blanks, no letters beyond ASCII. */
function expectUri(uri: string | undefined): void {
  expect(uri).toMatch(/^[\w\-.~:/?#[\]@!$&'()*+,;=%]+$/);
  expect(() => new URL(uri ?? '', 'file:///')).not.toThrow();
}

describe('the published schema of the diagnosis', () => {
  it('names the symptoms that there are', () => {
    expect(schema.definitions.symptom.enum).toEqual([...SYMPTOMS]);
  });

  it('refuses what is none', () => {
    expect(isDiagnosis({ version: 1, runs: [{}], unreadable: [] })).toBe(false);
    expect(isDiagnosis({ ...SAMPLE_REPORT, version: 2 })).toBe(false);
  });

  it('holds for reports with every key, and for those of runs that were read', async () => {
    expectValid(SAMPLE_REPORT);
    const root = await scratchFolder();
    await writeTree(root, {
      'bad run/metrics.jsonl': jsonRows(300, 0, (step) => (step > 250 ? NaN : 2)),
      'both/events.out.tfevents.1700000000.a': eventFile([{ tag: 'loss', step: 1, value: 2, wallTime: 1.7e9 }]),
      'both/metrics.csv': 'step,loss\n1,2\n',
      'ranks/log_rank0.jsonl': jsonRows(30),
      'ranks/log_rank1.jsonl': jsonRows(30) + '{"step": 31, "lo',
      'empty/metrics.csv': 'step,loss\n',
      'notes.txt': 'buy milk',
    });
    const report = await diagnosisOf(root);
    expect(report.runs).toHaveLength(4);
    expectValid(report);
    expectSarif(diagnosisSarif(report, '1.2.3'));
  });

  it('knows what trials have shown, and what can be tried', () => {
    const [run] = SAMPLE_REPORT.runs;
    const tried = (verdict: string): DiagnosisReport => ({
      ...SAMPLE_REPORT,
      runs: [
        {
          ...run!,
          findings: run!.findings.map((finding) => ({
            ...finding,
            triable: true,
            fixes: finding.fixes.map((fix) => ({
              ...fix,
              trial: { verdict: verdict as 'helps', text: 'helps on a proxy of 93 k parameters: −0.48 nats, 3 seeds' },
            })),
          })),
        },
      ],
    });
    expect(run!.findings.some(({ fixes }) => fixes.length > 0)).toBe(true);
    expectValid(tried('helps'));
    expect(isDiagnosis(tried('cures'))).toBe(false);
    const options = { columns: 200, usesColour: false, named: [] };
    expect(diagnosisText(tried('helps'), options)).toContain('Tried: helps on a proxy of 93 k parameters');
    expect(diagnosisMarkdown(tried('helps'))).toContain('Tried: helps on a proxy of 93 k parameters');
  });

  it.runIf(existsSync(CORPUS))(
    'holds for every run of the corpus',
    async () => {
      const report = await diagnosisOf(CORPUS);
      expect(report.runs.length).toBeGreaterThan(100);
      expectValid(report);
      expectSarif(diagnosisSarif(report, '1.2.3'));
    },
    600_000,
  );
});
