import type { Paper, Severity } from '../../model/finding.js';
import type { ObjectTable } from '../python/objects.js';
import type { PythonModule } from '../python/pythonModule.js';
import type { TrainingUnit, UnitFinder } from '../python/trainingUnits.js';
import type { FoundLoop } from '../sourceAnalysis.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import type { SyntaxNode } from '../syntax/syntaxNode.js';

/** What a rule may look at: the loop, and the file that it stands in. */
export interface RuleContext {
  readonly found: FoundLoop;
  readonly module: PythonModule;
  readonly units: UnitFinder;
  readonly objects: ObjectTable;
  readonly lines: SourceLines;
}

/** A place that breaks a rule. */
export interface Violation {
  /** The warning stands on the line where this begins. */
  readonly node: SyntaxNode;
  readonly message: string;
}

/**
 * A mistake that the source alone shows. A rule speaks only when it is certain: false alarms are worse than misses.
 * Its page and its tests are made from what stands here.
 */
export interface Rule {
  readonly id: string;
  /** The mistake in a few words: "Gradients are clipped before unscale_". */
  readonly title: string;
  readonly severity: Severity;
  /** A rule of a file looks at all of it at once, whichever of its loops it is asked with. */
  readonly scope: 'loop' | 'file';
  /** Why it matters and what happens, for the page. */
  readonly why: string;
  /** When it stays silent although the words are there. */
  readonly silences: readonly string[];
  /** A file that breaks the rule once, and the same file mended. */
  readonly bad: string;
  readonly good: string;
  /** Ids of the fixes that mend it, the best first; empty where a person has to. */
  readonly fixes: readonly string[];
  readonly papers: readonly Paper[];
  check(context: RuleContext): readonly Violation[];
}

/** A check of loops that are written out; silent for those that a library runs. */
export function inUnits(check: (unit: TrainingUnit, context: RuleContext) => readonly Violation[]): Rule['check'] {
  return (context) => (context.found.origin.kind === 'unit' ? check(context.found.origin.unit, context) : []);
}
