import { CliError, EXIT } from './cliError.js';
import { Output } from './console.js';
import type { Interruption } from './console.js';
import { plainText } from '../reports/plainText.js';
import { runCommandLine } from './program.js';

async function main(): Promise<void> {
  const interruption = new AbortController();
  let listener: ((interruption: Interruption) => void) | undefined;
  const interrupt = (signal: Interruption): void => {
    if (listener) {
      listener(signal);
    } else if (interruption.signal.aborted) {
      process.exit(EXIT.interrupted); // Asked again: whatever is under way takes too long.
    } else {
      interruption.abort();
    }
  };
  (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).forEach((signal) => process.on(signal, interrupt));
  // Whoever reads the output may stop at any time, as `head` does: that is no failure.
  process.stdout.on('error', () => interruption.abort(new CliError('output closed', EXIT.done)));
  const output = new Output(process.stdout, process.env, interruption.signal);
  process.exitCode = await runCommandLine(process.argv.slice(2), {
    output,
    complain: (line) => process.stderr.write(`evenkeel: ${plainText(line)}\n`),
    signal: interruption.signal,
    now: Date.now,
    errorOutput: process.stderr,
    takeInterruptions: (taken) => {
      listener = taken;
      return { dispose: () => (listener = undefined) };
    },
  });
}

void main();
