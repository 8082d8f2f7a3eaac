import { describe, expect, it } from 'vitest';
import type { DiagnosisReport, RunReport } from '../../../src/contract/report.js';
import { findingCharts } from '../../../src/engine/runs/findingCharts.js';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import type { ReplayedRun } from '../../../src/engine/replay.js';
import { SEVERITIES } from '../../../src/model/finding.js';
import { diagnosisHtml } from '../../../src/reports/diagnosisHtml.js';
import { diagnosisMarkdown, issueText } from '../../../src/reports/diagnosisMarkdown.js';
import { diagnosisSarif } from '../../../src/reports/diagnosisSarif.js';
import { toJson } from '../../../src/reports/json.js';
import { mapTexts } from '../../../src/reports/plainText.js';
import { SAMPLE_REPORT } from '../cli/sampleReport.js';
import { scratchFolder, writeTree } from '../engine/scratch.js';

const HOSTILE: Readonly<Record<string, string>> = {
  'a script': '"><script>alert(1)</script><img src=x onerror=alert(1)>',
  'an attribute': `' onmouseover='alert(1)" autofocus onfocus="alert(1)`,
  'a terminal escape': '\u001b]0;owned\u0007\u001b[31m\u009b2J',
  'bidirectional marks': 'safe\u202egnp.exe\u2066x\u2069',
  Markdown: '](http://evil.example) ![x](http://evil.example/x.png) @everyone <!-- --> ``` # x\n# heading',
  'a name of a megabyte': 'x'.repeat(1 << 20),
  'keys of objects': '__proto__',
  'half a character': '\ud83d',
};
/** What a terminal or a layout would obey. */
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/; // eslint-disable-line no-control-regex
const WORDS_OF_THE_PROTOCOL = new Set<string>([...SEVERITIES, 'finished', 'stopped', 'failed', 'live', 'stalled']);
const TAGS = new Set(
  'html head meta title style body h1 h2 h3 h4 nav ol ul li a span section p article strong code cite small figure figcaption svg rect line text polygon polyline path table caption thead tbody tr th td details summary dl dt dd footer'.split(
    ' ',
  ),
);

function hostileReport(text: string): DiagnosisReport {
  const poisoned = (own: string): string => (WORDS_OF_THE_PROTOCOL.has(own) ? own : `${own} ${text}`);
  const report = mapTexts(SAMPLE_REPORT, poisoned) as DiagnosisReport;
  const configuration = Object.fromEntries([
    [text, text],
    ['__proto__', 'own'],
  ]);
  return { ...report, runs: report.runs.map((run) => ({ ...run, configuration })) };
}

/** Every tag of a page, with its attributes. A `<` that is text is always escaped. */
function tagsOf(page: string): { name: string; attributes: string[] }[] {
  const body = page.replace(/<style>[^<]*<\/style>/g, '').replace('<!doctype html>', '');
  return [...body.matchAll(/<(\/?)([a-z0-9]+)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*\/?>|</gi)].map((match) => ({
    name: match[2] ?? `unexpected: ${match[0]}`,
    attributes: [...(match[3] ?? '').matchAll(/([\w:-]+)(?:=|\s|$)/g)].map((attribute) => attribute[1] ?? ''),
  }));
}

