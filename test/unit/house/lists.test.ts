import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKPOINT_FORMATS } from '../../../src/checkpoints/formats.js';
import { COMPARISON_RULES } from '../../../src/checkpoints/judging/comparisonRules.js';
import { CHECKPOINT_RULES } from '../../../src/checkpoints/judging/rules.js';
import { FIXES } from '../../../src/fixes/fixes.js';
import { MONITORS } from '../../../src/monitors/monitors.js';
import { DIALECTS, GENERAL_DIALECTS } from '../../../src/readers/dialects/dialects.js';
import { LOG_FORMATS } from '../../../src/readers/formats.js';
import { SETTINGS_FORMATS } from '../../../src/readers/settings/settingsFormats.js';
import { repositoryFiles, root } from './repository.js';

interface List {
  readonly folder: string;
  readonly members: readonly { readonly id: string; readonly member: unknown }[];
  /** Whether something that a module exports ought to be in the list. */
  belongs(exported: object): boolean;
}

const lists: Record<string, List> = {
  LOG_FORMATS: {
    folder: 'src/readers/',
    members: LOG_FORMATS.map((member) => ({ id: member.id, member })),
    belongs: (exported) => 'recognise' in exported && 'open' in exported && 'writtenBy' in exported,
  },
  SETTINGS_FORMATS: {
    folder: 'src/readers/settings/',
    members: SETTINGS_FORMATS.map((member) => ({ id: member.id, member })),
    belongs: (exported) => 'savedBy' in exported && 'place' in exported,
  },
  DIALECTS: {
    folder: 'src/readers/dialects/',
    members: [...DIALECTS, ...GENERAL_DIALECTS].map((member) => ({ id: member.id, member })),
    belongs: (exported) => 'rules' in exported && 'writtenBy' in exported,
  },
  MONITORS: {
    folder: 'src/monitors/',
    members: MONITORS.map((member) => ({ id: member.id, member })),
    belongs: (exported) => 'needs' in exported && 'start' in exported && 'symptoms' in exported,
  },
  CHECKPOINT_FORMATS: {
    folder: 'src/checkpoints/formats/',
    members: CHECKPOINT_FORMATS.map((member) => ({ id: member.id, member })),
    belongs: (exported) => 'recognise' in exported && 'open' in exported && 'savedBy' in exported,
  },
  CHECKPOINT_RULES: {
    folder: 'src/checkpoints/judging/',
    members: [...CHECKPOINT_RULES, ...COMPARISON_RULES].map((member) => ({ id: member.id, member })),
    belongs: (exported) => 'judge' in exported && 'symptom' in exported,
  },
  FIXES: {
    folder: 'src/fixes/',
    members: FIXES.map((member) => ({ id: member.description.id, member })),
    belongs: (exported) => 'description' in exported && 'apply' in exported,
  },
};

/** Everything that the modules of a folder export, alone or in arrays, and that belongs in its list; with its file. */
async function candidates(list: List): Promise<Map<unknown, string>> {
  const files = repositoryFiles().filter((file) => file.startsWith(list.folder) && /(?<!\.d)\.ts$/.test(file));
  const found = new Map<unknown, string>();
  for (const file of files) {
    const exports = (await import(path.join(root, file))) as Record<string, unknown>;
    for (const exported of Object.values(exports).flat()) {
      if (typeof exported === 'object' && exported !== null && list.belongs(exported)) {
        found.set(exported, file);
      }
    }
  }
  return found;
}

describe.each(Object.entries(lists))('%s', (_, list) => {
  it('holds everything that its folder exports', async () => {
    const found = await candidates(list);
    const unlisted = [...found].filter(([exported]) => !list.members.some(({ member }) => member === exported));
    expect(unlisted.map(([, file]) => file)).toEqual([]);
    expect(found.size).toBe(list.members.length);
  });

  it('names each member once, in words that scripts can use', () => {
    const ids = list.members.map(({ id }) => id);
    expect(ids).not.toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z][a-z0-9]*([-.][a-z0-9]+)*$/.test(id))).toEqual([]);
  });
});
