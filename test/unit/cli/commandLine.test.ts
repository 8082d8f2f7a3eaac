import { appendFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DiagnosisReport } from '../../../src/contract/report.js';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import type { SourceEdit } from '../../../src/model/sourceEdit.js';
import { jsonRows, scratchFolder, writeTree } from '../engine/scratch.js';
import { buildCli, finished, runCli, startCli } from './builtCli.js';

beforeAll(buildCli);

const broken = (step: number): number => (step > 250 ? NaN : 2 + Math.sin(step) / 50);

async function sample(): Promise<string> {
  const root = await scratchFolder();
  await writeTree(root, {
    'good/metrics.jsonl': jsonRows(300),
    'bad/metrics.jsonl': jsonRows(300, 0, broken),
    'notes.txt': 'buy milk',
  });
  return root;
}

describe('evenkeel diagnose', () => {
  it('tells the paths as they were given, the findings, and with 1 that there are errors', async () => {
    const { code, stdout, stderr } = await runCli(await sample(), 'diagnose', '.', '--format', 'json');
    expect([code, stderr]).toEqual([1, '']);
    const { version, runs, unreadable } = JSON.parse(stdout) as DiagnosisReport;
    expect(version).toBe(1);
    expect(runs.map(({ name, paths, points }) => [name, paths[0], points])).toEqual([
      ['bad', './bad/metrics.jsonl', 600],
      ['good', './good/metrics.jsonl', 600],
    ]);
    expect(runs[0]?.findings[0]).toMatchObject({ symptom: 'non-finite', severity: 'error', fromStep: 251 });
    expect(unreadable.map((item) => item.path)).toEqual(['./notes.txt']);
  });

  it('exits as --fail-on asks', async () => {
    const root = await sample();
    expect((await runCli(root, 'diagnose', 'bad', '--fail-on', 'never')).code).toBe(0);
    expect((await runCli(root, 'diagnose', 'bad', '--fail-on', 'warning')).code).toBe(1);
    expect((await runCli(root, 'diagnose', 'good', '--fail-on', 'error')).code).toBe(0);
  });

  it('is the same every time, and the same for a path written otherwise', async () => {
    const root = await sample();
    const once = await runCli(root, 'diagnose', 'bad', 'good', '--format', 'json');
    expect(await runCli(root, 'diagnose', 'bad', 'good', '--format', 'json')).toEqual(once);
    const absolute = await runCli('/', 'diagnose', path.join(root, 'bad'), '--format', 'json');
    const idOf = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as DiagnosisReport).runs[0]?.id;
    expect(idOf(absolute)).toBe(idOf(once));
  });

  it('takes what tags measure from --roles', async () => {
    const root = await sample();
    await writeTree(root, {
      'odd/metrics.jsonl': jsonRows(50).replaceAll('"loss"', '"zorp"'),
      'roles.json': '{"zorp": "train/loss"}',
    });
    const { stdout } = await runCli(root, 'diagnose', 'odd', '--roles', 'roles.json', '--format', 'json');
    const { runs } = JSON.parse(stdout) as DiagnosisReport;
    expect(runs[0]?.signals.find(({ tag }) => tag === 'zorp')?.role).toBe('train/loss');
  });

  it('says in one line what is wrong with how it was called, and exits with 2', async () => {
    const root = await sample();
    await writeTree(root, { 'wrong.json': '{"loss": "banana"}', 'cut.json': '{"loss": ' });
    const complaints: [string[], RegExp][] = [
      [[], /name a command \(diagnose, /],
      [['diagnose'], /missing required argument/],
      [['diagnoze', 'x'], /unknown command.*diagnose/],
      [['diagnose', 'bad', '--format', 'xml'], /text, json, sarif, markdown, html/],
      [['diagnose', 'nowhere'], /nowhere: no such file or folder: check the path/],
      [['diagnose', 'notes.txt'], /notes\.txt: /],
      [['diagnose', 'bad', '--roles', 'none.json'], /none\.json: no such file/],
      [['diagnose', 'bad', '--roles', 'wrong.json'], /wrong\.json: "loss": "banana" is no role: use one of/],
      [['diagnose', 'bad', '--roles', 'cut.json'], /cut\.json: .*JSON/],
      [['fix', 'train.py'], /name a source file and the fixes/],
      [['fix', 'train.py', '--apply', 'magic'], /there is no fix "magic": evenkeel fix --list/],
      [['loops', 'notes.txt'], /notes\.txt: not a source file/],
    ];
    for (const [parameters, message] of complaints) {
      const { code, stdout, stderr } = await runCli(root, ...parameters);
      expect([parameters.join(' '), code, stdout]).toEqual([parameters.join(' '), 2, '']);
      expect(stderr).toMatch(/^evenkeel: [^\n]+\n$/);
      expect(stderr).toMatch(message);
    }
  });

  it('prints help and version without reading anything', async () => {
    const { code, stdout } = await runCli('/', 'diagnose', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--fail-on <severity>');
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    expect(await runCli('/', '--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('evenkeel export', () => {
  it('gives back every number as it was logged', async () => {
    const root = await scratchFolder();
    const rows = [
      '{"step":0,"a,b":0.1,"c":NaN}',
      '{"step":1,"a,b":1e-300,"c":Infinity}',
      '{"step":0,"a,b":12345678.000001,"c":-Infinity}',
    ];
    await writeTree(root, { 'x/metrics.jsonl': rows.join('\n') + '\n' });
    const { code, stdout } = await runCli(root, 'export', 'x');
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        'run,tag,role,rank,segment,step,wallTime,value',
        'x,"a,b",other,,0,0,,0.1',
        'x,"a,b",other,,0,1,,1e-300',
        'x,"a,b",other,,1,0,,12345678.000001',
        'x,c,other,,0,0,,NaN',
        'x,c,other,,0,1,,Infinity',
        'x,c,other,,1,0,,-Infinity',
        '',
      ],
    ]);
    const lines = (await runCli(root, 'export', 'x', '--format', 'jsonl')).stdout.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { value: unknown }).value)).toEqual([
      0.1,
      1e-300,
      12345678.000001,
      'NaN',
      'Infinity',
      '-Infinity',
    ]);
  });

  it('exports the roles that are asked for', async () => {
    const root = await sample();
    const { stdout } = await runCli(root, 'export', 'good', '--role', 'train/loss');
    expect(stdout.split('\n')).toHaveLength(302);
  });

  it('ends quietly when its reader goes away', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'x/metrics.jsonl': jsonRows(50_000) });
    const child = startCli(root, ['export', 'x']);
    child.stdout?.once('data', () => child.stdout?.destroy());
    const { code, stderr } = await finished(child);
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('evenkeel watch', () => {
  const events = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; finding?: { symptom: string } });

  it('tells of a finished run at once and ends', async () => {
    const { code, stdout } = await runCli(await sample(), 'watch', 'bad', '--format', 'json', '--ended-after', '0.5');
    expect(code).toBe(0);
    expect(events(stdout).map(({ event }) => event)).toEqual(['run-found', 'opened', 'run-ended']);
  });

  it('tells of a finding as it opens, and ends with the run', async () => {
    const root = await sample();
    const child = startCli(root, ['watch', 'good', '--format', 'json', '--ended-after', '4', '--fail-on', 'error']);
    let told = '';
    child.stdout?.on('data', (piece: Buffer) => (told += piece.toString()));
    const end = finished(child);
    // Grows from the start, however long that takes: a log that rests is that of a run that has ended.
    for (let step = 300; child.exitCode === null && !told.includes('"non-finite"'); step++) {
      await appendFile(path.join(root, 'good/metrics.jsonl'), jsonRows(1, step, told === '' ? () => 2 : broken));
      await delay(50);
    }
    const { code, stdout } = await end;
    const kinds = events(stdout).map(({ event, finding }) => (finding ? `${event} ${finding.symptom}` : event));
    expect(kinds[0]).toBe('run-found');
    expect(kinds).toContain('opened non-finite');
    expect(kinds.at(-1)).toBe('run-ended');
    expect(code).toBe(1);
  });

  it('ends with 130 when it is interrupted', async () => {
    const root = await sample();
    const child = startCli(root, ['watch', 'good']);
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stderr } = await finished(child);
    expect([code, stderr]).toEqual([130, '']);
  });
});

