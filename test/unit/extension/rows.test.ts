import { describe, expect, it } from 'vitest';
import { alertsFor, liveTrouble } from '../../../src/extension/presentation/alerts.js';
import { changedRows } from '../../../src/extension/presentation/rowChanges.js';
import { lensTitle, lensTooltip, statusBarText } from '../../../src/extension/presentation/lensText.js';
import { runForStatusBar } from '../../../src/extension/presentation/runOrder.js';
import { runTooltip } from '../../../src/extension/presentation/runText.js';
import { findingRows, findingsRunRows, runRows } from '../../../src/extension/presentation/treeRows.js';
import type { RunSummary } from '../../../src/contract/engineProtocol.js';
import { findingSummary, runSummary } from './summaries.js';

const live = runSummary({ name: 'gpt-small', status: 'live', lastStep: 4216, lastLoss: 2.314, worst: 'warning' });
const broken = runSummary({
  name: 'post-ln',
  status: 'failed',
  worst: 'error',
  lastLoss: Number.NaN,
  lastStep: 312,
  totalSteps: null,
  findings: [findingSummary()],
});
const healthy = runSummary();

describe('the Runs tree', () => {
  it('shows live runs first, then the newest, then what is wrong', () => {
    const older = runSummary({ name: 'older', changed: 1, worst: 'error' });
    expect(runRows([older, healthy, broken, live], 10).map((row) => row.label)).toEqual([
      'gpt-small',
      'post-ln',
      'baseline',
      'older',
    ]);
  });

  it('puts loss, curve, progress and pace into one line', () => {
    expect(runRows([live], 10)[0]?.description).toBe('2.31 █▆▃▂▁  4,216 / 20k · 3.1 it/s');
    expect(runRows([healthy], 10)[0]?.description).toBe('1.98 █▆▃▂▁  20k');
    expect(runRows([broken], 10)[0]?.description).toBe('NaN █▆▃▂▁  312');
  });

  it('says the status in words to a screen reader, without block characters', () => {
    expect(runRows([broken], 10)[0]?.accessibleLabel).toBe('post-ln, failed, loss NaN, 312');
  });

  it('builds a page of rows and offers the rest', () => {
    const many = Array.from({ length: 1000 }, (_, index) => runSummary({ name: `run ${index}` }));
    const rows = runRows(many, 200);
    expect(rows).toHaveLength(201);
    expect(rows.at(-1)).toMatchObject({ label: 'Show more (800 left)', target: { kind: 'more' } });
  });

  it('tells namesakes apart by the folders in which they differ', () => {
    const [a, b] = ['/data/a/version_0', '/data/b/version_0'].map((location, index) =>
      runSummary({ id: String(index), name: 'version_0', location }),
    );
    const rows = runRows([a!, b!], 10);
    expect(rows.map((row) => row.description.split(' · ').at(-1))).toEqual(['a/version_0', 'b/version_0']);
  });
});

describe('the Findings tree', () => {
  it('shows the most urgent run first, whatever is newer', () => {
    expect(findingsRunRows([healthy, live, broken], 10).map((row) => row.label)).toEqual([
      'post-ln',
      'gpt-small',
      'baseline',
    ]);
  });

  it('shows findings with their span, and offers fixes where there are some', () => {
    expect(findingRows(broken)[0]).toMatchObject({
      label: 'Gradient norm jumped 41-fold at step 4,210',
      description: 'since step 4,210',
      context: 'finding.fixable',
    });
    const closed = runSummary({ findings: [findingSummary({ open: false, fixes: [] })] });
    expect(findingRows(closed)[0]).toMatchObject({ description: 'steps 4,210–4,216', context: 'finding' });
  });

  it('earns its green line: it counts what was checked and what was not', () => {
    expect(findingRows(healthy)[0]).toMatchObject({
      label: 'Nothing wrong in 7 checks · 3 not evaluated',
      icon: { id: 'pass' },
    });
    expect(findingRows(runSummary({ evaluated: 1, notEvaluated: 0 }))[0]?.label).toBe('Nothing wrong in 1 check');
  });

  it('does not call healthy what could not be judged', () => {
    expect(findingRows(runSummary({ evaluated: 0, notEvaluated: 7 }))[0]).toMatchObject({
      label: 'Nothing could be judged yet · 7 not evaluated',
      icon: { id: 'circle-slash' },
    });
  });

  it('opens the rows of a few runs, and keeps the quiet ones of many in one line each', () => {
    expect(findingsRunRows([healthy], 10)[0]).toMatchObject({ description: 'finished', expansion: 'expanded' });
    const many = Array.from({ length: 20 }, (_, index) => runSummary({ name: `run ${index}` }));
    const rows = findingsRunRows([broken, ...many], 100);
    expect(rows[0]).toMatchObject({ label: 'post-ln', expansion: 'expanded' });
    expect(rows[1]).toMatchObject({
      description: 'finished · Nothing wrong in 7 checks · 3 not evaluated',
      expansion: 'none',
      icon: { id: 'pass' },
    });
  });

  it('leaves what is beyond a dozen findings to the run page', () => {
    const findings = Array.from({ length: 40 }, (_, index) => findingSummary({ id: String(index) }));
    const rows = findingRows(runSummary({ findings }));
    expect(rows).toHaveLength(13);
    expect(rows.at(-1)?.label).toBe('28 more on the run page');
  });
});

