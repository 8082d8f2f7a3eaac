import { readCall, stringValue, wordsOf } from '../../loops/python/expressions.js';
import type { LightningTraining } from '../../loops/python/lightningTraining.js';
import type { LocatedCall } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, contains } from '../../loops/syntax/syntaxNode.js';
import { quoteOf } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { addCallback } from '../editing/trainerCallback.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

const CALLBACK = 'EarlyStopping';

/** Words of names that are logged in validation. */
const VALIDATION = new Set(['val', 'valid', 'validation', 'eval', 'evaluation', 'dev']);

/** Lightning's own callback, watching the evaluation loss that the module logs. */
export function stopInLightning(
  training: LightningTraining,
  patience: number,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  const there = module.callsNamed(CALLBACK)[0];
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.node.start) };
  }
  const [trainer, another] = training.trainers;
  if (!training.classNode) {
    return refused(
      `What the module logs is in another file: add ${CALLBACK}(monitor=…, patience=${patience}) to the callbacks of the Trainer, with the name of its evaluation loss.`,
    );
  }
  const logged = evaluationLosses(training, analysis);
  const losses = logged.length > 0 ? logged : keptBy(analysis);
  const [loss] = losses;
  if (loss === undefined) {
    return refused(
      `${training.className ?? 'The module'} logs no evaluation loss under a name that is written out (self.log("val_loss", …) in validation_step), so nothing shows when to stop.`,
    );
  }
  if (losses.length > 1) {
    return refused(
      `The module logs several evaluation losses (${losses.join(', ')}): add ${CALLBACK} with the one that counts to the callbacks of the Trainer.`,
    );
  }
  const quote = quoteOf(module.text);
  const words = `monitor=${quote}${loss}${quote}, mode=${quote}min${quote}, patience=${patience}`;
  if (!trainer) {
    return refused(
      `The Trainer that runs this module is built in another file: give it callbacks=[${CALLBACK}(${words})] there.`,
    );
  }
  if (trainer.name === 'LightningCLI') {
    return refused(
      `LightningCLI takes its callbacks from the configuration: add ${CALLBACK} to trainer.callbacks there, with monitor: ${loss}.`,
    );
  }
  if (another) {
    return refused(
      `Several trainers are built in this file: give callbacks=[${CALLBACK}(${words})] to the one that trains.`,
    );
  }
  if (trainer.spread && !trainer.keywords.has('callbacks')) {
    return refused('Arguments of the Trainer come from outside this call; callbacks may be among them.');
  }
  const callback = nameFor(`${packageOf(analysis)}.callbacks.${CALLBACK}`, trainer.owner, analysis, edits);
  addCallback(trainer, `${callback}(${words})`, analysis, edits);
  return {
    kind: 'edited',
    notes: ['Patience counts validations. The last weights are what is left: ModelCheckpoint keeps the best ones.'],
  };
}

function packageOf({ module }: PythonAnalysis): string {
  return module.imports.some(({ path }) => path.split('.')[0] === 'pytorch_lightning')
    ? 'pytorch_lightning'
    : 'lightning.pytorch';
}

/** Evaluation losses by the names that the class logs them under; the plain one alone where there are parts of it, too. */
function evaluationLosses({ classNode }: LightningTraining, { module }: PythonAnalysis): readonly string[] {
  const calls = ['log', 'log_dict'].flatMap((name) => module.callsNamed(name));
  const logged = calls
    .filter(({ callee, node }) => classNode && /^self\.log(_dict)?$/.test(callee ?? '') && contains(classNode, node))
    .flatMap((call) => namesIn(call, module.text));
  const losses = [...new Set(logged)].filter(isEvaluationLoss);
  const plain = losses.filter((name) => wordsOf(name).length === 2);
  return plain.length === 1 ? plain : losses;
}

/** The evaluation loss by which `ModelCheckpoint` keeps the best weights: its name is right, or nothing would be kept. */
function keptBy({ module }: PythonAnalysis): readonly string[] {
  const names = module
    .callsNamed('ModelCheckpoint')
    .map(({ keywords }) => stringValue(module.text, keywords.get('monitor')));
  return [...new Set(names)].filter((name) => name !== null).filter(isEvaluationLoss);
}

function namesIn(call: LocatedCall, text: string): readonly string[] {
  const first = call.positional[0] ?? call.keywords.get('name') ?? call.keywords.get('dictionary');
  if (call.name === 'log') {
    const name = stringValue(text, first);
    return name === null ? [] : [name];
  }
  const made = first && readCall(text, first);
  return made?.callee === 'dict'
    ? [...made.keywords.keys()]
    : (first?.type === 'dictionary' ? first.children : []).flatMap(
        (pair) => stringValue(text, childOf(pair, 'key')) ?? [],
      );
}

function isEvaluationLoss(name: string): boolean {
  const words = wordsOf(name);
  return words.includes('loss') && words.some((word) => VALIDATION.has(word)) && !words.includes('best');
}
