import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, lastPart } from '../../loops/python/expressions.js';
import { statementOf, type LocatedCall } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { EditRefused, quoteOf, type EditList } from '../editing/editList.js';
import { addHelper } from '../editing/helperFunction.js';
import { nameFor } from '../editing/importedNames.js';
import { isVisible } from '../editing/visibleNames.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const HELPER = 'reset_momentum';

/** What PyTorch's optimizers keep of earlier gradients [code torch.optim]. */
const BUFFERS = ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq', 'momentum_buffer', 'square_avg', 'grad_avg'];

/** Behind each place where the state of one of the unit's optimizers is loaded. */
export function resetOnResume(unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { lines } = analysis;
  const optimizers = new Set(unit.steps.flatMap(({ event }) => event.target ?? []));
  const there = ownReset(analysis);
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there) };
  }
  const loads = analysis.module.calls.flatMap((call) => {
    const loaded = loadedBy(call, optimizers, analysis);
    return loaded.map((optimizer) => ({ call, optimizer }));
  });
  if (loads.length === 0) {
    return refused(
      'Nothing in this file restores the state of the optimizer, so a run that goes on from a checkpoint has fresh moments anyway.',
    );
  }
  for (const { call, optimizer } of loads) {
    const statement = statementOf(call.node);
    if (statement.type !== 'expression_statement' || statement.children[0] !== call.node) {
      throw new EditRefused(`The state is loaded in the middle of line ${lines.lineAt(call.node.start) + 1}.`);
    }
    edits.insertAfter(statement, [`${HELPER}(${optimizer})`]);
  }
  writeHelper(analysis, edits);
  return {
    kind: 'edited',
    notes: [
      'Right after a reset Adam moves every weight by the full learning rate: let it rise anew over some hundred steps.',
      'Take the reset out again once the run is past the spike: on later resumes the moments are worth keeping.',
    ],
  };
}

/** `reset_momentum(…)`, `optimizer.state.clear()` or `optimizer.state = defaultdict(dict)`. */
function ownReset({ module, units }: PythonAnalysis): number | null {
  const isState = (name: string | null) =>
    name?.endsWith('.state') === true && units.objects.kindOf(name.slice(0, -'.state'.length)) === 'optimizer';
  const call = module.calls.find(
    ({ name, receiver }) =>
      /^reset_(momentum|moments|optimizer_?\w*)$/.test(name) ||
      (name === 'clear' && receiver !== null && isState(dottedName(module.text, receiver))),
  );
  const assignment = module.assignments.find(({ target }) => isState(target));
  return call?.node.start ?? assignment?.statement.start ?? null;
}

/** Which of the optimizers the call restores, by the names that they have there. */
function loadedBy(call: LocatedCall, optimizers: ReadonlySet<string>, analysis: PythonAnalysis): readonly string[] {
  const { module, units } = analysis;
  const receiver = call.receiver ? dottedName(module.text, call.receiver) : null;
  if (receiver === null) {
    return [];
  }
  const bare = new Set([...optimizers].map(lastPart));
  if (call.name === 'load_state_dict') {
    return bare.has(lastPart(receiver)) && units.objects.kindOf(receiver) === 'optimizer' ? [receiver] : [];
  }
  const restoresAll = call.name === 'load_state' && units.objects.kindOf(receiver) === 'accelerator';
  return restoresAll ? [...optimizers].filter((name) => isVisible(name, call.owner, analysis)) : [];
}

function writeHelper(analysis: PythonAnalysis, edits: EditList): void {
  const quote = quoteOf(analysis.module.text);
  const quoted = (name: string) => quote + name + quote;
  const isTensor = nameFor('torch.is_tensor', analysis.module.main, analysis, edits);
  addHelper(
    {
      name: HELPER,
      code: [
        `def ${HELPER}(optimizer):`,
        '\t"""Forgets what the optimizer knows of earlier gradients; weights and learning rate stay as they are."""',
        '\tfor state in optimizer.state.values():',
        `\t\tfor name in (${BUFFERS.map(quoted).join(', ')}):`,
        `\t\t\tif ${isTensor}(state.get(name)):`,
        '\t\t\t\tstate[name].zero_()',
        '\t\t# Without this, Adam would take the zeros for a long average and step too far.',
        `\t\tif ${isTensor}(state.get(${quoted('step')})):`,
        `\t\t\tstate[${quoted('step')}].zero_()`,
        `\t\telif ${quoted('step')} in state:`,
        `\t\t\tstate[${quoted('step')}] = 0`,
      ],
    },
    analysis,
    edits,
  );
}
