import type { FixDescription } from '../../model/fix.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { lastPart, readCall, textOf } from '../../loops/python/expressions.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, enclosing, walk } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, type EditList } from '../editing/editList.js';
import { epochLoopOf, type EpochLoop } from '../editing/epochLoop.js';
import { checkUnused } from '../editing/helperFunction.js';
import { nameFor } from '../editing/importedNames.js';
import { parametersFor } from '../editing/parameters.js';
import type { Fix } from '../fix.js';
import type { KerasOptimizer } from '../libraries/kerasOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { LOOP } from '../../loops/python/loopStatements.js';
import { shardsByFsdp } from '../editing/shardedModels.js';

const description: FixDescription = {
  id: 'checkpoint-averaging',
  title: 'Average the weights of the last epochs',
  why: 'The mean of the weights of the last epochs lies where a decay of the learning rate would lead, without decaying it: the noise of single steps averages out.',
  answers: ['plateau', 'oscillation'],
  contraindications: [
    'Models with BatchNorm, unless its statistics are worked out anew for the mean (torch.optim.swa_utils.update_bn).',
    'A learning rate that has decayed to zero already: the last weights are the mean.',
    'Judging by the live loss, which never shows the gain: evaluate the averaged model.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'keras'],
  settings: [
    {
      name: 'start-share',
      title: 'Share of the epochs after which averaging begins',
      default: 0.75,
      source: 'SWA begins at three quarters of the budget (Averaging Weights Leads to Wider Optima, 2018)',
    },
  ],
  papers: [
    {
      title: 'WSM: Decay-Free Learning Rate Schedule via Checkpoint Merging for LLM Pre-training',
      authors: 'Changxin Tian, Jiapeng Wang, Qian Zhao, et al.',
      year: 2025,
    },
    {
      title: 'Averaging Weights Leads to Wider Optima and Better Generalization',
      authors: 'Pavel Izmailov, Dmitrii Podoprikhin, Timur Garipov, et al.',
      year: 2018,
    },
  ],
  labArm: 'checkpoint-averaging',
};

const AVERAGE = 'averaged_model';

/** `torch.optim.swa_utils.AveragedModel`, updated at the end of each of the last epochs. */
export const checkpointAveraging: Fix = {
  description,
  apply(target, settings) {
    const share = numberSetting(description, 'start-share', settings, { above: 0, below: 1 });
    return share.ok
      ? applyToLoops(target, {
          ...onOptimizers({
            keras: (optimizer, context) => averageWithKeras(optimizer, context),
            without: {
              optax: 'optax averages no weights: keep a second set of them by optax.incremental_update in the loop.',
              tfjs: 'TensorFlow.js has no average of weights by itself.',
            },
          }),
          unit: (unit, { analysis, edits }) => average(unit, share.value, analysis, edits),
          elsewhere: 'The library keeps the checkpoints: average those that it saved.',
        })
      : refused(share.error);
  },
};

/** Keras keeps a running mean, and puts it in place of the weights when `fit` ends. */
function averageWithKeras(optimizer: KerasOptimizer, { analysis, found }: LoopContext): LoopOutcome {
  const given = optimizer.argument('use_ema');
  const callback = analysis.module.callsNamed('SwapEMAWeights')[0];
  if (given?.type === 'true' || callback) {
    return { kind: 'already-there', line: callback ? analysis.lines.lineAt(callback.node.start) : optimizer.line };
  }
  if (found.origin.kind !== 'keras' || found.origin.keras.fit?.name !== 'fit') {
    return refused(
      'Only fit puts the mean in place of the weights: in a loop of your own call finalize_variable_values.',
    );
  }
  if (given && given.type !== 'false') {
    return refused('Whether the optimizer keeps a mean of the weights is not written in this call.');
  }
  optimizer.requireKeras3();
  optimizer.give([['use_ema', 'True']]);
  return {
    kind: 'edited',
    notes: [
      'The mean, with a memory of a hundred steps (ema_momentum=0.99), takes the place of the weights when fit ends; validation during the run still sees the live ones, unless keras.callbacks.SwapEMAWeights is added.',
    ],
  };
}

function average(unit: TrainingUnit, share: number, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines, root } = analysis;
  const there = module.calls.find(({ name }) =>
    /^(AveragedModel|ModelEma\w*|ExponentialMovingAverage|EMA)$/.test(name),
  );
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  if (shardsByFsdp(module)) {
    return refused('The weights are spread over the ranks: average the saved checkpoints instead.');
  }
  if (module.calls.some(({ name }) => name === 'DistributedDataParallel' || name === 'DDP')) {
    return refused('The model is wrapped by DDP: average model.module, on one rank, by hand.');
  }
  const epochs = epochLoopOf(unit, analysis);
  const count = epochs && epochCount(epochs, analysis);
  if (!epochs || count === null || epochs.variable === null) {
    return refused('No loop in this file counts the epochs up to a number that is written there.');
  }
  const around = enclosing(epochs.node.parent, LOOP);
  if (around) {
    return refused(
      `The loop over epochs runs anew in every round of the loop on line ${lines.lineAt(around.start) + 1}, and so would the average: keep it there by hand.`,
    );
  }
  const models = new Set(unit.steps.map(({ event }) => parametersFor(event, epochs.owner, analysis)?.model ?? null));
  const [model] = models;
  if (models.size !== 1 || !model) {
    return refused('Which model is trained here can not be told from this file.');
  }
  const last = epochs.body.children.findLast(({ type }) => type !== 'comment');
  const leaves = [...walk(epochs.body)].some(
    (node) => node.type === 'continue_statement' && enclosing(node, LOOP) === epochs.node,
  );
  if (!last || leaves) {
    throw new EditRefused('The epoch is left early in places, before its weights could be averaged.');
  }
  const name = averageOf(model, analysis);
  checkUnused(name, analysis);
  const averaged = nameFor('torch.optim.swa_utils.AveragedModel', epochs.owner, analysis, edits);
  edits.insertBefore(epochs.node, [`${name} = ${averaged}(${model})`]);
  edits.insertAfter(last, [
    `if ${epochs.variable} >= ${share} * ${count}:`,
    `${indentUnit(root, lines)}${name}.update_parameters(${model})`,
  ]);
  return {
    kind: 'edited',
    notes: [`Evaluate and save ${name}.module at the end; with BatchNorm call torch.optim.swa_utils.update_bn first.`],
  };
}

/** Models that are trained side by side, as those of a GAN, have an average each. */
function averageOf(model: string, { found }: PythonAnalysis): string {
  const loops = found.filter(({ origin }) => origin.kind === 'unit').length;
  return loops > 1 ? `averaged_${lastPart(model)}` : AVERAGE;
}

/** `for epoch in range(n)`: n as it can be written again. */
function epochCount({ node }: EpochLoop, { module }: PythonAnalysis): string | null {
  const right = childOf(node, 'right');
  const call = right && readCall(module.text, right);
  const inner = call && call.callee === 'tqdm' && call.positional[0] ? readCall(module.text, call.positional[0]) : call;
  const [count, ...more] = inner?.positional ?? [];
  if (!inner || !['range', 'trange'].includes(inner.callee ?? '') || !count || more.length > 0) {
    return null;
  }
  const written = textOf(module.text, count);
  return /[\n#]/.test(written) ? null : count.type === 'binary_operator' ? `(${written})` : written;
}
