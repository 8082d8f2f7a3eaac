/**
 * Writes the parts of the documentation that the code knows better: lists of formats, monitors, fixes, settings and
 * the import table. They stand between `<!-- generated: NAME -->` and `<!-- end of generated: NAME -->`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { SETTINGS } from '../src/contract/settings.js';
import { FIXES } from '../src/fixes/fixes.js';
import type { Paper } from '../src/model/finding.js';
import type { FixDescription } from '../src/model/fix.js';
import type { Monitor } from '../src/monitors/monitor.js';
import { MONITORS } from '../src/monitors/monitors.js';
import { LOG_FORMATS } from '../src/readers/formats.js';
import { LAYERS } from './layers.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Files that hold generated sections. */
export const GENERATED_FILES = ['README.md', 'ARCHITECTURE.md', 'docs/monitors.md', 'docs/fixes.md'] as const;

const SECTIONS: Readonly<Record<string, () => string>> = {
  formats: () =>
    table(
      ['Format', 'Written by'],
      LOG_FORMATS.map((format) => [plain(format.title), plain(format.writtenBy)]),
    ),
  monitors: () =>
    table(
      ['Monitor', 'What it sees', 'Needs', 'Stays silent, for example'],
      MONITORS.map((monitor) => [
        `[\`${monitor.id}\`](docs/monitors.md#${monitor.id})`,
        plain(monitor.title),
        needs(monitor),
        plain(monitor.silences[0] ?? '–'),
      ]),
    ),
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
  settings: () =>
    table(
      ['Setting', 'Default', 'What it does'],
      Object.values(SETTINGS).map((setting) => [
        `\`${setting.id}\``,
        `\`${JSON.stringify(setting.default)}\``,
        setting.description,
      ]),
    ),
  layers: () =>
    table(
      ['Folder', 'What lives there', 'Runtime', 'May import'],
      LAYERS.map((layer) => [`\`${layer.folder}/\``, layer.holds, layer.runtime, layer.imports.join(', ') || '–']),
    ),
  'monitor-pages': () => MONITORS.map(monitorPage).join('\n\n'),
  'fix-pages': () => FIXES.map(({ description }) => fixPage(description)).join('\n\n'),
};

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

function monitorPage(monitor: Monitor): string {
  return [
    `## ${monitor.id}`,
    `${plain(monitor.title)}.`,
    `- Symptoms: ${codes(monitor.symptoms)}\n- Needs: ${needs(monitor)}\n- Better with: ${codes(monitor.uses)}\n- When something is missing: ${plain(monitor.remedy)}`,
    ...bullets('Stays silent', monitor.silences),
    table(
      ['Constant', 'Value', 'Meaning', 'Source'],
      monitor.constants.map((constant) => [
        `\`${constant.name}\``,
        String(constant.value),
        plain(constant.meaning),
        plain(constant.source),
      ]),
    ),
    ...papers(monitor.papers),
  ].join('\n\n');
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
function withGeneratedSections(text: string): string {
  const begun = [...text.matchAll(/^<!-- generated: (.+) -->$/gm)].map((match) => match[1]!);
  return begun.reduce((current, name) => {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end of generated: ${name} -->`];
    const generate = SECTIONS[name];
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
  const absolute = path.join(root, file);
  const text = withGeneratedSections(readFileSync(absolute, 'utf8'));
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
