import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildCli, CLI } from '../cli/builtCli.js';
import { buildLab } from '../lab/builtLab.js';

const SCRIPT = `import torch

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for batch, target in loader:
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(batch), target)
    loss.backward()
    optimizer.step()
`;

let folder: string;
let outside: string;
const clients: Client[] = [];
/** Shows within this time on a busy machine: the lab's children are Node processes that load TensorFlow.js. */
const CHILD_WITHIN_MS = 60_000;

beforeAll(async () => {
  await Promise.all([buildCli(), buildLab(path.dirname(CLI))]);
}, 120_000);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'evenkeel-mcp-'));
  outside = await mkdtemp(path.join(os.tmpdir(), 'evenkeel-elsewhere-'));
  await writeFile(path.join(folder, 'train.py'), SCRIPT);
  const rows = Array.from({ length: 400 }, (_, step) => {
    const loss = step === 300 ? 'NaN' : String(2 / (1 + step / 50) + 0.01 * Math.sin(step * 1.7));
    return `{"step": ${step}, "train/loss": ${loss}}`;
  });
  await writeFile(path.join(folder, 'metrics.jsonl'), rows.join('\n') + '\n');
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all([folder, outside].map((one) => rm(one, { recursive: true, force: true })));
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
});

async function connected(asks?: (message: string) => boolean): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities: asks ? { elicitation: {} } : {} });
  if (asks) {
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => ({
      action: 'accept',
      content: { apply: asks(params.message) },
    }));
  }
  clients.push(client);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [CLI, 'mcp', '--lab', path.join(outside, 'lab'), folder],
      stderr: 'pipe',
    }),
  );
  return client;
}

/** Processes that the server has started and that still run. */
async function childrenOf(client: Client): Promise<readonly string[]> {
  const { pid } = client.transport as StdioClientTransport;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return children.split(' ').filter(Boolean);
}

async function isRunning(pid: string): Promise<boolean> {
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return state !== '' && !/\) Z /.test(state);
}

/** A finding of the sample that the lab can try. */
async function triable(client: Client): Promise<{ readonly run: string; readonly finding: string }> {
  const { runs } = data(await call(client, 'list_runs')) as { runs: { id: string }[] };
  const run = runs[0]?.id ?? '';
  const { findings } = data(await call(client, 'get_findings', { run })) as {
    findings: { id: string; symptom: string }[];
  };
  return { run, finding: findings.find(({ symptom }) => symptom === 'non-finite')?.id ?? '' };
}

async function call(client: Client, name: string, input: Record<string, unknown> = {}): Promise<CallToolResult> {
  return (await client.callTool({ name, arguments: input })) as CallToolResult;
}

function data(result: CallToolResult): Record<string, unknown> {
  expect(result.isError, JSON.stringify(result.content)).toBeFalsy();
  return result.structuredContent as Record<string, unknown>;
}

function complaint(result: CallToolResult): string {
  expect(result.isError).toBe(true);
  const [first] = result.content;
  return first?.type === 'text' ? first.text : '';
}

