import { setTimeout as pause } from 'node:timers/promises';
import { FAULTY, HEALTHY } from '../corpus/syntheticRuns.js';
import type { MadeRun, Random } from '../corpus/syntheticRuns.js';
import { alarms, analyse, faultFound } from '../corpus/syntheticTable.js';
import { FORMATS, SoakedLog } from './log.js';
import type { Format } from './log.js';

/** What happens to a log while it grows. */
export const TROUBLES: readonly Trouble[] = [
  'none',
  'started over',
  'cut in half',
  'rotated',
  'deleted and made again',
  'disk full',
  'clock set',
];
export type Trouble =
  'none' | 'started over' | 'cut in half' | 'rotated' | 'deleted and made again' | 'disk full' | 'clock set';

/** Larger runs would be written faster than logs are. */
const MOST_RECORDS = 10_000;
const TICK_MS = 250;
const HOUR_S = 3600;

/** One run from its first row to its last. */
export interface Life {
  readonly name: string;
  readonly family: string;
  readonly made: MadeRun;
  readonly format: Format;
  readonly trouble: Trouble;
  readonly log: SoakedLog;
}

/** A run of a family of the monitors' own scoreboard, healthy or not, with one of the troubles of its log. */
export function newLife(folder: string, name: string, random: Random, troubles = TROUBLES): Life {
  let made: MadeRun;
  let family: (typeof HEALTHY)[number];
  do {
    family = random.pick(random.uniform() < 0.5 ? FAULTY : HEALTHY);
    made = family.make(random);
  } while (made.records.length > MOST_RECORDS || !isJudgedRightly(made));
  const format = random.pick(FORMATS);
  const trouble = random.pick(troubles);
  return { name, family: family.name, made, format, trouble, log: new SoakedLog(folder, made.records, format) };
}

/** The scoreboard shows which runs the monitors misjudge; here it is about what becomes of the others. */
function isJudgedRightly(made: MadeRun): boolean {
  const found = alarms(analyse(made));
  return made.fault ? faultFound(made, found) : found.length === 0;
}

/** Writes the log over about so many seconds, with its trouble somewhere in the middle; until somebody says stop. */
export async function live(
  { log, trouble }: Life,
  seconds: number,
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  const perTick = Math.max(1, Math.ceil((log.length * TICK_MS) / (seconds * 1000)));
  const ticks = Math.ceil(log.length / perTick);
  const troubled = Math.max(1, Math.floor(ticks * random.uniform(0.2, 0.8)));
  await pause(random.uniform(0, TICK_MS));
  for (let tick = 0; !log.isWhole && !isOver(); tick++) {
    if (tick === troubled) {
      await meet(trouble, log, perTick, random);
    }
    log.write(perTick);
    await pause(TICK_MS);
  }
}

async function meet(trouble: Trouble, log: SoakedLog, perTick: number, random: Random): Promise<void> {
  const aWhile = (): Promise<void> => pause(random.uniform(0, 3000));
  switch (trouble) {
    case 'none':
      return;
    case 'started over':
      log.startOver();
      return aWhile();
    case 'cut in half':
      log.cutInHalf();
      return aWhile();
    case 'rotated':
      log.rotate();
      return aWhile();
    case 'deleted and made again':
      log.remove();
      await aWhile();
      log.recreate();
      return;
    case 'disk full':
      log.writeOnFullDisk(perTick);
      return aWhile();
    case 'clock set':
      log.jumpClock(random.pick([-HOUR_S, -60, 60, HOUR_S, 24 * HOUR_S]));
  }
}
