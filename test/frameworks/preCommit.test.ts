import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCli, CLI } from '../unit/cli/builtCli.js';
import { frameworkPython } from './python.js';

const run = promisify(execFile);
const found = await frameworkPython();
const python = 'python' in found ? found.python : '';
const hasPreCommit =
  python !== '' &&
  (await run(python, ['-m', 'pre_commit', '--version']).then(
    () => true,
    () => false,
  ));
if (!hasPreCommit) {
  console.warn(
    `skipped: the hook of pre-commit, ${'missing' in found ? found.missing : 'pre-commit is not installed'}`,
  );
}

const GOOD = `import torch

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for batch, target in loader:
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(model(batch), target)
    loss.backward()
    optimizer.step()
`;
const BAD = GOOD.replace('    optimizer.zero_grad()\n', '');

/** The configuration that the documentation shows, with the command line built here in place of the installed one. */
async function documentedConfiguration(): Promise<string> {
  const page = await readFile(path.resolve('docs/ci.md'), 'utf8');
  const yaml = /```yaml\n(?<text># \.pre-commit-config\.yaml\n[\s\S]*?)```/.exec(page)?.groups?.['text'] ?? '';
  expect(yaml).toContain('npx evenkeel loops');
  return yaml.replace('npx evenkeel', `${process.execPath} ${CLI}`);
}

describe.skipIf(!hasPreCommit)('the hook of pre-commit', { timeout: 120_000 }, () => {
  let repository: string;

  beforeAll(async () => {
    await buildCli();
    repository = await mkdtemp(path.join(os.tmpdir(), 'evenkeel pre-commit '));
    await run('git', ['init', '-q'], { cwd: repository });
    await writeFile(path.join(repository, '.pre-commit-config.yaml'), await documentedConfiguration());
    await run(python, ['-m', 'pre_commit', 'install'], { cwd: repository });
  }, 120_000);

  afterAll(() => rm(repository, { recursive: true, force: true }));

  async function commit(text: string): Promise<{ readonly failed: boolean; readonly said: string }> {
    await writeFile(path.join(repository, 'train.py'), text);
    await run('git', ['add', '.'], { cwd: repository });
    const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid'];
    return run('git', [...who, 'commit', '-m', 'Train'], { cwd: repository }).then(
      ({ stdout, stderr }) => ({ failed: false, said: stdout + stderr }),
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return { failed: true, said: stdout + stderr };
      },
    );
  }

  it('stops a commit of a loop that never clears its gradients, and says where', async () => {
    const { failed, said } = await commit(BAD);
    expect(failed).toBe(true);
    expect(said).toMatch(/train\.py:\d+ .*\[missing-zero-grad\]/);
  });

  it('lets a sound loop through', async () => {
    const { failed, said } = await commit(GOOD);
    expect(failed, said).toBe(false);
  });
});
