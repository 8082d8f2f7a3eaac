import type { Role } from '../model/role.js';
import type { Series } from '../model/series.js';
import type { Signal } from '../model/signal.js';
import { describeTag } from './roles/roles.js';
import type { StandIn, TagDescription } from './roles/tagDescription.js';

/** A signal whose role may change once: what stands in for a loss steps back when something better turns up. */
class RunSignal implements Signal {
  readonly ordinal: number;
  role: Role;
  readonly series: Series;
  /** What the tag says by itself. */
  readonly description: TagDescription;

  constructor(ordinal: number, series: Series, description: TagDescription) {
    this.ordinal = ordinal;
    this.series = series;
    this.description = description;
    this.role = description.role;
  }
}

/** The best first: a total, the parts of one, a measure. */
const STANDING: Readonly<Record<StandIn['as'], number>> = { part: 1, measure: 2 };
const TOTAL = 0;

/**
 * The signals of one run in the order in which their tags appeared. Parts of a training loss (`train/box_loss`) are
 * judged as training losses as long as the log has no total, and so is the first measure (`mse`, `perplexity`) of a log
 * without either. Of evaluations a measure stands for the loss only where one does in training, so that the two are
 * comparable.
 */
export class RunSignals {
  private readonly overrides: Readonly<Record<string, Role>>;
  private readonly list: RunSignal[] = [];
  /** The best standing met so far, by the role that is stood for. */
  private readonly best = new Map<Role, number>();

  constructor(overrides: Readonly<Record<string, Role>>) {
    this.overrides = overrides;
  }

  get all(): readonly Signal[] {
    return this.list;
  }

  /** Takes in a series whose tag is new. */
  add(series: Series): Signal {
    const signal = new RunSignal(this.list.length, series, describeTag(series.tag, this.overrides));
    this.list.push(signal);
    const { role, standsIn } = signal.description;
    const stoodFor = standsIn?.role ?? role;
    const standing = standsIn === undefined ? TOTAL : STANDING[standsIn.as];
    const best = this.best.get(stoodFor) ?? Infinity;
    if (standing <= best && !(standing === STANDING.measure && this.hasOtherMeasure(signal))) {
      signal.role = stoodFor;
    }
    this.best.set(stoodFor, Math.min(standing, best));
    if (standsIn !== undefined || standing < best) {
      this.stepBack();
    }
    return signal;
  }

  private hasOtherMeasure({ series, description }: RunSignal): boolean {
    return this.list.some(
      (other) =>
        other.series !== series && other.role === description.standsIn?.role && other.series.tag !== series.tag,
    );
  }

  /** Takes the role from all that something better has been found for. */
  private stepBack(): void {
    const inTraining = this.best.get('train/loss') ?? Infinity;
    for (const signal of this.list) {
      const { role, standsIn } = signal.description;
      if (standsIn === undefined || signal.role === role) {
        continue;
      }
      const standing = STANDING[standsIn.as];
      const isOutdone = standing > (this.best.get(standsIn.role) ?? Infinity);
      if (isOutdone || (standsIn.role === 'eval/loss' && standing > inTraining)) {
        signal.role = role;
      }
    }
  }
}
