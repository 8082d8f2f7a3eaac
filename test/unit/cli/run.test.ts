import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { scratchFolder, until, writeTree } from '../engine/scratch.js';
import { buildCli, finished, runCli, startCli } from './builtCli.js';

beforeAll(buildCli);

/** Trains on nothing: prints a loss a step, not finite where told, waits at a step until it was seen, ends as told. */
const SCRIPT = `import math, os, sys, time
steps, broken, end = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
seen = os.environ.get("STEP_TO_BE_SEEN")
for step in range(steps):
    loss = math.nan if 0 < broken <= step else 2.5 * math.exp(-step / 100) + 0.01 * (step % 3)
    print(f"step {step} loss {loss:.4f}", flush=True)
    time.sleep(0.004)
    if str(step) == seen:
        while not os.path.exists("seen"):
            time.sleep(0.01)
print("done", file=sys.stderr)
if end == "raise":
    raise ValueError("no more data")
if end == "wait":
    time.sleep(600)
sys.exit(int(end) if end.isdigit() else 0)
`;

async function project(): Promise<string> {
  const root = await scratchFolder();
  await writeTree(root, { 'train.py': SCRIPT });
  return root;
}

const run = (root: string, words: string, ...flags: readonly string[]) =>
  runCli(root, 'run', ...flags, '--', 'python3', 'train.py', ...words.split(' '));

async function recordIn(root: string): Promise<Record<string, unknown>> {
  const runs = path.join(root, 'evenkeel-runs');
  const [name] = (await readdir(runs)).filter((one) => !one.startsWith('.'));
  return JSON.parse(await readFile(path.join(runs, name!, 'job.json'), 'utf8'));
}