const LOOP = [
  'import torch',
  'model = torch.nn.Linear(4, 4)',
  'optimizer = torch.optim.AdamW(model.parameters())',
  'for step in range(100):',
  '    loss = model(torch.randn(8, 4)).sum()',
  '    loss.backward()',
  '    optimizer.step()',
  '    optimizer.zero_grad()',
  '',
].join('\n');

describe('evenkeel loops and fix', () => {
  it('finds loops', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'train.py': LOOP,
      'cells.ipynb': JSON.stringify({ cells: [{ cell_type: 'code', source: LOOP }] }),
    });
    const { code, stdout } = await runCli(root, 'loops', 'train.py', 'cells.ipynb', '--format', 'json');
    expect(code).toBe(0);
    const { files } = JSON.parse(stdout) as {
      files: { path: string; loops: { framework: string; cell?: number }[] }[];
    };
    expect(files.map((file) => [file.path, file.loops.length, file.loops[0]?.framework])).toEqual([
      ['train.py', 1, 'pytorch'],
      ['cells.ipynb', 1, 'pytorch'],
    ]);
  });

  it('fails on mistakes in loops only when it is asked to', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'train.py': LOOP, 'kept.py': LOOP.replace(/^ *optimizer\.zero_grad\(\)\n/m, '') });
    expect((await runCli(root, 'loops', 'kept.py')).code).toBe(0);
    const strict = await runCli(root, 'loops', 'train.py', 'kept.py', '--fail-on', 'warning');
    expect(strict.code).toBe(1);
    expect(strict.stdout).toContain('missing-zero-grad');
    expect((await runCli(root, 'loops', 'train.py', '--fail-on', 'warning')).code).toBe(0);
  });

  it('shows a fix as a diff, makes it with --write, and changes nothing the second time', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'train.py': LOOP });
    const shown = await runCli(root, 'fix', 'train.py', '--apply', 'clip-gradients', '--set', 'max-norm=0.5');
    expect(shown.code).toBe(0);
    expect(shown.stdout).toMatch(/^--- train\.py\n\+\+\+ train\.py\n@@/);
    expect(shown.stdout).toMatch(/^\+ {4}torch\.nn\.utils\.clip_grad_norm_\(model\.parameters\(\), .*0\.5\)/m);
    expect(await readFile(path.join(root, 'train.py'), 'utf8')).toBe(LOOP);
    expect((await runCli(root, 'fix', 'train.py', '--apply', 'clip-gradients', '--write')).code).toBe(0);
    const written = await readFile(path.join(root, 'train.py'), 'utf8');
    expect(written).toContain('clip_grad_norm_');
    const again = await runCli(root, 'fix', 'train.py', '--apply', 'clip-gradients', '--write', '--format', 'json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ edits: [], refused: [] });
    expect(await readFile(path.join(root, 'train.py'), 'utf8')).toBe(written);
  });

  it('changes a cell of a notebook, shown as the cell and written into the JSON', async () => {
    const root = await scratchFolder();
    const cell = { cell_type: 'code', metadata: {}, outputs: [], source: LOOP.split(/(?<=\n)/) };
    const prose = { cell_type: 'markdown', metadata: {}, source: ['# Training'] };
    const text = `${JSON.stringify({ cells: [prose, cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
    await writeTree(root, { 'train.ipynb': text, 'cut.ipynb': text.slice(0, 40) });
    const fixIt = ['fix', 'train.ipynb', '--apply', 'clip-gradients'] as const;
    const shown = await runCli(root, ...fixIt);
    expect([shown.code, shown.stdout]).toEqual([0, expect.stringContaining('+++ train.ipynb (cell 2)')]);
    expect(shown.stdout).toMatch(/^\+ +torch\.nn\.utils\.clip_grad_norm_\(/m);
    expect(await readFile(path.join(root, 'train.ipynb'), 'utf8')).toBe(text);
    const made = await runCli(root, ...fixIt, '--write', '--format', 'json');
    const { edits } = JSON.parse(made.stdout) as { edits: SourceEdit[] };
    const written = await readFile(path.join(root, 'train.ipynb'), 'utf8');
    expect(written).toBe(applyEdits(text, edits));
    expect(JSON.parse(written)).toMatchObject({ cells: [prose, { outputs: [] }], nbformat_minor: 5 });
    const again = await runCli(root, ...fixIt, '--write');
    expect(again).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('in cell 2 on line') as string,
    });
    const damaged = await runCli(root, 'fix', 'cut.ipynb', '--apply', 'clip-gradients');
    expect(damaged).toMatchObject({ code: 2, stderr: expect.stringMatching(/its JSON is damaged/) as string });
  });

  it('refuses with a reason and exits with 1', async () => {
    const root = await scratchFolder();
    await writeFile(path.join(root, 'empty.py'), 'print("hello")\n');
    const { code, stdout, stderr } = await runCli(root, 'fix', 'empty.py', '--apply', 'clip-gradients');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^evenkeel: empty\.py: clip-gradients: [^\n]+\n$/);
    const unknown = await runCli(root, 'fix', 'empty.py', '--apply', 'clip-gradients', '--set', 'zorp=1');
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('--set zorp')]);
  });

  it('lists the fixes', async () => {
    const { stdout } = await runCli('/', 'fix', '--list', '--format', 'json');
    const { fixes } = JSON.parse(stdout) as { fixes: Record<string, unknown>[] };
    expect(fixes.map(({ id }) => id)).toContain('clip-gradients');
    expect(Object.keys(fixes[0] ?? {})).toEqual(
      expect.arrayContaining(['id', 'title', 'answers', 'frameworks', 'papers', 'labArm']),
    );
  });
});
