import path from 'node:path';

/** Stems that tell what a file is and not which run it belongs to. */
const GENERIC_STEM =
  /^(?:(?:train(?:ing)?|trainer|eval(?:uation)?|val(?:idation)?|test|loss|metrics?|wandb|csv|json)[._-]?)?(?:log|logs|logger|metrics?|history|losses|loss|train|training|trainer|val|validation|eval|state|results?|progress|output|stdout|stderr|events|scalars|monitor|main|run|debug|data)?$/i;

/** Folders that hold the logs of the run after which the folder around them is called. */
const GENERIC_FOLDER =
  /^(?:logs?|files|tensorboard|tensorboard_logs?|tb|tb_logs?|csv_logs?|logdir|log_dir|summaries|summary|metrics|train|training|val|valid|validation|eval|evaluation|test|dev|stdout|scalars|vis_data|rank[._-]?\d+)$/i;

/** Whether a folder is called after what lies in it and not after a run. */
export function isGenericFolder(name: string): boolean {
  return GENERIC_FOLDER.test(name);
}

/** Lightning's versions, hydra's times and the numbers of its sweeps say little without the folder around them. */
const NUMBER_FOLDER = /^(?:version_\d+|\d{2}-\d{2}-\d{2}|\d{1,4})$/;

export function isGenericStem(stem: string): boolean {
  return GENERIC_STEM.test(stem);
}

/** What people call the run whose logs lie in a folder. */
export function folderName(folder: string): string {
  const named = namingFolder(path.resolve(folder));
  const name = path.basename(named);
  return NUMBER_FOLDER.test(name) ? `${path.basename(path.dirname(named))}/${name}` : name;
}

function namingFolder(folder: string): string {
  let rest = folder;
  while (isGenericFolder(path.basename(rest)) && path.basename(path.dirname(rest)) !== '') {
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

/** Names that differ: the file's is put behind them where a folder holds several, folders before them elsewhere. */
export function distinctNames(wishes: readonly NameWish[]): string[] {
  const placeOf = ({ name, location }: NameWish): string => `${name}\n${path.dirname(path.resolve(location))}`;
  const places = countOf(wishes.map(placeOf));
  let names = wishes.map((wish) =>
    (places.get(placeOf(wish)) ?? 0) > 1 && path.extname(wish.location) !== ''
      ? `${wish.name} (${path.basename(wish.location)})`
      : wish.name,
  );
  for (let depth = 1; depth <= 4; depth++) {
    const taken = countOf(names);
    names = names.map((name, index) => {
      const { name: short, location } = wishes[index] as NameWish;
      return (taken.get(name) ?? 0) > 1
        ? withFolders(short, location, depth) + name.slice(name.indexOf(short) + short.length)
        : name;
    });
  }
  const taken = countOf(names);
  return names.map((name, index) => ((taken.get(name) ?? 0) > 1 ? (wishes[index] as NameWish).location : name));
}

/** The name with the folders above the place that it was taken from. */
function withFolders(name: string, location: string, depth: number): string {
  const parts = path.resolve(location).split(path.sep);
  const named = parts.lastIndexOf(name.split('/')[0] as string);
  const place = named > 0 ? named : parts.length - 1;
  return [...parts.slice(Math.max(1, place - depth), place), name].join('/');
}

function countOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
