import { readCall, stringValue, textOf } from '../../loops/python/expressions.js';
import { statementOf, type LocatedCall, type PythonFunction } from '../../loops/python/pythonModule.js';
import { constructionsOf, isTorch, standsFor } from '../../loops/rules/support/torchNames.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, contains, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from './editList.js';

/** A cross entropy that a model is trained by. */
export interface TrainingCrossEntropy {
  readonly call: LocatedCall;
  readonly logits: SyntaxNode;
  readonly targets: SyntaxNode;
  /** Source of the class that does not count; null where it is PyTorch's own -100. */
  readonly ignoreIndex: string | null;
  /** Settings other than that, by their names in PyTorch. */
  readonly settings: ReadonlySet<string>;
  /** It stands in a method of the model, which evaluation runs too. */
  readonly inModel: boolean;
}

const LOSS_FUNCTION = new Set(['cross_entropy']);
const LOSS_CLASS = new Set(['CrossEntropyLoss']);

/**
 * The one cross entropy that the file trains by: in the loop, in a function that only the loop calls, in Lightning's
 * `training_step`, or else in the `forward` of a model.
 *
 * @throws EditRefused when there is none, when there are several, or when what it averages over can't be told
 */
export function trainingCrossEntropy(analysis: PythonAnalysis): TrainingCrossEntropy {
  const { module, found, units } = analysis;
  const all = module.calls.filter(
    (call) => isLoss(call, analysis) && !withoutGradients(call.node, analysis) && !EVALUATION.test(call.owner.name),
  );
  const regions = found.flatMap(({ origin }) => (origin.kind === 'unit' ? [origin.unit] : []));
  const trains = ({ node, owner }: LocatedCall) =>
    owner.name === 'training_step' ||
    regions.some(({ region }) => contains(region, node)) ||
    (owner !== module.main &&
      units.callsOf(owner).length > 0 &&
      units.callsOf(owner).every((call) => regions.some(({ region }) => contains(region, call.node))));
  const inLoop = all.filter((call) => trains(call));
  const inModel = all.filter(({ owner }) => owner.name === 'forward' && owner.className !== null);
  const candidates = inLoop.length > 0 ? inLoop : inModel;
  const [call] = candidates;
  if (!call) {
    throw new EditRefused('No cross entropy that a model is trained by was found in this file.');
  }
  if (candidates.length > 1) {
    const lines = candidates.map(({ node }) => analysis.lines.lineAt(node.start) + 1).join(', ');
    throw new EditRefused(
      `There are several cross entropies (lines ${lines}); which of them is of the logits meant can’t be told.`,
    );
  }
  return { ...argumentsOf(call, analysis), call, inModel: inLoop.length === 0 };
}

function isLoss(call: LocatedCall, { module, units }: PythonAnalysis): boolean {
  return (
    isTorch(call, LOSS_FUNCTION, module) ||
    (call.callee !== null && standsFor(call.callee, LOSS_CLASS, call.owner, module, units.objects))
  );
}

/** Functions that evaluate, in words that their names begin with. */
const EVALUATION = /^_?(?:eval|val|test|valid)/;
const OFF = /no_grad|inference_mode|set_grad_enabled\(False\)/;

function withoutGradients(node: SyntaxNode, { module }: PythonAnalysis): boolean {
  for (let at = node.parent; at; at = at.parent) {
    const head = at.type === 'with_statement' || at.type === 'decorated_definition' ? at.children : [];
    const said = head.filter(({ type }) => type === 'with_clause' || type === 'decorator');
    if (said.some((part) => OFF.test(textOf(module.text, part)))) {
      return true;
    }
  }
  return false;
}

