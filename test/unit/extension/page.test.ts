import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReportedFinding, RunReport } from '../../../src/contract/report.js';
import { findingAsMarkdown } from '../../../src/extension/presentation/findingText.js';
import { isBinaryLog } from '../../../src/extension/presentation/binaryLogs.js';
import { pageHtml } from '../../../src/extension/presentation/pageHtml.js';
import { searchFolders } from '../../../src/extension/presentation/searchFolders.js';
import { PacedRefresh } from '../../../src/extension/source/pacedRefresh.js';
import { Throttle } from '../../../src/extension/throttle.js';

describe('the run page', () => {
  const html = pageHtml({
    nonce: 'abc123',
    cspSource: 'https://*.vscode-cdn.net',
    script: 'https://x/runPage.js',
    style: 'https://x/runPage.css',
    icons: 'https://x/codicon.css',
    language: 'en',
    title: '</title><script>alert(1)</script>',
  });

  it('runs only its own script and nothing inline', () => {
    expect(html).not.toContain('unsafe');
    expect(html).toContain('default-src &#39;none&#39;; script-src &#39;nonce-abc123&#39;');
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toMatch(/\son\w+=|style="/);
  });

  it('escapes the name of the run', () => {
    expect(html).toContain('&#60;/title&#62;&#60;script&#62;');
  });
});

describe('a copied finding', () => {
  const finding: ReportedFinding = {
    id: 'f',
    monitor: 'gradient-spike',
    symptom: 'gradient-spike',
    severity: 'error',
    confidence: 0.966,
    fromStep: 4210,
    toStep: 4216,
    open: false,
    title: 'Gradient norm jumped',
    explanation: `Jumped <from> 0.8. ${'Long. '.repeat(400)}End.`,
    otherCauses: ['A corrupted batch.'],
    evidence: [
      { role: 'gradient-norm', tag: 'grad_norm', step: 4210, value: 33, baseline: 0.8, baselineMeaning: 'median' },
    ],
    papers: [{ title: 'A paper', authors: 'Someone', year: 2025 }],
    fixes: [{ id: 'clip-gradients', title: 'Clip gradients', why: 'Bounds the step.' }],
  };
  const text = findingAsMarkdown({ name: 'gpt_small' } as RunReport, finding);

  it('carries the whole story, its numbers and its sources', () => {
    expect(text).toContain('## Gradient norm jumped');
    expect(text).toContain('error in run **gpt\\_small**, steps 4,210–4,216, 97 % sure');
    expect(text).toContain('| grad\\_norm | 4,210 | 33.0 | 0.800 (median) |');
    expect(text).toContain('- A corrupted batch.');
    expect(text).toContain('- Clip gradients: Bounds the step.');
    expect(text).toContain('- Someone (2025): A paper');
    expect(text).toContain('End.');
  });

  it('holds no HTML of the log', () => {
    expect(text).toContain('\\<from\\>');
  });
});

describe('isBinaryLog', () => {
  it('judges by the name of the file, not by its folder', () => {
    expect(isBinaryLog('/runs/events.out.tfevents.1700000000.host')).toBe(true);
    expect(isBinaryLog('C:\\runs\\run-1.wandb')).toBe(true);
    expect(isBinaryLog('/runs/a.wandb/metrics.jsonl')).toBe(false);
  });
});

describe('searchFolders', () => {
  it('resolves relative folders against each workspace folder, once', () => {
    expect(searchFolders(['/a', '/b'], ['../shared', '/c/', '/a'])).toEqual(['/a', '/b', '/shared', '/c/']);
  });
});

describe('Throttle', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs at once, then at most once an interval, and never loses the last call', () => {
    const action = vi.fn();
    const throttle = new Throttle(100, action);
    throttle.trigger();
    expect(action).toHaveBeenCalledTimes(1);
    throttle.trigger();
    throttle.trigger();
    expect(action).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(action).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(1000);
    expect(action).toHaveBeenCalledTimes(2);
  });

  it('does nothing once disposed', () => {
    const action = vi.fn();
    const throttle = new Throttle(100, action);
    throttle.trigger();
    throttle.trigger();
    throttle.dispose();
    vi.advanceTimersByTime(1000);
    expect(action).toHaveBeenCalledTimes(1);
  });
});

describe('PacedRefresh', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks again only when the editor has come, and leaves it alone for twice as long as it took', () => {
    const ask = vi.fn(() => true);
    const refresh = new PacedRefresh(1000, ask);
    refresh.trigger();
    refresh.trigger();
    vi.advanceTimersByTime(4000);
    refresh.trigger();
    expect(ask).toHaveBeenCalledTimes(1);
    refresh.answered();
    vi.advanceTimersByTime(7999);
    expect(ask).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(1);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('asks once an interval an editor that comes at once', () => {
    const ask = vi.fn(() => true);
    const refresh = new PacedRefresh(1000, ask);
    for (let second = 0; second < 5; second++) {
      refresh.trigger();
      refresh.answered();
      refresh.trigger();
      vi.advanceTimersByTime(1000);
    }
    expect(ask).toHaveBeenCalledTimes(6);
  });

  it('does not wait for ever for an editor that shows nothing of it', () => {
    const ask = vi.fn(() => true);
    const refresh = new PacedRefresh(1000, ask);
    refresh.trigger();
    refresh.trigger();
    vi.advanceTimersByTime(10_000);
    expect(ask).toHaveBeenCalledTimes(2);
  });

  it('looks again after the interval where there was nothing new, and not after an answer to nobody', () => {
    const ask = vi.fn(() => false);
    const refresh = new PacedRefresh(1000, ask);
    refresh.trigger();
    refresh.answered();
    refresh.trigger();
    vi.advanceTimersByTime(1000);
    expect(ask).toHaveBeenCalledTimes(2);
    refresh.trigger();
    refresh.dispose();
    vi.advanceTimersByTime(60_000);
    expect(ask).toHaveBeenCalledTimes(2);
  });
});
