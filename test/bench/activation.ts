/**
 * What the activation of the extension costs, measured inside the extension host of a real editor against extensions
 * that do nothing, in the same host. Nothing activates the extension but the measurement: its activation events are
 * taken out of a copy of what ships.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureChromium } from '../../scripts/editor/browser.mjs';
import { packExtension, packFolder } from '../../scripts/editor/extensionPackage.mjs';
import { ensureEditorTools, projectRoot } from '../../scripts/editor/tools.mjs';
import { inExtensionHost } from '../editor/support/runInside.mjs';
import { createSampleWorkspace } from '../editor/support/workspace.mjs';
import { BOUND_MISSED } from './support/boundMissed.js';

const HOSTS = 5;
const EMPTY_EXTENSIONS = 5;
const LIMIT_MS = 50;

interface Activation {
  readonly id: string;
  readonly milliseconds: number;
  readonly cpuMilliseconds: number;
}

const here = path.join(projectRoot, 'test/bench/activation');

/** A copy of what ships that nothing but a call activates. */
function copyExtension(folder: string): string {
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'));
  for (const part of ['dist', 'media', 'package.nls.json']) {
    cpSync(path.join(projectRoot, part), path.join(folder, part), { recursive: true });
  }
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, activationEvents: [] }));
  return folder;
}

async function packEmptyExtension(folder: string, name: string): Promise<string> {
  cpSync(path.join(here, 'empty'), folder, { recursive: true });
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, name }));
  const packageFile = `${folder}.vsix`;
  await packFolder(folder, packageFile);
  return packageFile;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function row(name: string, activations: readonly Activation[]): string {
  const milliseconds = activations.map((activation) => activation.milliseconds);
  const cpu = median(activations.map((activation) => activation.cpuMilliseconds));
  const numbers = [median(milliseconds), Math.min(...milliseconds), Math.max(...milliseconds), cpu];
  return [name.padEnd(16), ...numbers.map((value) => value.toFixed(1).padStart(9)), activations.length].join('  ');
}

async function main(): Promise<void> {
  const browser = ensureChromium(console.log);
  if ('missing' in browser) {
    console.log(`skipped: activation: ${browser.missing}`);
    return;
  }
  const tools = await ensureEditorTools(console.log);
  const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-activation-'));
  const workspace = await createSampleWorkspace();
  try {
    const packageFile = path.join(scratch, 'evenkeel.vsix');
    await packExtension(packageFile);
    const emptyNames = Array.from({ length: EMPTY_EXTENSIONS }, (_, index) => `empty-${index}`);
    mkdirSync(path.join(scratch, 'evenkeel'));
    const packages = [];
    for (const name of emptyNames) {
      packages.push(await packEmptyExtension(path.join(scratch, name), name));
    }
    const extension = copyExtension(path.join(scratch, 'evenkeel'));
    const ids = [...emptyNames.map((name) => `evenkeel-bench.${name}`), 'evenkeel.evenkeel'];
    const all: Activation[] = [];
    for (let host = 0; host < HOSTS; host++) {
      const { result, errors } = await inExtensionHost({
        tools,
        browser: browser.executable,
        workspace: workspace.folder,
        extension,
        packages,
        suite: path.join(here, 'suite.cjs'),
        environment: { EVENKEEL_ACTIVATE: ids.join(',') },
      });
      if (!result) {
        throw new Error(`the extension host gave no result: ${errors.join('\n')}`);
      }
      all.push(...(result as Activation[]));
    }
    report(all, statSync(packageFile).size);
  } finally {
    await workspace.remove();
    rmSync(scratch, { recursive: true });
  }
}

function report(all: readonly Activation[], packageBytes: number): void {
  const own = all.filter(({ id }) => id === 'evenkeel.evenkeel');
  const empty = all.filter(({ id }) => id !== 'evenkeel.evenkeel');
  const cost = median(own.map((activation) => activation.milliseconds));
  const floor = median(empty.map((activation) => activation.milliseconds));
  console.log(`${'milliseconds'.padEnd(16)}     median        min        max        cpu  activations`);
  console.log(row('empty extension', empty));
  console.log(row('evenkeel', own));
  console.log(
    `own cost ${(cost - floor).toFixed(1)} ms (limit ${LIMIT_MS}), ${(cost / floor).toFixed(1)} × an empty one`,
  );
  console.log(`package ${(packageBytes / 1e6).toFixed(2)} MB`);
  if (cost - floor >= LIMIT_MS) {
    process.exitCode = BOUND_MISSED;
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
