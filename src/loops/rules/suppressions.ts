import type { PythonModule } from '../python/pythonModule.js';
import type { SourceLines } from '../syntax/sourceLines.js';

/** `# evenkeel: ignore`, `# evenkeel: ignore[rule, other-rule]`, `# evenkeel: ignore-file[rule]`. */
const COMMENT = /#\s*evenkeel:\s*ignore(-file)?(?:\s*\[([^\]]*)\])?/;

/** Which rules the comments of a file switch off, and where. */
export class Suppressions {
  private readonly everywhere: Set<string> = new Set<string>();
  private readonly byLine = new Map<number, ReadonlySet<string>>();

  constructor(module: PythonModule, lines: SourceLines) {
    for (const comment of module.comments) {
      const text = module.text.slice(comment.start, comment.end);
      const match = COMMENT.exec(text);
      if (!match) {
        continue;
      }
      const rules = (match[2] ?? '*').split(',').map((rule) => rule.trim());
      if (match[1]) {
        rules.forEach((rule) => this.everywhere.add(rule));
        continue;
      }
      const line = lines.lineAt(comment.start);
      const standsAlone = module.text.slice(lines.lineStart(line), comment.start).trim() === '';
      // A comment on a line of its own speaks of the next one.
      const meant = standsAlone ? line + 1 : line;
      this.byLine.set(meant, new Set([...(this.byLine.get(meant) ?? []), ...rules]));
    }
  }

  covers(rule: string, line: number): boolean {
    return [this.everywhere, this.byLine.get(line)].some(
      (rules) => rules !== undefined && (rules.has('*') || rules.has(rule)),
    );
  }
}
