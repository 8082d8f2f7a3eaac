import type { TrainingLoop } from '../model/loop.js';
import type { PythonModule } from './python/pythonModule.js';
import type { TrainingArgumentsCall } from './python/trainingArguments.js';
import type { TrainingUnit, UnitFinder } from './python/trainingUnits.js';
import type { SourceLines } from './syntax/sourceLines.js';
import type { SyntaxNode } from './syntax/syntaxNode.js';

/** What in the source a loop was read from: fixes work on it. */
export type LoopOrigin =
  | { readonly kind: 'unit'; readonly unit: TrainingUnit }
  | { readonly kind: 'arguments'; readonly arguments: TrainingArgumentsCall };

export interface FoundLoop {
  readonly loop: TrainingLoop;
  readonly origin: LoopOrigin;
}

/** What is known of one Python text. Plain data: it may be kept as long as the text is. */
export interface PythonAnalysis {
  readonly language: 'python';
  /** The text is one cell of a notebook: names may come from other cells. */
  readonly isCell: boolean;
  readonly lines: SourceLines;
  readonly root: SyntaxNode;
  readonly module: PythonModule;
  readonly units: UnitFinder;
  readonly found: readonly FoundLoop[];
  readonly loops: readonly TrainingLoop[];
}

/** One kind of analysis for each language that is read. */
export type SourceAnalysis = PythonAnalysis;