function argumentsOf(
  call: LocatedCall,
  { module, units }: PythonAnalysis,
): Pick<TrainingCrossEntropy, 'logits' | 'targets' | 'ignoreIndex' | 'settings'> {
  const isFunction = isTorch(call, LOSS_FUNCTION, module);
  const built = isFunction ? [] : constructionsOf(call.callee ?? '', call.owner, module, units.objects);
  const said = isFunction ? [call] : built;
  const [logits, targets] = [
    call.keywords.get('input') ?? call.positional[0],
    call.keywords.get('target') ?? call.positional[1],
  ];
  if (!logits || !targets || call.positional.length > 2 || said.some(({ spread }) => spread)) {
    throw new EditRefused('The arguments of the cross entropy can’t be told apart.');
  }
  const settings = new Set(said.flatMap(({ keywords }) => [...keywords.keys()]));
  if (!isFunction && built.some(({ positional }) => positional.length > 0)) {
    settings.add('weight');
  }
  for (const { keywords } of said) {
    const reduction = keywords.get('reduction');
    if (keywords.has('reduce') || keywords.has('size_average')) {
      throw new EditRefused(
        'The cross entropy is averaged in a way of older versions of PyTorch; use reduction="mean".',
      );
    }
    if (reduction && stringValue(module.text, reduction) !== 'mean') {
      throw new EditRefused(
        'The cross entropy is not averaged where it is worked out, so that a term beside it would weigh differently.',
      );
    }
  }
  const ignored = call.keywords.get('ignore_index');
  const ofCriterion = built.some(({ keywords }) => keywords.has('ignore_index')) ? `${call.callee}.ignore_index` : null;
  return { logits, targets, settings, ignoreIndex: ignored ? textOf(module.text, ignored) : ofCriterion };
}

/** Calls that cost nothing when they are made twice. */
const HARMLESS = new Set(
  'view reshape size float long to transpose permute contiguous flatten squeeze unsqueeze type_as detach'.split(' '),
);

/**
 * How the logits can be written a second time. Where they are the output of a call, they get a name first, by which
 * the loss takes them then.
 */
export function namedLogits(
  { call, logits, targets }: TrainingCrossEntropy,
  analysis: PythonAnalysis,
  edits: EditList,
): string {
  const { module, lines } = analysis;
  const written = textOf(module.text, logits);
  if (isHarmless(targets, module.text) && isHarmless(logits, module.text)) {
    return written;
  }
  const nested = enclosing(
    call.node,
    new Set(['lambda', 'conditional_expression', 'list_comprehension', 'generator_expression']),
  );
  const taken = namesIn(call.owner, analysis).has('logits');
  const line = lines.lineAt(call.node.start) + 1;
  if (!isHarmless(targets, module.text) || taken || nested || written.includes('\n')) {
    throw new EditRefused(`Give the logits and the targets of the cross entropy on line ${line} names first.`);
  }
  edits.insertBefore(statementOf(call.node), [`logits = ${written}`]);
  edits.replace(logits, 'logits');
  return 'logits';
}

function isHarmless(node: SyntaxNode, text: string): boolean {
  return [...walk(node)].every((inner) => {
    const call = readCall(text, inner);
    if (inner.type === 'binary_operator') {
      return !textOf(text, inner).includes('@');
    }
    return inner.type !== 'call' || (call !== null && call.receiver !== null && HARMLESS.has(call.name));
  });
}

function namesIn(owner: PythonFunction, { module }: PythonAnalysis): ReadonlySet<string> {
  return new Set(
    [...walk(owner.node)].filter(({ type }) => type === 'identifier').map((node) => textOf(module.text, node)),
  );
}

/** The whole right side of an assignment: the name that the loss gets, and the statement. */
export function assignedTo(
  { node }: LocatedCall,
  text: string,
): { readonly name: string; readonly statement: SyntaxNode } | null {
  const assignment = node.parent;
  const left = assignment?.type === 'assignment' && node.field === 'right' ? childOf(assignment, 'left') : undefined;
  return left?.type === 'identifier' ? { name: textOf(text, left), statement: statementOf(node) } : null;
}
