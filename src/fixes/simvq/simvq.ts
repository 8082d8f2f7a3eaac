import type { FixDescription } from '../../model/fix.js';
import { textOf } from '../../loops/python/expressions.js';
import {
  findVectorQuantizers,
  firstStatement,
  projectionOf,
  type VectorQuantizer,
} from '../../loops/python/vectorQuantizers.js';
import { statementOf } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { applyToModel } from '../blockFix.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { freeName } from '../editing/freeName.js';
import { moduleName } from '../editing/normLikeTheFile.js';
import type { Fix } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';

const description: FixDescription = {
  id: 'simvq',
  title: 'Learn a linear map of the codebook instead of its codes (SimVQ)',
  why: 'Only codes that were chosen get a gradient, so that the others fall behind for good; with frozen codes behind one learned linear layer, every step moves all of them.',
  answers: ['other'],
  answersMonitors: ['codebook-collapse'],
  contraindications: [
    'Codebooks that are moved by averages (EMA): there is no gradient that a layer could learn from.',
    'The first few hundred steps, and windows with fewer vectors than codes: they use few codes anyway.',
    'Quantizers without a learned codebook (FSQ, LFQ).',
    'Codes that were learned before: they are frozen, and seen through a new layer.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Addressing Representation Collapse in Vector Quantized Models with One Linear Layer',
      authors: 'Yongxin Zhu, Bocheng Li, Yifei Xin, et al.',
      year: 2024,
    },
  ],
  labArm: null,
};

/** A frozen codebook, normal with the deviation of the paper, behind a linear layer wherever it is read. */
export const simVq: Fix = {
  description,
  apply: (target) =>
    applyToModel(
      target,
      'No vector quantizer was found in this file: a class that looks for the nearest of the codes that it keeps.',
      (analysis) => {
        const own = analysis.module.calls.find(({ name }) => /^Sim_?VQ/i.test(name));
        const found = findVectorQuantizers(analysis.module).map((quantizer) => ({
          node: quantizer.network.node,
          make: (edits: EditList) => project(quantizer, analysis, edits),
        }));
        return own
          ? [{ node: own.node, make: () => ({ kind: 'already-there', line: analysis.lines.lineAt(own.node.start) }) }]
          : found;
      },
    ),
};

function project(quantizer: VectorQuantizer, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const { module, lines } = analysis;
  const { network, codebook, weights, features, reads, initialised, movedByHand } = quantizer;
  const there = projectionOf(quantizer, module);
  if (there) {
    return { kind: 'already-there', line: lines.lineAt(there.start) };
  }
  if (movedByHand) {
    return refused(
      `The codebook of ${network.name} is moved by hand (line ${lines.lineAt(movedByHand.start) + 1}), not by its gradient, of which a layer could learn.`,
    );
  }
  const size = textOf(module.text, features);
  if (/\n/.test(size)) {
    throw new EditRefused(`The number of features of ${weights} is written over several lines.`);
  }
  const layer = `self.${codebook.name}_proj`;
  const { constructor } = network;
  const [first, ...more] = initialised.map((node) => statementOf(node));
  if (more.length > 0) {
    throw new EditRefused(`The codes of ${network.name} get their first values in several statements.`);
  }
  const normal = moduleName('init.normal_', constructor, analysis, edits);
  const code = [
    `${normal}(${weights}, std=${/^[\w.]+$/.test(size) ? size : `(${size})`} ** -0.5)`,
    `${weights}.requires_grad_(False)`,
    `${layer} = ${moduleName('Linear', constructor, analysis, edits)}(${size}, ${size})`,
  ];
  if (first) {
    edits.replace(first, code[0] ?? '');
    edits.insertAfter(first, code.slice(1));
  } else {
    edits.insertAfter(codebook.assignment.statement, code);
  }
  for (const method of new Set(reads.map((each) => each.method))) {
    const name = freeName(['codes', 'codebook', 'projected_codes'], method, module.text);
    const start = firstStatement(method);
    if (!start) {
      throw new EditRefused(`The method ${method.name} of ${network.name} has no statement of its own.`);
    }
    edits.insertBefore(start, [`${name} = ${layer}(${weights})`]);
    for (const { node, lookup } of reads.filter((each) => each.method === method)) {
      edits.replace(node, lookup ? `${name}[${textOf(module.text, lookup)}]` : name);
    }
  }
  return {
    kind: 'edited',
    notes: [
      'Train from scratch: the codes are drawn anew, and stay as they are.',
      `The optimizer has to have the parameters of ${layer}; those of the codes no longer matter to it.`,
    ],
  };
}
