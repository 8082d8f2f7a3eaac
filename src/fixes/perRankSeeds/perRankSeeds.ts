import type { FixDescription } from '../../model/fix.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, textOf } from '../../loops/python/expressions.js';
import { statementOf, type LocatedCall } from '../../loops/python/pythonModule.js';
import { addKeyword } from '../editing/callArguments.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { isVisible } from '../editing/visibleNames.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'per-rank-seeds',
  title: 'Seed each rank differently',
  why: 'With one seed on all ranks every rank draws the same dropout masks, augmentations and noise, so that the batch is less varied than it looks; weights still start alike, since DDP copies those of rank 0.',
  answers: ['worker-mismatch', 'data'],
  contraindications: [
    'Seeds of samplers, which have to agree so that the ranks share out the data: DistributedSampler keeps a seed of its own.',
    'Models that are not synchronised by DDP, whose weights would start differently.',
    'Tensor parallelism, where the ranks of one model need the same masks.',
  ],
  frameworks: ['pytorch', 'accelerate'],
  settings: [],
  papers: [
    {
      title: 'PyTorch Distributed: Experiences on Accelerating Data Parallel Training',
      authors: 'Shen Li, Yanli Zhao, Rohan Varma, et al.',
      year: 2020,
    },
  ],
  labArm: null,
};

/** `torch.manual_seed(seed + rank)` behind DDP, or `set_seed(seed, device_specific=True)`. */
export const perRankSeeds: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, { analysis, edits }) =>
        unit.backwards.some(({ event }) => event.route === 'accelerate')
          ? withAccelerate(analysis, edits)
          : behindDdp(analysis, edits),
      elsewhere: 'The library that runs the loop seeds its ranks itself.',
    }),
};

/** Accelerate adds the rank by itself when it is asked to. */
function withAccelerate(analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const seeds = module.calls.filter(({ name }) => name === 'set_seed');
  const [seed] = seeds;
  if (!seed) {
    return refused('No seed is set in this file: the ranks draw different numbers already.');
  }
  const own = seed.keywords.get('device_specific') ?? seed.positional[1];
  if (own) {
    if (own.type !== 'false') {
      return { kind: 'already-there', line: lines.lineAt(own.start) };
    }
    edits.replace(own, 'True');
    return { kind: 'edited', notes: [] };
  }
  if (seeds.length > 1 || !imported(seed, 'accelerate', analysis)) {
    return refused('set_seed is not the one of Accelerate, or it is called several times.');
  }
  addKeyword(seed, 'device_specific=True', analysis, edits);
  return { kind: 'edited', notes: [] };
}

function imported({ callee }: LocatedCall, library: string, { module }: PythonAnalysis): boolean {
  const root = callee?.split('.')[0];
  return module.imports.some(({ name, path }) => name === root && path.split('.')[0] === library);
}

function behindDdp(analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const seeds = module.calls.filter(
    ({ name, receiver }) =>
      name === 'manual_seed' && receiver !== null && dottedName(module.text, receiver) === 'torch',
  );
  const perRank = seeds.find(({ positional }) => positional.some((node) => /rank/i.test(textOf(module.text, node))));
  if (perRank) {
    return { kind: 'already-there', line: lines.lineAt(perRank.node.start) };
  }
  const [seed] = seeds;
  const value = seed?.positional[0];
  if (!seed || !value || seeds.length > 1) {
    return refused(
      seeds.length > 1
        ? 'Several places seed the ranks: which of them counts has to be decided by hand.'
        : 'No seed is set in this file: the ranks draw different numbers already.',
    );
  }
  const wrapped = module.calls.filter(({ name }) => name === 'DistributedDataParallel' || name === 'DDP');
  const [model] = wrapped;
  if (!model || wrapped.length > 1) {
    return refused(
      'Without DDP, which gives all ranks the weights of rank 0, different seeds would give different models.',
    );
  }
  if (isConditional(seed)) {
    return refused('Whether a seed is set, and which, hangs on a condition: put the rank in there.');
  }
  const written = textOf(module.text, value);
  const name = dottedName(module.text, value);
  if (value.type !== 'integer' && (name === null || !isVisible(name, model.owner, analysis))) {
    throw new EditRefused('The seed is not known where the model is handed to DDP.');
  }
  const manual = nameFor('torch.manual_seed', model.owner, analysis, edits);
  const dist = module.imports.find(({ path, owner }) => path === 'torch.distributed' && owner === module.main);
  const rank = dist ? `${dist.name}.get_rank` : nameFor('torch.distributed.get_rank', model.owner, analysis, edits);
  const seedCode = value.type === 'integer' || name !== null ? written : `(${written})`;
  edits.insertAfter(statementOf(model.node), [`${manual}(${seedCode} + ${rank}())`]);
  return {
    kind: 'edited',
    notes: ['Weights still start alike: they are drawn before, and DDP copies those of rank 0.'],
  };
}

/** Under an `if` or a `try`: there may be no seed at all. */
function isConditional({ node, owner }: LocatedCall): boolean {
  for (let at = node.parent; at && at !== owner.node; at = at.parent) {
    if (at.type === 'if_statement' || at.type === 'try_statement') {
      return true;
    }
  }
  return false;
}
