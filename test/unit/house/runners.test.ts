import { describe, expect, it } from 'vitest';
import vitestConfig from '../../../vitest.config.mjs';
import { readText, repositoryFiles } from './repository.js';

/** The test files that each runner picks up by itself, by the npm script that starts it. */
const PICKED_UP: Readonly<Record<string, RegExp>> = {
  'test:unit': /^test\/(unit|golden)\/.+\.test\.ts$/,
  'test:webview': /^test\/webview\/.+\.test\.ts$/,
  'test:frameworks': /^test\/frameworks\/.+\.test\.ts$/,
  'test:editor': /^test\/editor\/(inside|outside)\/[^/]+\.test\.ts$/,
};

const files = repositoryFiles();
const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

describe('the test runners', () => {
  it('leave out no test file', () => {
    const tests = files.filter((file) => /(^|\/)test_[^/]+\.py$|\.(test|spec)\.[cm]?[jt]sx?$/.test(file));
    expect(tests.filter((file) => !Object.values(PICKED_UP).some((pattern) => pattern.test(file)))).toEqual([]);
    for (const pattern of Object.values(PICKED_UP)) {
      expect(tests.some((file) => pattern.test(file))).toBe(true);
    }
  });

  it('miss no test for the name of its file', () => {
    const silent = files.filter(
      (file) =>
        /^test\/.+\.[cm]?[jt]s$/.test(file) &&
        !Object.values(PICKED_UP).some((pattern) => pattern.test(file)) &&
        /^(describe|it|test)(\.each)?\(/m.test(readText(file)),
    );
    expect(silent).toEqual([]);
  });

  it('are configured to pick up what is said here', () => {
    expect(vitestConfig.test?.include).toEqual(['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts']);
  });

  it('are all part of npm test', () => {
    const runner = readText('scripts/test.mjs');
    const tests = Object.keys(scripts).filter((name) => name.startsWith('test:') && name !== 'test:desktop');
    const checks = [...tests, 'lint', 'typecheck', 'build', 'corpus', 'package', 'bench'];
    expect(checks.filter((name) => !runner.includes(`script: '${name}'`))).toEqual([]);
  });

  it('are there: every npm script names files that exist', () => {
    const named = Object.values(scripts).flatMap((command) => command.match(/\b(scripts|test)\/[\w./-]+/g) ?? []);
    expect(named.filter((file) => !files.includes(file))).toEqual([]);
  });
});
