import type { LoopPlaces } from '../loopPlaces.js';
import { childOf, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, numberValue, stringValue, textOf } from './expressions.js';
import type { LocatedCall, PythonModule } from './pythonModule.js';

/** Libraries whose argument classes drive a Hugging Face Trainer. */
const LIBRARIES = new Set(['transformers', 'trl', 'sentence_transformers', 'unsloth', 'optimum', 'setfit', 'swift']);

const TRL_CONFIGS = new Set(
  'SFTConfig DPOConfig GRPOConfig KTOConfig ORPOConfig CPOConfig RLOOConfig RewardConfig OnlineDPOConfig BCOConfig '
    .concat('XPOConfig NashMDConfig GKDConfig PRMConfig PPOConfig')
    .split(' '),
);

/** A call of `TrainingArguments(…)` or one of its kin, or of the parser that fills one from the command line. */
export interface TrainingArgumentsCall {
  readonly call: LocatedCall;
  /** Class of the arguments: "TrainingArguments", "SFTConfig". */
  readonly className: string;
  /** The values come from the command line: nothing in this file sets them. */
  readonly fromCommandLine: boolean;
  /** A class of that name which is no `TrainingArguments`: PPOConfig of TRL before 0.12. */
  readonly isForeign: boolean;
}

/** The places of a loop that `TrainingArguments(…)` steers: everything is an argument of that call. */
export function argumentPlaces({ call }: TrainingArgumentsCall): LoopPlaces {
  return {
    node: call.node,
    optimizers: [],
    gradients: null,
    step: null,
    arguments: [{ role: 'training-arguments', call }],
  };
}

export function findTrainingArguments(module: PythonModule): readonly TrainingArgumentsCall[] {
  return module.calls.flatMap((call): TrainingArgumentsCall[] => {
    const mayBe =
      call.name.endsWith('TrainingArguments') || TRL_CONFIGS.has(call.name) || definedAsSubclass(module, call.name);
    const name = mayBe && call.callee && isArguments(module, call.callee) ? call.name : null;
    if (name !== null) {
      return [{ call, className: name, fromCommandLine: false, isForeign: isOldPpo(call, module) }];
    }
    const parsed = call.name === 'HfArgumentParser' || call.name === 'TrlParser' ? parsedClass(module, call) : null;
    return parsed === null ? [] : [{ call, className: parsed, fromCommandLine: true, isForeign: false }];
  });
}

/** Arguments that PPOConfig had while it was a class of its own [code trl/trainer/ppo_config.py, 0.11]. */
const OLD_PPO = [
  'model_name log_with steps ppo_epochs init_kl_coef adap_kl_ctrl tracker_project_name tracker_kwargs query_dataset',
  'optimize_cuda_cache optimize_device_cache ratio_threshold use_score_scaling use_score_norm kl_penalty',
]
  .join(' ')
  .split(' ');

/** Its trainer was stepped by the loop: `ppo_trainer.step(queries, responses, rewards)`. */
function isOldPpo({ name, keywords }: LocatedCall, module: PythonModule): boolean {
  const isStepped = () =>
    module.callsNamed('step').some(({ receiver, positional }) => {
      const trainer = receiver && dottedName(module.text, receiver);
      return !!trainer && positional.length > 1 && /ppo/i.test(trainer);
    });
  return name === 'PPOConfig' && (OLD_PPO.some((argument) => keywords.has(argument)) || isStepped());
}

function parsedClass(module: PythonModule, call: LocatedCall): string | null {
  const named = (node: SyntaxNode) => module.assignments.filter(({ target }) => target === textOf(module.text, node));
  const classes = [...call.positional, ...call.keywords.values()].flatMap((argument) =>
    argument.type === 'identifier' || argument.type === 'attribute'
      ? [argument, ...named(argument).flatMap(({ value }) => value.children)]
      : argument.children,
  );
  const found = classes.map((node) => textOf(module.text, node)).find((name) => isArguments(module, name));
  return found ?? null;
}

function isArguments(module: PythonModule, callee: string): boolean {
  const name = callee.slice(callee.lastIndexOf('.') + 1);
  if (!callee.includes('.') && definedAsSubclass(module, name)) {
    return true;
  }
  // DataTrainingArguments and its kin of the example scripts describe the data.
  if (!(name.endsWith('TrainingArguments') && !name.includes('Data')) && !TRL_CONFIGS.has(name)) {
    return false;
  }
  if (module.importNamed(callee.split('.')[0])) {
    return isLibraryClass(module, callee);
  }
  // Brought in by an import of everything.
  return !callee.includes('.') && importsEverything(module);
}

/** Whether a name is a class of arguments that one of the libraries gives; others have a PPOConfig of their own. */
function isLibraryClass(module: PythonModule, callee: string): boolean {
  const name = callee.slice(callee.lastIndexOf('.') + 1);
  const binding = module.importNamed(callee.split('.')[0]);
  const isLibrarys = binding ? LIBRARIES.has(binding.path.split('.')[0] as string) : importsEverything(module);
  return (name.endsWith('TrainingArguments') || TRL_CONFIGS.has(name)) && isLibrarys;
}

function definedAsSubclass(module: PythonModule, name: string): boolean {
  return module.classes.some((node) => {
    const own = childOf(node, 'name');
    const bases = childOf(node, 'superclasses')?.children ?? [];
    return (
      own !== undefined &&
      textOf(module.text, own) === name &&
      bases.some((base) => isLibraryClass(module, textOf(module.text, base)))
    );
  });
}

function importsEverything(module: PythonModule): boolean {
  return module.root.children.some(
    (node) =>
      node.type === 'import_from_statement' &&
      node.children.some((child) => child.type === 'wildcard_import') &&
      LIBRARIES.has(textOf(module.text, node).split(/\s+/)[1]?.split('.')[0] ?? ''),
  );
}

/** What a keyword of the call is set to, as far as the source shows. */
export type ArgumentValue =
  | { readonly kind: 'absent' }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'expression' };

export function argumentValue(text: string, call: LocatedCall, keyword: string): ArgumentValue {
  const node = call.keywords.get(keyword);
  if (!node) {
    return { kind: 'absent' };
  }
  if (node.type === 'none') {
    return { kind: 'none' };
  }
  const value = numberValue(text, node);
  if (value !== null) {
    return { kind: 'number', value };
  }
  const word = stringValue(text, node) ?? (['true', 'false'].includes(node.type) ? node.type : null);
  return word === null ? { kind: 'expression' } : { kind: 'word', value: word };
}
