import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';

/**
 * A step of the test run: an npm script that counts as one test, or that says itself how many it ran.
 * @typedef {object} Stage
 * @property {string} name
 * @property {string} script name of the npm script
 * @property {number} minutes after which it is stopped and counts as failed
 */

/**
 * @typedef {object} StageResult
 * @property {number} passed
 * @property {number} failed
 * @property {readonly string[]} remarks what was skipped, what failed and what passed only when tried again, a line each
 */

/** How a script begins a line that belongs into the summary as well. */
const REMARK = /^\s*((?:skipped|failed|flaky): .+)$/;
/** A stage that fails everywhere says so no more often than this. */
const MOST_REMARKS = 40;
const LONGEST_REMARK = 300;
/** Between asking a stage that takes too long to end and killing it. */
const GRACE_MS = 5000;

/**
 * Reads what a finished script says of itself: vitest's closing line, or a line `N passed, N failed`; the last one
 * counts. A script that says nothing counts as one test. A line `skipped: …` names something that was left out,
 * `failed: …` a test that failed and `flaky: …` one that failed and then passed.
 * @param {string} output
 * @param {boolean} succeeded whether it ended with exit code 0
 * @returns {StageResult}
 */
export function readOutcome(output, succeeded) {
  const lines = stripVTControlCharacters(output).split(/\r?\n/);
  const counts = lines.map(readCounts).findLast((line) => line !== undefined) ?? {
    passed: succeeded ? 1 : 0,
    failed: 0,
    skipped: 0,
  };
  const remarks = lines
    .map((line) => REMARK.exec(line)?.[1]?.slice(0, LONGEST_REMARK))
    .filter((line) => line !== undefined)
    .slice(0, MOST_REMARKS);
  const named = remarks.filter((remark) => remark.startsWith('skipped')).length;
  if (counts.skipped > named) {
    remarks.push(`skipped: ${counts.skipped - named} tests skipped themselves; the output above says which`);
  }
  const failed = succeeded ? counts.failed : Math.max(1, counts.failed);
  if (failed > 0 && !remarks.some((remark) => remark.startsWith('failed'))) {
    const last = lines.map((line) => line.trim()).findLast((line) => line !== '');
    remarks.push(`failed: without a word of which; its last one: ${last ?? 'none'}`.slice(0, LONGEST_REMARK));
  }
  return { passed: counts.passed, failed, remarks };
}

/** @param {string} line */
function readCounts(line) {
  const vitest = /^\s*Tests\s+(\d.*)\(\d+\)/.exec(line)?.[1];
  const closing = /^\s*(\d+ passed, \d+ failed(?:, \d+ skipped)?)\s*$/.exec(line)?.[1];
  const text = vitest ?? closing;
  if (text === undefined) {
    return undefined;
  }
  /** @param {string} word */
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(text)?.[1] ?? 0);
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

/**
 * Runs a stage with its output passed through as it comes.
 * @param {Stage} stage
 * @returns {Promise<StageResult>}
 */
export async function runStage(stage) {
  console.log(`\n── ${stage.name} (npm run ${stage.script}) ${'─'.repeat(60)}`.slice(0, 100));
  const started = performance.now();
  const windows = process.platform === 'win32';
  const child = spawn('npm', ['run', '--silent', stage.script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
    // A process group of its own, so that a stage that hangs is stopped together with what it started.
    detached: !windows,
  });
  let output = '';
  for (const [stream, sink] of /** @type {const} */ ([
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ])) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      sink.write(text);
    });
  }
  /** @param {NodeJS.Signals} signal */
  const signalAll = (signal) => {
    try {
      if (child.pid !== undefined) {
        process.kill(windows ? child.pid : -child.pid, signal);
      }
    } catch {
      // Nothing is left of it.
    }
  };
  // What has groups of its own below it, such as an editor, ends them when it is asked to end.
  const stop = async () => {
    signalAll('SIGTERM');
    await wait(GRACE_MS);
    signalAll('SIGKILL');
  };
  const interrupt = () => void stop().then(() => process.exit(130));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const timer = setTimeout(() => {
    const reason = `\nfailed: ${stage.name}: stopped after ${stage.minutes.toFixed(1)} minutes\n`;
    console.error(reason);
    output += reason;
    void stop();
  }, stage.minutes * 60_000);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('close', resolve);
  });
  clearTimeout(timer);
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  const result = readOutcome(output, code === 0);
  console.log(`── ${stage.name}: ${describe(result)} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result;
}

/** @param {StageResult} result */
export function describe(result) {
  return `${result.passed} passed, ${result.failed} failed`;
}
