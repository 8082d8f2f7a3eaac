import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildCli, CLI } from '../cli/builtCli.js';

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

beforeAll(() => buildCli(), 120_000);

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
    new StdioClientTransport({ command: process.execPath, args: [CLI, 'mcp', folder], stderr: 'pipe' }),
  );
  return client;
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
