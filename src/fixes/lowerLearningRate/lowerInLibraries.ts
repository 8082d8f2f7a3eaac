import { textOf } from '../../loops/python/expressions.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { numberSource } from '../editing/numberSource.js';
import type { KerasOptimizer } from '../libraries/kerasOptimizer.js';
import { givenRate, peakOf } from '../libraries/learningRate.js';
import type { OptaxOptimizer } from '../libraries/optaxOptimizer.js';
import type { OptimizerChange } from '../libraries/optimizerChange.js';
import { scriptNumber } from '../libraries/scriptNumber.js';
import type { TfjsOptimizer } from '../libraries/tfjsOptimizer.js';
import { refused, type JavaScriptLoopContext, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { isMarked, lowerDefault, lowerNumber, noteWhatWas, numberLike, type Aim } from './lowerNumber.js';

/** Lowers the number that the optimizer, or its schedule, takes as the full rate. */
export function lowerInLibraries(aim: Aim): OptimizerChange {
  return {
    keras: (optimizer, context) => lowerInKeras(optimizer, aim, context),
    optax: (optimizer, context) => lowerGiven(optimizer, optimizer.argument('learning_rate'), aim, context),
    tfjs: (optimizer, context) => lowerInTfjs(optimizer, aim, context),
  };
}

/** What sets the rate of Keras's optimizer while the run goes on. */
const SETS_RATE = /^(LearningRateScheduler)$/;

function lowerInKeras(optimizer: KerasOptimizer, aim: Aim, context: LoopContext): LoopOutcome {
  const { analysis, edits } = context;
  const setter = analysis.module.calls.find(({ name }) => SETS_RATE.test(name));
  if (setter) {
    return refused(`A ${setter.name} sets the learning rate: lower it in there.`);
  }
  if (optimizer.argument('learning_rate')) {
    return lowerGiven(optimizer, optimizer.argument('learning_rate'), aim, context);
  }
  if (optimizer.call) {
    return lowerDefault(optimizer.call, 'learning_rate', optimizer.usualRate, aim, analysis, edits);
  }
  const lowered = aim.rate ?? optimizer.usualRate * aim.factor;
  optimizer.give([['learning_rate', numberLike('1e-3', lowered)]]);
  noteWhatWas(optimizer.line, String(optimizer.usualRate), aim, analysis, edits);
  return { kind: 'edited', notes: [`The learning rate was the default, ${optimizer.usualRate}.`] };
}

function lowerGiven(
  optimizer: KerasOptimizer | OptaxOptimizer,
  node: SyntaxNode | undefined,
  aim: Aim,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  const scope = analysis.module.ownerOf(optimizer.call?.node ?? analysis.root);
  const rate = givenRate(node, scope, analysis);
  const number = rate.kind === 'schedule' ? (peakOf(rate.call, analysis) ?? undefined) : node;
  const owner = rate.kind === 'schedule' ? rate.call.owner : scope;
  const source = number && numberSource(number, owner, analysis);
  if (!source) {
    const written = node ? `, ${textOf(analysis.module.text, node).slice(0, 60)},` : '';
    return refused(`The learning rate${written} comes from elsewhere or from several places: lower it there.`);
  }
  return lowerNumber(source, aim, analysis, edits);
}

function lowerInTfjs(optimizer: TfjsOptimizer, aim: Aim, { analysis, edits }: JavaScriptLoopContext): LoopOutcome {
  const node = optimizer.rate();
  const source = scriptNumber(node, analysis);
  if (source) {
    return lowerNumber(source, aim, analysis, edits);
  }
  if (node || !Number.isFinite(optimizer.usualRate)) {
    return refused('The learning rate comes from elsewhere or from several places: lower it there.');
  }
  if (isMarked(optimizer.line, aim, analysis)) {
    return { kind: 'already-there', line: optimizer.line };
  }
  optimizer.giveRate(String(Number((aim.rate ?? optimizer.usualRate * aim.factor).toPrecision(3))));
  noteWhatWas(optimizer.line, String(optimizer.usualRate), aim, analysis, edits);
  return { kind: 'edited', notes: [`The learning rate was the default, ${optimizer.usualRate}.`] };
}
