import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMAND_CATEGORY, COMMANDS, CONTEXT_KEYS, type CommandDefinition } from '../../../src/contract/commands.js';
import { SETTINGS } from '../../../src/contract/settings.js';
import {
  CHECKPOINT_EDITOR,
  FIX_SCHEME,
  LAB_PAGE,
  RESCUE_SCHEME,
  RUN_PAGE,
  SWEEP_PAGE,
  TREE_CONTEXTS,
  VIEW_CONTAINER,
  VIEWS,
} from '../../../src/contract/views.js';

const root = path.resolve(import.meta.dirname, '../../..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const words: Record<string, string> = JSON.parse(readFileSync(path.join(root, 'package.nls.json'), 'utf8'));
const contributes = manifest.contributes;
const definitions: readonly CommandDefinition[] = Object.values(COMMANDS);

/** Replaces every "%key%" by its words, as the editor does when it reads the manifest. */
function inWords(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.replace(/^%(.*)%$/, (_, key: string) => words[key] ?? `missing: ${key}`);
  }
  if (Array.isArray(value)) {
    return value.map(inWords);
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, inWords(entry)]))
    : value;
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

describe('package.json against the registry of contributions', () => {
  it('declares exactly the registered commands, with their titles and icons', () => {
    const expected = definitions.map((command) => ({
      command: command.id,
      title: command.title,
      category: COMMAND_CATEGORY,
      ...(command.icon && { icon: `$(${command.icon})` }),
      ...(command.enablement && { enablement: command.enablement }),
    }));
    expect(inWords(contributes.commands)).toEqual(expected);
  });

  it('offers commands in the palette when the registry says so', () => {
    const expected = definitions
      .filter((command) => command.palette !== true)
      .map(({ id, palette }) => ({ command: id, when: palette === false ? 'false' : palette }));
    expect(contributes.menus.commandPalette).toEqual(expected);
  });

  it('declares exactly the registered settings, with their types, defaults and descriptions', () => {
    const expected = Object.fromEntries(
      Object.values(SETTINGS).map((setting) => [
        setting.id,
        {
          ...setting.schema,
          default: setting.default,
          scope: setting.scope,
          markdownDescription: setting.description,
        },
      ]),
    );
    expect(inWords(contributes.configuration.properties)).toEqual(expected);
  });

  it('takes restricted settings from trusted workspaces only', () => {
    const restricted = Object.values(SETTINGS).filter((setting) => setting.restricted);
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(
      restricted.map((setting) => setting.id),
    );
  });

  it('declares exactly the registered views', () => {
    expect(Object.keys(contributes.views)).toEqual([VIEW_CONTAINER]);
    const views = inWords(contributes.views[VIEW_CONTAINER]) as { id: string; name: string }[];
    expect(views.map(({ id, name }) => ({ id, name }))).toEqual(Object.values(VIEWS));
    for (const page of [RUN_PAGE, LAB_PAGE, SWEEP_PAGE]) {
      expect(manifest.activationEvents).toContain(`onWebviewPanel:${page}`);
    }
  });

  it('names only registered commands in menus and welcome texts', () => {
    const ids = new Set<string>(definitions.map((command) => command.id));
    const inMenus = Object.values(contributes.menus)
      .flat()
      .map((entry) => (entry as { command: string }).command);
    const inWelcome = Object.values(words).flatMap((text) =>
      [...text.matchAll(/command:(evenkeel\.[\w.]+)/g)].map((match) => match[1]),
    );
    expect([...inMenus, ...inWelcome].filter((id) => !ids.has(id ?? ''))).toEqual([]);
  });

  it('uses only known words in the conditions of menus and welcome texts', () => {
    const known = new Set<string>([
      ...Object.values(CONTEXT_KEYS),
      ...Object.values(VIEWS).map((view) => view.id),
      FIX_SCHEME,
      RESCUE_SCHEME,
      CHECKPOINT_EDITOR,
    ]);
    const conditions = [...Object.values(contributes.menus).flat(), ...contributes.viewsWelcome].map(
      (entry) => (entry as { when?: string }).when ?? '',
    );
    const named = conditions.flatMap((when) => when.match(/\bevenkeel[.-]\w+/g) ?? []);
    expect(named.filter((word) => !known.has(word))).toEqual([]);
    const items = conditions.flatMap((when) => [...when.matchAll(/viewItem == ([\w.]+)/g)].map((match) => match[1]));
    expect(items.filter((item) => !Object.values<string | undefined>(TREE_CONTEXTS).includes(item))).toEqual([]);
  });

  it('has words for every key, and no words without a use', () => {
    const used = stringsIn(manifest).flatMap((text) => /^%(.*)%$/.exec(text)?.[1] ?? []);
    expect(new Set(used)).toEqual(new Set(Object.keys(words)));
  });

  it('points at icons that exist', () => {
    const files = stringsIn(contributes).filter((text) => /^media\/.*\.svg$/.test(text));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(readFileSync(path.join(root, file), 'utf8')).toContain('currentColor');
    }
  });

  it('shows pictures that exist, in a few hundred kilobytes, and names the contexts and commands that end a step', () => {
    const [walkthrough] = contributes.walkthroughs;
    const pictures = new Set(stringsIn(walkthrough).filter((text) => text.startsWith('media/')));
    const sizes = [...pictures].map((file) => readFileSync(path.join(root, file)).byteLength);
    expect(sizes).toHaveLength(4);
    expect(Math.min(...sizes)).toBeGreaterThan(5000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(450_000);
    const ends = stringsIn(walkthrough).flatMap(
      (text) => /^on(?:Command|Context):(evenkeel\.\w+)/.exec(text)?.[1] ?? [],
    );
    const known = new Set<string>([...definitions.map(({ id }) => id), ...Object.values(CONTEXT_KEYS)]);
    expect(ends.filter((end) => !known.has(end))).toEqual([]);
  });
});