describe('evenkeel mcp', { timeout: 60_000 }, () => {
  it('names its tools with schemas that are valid, and says which of them changes files', async () => {
    const client = await connected();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'list_runs',
      'get_findings',
      'get_evidence',
      'compare_runs',
      'describe_loops',
      'list_fixes',
      'propose_fix',
      'try_fix',
      'apply_fix',
    ]);
    const ajv = new Ajv({ strict: false });
    tools.forEach(({ inputSchema }) => expect(() => ajv.compile(inputSchema)).not.toThrow());
    const changing = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true);
    expect(changing.map(({ name }) => name)).toEqual(['try_fix', 'apply_fix']);
    const destroying = changing.filter(({ annotations }) => annotations?.destructiveHint !== false);
    expect(destroying.map(({ name }) => name)).toEqual(['apply_fix']);
    expect(client.getInstructions()).toContain('list_runs');
  });

  it('leads from the runs to the curve behind a finding', async () => {
    const client = await connected();
    const { runs } = data(await call(client, 'list_runs')) as { runs: { id: string; findings: object[] }[] };
    expect(runs).toHaveLength(1);
    const run = runs[0]?.id ?? '';
    const { findings, notEvaluated } = data(await call(client, 'get_findings', { run })) as {
      findings: { id: string; symptom: string; fixes: { id: string }[] }[];
      notEvaluated: object[];
    };
    const nan = findings.find(({ symptom }) => symptom === 'non-finite');
    expect(nan?.fixes.length).toBeGreaterThan(0);
    expect(notEvaluated.length).toBeGreaterThan(5);
    const evidence = data(await call(client, 'get_evidence', { run, finding: nan?.id }));
    const { curves } = evidence as {
      curves: { tag: string; points: { nonFinite: unknown[]; stretches: unknown[] } }[];
    };
    expect(curves[0]?.tag).toBe('train/loss');
    expect(curves[0]?.points.nonFinite).toEqual([{ step: 300, value: 'NaN' }]);
    expect(curves[0]?.points.stretches.length).toBeGreaterThan(20);
  });

  it('takes a path for a run, also of one that lies elsewhere', async () => {
    const client = await connected();
    await cp(path.join(folder, 'metrics.jsonl'), path.join(outside, 'metrics.jsonl'));
    const report = data(await call(client, 'get_findings', { run: path.join(outside, 'metrics.jsonl') }));
    expect((report['findings'] as object[]).length).toBeGreaterThan(0);
    expect(complaint(await call(client, 'get_findings', { run: 'nothing' }))).toContain('list_runs');
  });

  it('describes loops, and shows a fix without making it', async () => {
    const client = await connected();
    const file = path.join(folder, 'train.py');
    const { loops } = data(await call(client, 'describe_loops', { file })) as { loops: Record<string, unknown>[] };
    expect(loops).toHaveLength(1);
    expect(loops[0]).toMatchObject({ framework: 'pytorch', optimizer: 'adamw', lines: [5, 9], backwardLine: 8 });
    const proposed = data(await call(client, 'propose_fix', { file, fix: 'clip-gradients' }));
    expect(proposed['outcome']).toBe('diff');
    expect(proposed['diff']).toContain('+    torch.nn.utils.clip_grad_norm_(');
    expect(await readFile(file, 'utf8')).toBe(SCRIPT);
  });

  it('compares two runs, and refuses one with itself', async () => {
    const client = await connected();
    const rows = Array.from({ length: 400 }, (_, step) => `{"step": ${step}, "train/loss": ${2 / (1 + step / 90)}}`);
    await mkdir(path.join(folder, 'other'));
    await writeFile(path.join(folder, 'other', 'metrics.jsonl'), rows.join('\n') + '\n');
    const [run, other] = [path.join(folder, 'metrics.jsonl'), path.join(folder, 'other', 'metrics.jsonl')];
    const comparison = data(await call(client, 'compare_runs', { run, other }));
    const { curves, findings } = comparison as {
      curves: { role: string; parting: { step: number } | null }[];
      findings: { symptom: string; runs: unknown[] }[];
    };
    expect(curves[0]).toMatchObject({ role: 'train/loss', sharedSteps: 400 });
    expect(curves[0]?.parting?.step).toBeLessThan(60);
    expect(findings.find(({ symptom }) => symptom === 'non-finite')?.runs[1]).toBeNull();
    expect(complaint(await call(client, 'compare_runs', { run, other: run }))).toContain('the same run');
  });

  it('refuses to try what the finding does not have', async () => {
    const client = await connected();
    const { runs } = data(await call(client, 'list_runs')) as { runs: { id: string }[] };
    const run = runs[0]?.id ?? '';
    const { findings } = data(await call(client, 'get_findings', { run })) as {
      findings: { id: string; fixes: { id: string }[] }[];
    };
    const finding = findings[0]!;
    const wrong = await call(client, 'try_fix', { run, finding: finding.id, fixes: ['no-such-fix'] });
    expect(complaint(wrong)).toContain('no-such-fix');
    expect(complaint(await call(client, 'try_fix', { run, finding: 'no-such-finding' }))).toContain(finding.id);
  });

  it.runIf(process.platform === 'linux')(
    'tells how a trial goes on, and ends its processes when the client cancels',
    async () => {
      const client = await connected();
      const told: { progress: number; total?: number | undefined; message?: string | undefined }[] = [];
      const cancellation = new AbortController();
      const trial = client.callTool({ name: 'try_fix', arguments: await triable(client) }, undefined, {
        signal: cancellation.signal,
        timeout: 4 * CHILD_WITHIN_MS,
        onprogress: (progress) => told.push(progress),
      });
      const end = expect(trial).rejects.toThrow('no longer wanted');
      let children: readonly string[] = [];
      await vi.waitFor(
        async () => {
          children = await childrenOf(client);
          expect(children).not.toEqual([]);
          expect(told.length).toBeGreaterThan(1);
        },
        { timeout: CHILD_WITHIN_MS, interval: 50 },
      );
      cancellation.abort('no longer wanted');
      await end;
      await vi.waitFor(
        async () => {
          expect(await childrenOf(client)).toEqual([]);
          expect(await Promise.all(children.map(isRunning))).not.toContain(true);
        },
        { timeout: CHILD_WITHIN_MS, interval: 50 },
      );
      const shares = told.map(({ progress }) => progress);
      expect(shares).toEqual([...shares].sort((one, other) => one - other));
      told.forEach(({ total, message }) => expect([total, message]).toEqual([1, expect.stringMatching(/\w/)]));
      // The server goes on, and the finding may be tried again.
      expect(data(await call(client, 'list_runs'))['runs']).toHaveLength(1);
    },
    5 * CHILD_WITHIN_MS,
  );

  it.runIf(process.platform === 'linux')(
    'leaves no process behind when the client goes in the middle of a trial',
    async () => {
      const client = await connected();
      const trial = client.callTool({ name: 'try_fix', arguments: await triable(client) });
      const end = expect(trial).rejects.toThrow('closed');
      let children: readonly string[] = [];
      await vi.waitFor(
        async () => {
          children = await childrenOf(client);
          expect(children).not.toEqual([]);
        },
        { timeout: CHILD_WITHIN_MS, interval: 50 },
      );
      await client.close();
      await end;
      await vi.waitFor(async () => expect(await Promise.all(children.map(isRunning))).not.toContain(true), {
        timeout: CHILD_WITHIN_MS,
        interval: 50,
      });
    },
    5 * CHILD_WITHIN_MS,
  );

  it('shows and makes a change in a cell of a notebook', async () => {
    const client = await connected();
    const file = path.join(folder, 'train.ipynb');
    const cell = { cell_type: 'code', metadata: {}, outputs: [], source: SCRIPT.trimEnd().split(/(?<=\n)/) };
    await writeFile(file, JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1));
    const place = { cell: 1, line: 8 };
    const proposed = data(await call(client, 'propose_fix', { file, fix: 'clip-gradients', ...place }));
    expect(proposed['diff']).toContain('(cell 1)');
    const applied = data(await call(client, 'apply_fix', { file, fix: 'clip-gradients', ...place }));
    expect(applied).toMatchObject({ outcome: 'applied', diff: proposed['diff'] });
    const { cells } = JSON.parse(await readFile(file, 'utf8')) as { cells: (typeof cell)[] };
    expect(cells[0]?.source).toContain('    torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)\n');
    expect(complaint(await call(client, 'propose_fix', { file, fix: 'zclip', line: 8 }))).toContain('cell and line');
  });

  it('makes a change once the user has said yes, and twice is once', async () => {
    const asked: string[] = [];
    const client = await connected((message) => asked.push(message) > 0);
    const file = path.join(folder, 'train.py');
    const { before, diff } = data(await call(client, 'propose_fix', { file, fix: 'clip-gradients' }));
    const applied = data(await call(client, 'apply_fix', { file, fix: 'clip-gradients', before }));
    expect(applied).toMatchObject({ outcome: 'applied', diff });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain('clip_grad_norm_');
    expect(await readFile(file, 'utf8')).toContain('clip_grad_norm_');
    expect(data(await call(client, 'apply_fix', { file, fix: 'clip-gradients' }))['outcome']).toBe('already-there');
    expect(complaint(await call(client, 'apply_fix', { file, fix: 'zclip', before }))).toContain('has changed');
  });

  it('leaves the file alone when the user says no', async () => {
    const client = await connected(() => false);
    const file = path.join(folder, 'train.py');
    expect(data(await call(client, 'apply_fix', { file, fix: 'clip-gradients' }))['outcome']).toBe('declined');
    expect(await readFile(file, 'utf8')).toBe(SCRIPT);
  });

  it('changes nothing outside of its folders, through a link neither', async () => {
    const client = await connected();
    const file = path.join(outside, 'train.py');
    await writeFile(file, SCRIPT);
    await symlink(file, path.join(folder, 'linked.py'));
    for (const named of [
      file,
      path.join(folder, 'linked.py'),
      path.join(folder, '..', path.basename(outside), 'train.py'),
    ]) {
      expect(complaint(await call(client, 'apply_fix', { file: named, fix: 'clip-gradients' }))).toContain('outside');
    }
    expect(await readFile(file, 'utf8')).toBe(SCRIPT);
  });

  it('says what is wrong with what it was asked', async () => {
    const client = await connected();
    expect(complaint(await call(client, 'propose_fix', { file: 'x.py', fix: 3 }))).toContain('fix');
    expect(
      complaint(await call(client, 'propose_fix', { file: path.join(folder, 'gone.py'), fix: 'zclip' })),
    ).toContain('gone.py');
    expect(complaint(await call(client, 'describe_loops', { file: path.join(folder, 'metrics.jsonl') }))).toContain(
      'not a source',
    );
    expect(complaint(await call(client, 'no_such_tool'))).toContain('no_such_tool');
  });
});
