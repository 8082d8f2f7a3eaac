import { textOf } from '../../loops/python/expressions.js';
import type { LightningTraining } from '../../loops/python/lightningTraining.js';
import { addKeywords } from '../editing/callArguments.js';
import { quoteOf } from '../editing/editList.js';
import type { ClippingWish } from '../clipGradients/clipInUnit.js';
import { NEEDS } from '../bf16InsteadOfFp16/bfloatInArguments.js';
import { pythonFloat } from '../settings.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

/** What Lightning's `Trainer(…)` is to be told [code lightning/pytorch/trainer/trainer.py, 2.x]. */
export interface TrainerWish {
  readonly keyword: string;
  readonly code: string;
  /** Whether what the trainer is told already will do, as it is written there. */
  readonly suffices: (written: string) => boolean;
  /** Further keywords that go with it. */
  readonly further?: readonly string[];
  readonly notes?: readonly string[];
}

/** Tells the one trainer of the file; says where to tell it when it is built elsewhere. */
export function tellTrainer({ trainers }: LightningTraining, wish: TrainerWish, context: LoopContext): LoopOutcome {
  const { analysis, edits } = context;
  const { keyword, code, suffices, further = [], notes = [] } = wish;
  const [trainer, another] = trainers;
  const told = [`${keyword}=${code}`, ...further].join(', ');
  if (!trainer) {
    return refused(`The Trainer that runs this module is built in another file: give it ${told} there.`);
  }
  if (trainer.name === 'LightningCLI') {
    return refused(`LightningCLI takes it from its configuration: set trainer.${keyword} to ${code} there.`);
  }
  if (another) {
    return refused(`Several trainers are built in this file: give ${told} to the one that trains.`);
  }
  const given = trainer.keywords.get(keyword);
  if (given && given.type !== 'none' && suffices(textOf(analysis.module.text, given))) {
    return { kind: 'already-there', line: analysis.lines.lineAt(given.start) };
  }
  if (!given && trainer.spread) {
    return refused(`Arguments of the Trainer come from outside this call; ${keyword} may be among them.`);
  }
  if (given) {
    edits.replace(given, code);
  }
  addKeywords(trainer, [...(given ? [] : [`${keyword}=${code}`]), ...further], analysis, edits);
  return { kind: 'edited', notes };
}

/** Lightning clips between its backward pass and the step, by norm or by value. */
export function clipInTrainer(training: LightningTraining, wish: ClippingWish, context: LoopContext): LoopOutcome {
  const { analysis } = context;
  const hook = training.methods.get('configure_gradient_clipping');
  if (hook) {
    return { kind: 'already-there', line: analysis.lines.lineAt(hook.node.start) };
  }
  const [trainer] = training.trainers;
  const algorithm = trainer?.keywords.get('gradient_clip_algorithm');
  const limit = trainer?.keywords.get('gradient_clip_val');
  const { text } = analysis.module;
  const isValue = algorithm !== undefined && /value/i.test(textOf(text, algorithm));
  const clips = limit !== undefined && limit.type !== 'none' && !isZero(textOf(text, limit));
  if (clips && isValue !== (wish.kind === 'value')) {
    return refused(
      `The Trainer clips by the ${isValue ? 'value' : 'norm'} already, and takes one way of clipping only.`,
    );
  }
  if (!clips && algorithm !== undefined && isValue !== (wish.kind === 'value')) {
    return refused(
      `The Trainer is told to clip by the ${isValue ? 'value' : 'norm'}: take gradient_clip_algorithm out.`,
    );
  }
  const quote = quoteOf(text);
  return tellTrainer(
    training,
    {
      keyword: 'gradient_clip_val',
      code: pythonFloat(wish.limit),
      suffices: (written) => !isZero(written),
      further: wish.kind === 'value' && !algorithm ? [`gradient_clip_algorithm=${quote}value${quote}`] : [],
    },
    context,
  );
}

/** `precision="16-mixed"` and its older spellings; "bf16" is read by Lightning 1 and 2 alike. */
export function bfloatInTrainer(training: LightningTraining, context: LoopContext): LoopOutcome {
  const { module } = context.analysis;
  const [trainer] = training.trainers;
  const given = trainer?.keywords.get('precision');
  const written = given ? textOf(module.text, given).replaceAll(/["']/g, '') : '';
  if (trainer && training.trainers.length === 1 && !/^(?:bf)?(?:16|fp16|float16)/.test(written)) {
    return refused('The Trainer is not told in this file to compute in float16.');
  }
  const quote = quoteOf(module.text);
  const kind = /-(?:mixed|true)$/.exec(written)?.[0] ?? '';
  return tellTrainer(
    training,
    {
      keyword: 'precision',
      code: `${quote}bf16${kind}${quote}`,
      suffices: (already) => /bf/.test(already),
      notes: [NEEDS],
    },
    context,
  );
}

function isZero(written: string): boolean {
  return Number(written) === 0;
}
