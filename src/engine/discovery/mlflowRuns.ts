import path from 'node:path';
import { groupBy } from '../../base/grouping.js';
import { mlflowPlace } from '../../readers/settings/mlflow.js';
import type { RecognisedFile, RunGroup } from './runGroup.js';

/** Digits of a run's id behind a name that several runs of a store have. */
const TOLD_DIGITS = 8;

export function isInMlflowRun({ path: file, format }: RecognisedFile): boolean {
  return format === 'mlflow' && mlflowPlace(path.resolve(file)) !== undefined;
}

/**
 * MLflow keeps a file for each metric: those of one run's folder are the run.
 * @param names what runs are called, by their absolute folder.
 */
export function mlflowGroups(files: readonly RecognisedFile[], names: ReadonlyMap<string, string>): RunGroup[] {
  const folderOf = ({ path: file }: RecognisedFile): string => mlflowPlace(path.resolve(file))?.runFolder ?? '';
  const groups = [...groupBy(files, folderOf)];
  const called = groupBy(groups, ([folder]) => names.get(folder) ?? '');
  return groups.map(([folder, metrics]) => {
    const id = path.basename(folder);
    const name = names.get(folder);
    const isShared = (called.get(name ?? '')?.length ?? 0) > 1;
    return {
      key: `mlflow\n${folder}`,
      name: name === undefined ? id : isShared ? `${name} (${id.slice(0, TOLD_DIGITS)})` : name,
      format: 'mlflow',
      location: ancestor(metrics[0]?.path ?? folder, folder),
      lanes: metrics.map(({ path: file }) => [{ path: file, rank: undefined }]),
    };
  });
}

/** The folder around a file, as the user wrote its beginning. */
function ancestor(file: string, folder: string): string {
  let around = file;
  while (path.resolve(around) !== folder && path.dirname(around) !== around) {
    around = path.dirname(around);
  }
  return around;
}
