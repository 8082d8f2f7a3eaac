import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import type { ResidualBlock, ResidualBranch, Submodule } from '../../loops/python/residualBlocks.js';
import type { EditList } from '../editing/editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';

/**
 * Adds a norm to the output of every Pre-LN branch of a block, built like the norm of its input:
 * `x + self.attn(self.ln_1(x))` becomes `x + self.ln_1_out(self.attn(self.ln_1(x)))`.
 */
export function addOutputNorms(block: ResidualBlock, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { branches } = block;
  const line = analysis.lines.lineAt(block.node.start);
  const normed = branches.filter(({ inputNorm }) => inputNorm !== null);
  if (normed.length === 0) {
    return branches.some(({ sumNorm }) => sumNorm !== null)
      ? refused(
          `${block.name} normalises the sum (Post-LN); apply pre-ln first, which moves the norms into the branches.`,
        )
      : refused(
          `${block.name} has no layer norm or RMSNorm in front of its sub-layers, so none can be added behind them in its manner.`,
        );
  }
  const open = normed.filter(({ outputNorm }) => outputNorm === null);
  if (open.length === 0) {
    return { kind: 'already-there', line };
  }
  const taken = new Set(block.submodules.map(({ name }) => name));
  for (const branch of open) {
    const norm = branch.inputNorm as Submodule;
    const name = freeName(branch, norm, taken);
    taken.add(name);
    const built = textOf(analysis.module.text, norm.assignment.value);
    edits.insertAfter(norm.assignment.statement, [`self.${name} = ${built}`]);
    wrap(branch, name, edits);
  }
  return {
    kind: 'edited',
    notes: [
      'Peri-LN changes what the model computes: train from scratch, or expect the loss to jump when a run is resumed.',
      'Parameters keep their names; load older checkpoints with strict=False, so that the new norms start at one.',
    ],
  };
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
