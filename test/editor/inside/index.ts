import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Mocha from 'mocha';

interface SuiteResult {
  readonly passed: number;
  readonly passes: readonly { readonly title: string; readonly duration: number }[];
  readonly pending: readonly string[];
  readonly failures: readonly { readonly title: string; readonly error: string }[];
}

/** Called by the extension host: runs every test file beside this one and writes what came of it. */
export async function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 90_000, color: false, reporter: SilentReporter });
  const words = process.env['EVENKEEL_TEST_GREP'];
  if (words) {
    mocha.grep(words);
  }
  for (const file of readdirSync(__dirname)
    .filter((name) => name.endsWith('.test.js'))
    .sort()) {
    mocha.addFile(path.join(__dirname, file));
  }
  const result = await new Promise<SuiteResult>((resolve) => {
    const passes: { title: string; duration: number }[] = [];
    const pending: string[] = [];
    const failures: { title: string; error: string }[] = [];
    const runner = mocha.run(() => resolve({ passed: passes.length, passes, pending, failures }));
    runner.on('pass', (test) => passes.push({ title: test.fullTitle(), duration: test.duration ?? 0 }));
    runner.on('pending', (test) => pending.push(test.fullTitle()));
    runner.on('fail', (test, error: Error) => {
      failures.push({ title: test.fullTitle(), error: error.stack ?? error.message });
    });
  });
  writeFileSync(process.env['EVENKEEL_TEST_RESULT'] ?? '', JSON.stringify(result));
  if (result.failures.length > 0) {
    throw new Error(`${result.failures.length} tests failed`);
  }
}

/** Mocha's own output would land in the extension host's log, where nobody looks. */
class SilentReporter extends Mocha.reporters.Base {}
