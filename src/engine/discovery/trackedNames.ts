import path from 'node:path';
import { keepOnly } from '../../base/keepOnly.js';
import { settingsFileAt } from '../../readers/settings/settingsFormats.js';
import { versionOf } from './folderWalker.js';
import type { WalkedFile } from './folderWalker.js';
import { readSettingsFile } from './settingsFile.js';

interface KnownName {
  readonly version: string;
  readonly name: string | undefined;
}

/** Files read side by side. */
const SIDE_BY_SIDE = 16;

/** What trackers call the runs in their stores. Asked again, it reads only what has changed. */
export class TrackedNames {
  private readonly known = new Map<string, KnownName>();

  /** @returns names by the absolute folder of the run. */
  async of(settings: readonly WalkedFile[]): Promise<ReadonlyMap<string, string>> {
    const naming = settings.flatMap((file) => {
      const absolute = path.resolve(file.path);
      const found = settingsFileAt(absolute);
      return found?.format.namesRun?.(absolute) === true ? [{ file, folder: found.place.folder }] : [];
    });
    keepOnly(this.known, new Set(naming.map(({ file }) => file.path)));
    const names = new Map<string, string>();
    for (let start = 0; start < naming.length; start += SIDE_BY_SIDE) {
      const some = naming.slice(start, start + SIDE_BY_SIDE);
      const read = await Promise.all(some.map(({ file }) => this.nameIn(file)));
      // In the order of paths: MLflow's tag comes after its meta.yaml, and is what its own page shows.
      read.forEach(
        (name, index) => name !== undefined && names.set((some[index] as (typeof some)[number]).folder, name),
      );
    }
    return names;
  }

  private async nameIn(file: WalkedFile): Promise<string | undefined> {
    const version = versionOf(file);
    const known = this.known.get(file.path);
    if (known?.version === version) {
      return known.name;
    }
    const { runName } = await readSettingsFile(file.path);
    this.known.set(file.path, { version, name: runName });
    return runName;
  }
}
