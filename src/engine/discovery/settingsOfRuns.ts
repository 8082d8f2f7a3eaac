import path from 'node:path';
import { groupBy } from '../../base/grouping.js';
import type { RunDescription, SettingsFile } from '../../model/run.js';
import { settingsFileAt } from '../../readers/settings/settingsFormats.js';
import { nameFile, stemOf } from './fileNaming.js';
import { versionOf } from './folderWalker.js';
import type { WalkedFile } from './folderWalker.js';
import { isGenericFolder, isGenericStem } from './runNames.js';

interface PlacedSettings extends SettingsFile {
  readonly format: string;
}

/** Gives each run the files of settings that lie in its folder or around it. */
export class SettingsOfRuns {
  /** By the absolute folder that they are about. */
  private readonly inside: ReadonlyMap<string, readonly PlacedSettings[]>;
  private readonly beside: ReadonlyMap<string, readonly PlacedSettings[]>;

  constructor(files: readonly WalkedFile[]) {
    const placed = files.flatMap((file) => {
      const found = settingsFileAt(path.resolve(file.path));
      return found ? [{ ...found.place, path: file.path, version: versionOf(file), format: found.format.id }] : [];
    });
    const ofReach = (wanted: string): Map<string, PlacedSettings[]> =>
      groupBy(
        placed.filter(({ reach }) => reach === wanted),
        ({ folder }) => folder,
      );
    this.inside = ofReach('inside');
    this.beside = ofReach('beside');
  }

  /** The runs, with what they were started with. */
  attach(runs: readonly RunDescription[]): RunDescription[] {
    if (this.inside.size + this.beside.size === 0) {
      return [...runs];
    }
    const byFolder = groupBy(runs, homeOf);
    return runs.map((run) => {
      const isAlone = byFolder.get(homeOf(run))?.length === 1;
      const settings = [...this.around(run), ...(isAlone || isCalledByFolder(run) ? this.near(run) : [])];
      return settings.length === 0
        ? run
        : { ...run, settings: settings.map(({ path: file, version }) => ({ path: file, version })) };
    });
  }

  /** Of each kind those of the nearest folder, outer folders first. */
  private around(run: RunDescription): PlacedSettings[] {
    const known = new Set<string>();
    return ancestorsOf(homeOf(run))
      .flatMap((folder) => {
        const here = (this.inside.get(folder) ?? []).filter(({ format }) => !known.has(format));
        here.forEach(({ format }) => known.add(format));
        return [here];
      })
      .reverse()
      .flat();
  }

  /** Those of the folder of the logs, and of folders above it as long as that is called like any folder of logs. */
  private near(run: RunDescription): PlacedSettings[] {
    const folders = new Set([path.resolve(run.location), homeOf(run)]);
    for (const folder of ancestorsOf(homeOf(run))) {
      folders.add(folder);
      if (!isGenericFolder(path.basename(folder))) {
        break;
      }
    }
    return [...folders].sort((a, b) => a.length - b.length).flatMap((folder) => this.beside.get(folder) ?? []);
  }
}

/** The folder in which the first of a run's files lies, absolute. */
function homeOf({ lanes, location }: RunDescription): string {
  return path.dirname(path.resolve(lanes[0]?.[0]?.path ?? location));
}

/** A folder and those around it, the nearest first. */
function ancestorsOf(folder: string): string[] {
  const folders = [folder];
  for (let around = path.dirname(folder); around !== folders.at(-1); around = path.dirname(around)) {
    folders.push(around);
  }
  return folders;
}

/** Not by the name of its file: what is said beside such a file may be about another. */
function isCalledByFolder({ lanes }: RunDescription): boolean {
  const file = lanes[0]?.[0]?.path ?? '';
  const { pattern } = nameFile(file, false);
  return pattern === 'tfevents' || isGenericStem(stemOf(pattern));
}