describe('tooltips', () => {
  it('show hostile names as they are', () => {
    const tooltip = runTooltip(runSummary({ name: '<b>[x](command:evil)</b>', location: '/tmp/`a`|b' }));
    expect(tooltip).not.toMatch(/(?<!\\)[<[`]/);
  });
});

describe('the code lens', () => {
  it('says loss, direction, gradient norm and findings', () => {
    expect(lensTitle({ ...live, findings: [findingSummary(), findingSummary({ id: '2' })] })).toBe(
      'loss 2.31 ↘ · gradient norm 0.840 · 2 findings',
    );
  });

  it('names an evaluation loss as one, and says nothing for a run without numbers', () => {
    expect(lensTitle({ ...live, lossRole: 'eval/loss', lastGradientNorm: null })).toBe('evaluation loss 2.31 ↘');
    expect(lensTitle({ ...live, lastLoss: null, lastGradientNorm: null })).toBeUndefined();
  });

  it('says whose numbers they are', () => {
    expect(lensTooltip({ run: live, reason: 'the live run in the folder project' })).toBe(
      'Run gpt-small: the live run in the folder project. Opens its page.',
    );
  });
});

describe('the status bar', () => {
  it('counts what is wrong, and leaves notes out', () => {
    const findings = [findingSummary({ severity: 'warning' }), findingSummary({ id: '2', severity: 'info' })];
    expect(statusBarText({ ...live, findings })).toBe('$(pulse) gpt-small 2.31 · $(warning) 1');
    expect(statusBarText({ ...live, name: '$(x)', findings: [] })).toBe('$(pulse) \\$(x) 2.31');
  });

  it('shows a live run, else one that went wrong within the hour, else nothing', () => {
    const now = broken.changed + 60;
    expect(runForStatusBar([healthy, broken, live], now)).toBe(live);
    expect(runForStatusBar([healthy, broken], now)).toBe(broken);
    expect(runForStatusBar([healthy, broken], now + 3600)).toBeUndefined();
    expect(runForStatusBar([healthy], now)).toBeUndefined();
  });
});

describe('alerts', () => {
  const running = { ...broken, status: 'live' as const };

  it('are for live runs, once a run and cause', () => {
    const [alert] = alertsFor([running, healthy, broken], new Set(), 'errors');
    expect(alert?.finding.title).toContain('jumped');
    const later = { ...running, findings: [findingSummary({ id: 'gradient-spike:2', fromStep: 9000 })] };
    expect(alertsFor([later], new Set([alert!.key]), 'errors')).toEqual([]);
    expect(alertsFor([broken], new Set(), 'errors')).toEqual([]);
  });

  it('say the worst first and one at a time', () => {
    const findings = [findingSummary({ monitor: 'warmup', severity: 'warning' }), findingSummary()];
    const alerts = alertsFor([{ ...running, findings }], new Set(), 'warnings');
    expect(alerts.map((alert) => alert.finding.severity)).toEqual(['error']);
  });

  it('respect the setting', () => {
    const warned = { ...running, findings: [findingSummary({ severity: 'warning' })] };
    expect(alertsFor([warned], new Set(), 'errors')).toEqual([]);
    expect(alertsFor([warned], new Set(), 'warnings')).toHaveLength(1);
    expect(alertsFor([running], new Set(), 'none')).toEqual([]);
  });

  it('are counted on the activity bar while their run is live', () => {
    expect(liveTrouble([live, healthy, broken])).toBe(1);
  });
});

describe('changedRows', () => {
  const branches = (...runs: RunSummary[]) =>
    findingsRunRows(runs, 10).map((row) => ({
      row,
      under: row.target.kind === 'run' ? findingRows(row.target.run) : [],
    }));

  it('draws nothing anew when nothing that can be seen has changed', () => {
    expect(changedRows(branches(live, healthy), branches({ ...live, stepsPerSecond: 3.101 }, healthy))).toEqual([]);
  });

  it('names the rows that changed, or under which something did', () => {
    const found = { ...live, findings: [findingSummary()] };
    expect(changedRows(branches(live, healthy), branches(found, healthy))).toEqual(['gpt-small']);
    expect(changedRows(branches(live), branches({ ...live, name: 'renamed' }))).toEqual(['gpt-small']);
  });

  it('draws everything anew when rows come, go or change places', () => {
    expect(changedRows(branches(live), branches(live, healthy))).toBe('all');
    expect(changedRows(branches(live, healthy), branches(live))).toBe('all');
    const worse = { ...healthy, worst: 'error' as const };
    expect(changedRows(branches(live, healthy), branches(live, worse))).toBe('all');
  });
});
