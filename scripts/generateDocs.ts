/**
 * Writes the parts of the documentation that the code knows better: lists of formats, monitors, fixes, settings and
 * the import table. They stand between `<!-- generated: NAME -->` and `<!-- end of generated: NAME -->`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { SETTINGS } from '../src/contract/settings.js';
import { FIXES, isAnswered } from '../src/fixes/fixes.js';
import type { Finding, Paper } from '../src/model/finding.js';
import { LoopFinder } from '../src/loops/loopFinder.js';
import type { FixDescription } from '../src/model/fix.js';
import { FRAMEWORKS } from '../src/model/loop.js';
import type { Monitor } from '../src/monitors/monitor.js';
import { MONITORS } from '../src/monitors/monitors.js';
import { LOG_FORMATS } from '../src/readers/formats.js';
import { casesOf, triggeredFindings } from '../test/unit/monitors/monitorCases.js';
import { keptResults, scoreboardTable } from '../test/corpus/results.js';
import { provenFixes } from '../test/frameworks/provenFixes.js';
import { packagedGrammars } from '../test/unit/loops/grammars.js';
import { RULES } from '../src/loops/rules/rules.js';
import { LAYERS } from './layers.mjs';
import { blankRulePage, ruleCountsNote, ruleOfPage, rulePage, rulePagePath, ruleRows } from './rulePages.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** What the framework tests prove; known once the grammars are loaded. */
let proven: ReturnType<typeof provenFixes> = new Map();

/** Files that hold generated sections. */
export const GENERATED_FILES: readonly string[] = [
  'README.md',
  'ARCHITECTURE.md',
  'docs/monitors.md',
  'docs/fixes.md',
  ...MONITORS.map(({ id }) => monitorPagePath(id)),
  'docs/rules.md',
  ...RULES.map(({ id }) => rulePagePath(id)),
];

/** The page of a monitor. Findings link to it: the path stays as it is. */
export function monitorPagePath(id: string): string {
  return `docs/monitors/${id}.md`;
}

/** What stands in a section, by the section's name. */
type Sections = Readonly<Record<string, () => string>>;

const SECTIONS: Sections = {
  formats: () =>
    table(
      ['Format', 'Written by'],
      LOG_FORMATS.map((format) => [plain(format.title), plain(format.writtenBy)]),
    ),
  monitors: () => monitorTable('docs/monitors/'),
  'monitor-index': () => monitorTable('monitors/'),
  fixes: () =>
    table(
      ['Fix', 'What it does', 'Answers', 'In'],
      FIXES.map(({ description }) => [
        `[\`${description.id}\`](docs/fixes.md#${description.id})`,
        plain(description.why),
        codes(description.answers),
        description.frameworks.join(', '),
      ]),
    ),
  'fix-table': fixTable,
  rules: () => `${table(['Rule', 'What it sees', 'Severity', 'Spoke', 'Wrongly'], ruleRows())}\n\n${ruleCountsNote()}`,
  settings: () =>
    table(
      ['Setting', 'Default', 'What it does'],
      Object.values(SETTINGS).map((setting) => [
        `\`${setting.id}\``,
        `\`${JSON.stringify(setting.default)}\``,
        setting.description,
      ]),
    ),
  'scoreboard-own': () => scoreboard('reporting'),
  'scoreboard-shared': () => scoreboard('shared'),
  layers: () =>
    table(
      ['Folder', 'What lives there', 'Runtime', 'May import'],
      LAYERS.map((layer) => [`\`${layer.folder}/\``, layer.holds, layer.runtime, layer.imports.join(', ') || '–']),
    ),
  'fix-pages': () => FIXES.map(({ description }) => fixPage(description)).join('\n\n'),
};

/** What `npm run corpus -- --write` found last. */
function scoreboard(id: string): string {
  const result = keptResults().find((kept) => kept.id === id);
  if (result === undefined) {
    throw new Error(`no results of the corpus "${id}" are kept: npm run corpus -- --write`);
  }
  const [head = [], ...rows] = scoreboardTable(result);
  return `${result.runs} runs, ${result.healthy} of them healthy.\n\n${table(head, rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Words for Markdown to leave as they are. An underscore within a word means nothing to it. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*<>[\]]|(?<![a-z0-9])_|_(?![a-z0-9])/gi, '\\$&');
}

function codes(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(', ') || '–';
}

/** One line: sets of alternatives, of each of which one must be logged. */
function needs(monitor: Monitor): string {
  const sets = monitor.needs.map((alternatives) => alternatives.map((role) => `\`${role}\``).join(' or '));
  return sets.join('; and ') || '–';
}

function bullets(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${title}:`, items.map((item) => `- ${plain(item)}`).join('\n')];
}

function papers(list: readonly Paper[]): string[] {
  return bullets(
    'Rests on',
    list.map((paper) => `${paper.authors}: ${paper.title} (${paper.year})`),
  );
}

/** @param folder of the pages, as the file that holds the table sees it. */
function monitorTable(folder: string): string {
  return table(
    ['Monitor', 'What it sees', 'Needs'],
    MONITORS.map((monitor) => [`[\`${monitor.id}\`](${folder}${monitor.id}.md)`, plain(monitor.title), needs(monitor)]),
  );
}