/** Every attribute that places something in a picture. */
function geometryOf(page: string): string {
  return [...page.matchAll(/ (?:points|d|x|y|x1|x2|y1|y2|width|height)="[^"]*"/g)].join('');
}

async function replayed(rows: readonly object[]): Promise<ReplayedRun> {
  const root = await scratchFolder();
  await writeTree(root, { 'metrics.jsonl': rows.map((row) => JSON.stringify(row) + '\n').join('') });
  const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
  const { runs } = await discoverOnce([root], [], options);
  return replayRun(runs[0]!, options);
}

describe.each(Object.entries(HOSTILE))('%s in a log', (_what, text) => {
  const report = hostileReport(text);
  const [run] = report.runs as [RunReport];

  it('is text in HTML', () => {
    const page = diagnosisHtml(report, new Map(), '1.2.3');
    const tags = tagsOf(page);
    expect(tags.length).toBeGreaterThan(50);
    expect(tags.filter(({ name }) => !TAGS.has(name))).toEqual([]);
    expect(tags.flatMap(({ attributes }) => attributes).filter((name) => /^on|^src$|^autofocus$/.test(name))).toEqual(
      [],
    );
    expect(page).not.toMatch(OBEYED);
    expect(page).not.toMatch(/\p{Surrogate}/u);
    expect(page.length).toBeLessThan(200_000);
  });

  it('is text in Markdown and in an issue', () => {
    for (const markdown of [diagnosisMarkdown(report), issueText(run)]) {
      expect(markdown).not.toMatch(OBEYED);
      expect(markdown).not.toMatch(/<(?!\/?(?:details|summary)>)/);
      expect(markdown).not.toMatch(/(?<!\\)\]\(|(?<!\\)`|[^\\]:\/\/|(?<!\w)@\w/);
      expect(markdown.split('\n').filter((line) => line.startsWith('# '))).toEqual(
        markdown.startsWith('# Evenkeel') ? ['# Evenkeel diagnosis'] : [],
      );
    }
    expect(issueText(run).length).toBeLessThan(65_536);
  });

  it('is text in SARIF', () => {
    const log = toJson(diagnosisSarif(report, '1.2.3'));
    expect(log).not.toMatch(OBEYED);
    expect(JSON.parse(log)).toMatchObject({ version: '2.1.0' });
    expect(({} as { own?: string }).own).toBeUndefined();
  });
});

describe('the page of a diagnosis', () => {
  it('draws the series of a finding at its place, the spike of one step included', async () => {
    const run = await replayed(
      Array.from({ length: 3000 }, (_, step) => ({
        step,
        loss: step === 2000 ? 40 : 2 + 0.01 * Math.sin(step),
        '<b>extra</b>': step,
      })),
    );
    const charts = findingCharts(run.report, run.session.analysis.store);
    expect(run.report.findings.length).toBeGreaterThan(0);
    const page = diagnosisHtml(
      { version: 1, runs: [run.report], unreadable: [] },
      new Map([[run.report.id, charts]]),
      '1',
    );
    expect(page.match(/<svg /g)).toHaveLength(charts.length);
    const [chart] = charts;
    expect(Math.max(...(chart?.envelope.maximum ?? []))).toBe(40);
    expect(page).toContain('<polygon class="area" points="');
    expect(geometryOf(page)).not.toMatch(/NaN|Infinity/);
    expect(page).not.toContain('<script');
  });

  it('marks what is not finite, and survives values at the ends of what numbers hold', async () => {
    const values = [1e308, -1e308, 'NaN', 'Infinity', 2, 0];
    const run = await replayed(
      Array.from({ length: 600 }, (_, step) => ({ step, loss: step < 300 ? 2 : values[step % values.length] })),
    );
    const page = diagnosisHtml(
      { version: 1, runs: [run.report], unreadable: [] },
      new Map([[run.report.id, findingCharts(run.report, run.session.analysis.store)]]),
      '1',
    );
    expect(page).toContain('class="cross"');
    expect(geometryOf(page)).not.toMatch(/NaN|Infinity/);
  });

  it('says so when nothing could be judged', () => {
    const [first] = SAMPLE_REPORT.runs as [RunReport];
    const empty = { ...first, findings: [], evaluated: [], steps: null, points: 0, configuration: {} };
    const page = diagnosisHtml({ version: 1, runs: [empty], unreadable: [] }, new Map(), '1');
    expect(page).toContain('Nothing could be checked');
    expect(issueText(empty)).toContain('no steps');
  });
});

describe('the text of an issue', () => {
  it('carries findings, settings and what was not judged', () => {
    const text = issueText(SAMPLE_REPORT.runs[0]!);
    for (const words of ['The loss jumped 3-fold', '| lr | 0.0003 |', 'dormant-units: needs', 'clip-gradients']) {
      expect(text).toContain(words);
    }
  });

  it('leaves findings out where there are too many, and counts them', () => {
    const [run] = SAMPLE_REPORT.runs as [RunReport];
    const findings = Array.from({ length: 500 }, () => run.findings[0]!);
    expect(issueText({ ...run, findings })).toMatch(/… and \d+ findings more\./);
  });
});
