import { beforeAll, describe, expect, it } from 'vitest';
import { FIXES } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { RULES } from '../../../src/loops/rules/rules.js';
import { withRuleLevels } from '../../../src/loops/rules/ruleLevels.js';
import { packagedGrammars } from './grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function warningsIn(text: string) {
  return finder.find(text, 'python').flatMap(({ warnings }) => warnings);
}

describe.each(RULES.map((rule) => [rule.id, rule] as const))('%s', (id, rule) => {
  it('speaks once of its own bad example, and of nothing else', () => {
    expect(warningsIn(rule.bad).map((warning) => warning.rule)).toEqual([id]);
  });

  it('is silent about its good example', () => {
    expect(finder.find(rule.good, 'python')).not.toEqual([]);
    expect(warningsIn(rule.good)).toEqual([]);
  });

  it('names only fixes that there are', () => {
    const known = FIXES.map(({ description }) => description.id);
    expect(rule.fixes.filter((fix) => !known.includes(fix))).toEqual([]);
  });

  it('can be switched off in the file, on the line and by level', () => {
    const [warning] = warningsIn(rule.bad);
    const lines = rule.bad.split('\n');
    const onLine = lines.with(warning!.line, `${lines[warning!.line]}  # evenkeel: ignore[${id}]`).join('\n');
    const above = lines.toSpliced(
      warning!.line,
      0,
      `${/^ */.exec(lines[warning!.line]!)![0]}# evenkeel: ignore[other, ${id}]`,
    );
    expect(warningsIn(onLine)).toEqual([]);
    expect(warningsIn(above.join('\n'))).toEqual([]);
    expect(warningsIn(`# evenkeel: ignore-file[${id}]\n${rule.bad}`)).toEqual([]);
    expect(warningsIn(onLine.replace(id, 'another-rule'))).toHaveLength(1);
    const [loop] = finder.find(rule.bad, 'python');
    expect(withRuleLevels(loop!, { [id]: 'off' }).warnings).toEqual([]);
    expect(withRuleLevels(loop!, { [id]: 'error' }).warnings).toMatchObject([{ severity: 'error' }]);
    expect(withRuleLevels(loop!, {}).warnings).toEqual(loop!.warnings);
  });
});
