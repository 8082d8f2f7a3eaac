/**
 * `npm test`: everything that needs nothing but `npm ci`, one stage after the other; all run even when one fails.
 * `npm test -- lint unit` runs the named stages only. `--everything` adds what is slow or needs more: real
 * frameworks, the package and the benchmarks.
 */
import { describe, runStage } from './stage.mjs';

/**
 * All limits together stay below an hour and a half.
 * @type {readonly import('./stage.mjs').Stage[]}
 */
const STAGES = [
  { name: 'types', script: 'typecheck', minutes: 2 },
  { name: 'lint', script: 'lint', minutes: 4 },
  { name: 'build', script: 'build', minutes: 1 },
  { name: 'unit', script: 'test:unit', minutes: 16 },
  { name: 'webview', script: 'test:webview', minutes: 8 },
  { name: 'corpus', script: 'corpus', minutes: 4 },
  { name: 'editor', script: 'test:editor', minutes: 23 },
];

/** @type {readonly import('./stage.mjs').Stage[]} */
const FURTHER_STAGES = [
  // Before the frameworks: packing looks at every file of the folder, and their environment has very many.
  { name: 'package', script: 'package', minutes: 3 },
  { name: 'frameworks', script: 'test:frameworks', minutes: 16 },
  { name: 'bench', script: 'bench', minutes: 12 },
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
const left = names.length > 0 ? [] : known.filter((stage) => !chosen.includes(stage));
const results = [];
for (const stage of chosen) {
  results.push({ stage, ...(await runStage(stage)) });
}

console.log('\nSummary');
for (const result of results) {
  console.log(`  ${result.stage.name.padEnd(12)}${describe(result)}`);
  for (const remark of result.remarks) {
    console.log(`  ${''.padEnd(12)}${remark}`);
  }
}
for (const stage of left) {
  console.log(`  ${stage.name.padEnd(12)}not part of npm test; run it with npm run ${stage.script}`);
}
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