describe('evenkeel run', () => {
  it('passes the output on, tells of findings while it runs, and ends with the report', async () => {
    const root = await project();
    const finding = /✖ error {2}.*(?:NaN|finite)/i;
    const child = startCli(root, ['run', '--', 'python3', 'train.py', '600', '300', '0'], { STEP_TO_BE_SEEN: '598' });
    let told = '';
    child.stdout?.on('data', (piece: Buffer) => (told += piece.toString()));
    const end = finished(child);
    await until('the finding', () => finding.test(told) || child.exitCode !== null);
    await writeFile(path.join(root, 'seen'), '');
    const { code, stdout, stderr } = await end;
    expect(code).toBe(0);
    expect(stdout.match(/^step \d+ loss /gm)).toHaveLength(600);
    expect(stderr).toContain('done\n');
    const [live, report] = stdout.split('step 599 loss');
    expect(live).toMatch(finding);
    expect(report).toMatch(/train finished after/);
    expect(report).toMatch(finding);
    expect(await recordIn(root)).toMatchObject({ state: 'finished', exit: { code: 0 } });
  });

  it('has the exit code of the command, unless --fail-on asks otherwise', async () => {
    const root = await project();
    const codes = await Promise.all([
      run(root, '5 0 0'),
      run(root, '5 0 7'),
      run(root, '200 100 0', '--fail-on', 'error'),
      run(root, '200 0 0', '--fail-on', 'error'),
      run(root, '200 100 9', '--fail-on', 'error'),
    ]);
    expect(codes.map(({ code }) => code)).toEqual([0, 7, 1, 0, 9]);
  });

  it('prints JSON, a line each, on standard output alone', async () => {
    const { code, stdout, stderr } = await run(await project(), '300 200 raise', '--format', 'json');
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; finding: { symptom: string } });
    expect(code).toBe(1);
    expect(events[0]).toMatchObject({ version: 1, event: 'job-started', target: 'local' });
    expect(events.filter(({ event }) => event === 'opened').map(({ finding }) => finding.symptom)).toContain(
      'non-finite',
    );
    expect(events.at(-1)).toMatchObject({
      event: 'job-ended',
      job: { state: 'failed', code: 1, cause: 'error', message: expect.stringMatching(/ValueError: no more data$/) },
      runs: [{ status: 'failed', findings: [{ symptom: 'non-finite', fromStep: 200 }] }],
    });
    expect(stderr).toContain('step 299 loss');
  });

  it('hands Ctrl-C on to the job, and keeps what was logged', async () => {
    const root = await project();
    const child = startCli(root, ['run', '--', 'python3', 'train.py', '40', '0', 'wait']);
    let seen = '';
    child.stdout?.on('data', (piece: Buffer) => (seen += piece.toString()));
    const end = finished(child);
    await until('the last step', () => seen.includes('step 39'));
    child.kill('SIGINT');
    const { code, stdout } = await end;
    expect(code).toBe(130);
    expect(stdout).toMatch(/train stopped after .*\n.*interrupted by Ctrl-C/);
    expect(stdout).toMatch(/step 39\b/);
    expect(await recordIn(root)).toMatchObject({ state: 'stopped', exit: { signal: 'SIGINT' } });
  });

  it('reads what the job itself logs where the hook sees nothing, and no log of before', async () => {
    const root = await project();
    const rows =
      'import json, sys\nfor step in range(300):\n  print(json.dumps({"step": step, "loss": float("nan") if step > 200 else 2.0}), file=out)\n';
    await writeTree(root, {
      'quiet.py': `out = open("logs/history.jsonl", "w")\n${rows}`,
      'logs/.keep': '',
      'old/history.jsonl': '{"step": 1, "loss": 3}\n{"step": 2, "loss": 2}\n',
    });
    const past = new Date('2020-01-01');
    await utimes(path.join(root, 'old/history.jsonl'), past, past);
    const { code, stdout } = await runCli(root, 'run', '--format', 'json', '--', 'python3', 'quiet.py');
    const { runs } = JSON.parse(stdout.trim().split('\n').at(-1)!);
    expect(code).toBe(0);
    const own = runs.filter(({ paths }: { paths: string[] }) => paths.every((file) => !file.includes('evenkeel-runs')));
    expect(own.map(({ paths }: { paths: string[] }) => paths.map((file) => path.relative(root, file)))).toEqual([
      ['logs/history.jsonl'],
    ]);
    expect(own[0].findings[0]).toMatchObject({ symptom: 'non-finite', fromStep: 201 });
  });

  it('feeds a job that reads its input', async () => {
    const child = startCli(await scratchFolder(), ['run', '--', 'cat']);
    child.stdin?.end('step 1 loss 2\n');
    expect((await finished(child)).stdout).toContain('step 1 loss 2\n');
  });

  it('says so where no training was seen', async () => {
    const { code, stdout } = await runCli(await scratchFolder(), 'run', '--', 'sleep', '0.1');
    expect([code, stdout]).toEqual([0, expect.stringContaining('No training was seen')]);
  });

  it('ends with its job, whatever that has left behind', async () => {
    const { code, stdout } = await runCli(
      await scratchFolder(),
      'run',
      '--',
      'sh',
      '-c',
      'sleep 600 & echo $!; exit 4',
    );
    expect(code).toBe(4);
    process.kill(Number(/^\d+$/m.exec(stdout)?.[0]), 'SIGKILL');
  });

  it.each([
    [[], 2, /missing required argument 'command'/],
    [['--', 'evenkeel-no-such-program'], 127, /no such program/],
    [['--target', 'moon', '--', 'true'], 2, /local, torchrun, slurm/],
    [['--every', '0', '--', 'true'], 2, /whole number above 0/],
    [['--nproc', '2', '--', 'true'], 2, /--nproc is for --target torchrun/],
    [['--target', 'torchrun', '--', 'python', '-c', 'pass'], 2, /needs a script or a module/],
    [['--out', '/proc/nowhere', '--', 'true'], 2, /\/proc\/nowhere: can't be written to/],
  ])('%j exits with %i', async (parameters, code, message) => {
    const result = await runCli(await scratchFolder(), 'run', ...parameters);
    expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(message)]);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });
});
