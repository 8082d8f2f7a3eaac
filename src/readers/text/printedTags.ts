import type { RecordSink, StepUnit, TagHandle } from '../../model/record.js';
import { isTotalSteps } from '../rows/columnNames.js';
import { MAXIMUM_TAGS } from '../rows/rowEmitter.js';
import { namesItsPart } from './dataParts.js';
import type { Pair } from './pairs.js';
import { stepPair, type Place } from './placeFinder.js';

/** Pairs of printed names and numbers to scalars of a sink. One for a whole log, whoever wrote its lines. */
export class PrintedTags {
  readonly #sink: RecordSink;
  /** By rank and unit, then by name. */
  readonly #handles = new Map<string, Map<string, TagHandle>>();
  #tags = 0;
  #total = NaN;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** @param rank process that wrote the pairs, NaN where that is not known */
  emit(pairs: readonly Pair[], place: Place, prefix: string, rank: number, wallTime: number): void {
    const isStep = place.unit === undefined ? stepPair(pairs, 'step') : undefined;
    for (const pair of pairs) {
      if (isTotalSteps(pair.name)) {
        this.tellTotal(pair.value);
      } else if (pair !== isStep || pair.value !== place.step) {
        const handle = this.#handle(namesItsPart(pair.name) ? pair.name : prefix + pair.name, rank, place.unit);
        if (handle !== undefined) {
          this.#sink.scalar(handle, place.step, pair.value, wallTime);
        }
      }
    }
  }

  #handle(name: string, rank: number, unit: StepUnit | undefined): TagHandle | undefined {
    const kind = Number.isNaN(rank) ? (unit ?? '') : `${rank} ${unit ?? ''}`;
    const handles = this.#handles.get(kind) ?? new Map<string, TagHandle>();
    let handle = handles.get(name);
    if (handle === undefined && this.#tags < MAXIMUM_TAGS) {
      handle = this.#sink.tag(name, {
        ...(Number.isInteger(rank) ? { rank } : {}),
        ...(unit === undefined ? {} : { stepUnit: unit }),
      });
      this.#tags++;
      this.#handles.set(kind, handles.set(name, handle));
    }
    return handle;
  }

  tellTotal(total: number): void {
    if (Number.isFinite(total) && total > 0 && total !== this.#total) {
      this.#total = total;
      this.#sink.totalSteps(total);
    }
  }
}
