import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import type { Submodule } from '../../loops/python/networkClasses.js';
import type { NormUse, ResidualBlock, ResidualBranch } from '../../loops/python/residualBlocks.js';
import type { EditList } from './editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';

/**
 * Adds a norm to the output of every Pre-LN branch of a block, built like the norm of its input:
 * `x + self.attn(self.ln_1(x))` becomes `x + self.ln_1_out(self.attn(self.ln_1(x)))`.
 */
export function addOutputNorms(block: ResidualBlock, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const normed = preNormed(block);
  if ('reason' in normed) {
    return refused(normed.reason);
  }
  const added = normOutputs(normed.branches, block, analysis, edits);
  return added === 0
    ? { kind: 'already-there', line: analysis.lines.lineAt(block.node.start) }
    : { kind: 'edited', notes: changesTheModel('Peri-LN') };
}

/** What is to be known of an edit by which a model computes something else, with norms of its own added. */
export function changesTheModel(what: string): readonly string[] {
  return [
    `${what} changes what the model computes: train from scratch, or expect the loss to jump when a run is resumed.`,
    'Parameters keep their names; load older checkpoints with strict=False, so that the new norms start at one.',
  ];
}

/** The branches of a block whose input is normalised (Pre-LN), or why there are none. */
export function preNormed({
  name,
  branches,
}: ResidualBlock): { readonly branches: readonly ResidualBranch[] } | { readonly reason: string } {
  const normed = branches.filter(({ inputNorm }) => inputNorm !== null);
  if (normed.length > 0) {
    return { branches: normed };
  }
  return {
    reason: branches.some(({ sumNorm }) => sumNorm !== null)
      ? `${name} normalises the sum (Post-LN); apply pre-ln first, which moves the norms into the branches.`
      : `${name} has no layer norm or RMSNorm in front of its sub-layers, so none can be added behind them in its manner.`,
  };
}

/** Gives each of the branches that has none a norm of its output; how many were added. */
export function normOutputs(
  branches: readonly ResidualBranch[],
  block: ResidualBlock,
  analysis: PythonAnalysis,
  edits: EditList,
): number {
  const taken = new Set(block.submodules.map(({ name }) => name));
  const open = branches.filter(({ outputNorm }) => outputNorm === null);
  for (const branch of open) {
    const { norm } = branch.inputNorm as NormUse;
    const name = freeName(branch, norm, taken);
    taken.add(name);
    const built = textOf(analysis.module.text, norm.assignment.value);
    edits.insertAfter(norm.assignment.statement, [`self.${name} = ${built}`]);
    wrap(branch, name, edits);
  }
  return open.length;
}

function freeName({ sublayer }: ResidualBranch, norm: Submodule, taken: ReadonlySet<string>): string {
  const candidates = [`${norm.name}_out`, `${sublayer}_${norm.name}_out`, `${sublayer}_output_norm`];
  return candidates.find((name) => !taken.has(name)) ?? `${norm.name}_out_${taken.size}`;
}

function wrap({ output, definition }: ResidualBranch, name: string, edits: EditList): void {
  if (definition) {
    edits.insertAfter(definition.statement, [`${definition.name} = self.${name}(${definition.name})`]);
  } else {
    edits.insert(output.start, `self.${name}(`);
    edits.insert(output.end, ')');
  }
}
