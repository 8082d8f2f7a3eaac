import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { diagnosisMarkdown } from '../../../src/reports/diagnosisMarkdown.js';
import { diagnosisSarif } from '../../../src/reports/diagnosisSarif.js';
import { diagnosisText } from '../../../src/cli/output/diagnosisText.js';
import { toJson } from '../../../src/reports/json.js';
import { formatCount, formatNumber } from '../../../src/reports/numbers.js';
import { plainText } from '../../../src/reports/plainText.js';
import { SAMPLE_REPORT } from './sampleReport.js';

const golden = (name: string): string => path.resolve('test/golden/cli', name);
const TEXT = { columns: 100, usesColour: false, named: ['runs/weights.csv'] };

/** What a terminal would obey instead of showing. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/; // eslint-disable-line no-control-regex

describe('a diagnosis', () => {
  it('as text', async () => {
    const text = diagnosisText(SAMPLE_REPORT, TEXT);
    expect(text).not.toMatch(OBEYED);
    await expect(text).toMatchFileSnapshot(golden('diagnosis.txt'));
  });

  it('as JSON, non-finite numbers as strings', async () => {
    const json = toJson(SAMPLE_REPORT);
    expect(json).not.toMatch(OBEYED);
    await expect(json).toMatchFileSnapshot(golden('diagnosis.json'));
    const parsed = JSON.parse(json) as { runs: { name: string; findings: { evidence: { value: unknown }[] }[] }[] };
    expect(parsed.runs[0]?.findings[0]?.evidence[1]?.value).toBe('Infinity');
    expect(parsed.runs[0]?.name).toBe(SAMPLE_REPORT.runs[0]?.name);
  });

  it('as SARIF', async () => {
    const log = diagnosisSarif(SAMPLE_REPORT, '1.2.3');
    await expect(toJson(log)).toMatchFileSnapshot(golden('diagnosis.sarif'));
    const [run] = log.runs;
    const rules = new Set(run?.tool.driver.rules?.map(({ id }) => id));
    for (const { ruleId, level, message, locations } of run?.results ?? []) {
      expect(rules.has(ruleId ?? '')).toBe(true);
      expect(['error', 'warning', 'note']).toContain(level);
      expect(message.text).toBeTruthy();
      expect(locations?.[0]?.physicalLocation?.artifactLocation?.uri).toBe('runs/gpt%20small/metrics.jsonl');
    }
  });

  it('as Markdown, with no markup but its own', async () => {
    const markdown = diagnosisMarkdown(SAMPLE_REPORT);
    expect(markdown).not.toContain('<b>');
    await expect(markdown).toMatchFileSnapshot(golden('diagnosis.md'));
  });

  it('as coloured text says the same as without colour', () => {
    const coloured = diagnosisText(SAMPLE_REPORT, { ...TEXT, usesColour: true });
    expect(coloured).toContain('\u001b[31m✖ error');
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(diagnosisText(SAMPLE_REPORT, TEXT)); // eslint-disable-line no-control-regex
  });
});

describe('numbers', () => {
  it('have thousands separated and as many digits as mean something', () => {
    expect([0, 12, 4210, 0.5].map(formatCount)).toEqual(['0', '12', '4,210', '0.5']);
    expect([2.3125, 41_234.5, 0.00001234, 1e9, 0, NaN, Infinity, -Infinity].map(formatNumber)).toEqual([
      '2.313',
      '41,230',
      '1.23e-5',
      '1.00e+9',
      '0',
      'NaN',
      '+Inf',
      '−Inf',
    ]);
  });
});

describe('text from a log', () => {
  it('loses its power over the terminal', () => {
    expect(plainText('a\u001b]0;title\u0007b\r\nc\td\u202ee\u009b2J')).toBe(
      'a\ufffd]0;title\ufffdb c d\ufffde\ufffd2J',
    );
  });
});
