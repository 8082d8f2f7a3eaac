import type { LoopWarning } from '../../model/loop.js';
import type { FoundLoop } from '../sourceAnalysis.js';
import type { SourceLines } from '../syntax/sourceLines.js';
import type { PythonModule } from '../python/pythonModule.js';
import type { UnitFinder } from '../python/trainingUnits.js';
import type { Rule, Violation } from './rule.js';
import { RULES } from './rules.js';
import { Suppressions } from './suppressions.js';

interface Judged {
  readonly rule: Rule;
  readonly violation: Violation;
  readonly found: FoundLoop;
}

/** The loops with what the rules say of them. Each mistake is told once, at the loop that holds it or came first. */
export function withWarnings(
  found: readonly FoundLoop[],
  module: PythonModule,
  units: UnitFinder,
  lines: SourceLines,
): readonly FoundLoop[] {
  if (found.length === 0) {
    return found;
  }
  const suppressions = new Suppressions(module, lines);
  const judged = RULES.flatMap((rule) =>
    askedWith(rule, found).flatMap((loop): Judged[] =>
      rule
        .check({ found: loop, module, units, objects: units.objects, lines })
        .map((violation) => ({ rule, violation, found: loop })),
    ),
  );
  const told = new Map<string, Judged>();
  for (const judgement of judged) {
    const { rule, violation } = judgement;
    const line = lines.lineAt(violation.node.start);
    const key = `${rule.id} ${line}`;
    const known = told.get(key);
    if (!known && !suppressions.covers(rule.id, line)) {
      told.set(key, { ...judgement, found: found.find((loop) => holds(loop, line)) ?? judgement.found });
    }
  }
  return found.map((loop) => {
    const own = [...told.values()].filter((judgement) => judgement.found === loop);
    const warnings = own.map(({ rule, violation }) => warningOf(rule, violation, lines));
    return warnings.length === 0 ? loop : { ...loop, loop: { ...loop.loop, warnings } };
  });
}

/** The loops that a rule is asked with: of PyTorch's one where it looks at the whole file. */
function askedWith(rule: Rule, found: readonly FoundLoop[]): readonly FoundLoop[] {
  if (rule.scope === 'loop') {
    return found;
  }
  const first = found.find(({ origin }) => origin.kind === 'unit' || origin.kind === 'lightning');
  return first ? [first] : [];
}

function holds({ loop }: FoundLoop, line: number): boolean {
  return loop.from.line <= line && line <= loop.to.line;
}

function warningOf(rule: Rule, { node, message }: Violation, lines: SourceLines): LoopWarning {
  return { rule: rule.id, severity: rule.severity, line: lines.lineAt(node.start), message, fixes: rule.fixes };
}
