import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readText, repositoryFiles, root } from './repository.js';

/** The files that docs/extending.md tells one to write, by their paths. */
const examples = [...readText('docs/extending.md').matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(
  ([, file = '', code = '']) => ({ file, code }),
);

/** Inside the repository, so that packages and configuration are found; ignored by everything else. */
const scratch = path.join(root, 'node_modules', '.cache', 'evenkeel', 'worked-examples');

function run(tool: string, ...options: string[]): string {
  return execFileSync(process.execPath, [path.join(root, 'node_modules', tool), ...options], {
    cwd: scratch,
    encoding: 'utf8',
  });
}

describe('the worked examples of docs/extending.md', { timeout: 120_000 }, () => {
  beforeAll(() => {
    rmSync(scratch, { recursive: true, force: true });
    for (const part of ['src', 'webview', 'types', 'test/unit', 'tsconfig.base.json']) {
      cpSync(path.join(root, part), path.join(scratch, part), {
        recursive: true,
        filter: (source) => !/test[\\/]unit[\\/](house|.*\.test\.ts$)/.test(source),
      });
    }
    for (const { file, code } of examples) {
      mkdirSync(path.dirname(path.join(scratch, file)), { recursive: true });
      writeFileSync(path.join(scratch, file), code);
    }
    writeFileSync(
      path.join(scratch, 'tsconfig.json'),
      JSON.stringify({
        extends: './tsconfig.base.json',
        compilerOptions: { types: ['node'] },
        files: examples.map(({ file }) => file),
      }),
    );
    writeFileSync(
      path.join(scratch, 'vitest.config.mjs'),
      `export default { test: { include: ['test/**/*.test.ts'] } };`,
    );
  });

  it('are there: a source and its test for a reader, a monitor and a fix, and the cases of the monitor', () => {
    expect(examples.map(({ file }) => path.posix.dirname(file))).toEqual([
      'src/readers',
      'test/unit/readers',
      'src/monitors',
      'test/unit/monitors',
      'test/unit/monitors/cases',
      'src/fixes',
      'test/unit/fixes',
    ]);
  });

  it.each(examples)('$file is not written already', ({ file }) => {
    expect(repositoryFiles()).not.toContain(file);
  });

  it.each(examples)('$file is short', ({ code }) => {
    expect(code.split('\n').length).toBeLessThanOrEqual(100);
  });

  it('compile under the rules of the house', () => {
    expect(run('typescript/bin/tsc', '-p', 'tsconfig.json')).toBe('');
  });

  it('pass their own tests', () => {
    const report = JSON.parse(run('vitest/vitest.mjs', 'run', '--reporter=json')) as Record<string, unknown>;
    expect(report).toMatchObject({ success: true, numTotalTestSuites: expect.any(Number), numFailedTests: 0 });
    expect(report['numPassedTests']).toBeGreaterThanOrEqual(6);
  });
});
