import type { FixDescription } from '../../model/fix.js';
import { addKeyword } from '../editing/callArguments.js';
import { builtOptimizers, configuredOptimizers, joined, type BuiltOptimizer } from '../editing/optimizerArguments.js';
import type { Fix } from '../fix.js';
import type { KerasOptimizer } from '../libraries/kerasOptimizer.js';
import type { OptaxOptimizer } from '../libraries/optaxOptimizer.js';
import { STATE_CHANGES } from '../libraries/clipOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { restoresOptimizer } from '../editing/restoredOptimizers.js';

const description: FixDescription = {
  id: 'amsgrad',
  title: 'Never forget the largest gradients (AMSGrad)',
  why: 'Divides by the largest second moment so far instead of the present one, so that the steps of a weight never grow again after a rare, informative gradient has been forgotten.',
  answers: ['oscillation'],
  ruledOutBy: ['loss-spike', 'gradient-spike'],
  contraindications: [
    'Spikes, whenever any were found in the run: one of them shortens the steps of its weights for good.',
    'Long runs whose gradients shrink: steps stay as short as the largest gradients made them.',
    'Resuming from a checkpoint of Adam: the largest moments so far are not in it.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'keras', 'jax'],
  settings: [],
  papers: [
    {
      title: 'On the Convergence of Adam and Beyond',
      authors: 'Sashank J. Reddi, Satyen Kale, Sanjiv Kumar',
      year: 2018,
    },
  ],
  labArm: 'amsgrad',
};

const WITH_AMSGRAD = new Set(['Adam', 'AdamW']);

/** `amsgrad=True` where the optimizer is built. */
export const amsgrad: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      ...onOptimizers({
        keras: (optimizer, { analysis }) => withKeras(optimizer, analysis.lines.lineAt(optimizer.node.start)),
        optax: (optimizer) => withOptax(optimizer),
      }),
      unit: (unit, context) => {
        if (restoresOptimizer(context.analysis)) {
          return refused('The state of the optimizer is restored here, and one of plain Adam has no largest moments.');
        }
        return joined(builtOptimizers(unit, context.analysis).map((built) => switchOn(built, context)));
      },
      lightning: (training, context) =>
        joined(configuredOptimizers(training, context.analysis).map((built) => switchOn(built, context))),
      elsewhere: 'The library that builds the optimizer has no setting for AMSGrad.',
    }),
};

function switchOn({ call, className, isTorch }: BuiltOptimizer, { analysis, edits }: LoopContext): LoopOutcome {
  const given = call.keywords.get('amsgrad');
  if (given?.type === 'true') {
    return { kind: 'already-there', line: analysis.lines.lineAt(given.start) };
  }
  if (!isTorch || !WITH_AMSGRAD.has(className)) {
    return refused(`${className} has no AMSGrad.`);
  }
  if (call.spread || call.positional.length > 5 || (given && given.type !== 'false')) {
    return refused(`Whether ${className} runs as AMSGrad is not written in this call.`);
  }
  if (given) {
    edits.replace(given, 'True');
  } else {
    addKeyword(call, 'amsgrad=True', analysis, edits);
  }
  return { kind: 'edited', notes: [] };
}

/** `amsgrad=True` of Keras's Adam and AdamW. */
function withKeras(optimizer: KerasOptimizer, line: number): LoopOutcome {
  const given = optimizer.argument('amsgrad');
  if (given?.type === 'true') {
    return { kind: 'already-there', line };
  }
  if (!WITH_AMSGRAD.has(optimizer.className)) {
    return refused(`${optimizer.className} has no AMSGrad.`);
  }
  if (given && given.type !== 'false') {
    return refused(`Whether ${optimizer.className} runs as AMSGrad is not written in this call.`);
  }
  optimizer.give([['amsgrad', 'True']]);
  return { kind: 'edited', notes: [] };
}

/** `optax.amsgrad` takes what `optax.adam` takes, but for Nesterov's momentum. */
function withOptax(optimizer: OptaxOptimizer): LoopOutcome {
  if (optimizer.functionName === 'amsgrad') {
    return { kind: 'already-there', line: optimizer.line };
  }
  if (optimizer.functionName !== 'adam' || optimizer.argument('nesterov')) {
    return refused(`optax has no AMSGrad in place of ${optimizer.functionName} with these arguments.`);
  }
  optimizer.becomes('amsgrad');
  return { kind: 'edited', notes: [STATE_CHANGES] };
}
