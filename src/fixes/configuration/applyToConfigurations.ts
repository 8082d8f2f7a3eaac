import type { SettingsSource } from '../../loops/settings/settingsSource.js';
import type { SettingsAnalysis } from '../../loops/sourceAnalysis.js';
import type { FixDescription, FixOutcome } from '../../model/fix.js';
import { EditList, EditRefused } from '../editing/editList.js';
import type { FixSettings } from '../fix.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { Configuration } from './editedConfiguration.js';
import type { ConfigurationFix } from './configurationFix.js';
import { CONFIGURATION_FIXES } from './configurationFixes.js';

interface ConfigurationTarget {
  readonly path: string;
  readonly analysis: SettingsAnalysis;
  readonly line?: number;
}

/** Applies a fix to the run that is meant, or to every run that the file sets up; joins what comes of each. */
export function applyToConfigurations(
  description: FixDescription,
  target: ConfigurationTarget,
  settings: FixSettings,
): FixOutcome {
  const { analysis, path, line } = target;
  const fix = CONFIGURATION_FIXES.find((candidate) => candidate.fix === description.id);
  if (!fix) {
    return refused('This fix changes source code, and this file holds settings: make it in the training script.');
  }
  if (analysis.problem) {
    const { line: at } = analysis.lines.positionAt(analysis.problem.offset);
    return refused(`There is a syntax error on line ${at + 1}: ${analysis.problem.message}`);
  }
  const sources = analysis.sources.filter((source) => line === undefined || isAround(source, line, analysis));
  if (sources.length === 0) {
    return refused(
      line === undefined
        ? 'No settings of training that are known were found in this file.'
        : `No settings of training that are known were found around line ${line + 1}.`,
    );
  }
  const all = new EditList(analysis.lines);
  const outcomes = sources.map((source) => {
    const own = new EditList(analysis.lines);
    const outcome = attempt(fix, new Configuration(path, source, analysis, own), settings, description);
    if (outcome.kind === 'edited') {
      all.addAll(own);
    }
    return { outcome, source };
  });
  return joined(outcomes, all, target);
}

function isAround({ span }: SettingsSource, line: number, { lines }: SettingsAnalysis): boolean {
  return lines.lineAt(span.start) <= line && line <= lines.lineAt(span.end);
}

function attempt(
  fix: ConfigurationFix,
  configuration: Configuration,
  settings: FixSettings,
  description: FixDescription,
): LoopOutcome {
  try {
    return fix.change(configuration, settings, description);
  } catch (problem) {
    if (problem instanceof EditRefused) {
      return refused(problem.message);
    }
    throw problem;
  }
}

function joined(
  outcomes: readonly { readonly outcome: LoopOutcome; readonly source: SettingsSource }[],
  edits: EditList,
  { path, analysis }: ConfigurationTarget,
): FixOutcome {
  const notes = outcomes.flatMap(({ outcome, source }) => {
    if (outcome.kind === 'edited') {
      return outcome.notes;
    }
    const line = analysis.lines.lineAt(source.span.start) + 1;
    return outcome.kind === 'refused' ? [`The settings at line ${line} are left as they are: ${outcome.reason}`] : [];
  });
  if (!edits.isEmpty) {
    return { kind: 'edits', edits: edits.build(path), notes: [...new Set(notes)] };
  }
  const there = outcomes.find(({ outcome }) => outcome.kind === 'already-there')?.outcome;
  const refusal = outcomes.find(({ outcome }) => outcome.kind === 'refused')?.outcome;
  return there?.kind === 'already-there' ? there : (refusal as FixOutcome);
}
