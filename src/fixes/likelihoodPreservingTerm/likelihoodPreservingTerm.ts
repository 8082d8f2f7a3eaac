import type { FixDescription } from '../../model/fix.js';
import { lastPart, stringValue, textOf } from '../../loops/python/expressions.js';
import {
  statementOf,
  type LocatedCall,
  type PythonFunction,
  type PythonModule,
} from '../../loops/python/pythonModule.js';
import type { TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import { addKeywords } from '../editing/callArguments.js';
import { quoteOf } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { pythonNumber } from '../editing/optimizerArguments.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'likelihood-preserving-term',
  title: 'Keep the likelihood of what was chosen from falling (DPO)',
  why: 'DPO only widens the gap between chosen and rejected answers, and may do so by making both less likely; a term for the chosen answer itself keeps its likelihood up.',
  answers: ['policy-collapse'],
  contraindications: [
    'A falling likelihood of rejected answers alone: that is what DPO is for.',
    'Chosen answers that are only a little better than the rejected ones and not worth imitating.',
    'A weight of the term so large that the run becomes fine-tuning on the chosen answers.',
  ],
  frameworks: ['pytorch', 'transformers'],
  settings: [
    {
      name: 'weight',
      title: 'Weight of the term beside that of DPO',
      default: 0.1,
      source:
        'Weight of LLDS as a port of it has it (llds_grpo.py), to be verified for DPO; Iterative RPO (2024) takes 1 for its term',
    },
  ],
  papers: [
    {
      title: 'On GRPO Collapse in Search-R1: The Lazy Likelihood-Displacement Death Spiral',
      authors: 'Wenlong Deng, Yushu Li, Boying Gong, et al.',
      year: 2025,
    },
    {
      title: 'Iterative Reasoning Preference Optimization',
      authors: 'Richard Yuanzhe Pang, Weizhe Yuan, Kyunghyun Cho, et al.',
      year: 2024,
    },
    {
      title: 'Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive',
      authors: 'Arka Pal, Deep Karkhanis, Samuel Dooley, et al.',
      year: 2024,
    },
  ],
  labArm: null,
};

/** Losses of TRL that hold the likelihood of chosen answers up by themselves [code trl/trainer/dpo_trainer.py, 1.13]. */
const HOLDS_UP = /^(sft|apo_zero|nca_pair|sppo_hard|bco_pair|aot\w*)$/;

/** TRL's own term for chosen answers; in a loop, what they lost against the reference. */
export const likelihoodPreservingTerm: Fix = {
  description,
  apply(target, settings) {
    const weight = numberSetting(description, 'weight', settings, { above: 0 });
    return weight.ok
      ? applyToLoops(target, {
          unit: (_unit, context) => inLoop(weight.value, context),
          arguments: (call, context) => inTrainer(call, weight.value, context),
          elsewhere: 'No preferences are learned here by comparing chosen and rejected answers.',
        })
      : refused(weight.error);
  },
};

