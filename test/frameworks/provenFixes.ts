import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import type { LoopFinder } from '../../src/loops/loopFinder.js';
import type { Framework } from '../../src/model/loop.js';
import { CASES } from './cases.js';
import { LIBRARY_CASES } from './libraryCases.js';
import { MODEL_CASES } from './modelCases.js';

/** Small enough that every script's gradients exceed it at first. */
export const LIMIT = 0.001;
export const WARMUP = 10;
export const FACTOR = 0.3;

/** Scripts for frameworks that the test environment doesn't have, that need data from elsewhere, or that only define. */
const NOT_RUN = new Set([
  'accelerate_half',
  'accelerate_seeded',
  'ddp_elastic',
  'ddp_main_worker',
  'ddp_toy',
  'half_language_model',
  'apex_amp',
  'common_mistakes',
  'deepspeed_engine',
  'diffusers_text_to_image',
  'fabric_loop',
  'fsdp',
  'hf_command_line',
  'hf_trainer_v4',
  'lightning_manual',
  'timm_loss_scaler',
  'trl_sft',
  'xla',
]);

const goldens = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../golden/fixes');

/** The scripts of the goldens that the frameworks run, by name. */
export const ORIGINALS: ReadonlyMap<string, string> = new Map(
  readdirSync(goldens)
    .filter((name) => name.endsWith('.py'))
    .map((name) => name.slice(0, -3))
    .filter((name) => !NOT_RUN.has(name))
    .map((name) => [name, readFileSync(path.join(goldens, `${name}.py`), 'utf8')]),
);

/** What `fixes.test.ts` does to each of the scripts, by the name of the variant that comes of it. */
export const GOLDEN_RUNS = {
  clipped: ['clip-gradients', { 'max-norm': LIMIT }],
  warmed: ['add-warmup', { 'warmup-steps': WARMUP }],
  guarded: ['skip-non-finite-steps', {}],
  lowered: ['lower-learning-rate', { factor: FACTOR }],
  reset: ['reset-momentum', {}],
  decoupled: ['adamw-instead-of-adam', {}],
  bfloat: ['bf16-instead-of-fp16', {}],
  stopped: ['early-stopping', {}],
  decayed: ['linear-decay', {}],
  lateDecayed: ['linear-decay', { 'decay-share': 0.5 }],
} as const satisfies Record<string, readonly [string, Readonly<Record<string, number>>]>;

/** The scripts that the fix changes, as it leaves them. */
export function editedScripts(
  finder: LoopFinder,
  [fix, settings]: readonly [string, Readonly<Record<string, number>>],
): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  for (const [name, text] of ORIGINALS) {
    const outcome = applyFix(finder, fix, { path: name, language: 'python', text }, settings);
    if (outcome.kind === 'edits') {
      changed.set(name, applyEdits(text, outcome.edits));
    }
  }
  return changed;
}

/** For every fix the frameworks that run it in these tests, before and after, with its effect asserted. */
export function provenFixes(finder: LoopFinder): ReadonlyMap<string, ReadonlySet<Framework>> {
  const proven = new Map<string, Set<Framework>>();
  const add = (fix: string, framework: Framework) => {
    proven.set(fix, (proven.get(fix) ?? new Set()).add(framework));
  };
  for (const { fix, framework } of [...CASES, ...MODEL_CASES, ...LIBRARY_CASES]) {
    add(fix, framework);
  }
  for (const run of Object.values(GOLDEN_RUNS)) {
    for (const name of editedScripts(finder, run).keys()) {
      const [loop] = finder.find(ORIGINALS.get(name) ?? '', 'python');
      if (loop) {
        add(run[0], loop.framework);
      }
    }
  }
  return proven;
}
