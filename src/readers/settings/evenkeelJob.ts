import { table } from '../../base/table.js';
import type { RunEnding } from '../../model/run.js';
import { isObject } from '../json/flatten.js';
import { parseJson } from './documents.js';
import { splitPath } from './paths.js';
import type { Settings, SettingsFormat } from './settingsFormat.js';

/** Keeps the record of a job apart from any other `job.json`; its value is the layout's version. */
const MARK = 'evenkeelJob';
/** How a job's state is said of its run; a job that was asked to stop did not fail. */
const OUTCOMES = table<RunEnding>({
  finished: 'finished',
  stopped: 'stopped',
  failed: 'failed',
  lost: 'failed',
});

/** @param path absolute. The folder of the job that a file of this name is the record of. */
export function jobFolder(path: string): string | undefined {
  const { folder, name } = splitPath(path);
  return name === 'job.json' ? folder : undefined;
}

/** What Evenkeel itself writes of a job that it runs (`src/runner/jobRecord.ts`). */
export const evenkeelJob: SettingsFormat = {
  id: 'evenkeel-job',
  savedBy: 'evenkeel run (job.json)',
  place: (path) => {
    const folder = jobFolder(path);
    return folder === undefined ? undefined : { folder, reach: 'inside' };
  },
  read: (_path, text) => {
    const parsed = parseJson(text);
    return 'value' in parsed && isObject(parsed.value) && MARK in parsed.value
      ? settingsOf(parsed.value)
      : { values: {} };
  },
};

function settingsOf({ command, target, state, rescuedFrom }: Readonly<Record<string, unknown>>): Settings {
  const outcome = typeof state === 'string' ? OUTCOMES[state] : undefined;
  const words = Array.isArray(command) ? command.filter((word) => typeof word === 'string') : [];
  return {
    values: {
      'job/command': words.join(' '),
      ...(typeof target === 'string' ? { 'job/target': target } : {}),
      ...(isObject(rescuedFrom) && typeof rescuedFrom['checkpoint'] === 'string'
        ? { 'job/resume_from_checkpoint': rescuedFrom['checkpoint'] }
        : {}),
    },
    ...(outcome ? { outcome } : {}),
  };
}
