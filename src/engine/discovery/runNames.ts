import path from 'node:path';

/** Stems that tell what a file is and not which run it belongs to. */
const GENERIC_STEM =
  /^(?:(?:train(?:ing)?|trainer|eval(?:uation)?|val(?:idation)?|test|loss|metrics?|wandb|csv|json)[._-]?)?(?:log|logs|logger|metrics?|history|losses|loss|train|training|trainer|val|validation|eval|state|results?|progress|output|stdout|stderr|events|scalars|monitor|main|run|debug|data)?$/i;

/** Folders that hold the logs of the run after which the folder around them is called. */
const GENERIC_FOLDER =
  /^(?:logs?|files|tensorboard|tensorboard_logs?|tb|tb_logs?|csv_logs?|logdir|log_dir|summaries|summary|metrics|train|training|val|valid|validation|eval|evaluation|test|dev|stdout|scalars|vis_data|rank[._-]?\d+)$/i;

const VERSION_FOLDER = /^version_\d+$/;

export function isGenericStem(stem: string): boolean {
  return GENERIC_STEM.test(stem);
}

/** What people call the run whose logs lie in a folder. */
export function folderName(folder: string): string {
  const named = namingFolder(path.resolve(folder));
  const name = path.basename(named);
  return VERSION_FOLDER.test(name) ? `${path.basename(path.dirname(named))}/${name}` : name;
}

function namingFolder(folder: string): string {
  let rest = folder;
  while (GENERIC_FOLDER.test(path.basename(rest)) && path.basename(path.dirname(rest)) !== '') {
    rest = path.dirname(rest);
  }
  return path.basename(rest) === '' ? folder : rest;
}

/** A run that needs a name: the short one, and what would tell it from another of the same name. */
export interface NameWish {
  readonly name: string;
  /** The run's folder or file. */
  readonly location: string;
}

/** Names that differ: folders are put before them as far as needed, and the file at last. */
export function distinctNames(wishes: readonly NameWish[]): string[] {
  let names = wishes.map(({ name }) => name);
  for (let depth = 1; depth <= 3; depth++) {
    const taken = countOf(names);
    names = names.map((name, index) =>
      (taken.get(name) ?? 0) > 1 ? withFolders(wishes[index] as NameWish, depth) : name,
    );
  }
  const taken = countOf(names);
  return names.map((name, index) => ((taken.get(name) ?? 0) > 1 ? (wishes[index] as NameWish).location : name));
}

/** Folders above the place after which the run is called; where there is no such place, the file's name behind it. */
function withFolders({ name, location }: NameWish, depth: number): string {
  const parts = path.resolve(location).split(path.sep);
  const place = parts.lastIndexOf(name.split('/')[0] as string);
  if (depth === 1 && place !== parts.length - 1 && path.extname(location) !== '') {
    return `${name} (${path.basename(location)})`;
  }
  return place > 0 ? [...parts.slice(Math.max(1, place - depth), place), name].join('/') : name;
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
