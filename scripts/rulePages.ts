import type { Rule } from '../src/loops/rules/rule.js';
import { RULES } from '../src/loops/rules/rules.js';
import { PUBLIC_CODE, spokenIn } from './ruleJudgements.js';

/** Where the page of a rule lies. Warnings link to it: the path stays as it is. */
export function rulePagePath(id: string): string {
  return `docs/rules/${id}.md`;
}

/** The rule whose page a file is. */
export function ruleOfPage(file: string): Rule | undefined {
  return RULES.find(({ id }) => rulePagePath(id) === file);
}

/** What the page of a rule says; all of it comes from the rule. */
export function rulePage(rule: Rule): string {
  const code = (text: string) => `\`\`\`python\n${text}\`\`\``;
  return [
    `${rule.title}. Severity: ${rule.severity}.`,
    rule.why,
    '## Breaks the rule',
    code(rule.bad),
    '## Mended',
    code(rule.good),
    '## Stays silent when',
    rule.silences.map((silence) => `- ${silence}`).join('\n'),
    ...(rule.fixes.length > 0
      ? ['## Fixes', rule.fixes.map((id) => `- [\`${id}\`](../fixes.md#${id})`).join('\n')]
      : []),
    '## Switch it off',
    `On one line with \`# evenkeel: ignore[${rule.id}]\` behind it or on the line before, in one file with \`# evenkeel: ignore-file[${rule.id}]\`.`,
    ...(rule.papers.length > 0
      ? ['## Rests on', rule.papers.map(({ authors, title, year }) => `- ${authors}: ${title} (${year})`).join('\n')]
      : []),
  ].join('\n\n');
}

/** A rule page that has nothing yet but its place for what is generated. */
export function blankRulePage({ id }: Rule): string {
  return `# ${id}\n\n<!-- generated: rule -->\n<!-- end of generated: rule -->\n`;
}

/** Every rule with how often it spoke of public code, and how often wrongly. */
export function ruleRows(): readonly (readonly string[])[] {
  return RULES.map((rule) => {
    const { spoken, wrong } = spokenIn(rule.id);
    return [`[\`${rule.id}\`](rules/${rule.id}.md)`, rule.title, rule.severity, String(spoken), String(wrong)];
  });
}

/** What the counts of {@link ruleRows} were counted on. */
export function ruleCountsNote(): string {
  return `Counted over ${PUBLIC_CODE.loops} loops in ${PUBLIC_CODE.files} files of public code, ${PUBLIC_CODE.torchLoops} of them loops of PyTorch and Lightning, of which most rules speak: ${PUBLIC_CODE.of}.`;
}
