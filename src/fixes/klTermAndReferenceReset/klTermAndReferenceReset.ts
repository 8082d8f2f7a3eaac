import type { FixDescription } from '../../model/fix.js';
import { dottedName, readCall } from '../../loops/python/expressions.js';
import { argumentValue, type TrainingArgumentsCall } from '../../loops/python/trainingArguments.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { addKeywords } from '../editing/callArguments.js';
import { EditRefused, indentUnit } from '../editing/editList.js';
import { roundCounter } from '../editing/epochLoop.js';
import { pythonNumber } from '../editing/optimizerArguments.js';
import { parametersFor } from '../editing/parameters.js';
import { isVisible } from '../editing/visibleNames.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused, type LoopContext, type LoopOutcome } from '../loopFix.js';
import { numberSettings } from '../settings.js';
import { FOR } from '../../loops/python/loopStatements.js';

const description: FixDescription = {
  id: 'kl-term-and-reference-reset',
  title: 'Hold the policy near a reference that follows it',
  why: 'A small KL term keeps the policy from running away from where its samples still mean something; a reference that is brought up to date from time to time lets it go on learning all the same.',
  answers: ['policy-collapse'],
  contraindications: [
    'Runs that are meant to go far from their start (long reasoning runs without a KL term): the reward rises more slowly.',
    'Little memory: the reference is a second model.',
    'PEFT: its reference is the base model without adapters, which is never brought up to date.',
    'Comparisons of the KL to the start: after an update it is counted from the new reference.',
  ],
  frameworks: ['pytorch', 'transformers'],
  settings: [
    {
      name: 'beta',
      title: 'Weight of the KL term, where there is none',
      default: 0.0001,
      source: 'kl_loss_coef of the recipes of RPG (2025), complex-reasoning/RPG recipe/rpg/7b',
    },
    {
      name: 'reset-steps',
      title: 'Steps from one update of the reference to the next',
      default: 512,
      source: 'Default of TRL (ref_model_sync_steps), from TR-DPO (2024)',
    },
    {
      name: 'mixup',
      title: 'Share of the policy in the new reference (1 puts the policy in its place)',
      default: 0.6,
      source: 'Default of TRL (ref_model_mixup_alpha), from TR-DPO (2024)',
    },
  ],
  papers: [
    {
      title: 'On the Design of KL-Regularized Policy Gradient Algorithms for LLM Reasoning',
      authors: 'Yifan Zhang, Yifeng Liu, Huizhuo Yuan, et al.',
      year: 2025,
    },
    {
      title: 'Learn Your Reference Model for Real Good Alignment',
      authors: 'Alexey Gorbatovski, Boris Shaposhnikov, Alexey Malakhov, et al.',
      year: 2024,
    },
  ],
  labArm: null,
};

interface Wish {
  readonly beta: number;
  readonly steps: number;
  readonly mixup: number;
}

/** The weight of the KL term where the call names none [code trl/trainer/*_config.py, 1.13]. */
const BETA: Readonly<Record<string, number>> = { GRPOConfig: 0, RLOOConfig: 0.05 };

/** TRL's own KL term and synchronisation, or an update of the reference in a loop that has one. */
export const klTermAndReferenceReset: Fix = {
  description,
  apply(target, settings) {
    const bounds = { beta: { above: 0 }, 'reset-steps': { above: 0, whole: true }, mixup: { above: 0 } };
    const values = numberSettings(description, bounds, settings);
    if (!values.ok || (values.value['mixup'] as number) > 1) {
      return refused(values.ok ? 'mixup must be at most 1.' : values.error);
    }
    const {
      beta,
      'reset-steps': steps,
      mixup,
    } = values.value as { beta: number; 'reset-steps': number; mixup: number };
    const wish = { beta, steps, mixup };
    return applyToLoops(target, {
      unit: (unit, context) => inLoop(unit, wish, context),
      arguments: (call, context) => inTrainer(call, wish, context),
      elsewhere: 'No policy with a reference is trained here.',
    });
  },
};