function inTrainer(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  weight: number,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  if (className !== 'DPOConfig') {
    return refused(`${className} does not learn from chosen and rejected answers by DPO.`);
  }
  if (fromCommandLine || call.spread) {
    return refused(
      `Arguments of ${className} come from outside this call: pass --loss_type sigmoid sft --loss_weights 1.0 ${weight} there.`,
    );
  }
  const older = call.keywords.get('rpo_alpha');
  if (older && older.type !== 'none') {
    return { kind: 'already-there', line: lines.lineAt(older.start) };
  }
  const given = call.keywords.get('loss_type');
  const weights = call.keywords.get('loss_weights');
  const words = given
    ? (given.type === 'list' ? given.children : [given]).map((node) => stringValue(module.text, node))
    : ['sigmoid'];
  if (words.some((word) => word === null) || words.length === 0) {
    return refused('Which loss is trained by is not written in this call.');
  }
  if (given && words.some((word) => HOLDS_UP.test(word ?? ''))) {
    return { kind: 'already-there', line: lines.lineAt(given.start) };
  }
  const present =
    weights?.type === 'list' ? weights.children.map((node) => textOf(module.text, node)) : words.map(() => '1.0');
  if (weights && (weights.type !== 'list' || present.length !== words.length)) {
    return refused('The weights of the losses are not written in this call.');
  }
  const quote = quoteOf(module.text);
  const types = `[${[...words, 'sft'].map((word) => `${quote}${word}${quote}`).join(', ')}]`;
  const all = `[${[...present, pythonNumber(weight)].join(', ')}]`;
  const added: string[] = [];
  for (const [name, node, code] of [
    ['loss_type', given, types],
    ['loss_weights', weights, all],
  ] as const) {
    if (node) {
      edits.replace(node, code);
    } else {
      added.push(`${name}=${code}`);
    }
  }
  addKeywords(call, added, analysis, edits);
  return {
    kind: 'edited',
    notes: ['Versions of TRL that know no loss_weights have rpo_alpha for the same term.'],
  };
}

const CHOSEN =
  /^(?!.*(ref|rejected))\w*chosen\w*log_?p(rob)?s?\w*$|^(?!.*(ref|rejected))\w*log_?p(rob)?s?\w*chosen\w*$|^pi_(chosen|w)\w*log_?p\w*$/i;
const REFERENCE =
  /^(?!.*rejected)\w*ref\w*chosen\w*log_?p(rob)?s?\w*$|^(?!.*rejected)\w*chosen\w*ref\w*log_?p(rob)?s?\w*$|^(?!.*rejected)\w*ref\w*log_?p(rob)?s?\w*chosen\w*$/i;

function inLoop(weight: number, { analysis, edits }: LoopContext): LoopOutcome {
  const { module, lines } = analysis;
  const assignedIn = ({ node }: LocatedCall) =>
    module.assignments.find(
      ({ statement, index, target }) =>
        index === null && statement === statementOf(node) && /loss/i.test(lastPart(target)),
    );
  const sigmoids = module.callsNamed('logsigmoid').filter((call) => assignedIn(call));
  const [only] = sigmoids;
  const assigned = only && assignedIn(only);
  if (!only || sigmoids.length > 1 || !assigned) {
    return refused(
      'No loss of DPO, a logsigmoid of the difference of chosen and rejected answers, is written once in this file.',
    );
  }
  const [chosen, reference] = [CHOSEN, REFERENCE].map((pattern) => nameIn(only.owner, pattern, module));
  if (!chosen || !reference) {
    return refused(
      'The log-probabilities of the chosen answer, under the model and under the reference, have no names where the loss is worked out.',
    );
  }
  const escaped = (name: string) => name.replaceAll('.', '\\.');
  const term = new RegExp(`(relu|clamp)\\w*\\(\\s*${escaped(reference)}\\s*-\\s*${escaped(chosen)}`);
  const there = module.assignments.find(
    ({ target, owner, value }) =>
      target === assigned.target && owner === only.owner && term.test(textOf(module.text, value)),
  );
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.statement.start) };
  }
  const isMean = /\.mean\(\)/.test(textOf(module.text, assigned.value));
  const relu = nameFor('torch.relu', only.owner, analysis, edits);
  const lost = `${relu}(${reference} - ${chosen})${isMean ? '.mean()' : ''}`;
  edits.insertAfter(assigned.statement, [
    `${assigned.target} = ${assigned.target} + ${pythonNumber(weight)} * ${lost}`,
  ]);
  return { kind: 'edited', notes: ['The term counts only answers that are less likely than under the reference.'] };
}

/** A variable or parameter of the function that fits. */
function nameIn(scope: PythonFunction, pattern: RegExp, { assignments }: PythonModule): string | null {
  const assigned = assignments.filter(({ owner }) => owner === scope).map(({ target }) => target);
  return [...scope.parameters.map(({ name }) => name), ...assigned].find((name) => pattern.test(name)) ?? null;
}