/** The sections of a monitor's own page. The prose between them is written by hand. */
async function monitorSections(monitor: Monitor): Promise<Sections> {
  const cases = await casesOf(monitor.id);
  const found = cases === undefined ? [] : triggeredFindings(monitor, cases);
  const [example] = found.flat();
  const answers = FIXES.filter(({ description }) =>
    monitor.symptoms.some((symptom) => isAnswered(symptom, monitor.id, description)),
  );
  const cited = new Map(
    [...monitor.papers, ...found.flat().flatMap((finding) => finding.papers)].map((paper) => [paper.title, paper]),
  );
  return {
    needs: () =>
      `- Symptoms: ${codes(monitor.symptoms)}\n- Needs: ${needs(monitor)}\n- Better with: ${codes(monitor.uses)}\n- When something is missing: ${plain(monitor.remedy)}`,
    silences: () => monitor.silences.map((silence) => `- ${plain(silence)}`).join('\n'),
    constants: () =>
      table(
        ['Constant', 'Value', 'Meaning', 'Source'],
        monitor.constants.map((constant) => [
          `\`${constant.name}\``,
          String(Number(constant.value.toPrecision(6))),
          plain(constant.meaning),
          plain(constant.source),
        ]),
      ),
    fixes: () =>
      answers
        .map(
          ({ description }) => `- [\`${description.id}\`](../fixes.md#${description.id}): ${plain(description.title)}`,
        )
        .join('\n') || 'No fix in the code answers it: what to do is in the finding.',
    example: () => (example === undefined ? 'None yet.' : exampleOf(example)),
    papers: () =>
      [...cited.values()]
        .map((paper) => `- ${plain(paper.authors)}: ${plain(paper.title)} (${paper.year})`)
        .join('\n') || 'Its numbers were measured on public and small runs, or chosen: see above.',
  };
}

/** A finding as a person reads it. */
function exampleOf({ confidence, explanation, otherCauses, severity, title }: Finding): string {
  return [
    `> **${plain(title)}** (${severity}, confidence ${confidence})`,
    `> ${plain(explanation)}`,
    ...(otherCauses.length === 0
      ? []
      : [`> It could also be:\n>\n${otherCauses.map((cause) => `> - ${plain(cause)}`).join('\n')}`]),
  ].join('\n>\n');
}

const BEGIN_BY_HAND = '## How to read it';

/** A page that waits for its prose. */
function blankMonitorPage({ id, title }: Monitor): string {
  const section = (name: string): string => `<!-- generated: ${name} -->\n<!-- end of generated: ${name} -->`;
  return [
    `# ${title}`,
    `Monitor \`${id}\`, one of [all](../monitors.md).`,
    section('needs'),
    BEGIN_BY_HAND,
    '## When it stays silent',
    section('silences'),
    '## An example',
    section('example'),
    '## Its numbers',
    section('constants'),
    '## Fixes that answer it',
    section('fixes'),
    '## Rests on',
    section('papers'),
  ].join('\n\n');
}

/** The prose of a monitor's page, which nobody but a person can write. */
export function writtenByHand(page: string): string {
  const from = page.indexOf(BEGIN_BY_HAND) + BEGIN_BY_HAND.length;
  return page.slice(from, page.indexOf('\n## ', from)).trim();
}

/** Fixes by frameworks: what is run in `test/frameworks`, and what is only made. */
function fixTable(): string {
  const rows = FIXES.map(({ description: { id, frameworks } }) => [
    `[\`${id}\`](#${id})`,
    ...FRAMEWORKS.map((framework) =>
      proven.get(id)?.has(framework) ? 'proven' : frameworks.includes(framework) ? 'made' : '–',
    ),
  ]);
  return table(['Fix', ...FRAMEWORKS], rows);
}

function fixPage(fix: FixDescription): string {
  return [
    `## ${fix.id}`,
    `${plain(fix.title)}. ${plain(fix.why)}`,
    `- Answers: ${codes(fix.answers)}\n- In: ${fix.frameworks.join(', ')}`,
    ...bullets('Not to be used', fix.contraindications),
    table(
      ['Value', 'Default', 'Meaning', 'Source'],
      fix.settings.map((setting) => [
        `\`${setting.name}\``,
        String(setting.default),
        plain(setting.title),
        plain(setting.source),
      ]),
    ),
    ...papers(fix.papers),
  ].join('\n\n');
}

/** @throws Error when a section has no end or no generator */
function withGeneratedSections(text: string, sections: Sections): string {
  const begun = [...text.matchAll(/^<!-- generated: (.+) -->$/gm)].map((match) => match[1]!);
  return begun.reduce((current, name) => {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end of generated: ${name} -->`];
    const generate = sections[name];
    const from = current.indexOf(begin) + begin.length;
    const to = current.indexOf(end, from);
    if (!generate || to < 0) {
      throw new Error(`generated section "${name}" ${generate ? 'has no end' : 'is not known'}`);
    }
    return `${current.slice(0, from)}\n\n${generate()}\n\n${current.slice(to)}`;
  }, text);
}

/** What a file of {@link GENERATED_FILES} should hold: its generated sections up to date, all else as it is. */
export async function upToDate(file: string): Promise<string> {
  if (proven.size === 0) {
    proven = provenFixes(await LoopFinder.create(packagedGrammars));
  }
  const absolute = path.join(root, file);
  const rule = ruleOfPage(file);
  if (rule) {
    const page = withGeneratedSections(blankRulePage(rule), { rule: () => rulePage(rule) });
    return format(page, { ...(await resolveConfig(absolute)), parser: 'markdown' });
  }
  const monitor = MONITORS.find(({ id }) => monitorPagePath(id) === file);
  const before =
    monitor !== undefined && !existsSync(absolute) ? blankMonitorPage(monitor) : readFileSync(absolute, 'utf8');
  const sections = monitor === undefined ? SECTIONS : await monitorSections(monitor);
  const text = withGeneratedSections(before, sections);
  return format(text, { ...(await resolveConfig(absolute)), parser: 'markdown' });
}

async function writeAll(): Promise<void> {
  for (const file of GENERATED_FILES) {
    writeFileSync(path.join(root, file), await upToDate(file));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // A rejection ends the process with an error; the file is loaded as CommonJS, which has no await up here.
  void writeAll();
}
