/**
 * `npm test`: everything that needs nothing but `npm ci`, one stage after the other; all run even when one fails.
 * `npm test -- lint unit` runs the named stages only. `--everything` adds what is slow or needs more: real
 * frameworks, the package and the benchmarks.
 */
import { describe, runStage } from './stage.mjs';

/** All stages together end within an hour and a half, with time for `npm ci` before them. */
const ALL_WITHIN_MINUTES = 86;

/**
 * A limit is for a stage that hangs: well above what it takes on two processors.
 * @type {readonly import('./stage.mjs').Stage[]}
 */
const STAGES = [
  { name: 'types', script: 'typecheck', minutes: 3 },
  { name: 'lint', script: 'lint', minutes: 6 },
  { name: 'build', script: 'build', minutes: 2 },
  { name: 'unit', script: 'test:unit', minutes: 20 },
  { name: 'webview', script: 'test:webview', minutes: 10 },
  { name: 'corpus', script: 'corpus', minutes: 6 },
  { name: 'editor', script: 'test:editor', minutes: 28 },
];

/** @type {readonly import('./stage.mjs').Stage[]} */
const FURTHER_STAGES = [
  // Before the frameworks: packing looks at every file of the folder, and their environment has very many.
  { name: 'package', script: 'package', minutes: 5 },
  { name: 'frameworks', script: 'test:frameworks', minutes: 22 },
  { name: 'bench', script: 'bench', minutes: 18 },
];

const everything = process.argv.includes('--everything');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const known = [...STAGES, ...FURTHER_STAGES];
const unknown = names.filter((name) => !known.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(', ')}; there are ${known.map((stage) => stage.name).join(', ')}`);
  process.exit(2);
}

const chosen = names.length > 0 ? known.filter((stage) => names.includes(stage.name)) : everything ? known : STAGES;
const others = names.length > 0 ? [] : known.filter((stage) => !chosen.includes(stage));
const results = [];
for (const stage of chosen) {
  const left = ALL_WITHIN_MINUTES - performance.now() / 60_000;
  results.push({ stage, ...(await runStage({ ...stage, minutes: Math.min(stage.minutes, Math.max(0, left)) })) });
}

console.log('\nSummary');
for (const result of results) {
  console.log(`  ${result.stage.name.padEnd(12)}${describe(result)}`);
  for (const remark of result.remarks) {
    console.log(`  ${''.padEnd(12)}${remark}`);
  }
}
for (const stage of others) {
  console.log(`  ${stage.name.padEnd(12)}not part of npm test; run it with npm run ${stage.script}`);
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
