import { BASELINES } from './baselines/baselines.js';
import type { Corpus } from './labels.js';
import { KINDS, ratios, scoreRuns } from './scoring.js';
import type { Kind, KindScore, Prediction, Score } from './scoring.js';
import { PRODUCT, watchRun } from './watchRun.js';
import type { Delay, Watched } from './watchRun.js';

/** Rounded numbers of one judge on one corpus, as they are kept in a file. */
export interface JudgeResult {
  readonly id: string;
  readonly title: string;
  readonly covers: readonly Kind[];
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Healthy runs with an alarm at the end of the log, and at any look on the way, per 100. */
  readonly falseAlarms: number;
  readonly falseAlarmsEver: number;
  /** By kind of trouble: those that it covers and that occur. */
  readonly kinds: Readonly<Record<string, KindResult>>;
}

export interface KindResult extends KindScore {
  readonly f1: number;
  /** Medians over the labels that were found; absent where there are none. */
  readonly delayRows?: number;
  readonly delaySteps?: number;
  /** As a share of the rows of the run. */
  readonly delayShare?: number;
}

export interface CorpusResult {
  readonly id: Corpus['id'];
  readonly title: string;
  readonly runs: number;
  readonly healthy: number;
  readonly judges: readonly JudgeResult[];
  /** Kinds of what the product says of each of the project's own runs. */
  readonly said?: Readonly<Record<string, readonly string[]>>;
}

/** A corpus scored, with what a person wants to see who works on the monitors. */
export interface ScoredCorpus {
  readonly result: CorpusResult;
  /** What the product missed and where it was wrong. */
  readonly score: Score;
  readonly predictions: ReadonlyMap<string, readonly Prediction[]>;
  /** Alarms on healthy runs that were taken back. */
  readonly takenBack: readonly string[];
  /** File and reason. */
  readonly refused: readonly string[];
}

/** Plays all runs to the product and to the rules of the field, and counts. */
export function scoreCorpus(corpus: Corpus): ScoredCorpus {
  const refused: string[] = [];
  const watched = new Map<string, Map<string, Watched>>();
  for (const run of corpus.runs) {
    const answer = watchRun(run, BASELINES);
    if ('refused' in answer) {
      refused.push(`${run.id}: ${answer.refused}`);
      continue;
    }
    for (const [judge, said] of answer.judges) {
      watched.set(judge, (watched.get(judge) ?? new Map<string, Watched>()).set(run.id, said));
    }
  }
  const judges = [{ id: PRODUCT, title: 'Evenkeel', covers: KINDS }, ...BASELINES];
  const results = judges.map(({ id, title, covers }) => ({
    id,
    title,
    covers,
    ...resultOf(corpus, watched.get(id) ?? new Map<string, Watched>(), covers),
  }));
  const own = watched.get(PRODUCT) ?? new Map<string, Watched>();
  const predictions = predictionsIn(own);
  const score = scoreRuns(corpus.runs, predictions);
  return {
    result: {
      id: corpus.id,
      title: corpus.title,
      runs: own.size,
      healthy: score.healthy,
      judges: results,
      ...(corpus.id === 'shared' ? {} : { said: kindsSaid(predictions) }),
    },
    score,
    predictions,
    takenBack: corpus.runs.flatMap(({ id, healthy }) => {
      const said = own.get(id);
      return healthy && said !== undefined && said.predictions.length === 0 && said.ever.length > 0
        ? [`${id}: ${said.ever.join(', ')}`]
        : [];
    }),
    refused,
  };
}

/** By run: each kind of alarm once, in alphabetical order. */
export function kindsSaid(
  predictions: ReadonlyMap<string, readonly Prediction[]>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    [...predictions].map(([run, said]) => [
      run,
      [...new Set(said.flatMap(({ kind, link }) => (link ? [] : [kind])))].toSorted(),
    ]),
  );
}

function predictionsIn(watched: ReadonlyMap<string, Watched>): Map<string, readonly Prediction[]> {
  return new Map([...watched].map(([run, { predictions }]) => [run, predictions]));
}

function resultOf(
  corpus: Corpus,
  watched: ReadonlyMap<string, Watched>,
  covers: readonly Kind[],
): Omit<JudgeResult, 'id' | 'title' | 'covers'> {
  const score = scoreRuns(corpus.runs, predictionsIn(watched), covers);
  const ever = corpus.runs.filter(({ id, healthy }) => healthy && (watched.get(id)?.ever.length ?? 0) > 0).length;
  const delaysOf = (kind: Kind): Delay[] =>
    [...watched.values()].flatMap(({ delays }) =>
      [...delays].flatMap(([label, delay]) =>
        label.kind === kind && label.sure && delay !== undefined ? [delay] : [],
      ),
    );
  const per100 = (count: number): number => round((100 * count) / Math.max(1, score.healthy), 1);
  return {
    precision: round(score.precision),
    recall: round(score.recall),
    f1: round(score.f1),
    falseAlarms: per100(score.alarmed.length),
    falseAlarmsEver: per100(ever),
    kinds: Object.fromEntries(
      KINDS.filter((kind) => covers.includes(kind) && (score.kinds.get(kind)?.wanted ?? 0) > 0).map((kind) => {
        const counts = score.kinds.get(kind) ?? { found: 0, wanted: 0, wrong: 0 };
        return [kind, { ...counts, f1: round(ratios([counts]).f1), ...medians(delaysOf(kind)) }];
      }),
    ),
  };
}

function medians(delays: readonly Delay[]): Pick<KindResult, 'delayRows' | 'delaySteps' | 'delayShare'> {
  const median = (of: keyof Delay): number => {
    const sorted = delays.map((delay) => delay[of]).toSorted((left, right) => left - right);
    return sorted[(sorted.length - 1) >> 1] ?? Number.NaN;
  };
  return delays.length === 0
    ? {}
    : { delayRows: median('rows'), delaySteps: median('steps'), delayShare: round(median('share')) };
}

function round(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
