/**
 * `npm run bench -- NAME…` runs the named benchmarks of test/bench, `npm run bench` all of them, one after the other.
 * Options (`--name=value`) are handed to each of them.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'test', 'bench');
const files = readdirSync(folder).filter((file) => /\.(ts|mjs)$/.test(file));
const available = files.map((file) => path.parse(file).name).sort();
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const unknown = names.filter((name) => !available.includes(name));
if (unknown.length > 0) {
  console.error(`no such benchmark: ${unknown.join(', ')}; there are ${available.join(', ')}`);
  process.exit(2);
}

const tsx = path.join(root, 'node_modules', 'tsx', 'dist', 'cli.mjs');
/** What test/bench/support/boundMissed.ts says. */
const BOUND_MISSED = 3;
let failed = 0;
for (const name of names.length > 0 ? names : available) {
  console.log(`\n${name}`);
  const file = files.find((candidate) => path.parse(candidate).name === name) ?? name;
  const { status } = spawnSync(process.execPath, [tsx, path.join(folder, file), ...options], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status === BOUND_MISSED && process.env.EVENKEEL_BENCH_REPORT) {
    console.log(`skipped: ${name} missed a bound on this machine; the figures stand above`);
  } else {
    failed += status === 0 ? 0 : 1;
  }
}
const ran = names.length > 0 ? names.length : available.length;
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${ran - failed} passed, ${failed} failed`);
