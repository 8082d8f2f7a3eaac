import type { TrainingLoop } from '../model/loop.js';
import type { SourceLines } from './syntax/sourceLines.js';
import type { SyntaxNode } from './syntax/syntaxNode.js';

/** What is known of one source text. Plain data: it may be kept as long as the text is. */
export interface SourceAnalysis {
  readonly lines: SourceLines;
  readonly root: SyntaxNode;
  readonly loops: readonly TrainingLoop[];
}
