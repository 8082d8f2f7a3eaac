import type { FoundJavaScriptLoop, JavaScriptAnalysis } from '../sourceAnalysis.js';
import { SourceLines } from '../syntax/sourceLines.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';
import { describeTfjs, tfjsPlaces } from './describeTfjs.js';
import { readJavaScriptModule } from './javaScriptModule.js';
import { findTfjsTrainings } from './tfjsTraining.js';

export function analyseJavaScript(text: string, root: SyntaxNode, isTyped: boolean): JavaScriptAnalysis {
  const lines = new SourceLines(text);
  const module = readJavaScriptModule(text, root);
  const found = findTfjsTrainings(module)
    .map((tfjs): FoundJavaScriptLoop => ({
      origin: { kind: 'tfjs', tfjs },
      places: tfjsPlaces(tfjs),
      loop: describeTfjs(tfjs, module, lines),
    }))
    .sort((one, other) => one.places.node.start - other.places.node.start);
  return { language: 'javascript', isTyped, lines, root, module, found, loops: found.map(({ loop }) => loop) };
}
