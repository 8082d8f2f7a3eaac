import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import type { SourceLanguage } from '../../src/model/sourceLanguage.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { LIBRARY_CASES, type LibraryCase, type Runtime, type Seen } from './libraryCases.js';
import { frameworkPython, runPython } from './python.js';

interface Result {
  readonly error: string | null;
  readonly seen: Seen | null;
}

const here = import.meta.dirname;
const python = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
const finder = await LoopFinder.create(packagedGrammars);
/** Part of the name of a case, to run some of them only. */
const chosen = process.env['EVENKEEL_CASES'] ?? '';
const named = LIBRARY_CASES.map((library) => [nameOf(library), library] as const).filter(([name]) =>
  name.includes(chosen),
);

function nameOf({ fix, script, runtime, settings, variant }: LibraryCase): string {
  const values = Object.values(settings).join(', ');
  return `${fix} (${values}) in ${script} under ${runtime}${variant ? ` with ${variant[1]}` : ''}`;
}

function languageOf(script: string): SourceLanguage {
  return script.endsWith('.py') ? 'python' : script.endsWith('.ts.txt') ? 'typescript' : 'javascript';
}

function source({ script, variant }: LibraryCase): string {
  const text = readFileSync(path.join(here, 'scripts', script), 'utf8');
  return variant ? text.replace(variant[0], variant[1]) : text;
}

/** The script as the fix leaves it; a program that fails with the reason where there is no edit. */
function edited(library: LibraryCase): string {
  const text = source(library);
  const file = { path: library.script, language: languageOf(library.script), text };
  const outcome = applyFix(finder, library.fix, file, library.settings);
  if (outcome.kind === 'edits') {
    return applyEdits(text, outcome.edits);
  }
  const reason = JSON.stringify(`no edit: ${JSON.stringify(outcome)}`);
  return file.language === 'python' ? `raise RuntimeError(${reason})` : `throw new Error(${reason});`;
}

/** The library by the name that the test has for it. */
function runnable(text: string, script: string): string {
  return languageOf(script) === 'python'
    ? text
    : text.replace("'@tensorflow/tfjs'", JSON.stringify(pathToFileURL(path.join(here, 'tfjs.ts')).href));
}

async function run(runtime: Runtime, list: string, out: string): Promise<void> {
  if (runtime === 'node') {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    await promisify(execFile)(process.execPath, ['--import', tsx, path.join(here, 'proveTfjs.ts'), out, list]);
    return;
  }
  await runPython('python' in python ? python.python : '', [path.join(here, 'prove_seen.py'), out, list], {
    KERAS_BACKEND: runtime,
    TF_CPP_MIN_LOG_LEVEL: '3',
    JAX_PLATFORMS: 'cpu',
  });
}

describe.each(['tensorflow', 'jax', 'node'] as const)('fixes in libraries other than PyTorch, under %s', (runtime) => {
  const own = named.filter(([, library]) => library.runtime === runtime);
  const work = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-libraries-'));
  let seen: Readonly<Record<string, Result>> = {};

  beforeAll(async () => {
    if (own.length === 0 || (runtime !== 'node' && missing !== null)) {
      return;
    }
    const texts = new Map<string, readonly [string, string]>();
    for (const [name, library] of own) {
      texts.set(`before ${library.script} ${library.variant?.[1] ?? ''}`, [source(library), library.script]);
      texts.set(name, [edited(library), library.script]);
    }
    const jobs = [...texts].map(([name, [text, script]], index) => {
      const file = path.join(
        work,
        `script${index}${{ python: '.py', typescript: '.mts' }[languageOf(script) as string] ?? '.mjs'}`,
      );
      writeFileSync(file, runnable(text, script));
      return { name, script: file };
    });
    const [list, out] = [path.join(work, 'jobs.json'), path.join(work, 'seen.json')];
    writeFileSync(list, JSON.stringify(jobs));
    await run(runtime, list, out);
    seen = JSON.parse(readFileSync(out, 'utf8')) as Record<string, Result>;
  });

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  it.skipIf(runtime !== 'node' && missing !== null).each(own)('%s', (name, library) => {
    const before = seen[`before ${library.script} ${library.variant?.[1] ?? ''}`];
    const after = seen[name];
    expect(before?.error).toBeNull();
    expect(after?.error).toBeNull();
    const claims = library.holds(after?.seen as Seen, before?.seen as Seen);
    expect(Object.values(claims).length).toBeGreaterThan(0);
    for (const [claim, isTrue] of Object.entries(claims)) {
      expect(isTrue, claim).toBe(true);
    }
  });
});
