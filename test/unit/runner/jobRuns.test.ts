import { describe, expect, it } from 'vitest';
import { groupIntoRuns } from '../../../src/engine/discovery/grouping.js';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import { readSettings } from '../../../src/readers/settings/settingsFormats.js';
import { jsonRows, scratchFolder, writeTree } from '../engine/scratch.js';

const filesIn = (folder: string, names: readonly string[]) =>
  names.map((name) => ({ path: `${folder}/${name}`, format: name.endsWith('.log') ? 'text' : 'jsonl' }));

describe('the run of a job', () => {
  const jobs = new Set(['/x/job']);

  it('is what the hook saw of all ranks, and the machine; what was printed counts nothing twice', () => {
    const files = filesIn('/x/job', ['machine.jsonl', 'output.log', 'rank_1.jsonl', 'rank_0.jsonl']);
    const [run, ...others] = groupIntoRuns(files, new Map(), jobs);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ name: 'job', location: '/x/job', copies: ['/x/job/output.log'] });
    expect(run?.lanes.map(([file]) => [file?.path, file?.rank])).toEqual([
      ['/x/job/rank_0.jsonl', 0],
      ['/x/job/rank_1.jsonl', 1],
      ['/x/job/machine.jsonl', undefined],
    ]);
  });

  it('is what was printed where the hook saw nothing, and the same run once it does', () => {
    const [printed] = groupIntoRuns(filesIn('/x/job', ['output.log']), new Map(), jobs);
    const [hooked] = groupIntoRuns(filesIn('/x/job', ['output.log', 'metrics.jsonl']), new Map(), jobs);
    expect(printed?.lanes).toHaveLength(1);
    expect(hooked?.id).toBe(printed?.id);
  });

  it('has what a further machine tells; a folder that is only called so is a run of its own', () => {
    const files = [
      ...filesIn('/x/job', ['rank_0.jsonl', 'rank_1.jsonl']),
      ...filesIn('/x/job/node-1', ['machine.jsonl', 'output.log']),
    ];
    const [run, ...others] = groupIntoRuns(files, new Map(), new Set(['/x/job', '/x/job/node-1']));
    expect([run?.location, run?.lanes.length, others]).toEqual(['/x/job', 3, []]);
    const alone = groupIntoRuns(filesIn('/x/node-1', ['metrics.jsonl']), new Map(), new Set(['/x/node-1']));
    expect(alone.map(({ location }) => location)).toEqual(['/x/node-1']);
  });

  it('is not made of files of others, nor of a folder that is no job’s', () => {
    const files = [...filesIn('/x/job', ['metrics.jsonl', 'history.jsonl']), ...filesIn('/x/other', ['metrics.jsonl'])];
    expect(groupIntoRuns(files, new Map(), jobs).map(({ location }) => location)).toEqual([
      '/x/job',
      '/x/job/history.jsonl',
      '/x/other/metrics.jsonl',
    ]);
  });

  it.each([
    ['finished', 'finished'],
    ['stopped', 'stopped'],
    ['failed', 'failed'],
    ['lost', 'failed'],
    ['running', undefined],
  ])('whose record says %s has the outcome %s', (state, outcome) => {
    const text = JSON.stringify({ evenkeelJob: 1, command: ['python', 'a.py'], target: 'local', state });
    const settings = readSettings('/x/job/job.json', new TextEncoder().encode(text));
    expect(settings.outcome).toBe(outcome);
    expect(settings.values).toEqual({ 'job/command': 'python a.py', 'job/target': 'local' });
  });

  it('tells which checkpoint the job was rescued from', () => {
    const rescuedFrom = { folder: '/x/first', checkpoint: '/x/first/step-400.pt', step: 400 };
    const record = { evenkeelJob: 1, command: ['python', 'a.py'], target: 'local', state: 'running', rescuedFrom };
    const { values } = readSettings('/x/job/job.json', new TextEncoder().encode(JSON.stringify(record)));
    expect(values).toMatchObject({ 'job/resume_from_checkpoint': '/x/first/step-400.pt' });
  });

  it('says nothing by a job.json of another program', () => {
    expect(readSettings('/x/job.json', new TextEncoder().encode('{"state": "failed", "lr": 1}'))).toEqual({
      values: {},
    });
  });

  it('that was stopped has not failed, although it printed how it was interrupted', async () => {
    const root = await scratchFolder();
    const record = { evenkeelJob: 1, command: ['python', 'a.py'], target: 'local', state: 'stopped' };
    const lines = Array.from(
      { length: 40 },
      (_, step) => `step ${step} loss ${(2 + 1 / (step + 1)).toFixed(4)}\n`,
    ).join('');
    await writeTree(root, {
      'job/job.json': JSON.stringify(record),
      'job/output.log': `${lines}Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nKeyboardInterrupt\n`,
      'job/machine.jsonl': jsonRows(3).replaceAll('"loss"', '"cpu/utilization"'),
    });
    const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
    const { runs } = await discoverOnce([root], [], options);
    expect(runs).toHaveLength(1);
    expect((await replayRun(runs[0]!, options)).status).toBe('stopped');
  });
});
