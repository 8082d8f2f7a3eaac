import type { SyntaxNode } from '../loops/syntax/syntaxNode.js';
import { findResidualBlocks, type ResidualBlock } from '../loops/python/residualBlocks.js';
import { foreignBase } from '../loops/python/networkClasses.js';
import type { LocatedCall, PythonModule } from '../loops/python/pythonModule.js';
import { mayBeTorch } from '../loops/rules/support/torchNames.js';
import type { PythonAnalysis } from '../loops/sourceAnalysis.js';
import type { FixOutcome } from '../model/fix.js';
import { syntaxErrorAround } from './editing/brokenCode.js';
import { EditList, EditRefused } from './editing/editList.js';
import { definitionOf, nameOfHelper } from './editing/helperFunction.js';
import type { FixTarget } from './fix.js';
import { refused, type LoopOutcome } from './loopFix.js';

/** What a fix does to the blocks that a model is made of, whatever trains it. */
export interface BlockFix {
  /** A class of the user's own whose `forward` adds sub-layers to a residual stream. */
  readonly block: (block: ResidualBlock, analysis: PythonAnalysis, edits: EditList) => LoopOutcome;
  /** A call of `nn.TransformerEncoderLayer(…)` or its decoder: a block of PyTorch's own. */
  readonly library: (call: LocatedCall, analysis: PythonAnalysis, edits: EditList) => LoopOutcome;
  /** Source of the class that takes the place of PyTorch's block, where the fix puts one into the file. */
  readonly replacement?: string;
  /** Why there is nothing to do in a file without either. */
  readonly none: string;
}

/** Blocks that Hugging Face's models are made of come from the library: their code is not the user's to edit. */
const LIBRARY_MODEL =
  /^(?:Auto(?:Model|Processor)\w*|(?:GPT2|Llama|Bert|Roberta|Mistral|Qwen\d*|Gemma\d*|OPT|T5|ViT)\w*)$/;

/** Applies a fix to every block of the file: blocks of one model only make sense together. */
export function applyToBlocks(target: FixTarget, fix: BlockFix): FixOutcome {
  const { analysis } = target;
  const outcome = applyToModel(target, fix.none, (analysis) => [
    ...findResidualBlocks(analysis.module).map((block) => ({
      node: block.node,
      make: (edits: EditList) => fix.block(block, analysis, edits),
    })),
    ...transformerLayers(analysis.module).map((call) => ({
      node: call.node,
      make: (edits: EditList) => fix.library(call, analysis, edits),
    })),
  ]);
  // Where all of PyTorch's blocks are replaced, only their class is left to be seen.
  const there =
    fix.replacement !== undefined && analysis.language === 'python'
      ? definitionOf(nameOfHelper(fix.replacement), analysis)
      : null;
  return outcome.kind === 'refused' && there !== null && analysis.language === 'python'
    ? { kind: 'already-there', line: analysis.lines.lineAt(there) }
    : outcome;
}

/** One place of a model's code, and what the fix does there. */
export interface ModelPlace {
  readonly node: SyntaxNode;
  readonly make: (edits: EditList) => LoopOutcome;
}

/** Applies a fix to every place of a model's own code that it knows; `none` says why there is nothing without any. */
export function applyToModel(
  { path, analysis }: FixTarget,
  none: string,
  placesOf: (analysis: PythonAnalysis) => readonly ModelPlace[],
): FixOutcome {
  if (analysis.language !== 'python') {
    return refused('This fix is made in Python sources only.');
  }
  const all = new EditList(analysis.lines);
  const outcomes = placesOf(analysis).map(({ node, make }) => attempt(node, analysis, all, make));
  if (!all.isEmpty) {
    const notes = outcomes.flatMap((outcome) => (outcome.kind === 'edited' ? outcome.notes : []));
    return { kind: 'edits', edits: all.build(path), notes: [...new Set(notes)] };
  }
  const there = outcomes.find(({ kind }) => kind === 'already-there');
  if (there?.kind === 'already-there') {
    return there;
  }
  const refusal = outcomes.find(({ kind }) => kind === 'refused');
  if (refusal?.kind === 'refused') {
    return refusal;
  }
  return refused(libraryModel(analysis) ?? foreignModel(analysis) ?? none);
}

/** The calls that build a block of PyTorch's own; classes of others often have its names. */
export function transformerLayers(module: PythonModule): readonly LocatedCall[] {
  return module.calls.filter((call) => LIBRARY_LAYER.test(call.name) && mayBeTorch(call, module));
}

const LIBRARY_LAYER = /^Transformer(?:Encoder|Decoder)Layer$/;

function foreignModel({ module }: PythonAnalysis): string | null {
  const [library] = module.classes.flatMap((node) => foreignBase(node, module) ?? []);
  return library === undefined ? null : `The models of this file are ${library}’s; this fix rewrites those of PyTorch.`;
}

function libraryModel({ module }: PythonAnalysis): string | null {
  const binding = module.imports.find(({ name, path }) => path.startsWith('transformers.') && LIBRARY_MODEL.test(name));
  return binding
    ? `The blocks of ${binding.name} are code of the library transformers; this fix edits blocks of your own only.`
    : null;
}

function attempt(
  place: SyntaxNode,
  analysis: PythonAnalysis,
  all: EditList,
  make: (edits: EditList) => LoopOutcome,
): LoopOutcome {
  const error = syntaxErrorAround(place, analysis);
  if (error !== null) {
    return refused(`There is a syntax error on line ${error + 1}, too close to the model to edit it safely.`);
  }
  const edits = new EditList(analysis.lines);
  try {
    const outcome = make(edits);
    if (outcome.kind === 'edited') {
      all.addAll(edits);
    }
    return outcome;
  } catch (problem) {
    if (problem instanceof EditRefused) {
      return refused(problem.message);
    }
    throw problem;
  }
}
