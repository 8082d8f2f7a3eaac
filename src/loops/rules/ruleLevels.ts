import type { LoopWarning, RuleLevel, TrainingLoop } from '../../model/loop.js';

/** The loop as a person wants to see it. Rules that are not named keep their own severity. */
export function withRuleLevels<Loop extends Pick<TrainingLoop, 'warnings'>>(
  loop: Loop,
  levels: Readonly<Record<string, RuleLevel>>,
): Loop {
  const warnings = loop.warnings.flatMap((warning): LoopWarning[] => {
    const level = Object.hasOwn(levels, warning.rule) ? levels[warning.rule] : undefined;
    return level === 'off' ? [] : [level === undefined ? warning : { ...warning, severity: level }];
  });
  return { ...loop, warnings };
}
