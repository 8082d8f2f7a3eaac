import type { FixDescription } from '../../model/fix.js';
import { childOf } from '../../loops/syntax/syntaxNode.js';
import { addKeywords } from '../editing/callArguments.js';
import { nameFor } from '../editing/importedNames.js';
import { builtOptimizers, configuredOptimizers, joined, type BuiltOptimizer } from '../editing/optimizerArguments.js';
import type { Fix } from '../fix.js';
import { STATE_CHANGES } from '../libraries/clipOptimizer.js';
import type { OptaxOptimizer } from '../libraries/optaxOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'radam',
  title: 'Use RAdam, which warms up by itself',
  why: "Corrects Adam's steps for how little it knows of the gradients at first, so that the run needs no warmup of its learning rate.",
  answers: ['early-rise', 'warmup'],
  contraindications: [
    'Together with a warmup of the learning rate: the two would add up.',
    'Instability that comes from a sharp loss surface rather than from early averages: only a warmup helps then.',
    'Runs that are resumed from a checkpoint, where the averages are known already.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'jax'],
  settings: [],
  papers: [
    {
      title: 'On the Variance of the Adaptive Learning Rate and Beyond',
      authors: 'Liyuan Liu, Haoming Jiang, Pengcheng He, et al.',
      year: 2020,
    },
  ],
  labArm: 'radam',
};

/** Arguments of Adam and AdamW that RAdam doesn't take [code torch/optim/radam.py]. */
const NOT_TAKEN = ['amsgrad', 'fused'];

/** Weight decay of torch.optim.AdamW when the call doesn't name it; that of RAdam is zero. */
const ADAMW_DECAY = 'weight_decay=0.01';

const WARMUP_OF_ITS_OWN = 'Take out a warmup of the learning rate if there is one: RAdam brings its own.';

/** `AdamW(…)` becomes `RAdam(…, decoupled_weight_decay=True)`, `Adam(…)` becomes `RAdam(…)`. */
export const radam: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      ...onOptimizers({ optax: (optimizer) => withOptax(optimizer) }),
      unit: (unit, context) => joined(builtOptimizers(unit, context.analysis).map((built) => replace(built, context))),
      lightning: (training, context) =>
        joined(configuredOptimizers(training, context.analysis).map((built) => replace(built, context))),
      elsewhere: 'The library that builds the optimizer does not offer RAdam: add a warmup instead.',
    }),
};

function replace({ call, className, isTorch }: BuiltOptimizer, { analysis, edits }: LoopContext): LoopOutcome {
  if (className === 'RAdam') {
    return { kind: 'already-there', line: analysis.lines.lineAt(call.node.start) };
  }
  if (!isTorch || (className !== 'Adam' && className !== 'AdamW')) {
    return refused(`${className} is not Adam or AdamW of torch.optim.`);
  }
  const strange = NOT_TAKEN.find((name) => call.keywords.has(name));
  if (strange !== undefined || call.spread || call.positional.length > 5) {
    return refused(`RAdam does not take ${strange ?? 'all of the arguments'} that ${className} is given here.`);
  }
  const name = childOf(call.node, 'function');
  if (!name) {
    return refused('The call of the optimizer can not be read.');
  }
  edits.replace(name, nameFor('torch.optim.RAdam', call.owner, analysis, edits));
  if (className === 'AdamW') {
    const decays = call.keywords.has('weight_decay') || call.positional.length > 4;
    addKeywords(call, [...(decays ? [] : [ADAMW_DECAY]), 'decoupled_weight_decay=True'], analysis, edits);
  }
  return { kind: 'edited', notes: [WARMUP_OF_ITS_OWN] };
}

/** `optax.radam` takes what `optax.adam` takes, but for the type of its first moment. */
function withOptax(optimizer: OptaxOptimizer): LoopOutcome {
  if (optimizer.functionName === 'radam') {
    return { kind: 'already-there', line: optimizer.line };
  }
  if (optimizer.functionName !== 'adam' || optimizer.argument('mu_dtype')) {
    return refused(`optax has no RAdam in place of ${optimizer.functionName} with these arguments.`);
  }
  optimizer.becomes('radam');
  return { kind: 'edited', notes: [WARMUP_OF_ITS_OWN, STATE_CHANGES] };
}
