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
  const normed = preNormed(block, analysis);
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

/**
 * The branches of a block whose input is normalised (Pre-LN), or why there are none. Sub-layers of a block are treated
 * alike or not at all.
 */
export function preNormed(
  block: ResidualBlock,
  analysis: PythonAnalysis,
): { readonly branches: readonly ResidualBranch[] } | { readonly reason: string } {
  const { name, branches } = block;
  const unclear = unclearAddition(block, analysis);
  if (unclear !== null) {
    return { reason: unclear };
  }
  if (
    branches.some(({ inputNorm, outputNorm, sumNorm }) => sumNorm !== null && inputNorm === null && outputNorm === null)
  ) {
    return {
      reason: `${name} normalises the sum (Post-LN); apply pre-ln first, which moves the norms into the branches.`,
    };
  }
  const normed = branches.filter(({ inputNorm }) => inputNorm !== null);
  return normed.length > 0
    ? { branches: normed }
    : {
        reason: `${name} has no layer norm or RMSNorm in front of its sub-layers, so none can be added behind them in its manner.`,
      };
}

/** Why the sub-layers of a block can't all be rewritten, where one of them can't be followed. */
export function unclearAddition({ name, unclear }: ResidualBlock, { lines }: PythonAnalysis): string | null {
  const [first] = unclear;
  return first
    ? `What ${name} adds on line ${lines.lineAt(first.start) + 1}, or where that is normalised, depends on more than can be followed; its sub-layers are only rewritten together.`
    : null;
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
  /** The branch that a norm was made for, by its name. */
  const made = new Map<string, ResidualBranch>();
  for (const branch of open) {
    const { norm } = branch.inputNorm as NormUse;
    // The same sub-layer behind the same norm: the other side of a condition.
    const [shared] = [...made].find(([, other]) => isSameLayer(branch, other)) ?? [];
    const name = shared ?? freeName(branch, norm, taken);
    if (shared === undefined) {
      taken.add(name);
      made.set(name, branch);
      const built = textOf(analysis.module.text, norm.assignment.value);
      edits.insertAfter(norm.assignment.statement, [`self.${name} = ${built}`]);
    }
    wrap(branch, name, edits);
  }
  return open.length;
}

function isSameLayer(one: ResidualBranch, other: ResidualBranch): boolean {
  return one.sublayer === other.sublayer && one.inputNorm?.norm === other.inputNorm?.norm;
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