function inTrainer(
  { call, className, fromCommandLine }: TrainingArgumentsCall,
  { beta, steps, mixup }: Wish,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  const byDefault = BETA[className];
  if (byDefault === undefined) {
    return refused(`${className} trains no policy by rewards: GRPOConfig and RLOOConfig do.`);
  }
  if (fromCommandLine) {
    return refused(`${className} is filled from the command line: pass --beta ${beta} --sync_ref_model true there.`);
  }
  const present = argumentValue(module.text, call, 'beta');
  const synced = argumentValue(module.text, call, 'sync_ref_model');
  const weight = present.kind === 'absent' ? byDefault : present.kind === 'number' ? present.value : null;
  const isSynced = synced.kind === 'word' && synced.value === 'true';
  if (call.spread || weight === null || synced.kind === 'expression') {
    return refused('Whether there is a KL term, and whether its reference follows, is not written in this call.');
  }
  const adapters = module.calls.find(({ name, keywords }) => /Trainer$/.test(name) && keywords.has('peft_config'));
  const peft = adapters !== undefined || module.calls.some(({ name }) => /^(get_peft_model|PeftModel)$/.test(name));
  if (weight > 0 && (isSynced || peft)) {
    const node = call.keywords.get('sync_ref_model') ?? call.keywords.get('beta') ?? call.node;
    return { kind: 'already-there', line: lines.lineAt(node.start) };
  }
  const added: string[] = [];
  const give = (name: string, code: string) => {
    const node = call.keywords.get(name);
    if (node) {
      edits.replace(node, code);
    } else {
      added.push(`${name}=${code}`);
    }
  };
  if (weight <= 0) {
    give('beta', pythonNumber(beta));
  }
  if (!peft) {
    give('sync_ref_model', 'True');
    give('ref_model_sync_steps', String(steps));
    give('ref_model_mixup_alpha', pythonNumber(mixup));
  }
  addKeywords(call, added, analysis, edits);
  return {
    kind: 'edited',
    notes: [
      weight <= 0
        ? 'A reference model is loaded now, which takes memory.'
        : 'The KL is counted from the new reference after each update.',
      ...(peft
        ? ['With PEFT the reference is the base model without adapters, which TRL does not bring up to date.']
        : []),
    ],
  };
}

/** `for held, live in zip(reference.parameters(), …): held.data.copy_(…)`. */
function changesWeights(zip: SyntaxNode, name: string, text: string): boolean {
  const loop = enclosing(zip, FOR);
  return (
    loop !== null &&
    text.slice(zip.start, zip.end).includes(`${name}.parameters()`) &&
    /\.(lerp_|copy_|mul_|add_)\(|\.data\b/.test(text.slice(loop.start, loop.end))
  );
}

/** Names of models that a policy is held near to. */
const REFERENCE =
  /^(self\.)?_?(ref|reference|initial|old)_?(model|policy|actor|net)$|^(self\.)?(model|policy|actor|pi)_ref(erence)?$/;

function inLoop(unit: TrainingUnit, { steps, mixup }: Wish, { analysis, edits }: LoopContext): LoopOutcome {
  const { module, lines, root } = analysis;
  const built = module.assignments.filter(
    ({ target, value }) => REFERENCE.test(target) && readCall(module.text, value) !== null,
  );
  const [reference, ...others] = built;
  if (!reference || others.length > 0 || !/\bkl|log_?prob|logps?\b/i.test(module.text)) {
    return refused(
      'No single reference model that a policy is compared with was found in this file: a KL term can’t be added without one.',
    );
  }
  const name = reference.target;
  const updates = module.calls.find(
    ({ name: method, receiver, callee, node }) =>
      (method === 'zip' && changesWeights(node, name, module.text)) ||
      (method === 'load_state_dict' && receiver !== null && dottedName(module.text, receiver) === name) ||
      /(sync|update|reset)\w*ref|ref\w*(sync|update|reset)/i.test(callee ?? ''),
  );
  if (updates) {
    return { kind: 'already-there', line: lines.lineAt(updates.node.start) };
  }
  const [step, ...more] = unit.steps;
  const model = step && parametersFor(step.event, step.event.owner, analysis)?.model;
  const counter = roundCounter(unit, analysis);
  if (!step || more.length > 0 || !model || counter === null || step.event.owner !== module.ownerOf(unit.loop)) {
    return refused('Which model the steps move, or how many there were, can’t be told from this loop.');
  }
  if (step.event.route !== 'plain' && step.event.route !== 'scaler') {
    throw new EditRefused('The model is wrapped by a library: bring the reference up to date through it.');
  }
  if (!isVisible(name, step.event.owner, analysis)) {
    throw new EditRefused(`${name} is not known where the optimizer steps.`);
  }
  const indent = indentUnit(root, lines);
  const last = counter.body.children.findLast(({ type }) => type !== 'comment');
  if (!last) {
    return refused('The loop has no body.');
  }
  const weights = `zip(${name}.parameters(), ${model}.parameters())`;
  edits.insertAfter(last, [
    `if (${counter.variable} + 1) % ${steps} == 0:`,
    ...(mixup === 1
      ? [`${indent}${name}.load_state_dict(${model}.state_dict())`]
      : [
          `${indent}for held, live in ${weights}:`,
          `${indent}${indent}held.data.lerp_(live.data, ${pythonNumber(mixup)})`,
        ]),
  ]);
  return { kind: 'edited', notes: ['The KL is counted from the new reference after each update.'] };
}
