import type { SettingsAnalysis } from '../sourceAnalysis.js';
import { SourceLines } from '../syntax/sourceLines.js';
import { settingsInList, settingsInScript } from './commandSettings.js';
import { readJson } from './jsonSettings.js';
import { dialectOf, settingsInMapping } from './mappingSettings.js';
import type { SettingsFormat, SettingsSource } from './settingsSource.js';
import { containersOf, type ParsedSettings } from './settingsTree.js';
import { readToml } from './tomlSettings.js';
import { readYaml } from './yamlSettings.js';

const READERS: Readonly<Record<'yaml' | 'json' | 'toml', (text: string) => ParsedSettings>> = {
  yaml: readYaml,
  json: readJson,
  toml: readToml,
};

/** Finds what sets training's settings in a configuration file or a launch script. Never fails on bad syntax. */
export function analyseSettings(text: string, language: keyof typeof READERS | 'shell'): SettingsAnalysis {
  const lines = new SourceLines(text);
  if (language === 'shell') {
    return {
      language: 'settings',
      written: language,
      lines,
      sources: settingsInScript(text),
      loops: [],
      problem: null,
    };
  }
  const { roots, problem } = READERS[language](text);
  const sources = roots.flatMap((root) => sourcesIn(root, language, text));
  return { language: 'settings', written: language, lines, sources, loops: [], problem };
}

function sourcesIn(root: ParsedSettings['roots'][number], format: SettingsFormat, text: string): SettingsSource[] {
  const found: SettingsSource[] = [];
  const isInside = (start: number) => found.some(({ span }) => span.start <= start && start < span.end);
  for (const { tree, path } of containersOf(root)) {
    if (isInside(tree.span.start)) {
      continue;
    }
    if (tree.kind === 'mapping') {
      const dialect = dialectOf(tree);
      const source = dialect && settingsInMapping(tree, dialect, format, path);
      found.push(...(source && source.settings.length > 0 ? [source] : []));
    } else if (tree.kind === 'list') {
      found.push(...settingsInList(tree, text));
    } else if (tree.block) {
      found.push(...settingsInScript(text, tree.span.start, tree.span.end));
    }
  }
  return found;
}
