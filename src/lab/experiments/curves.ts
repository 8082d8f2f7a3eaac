import { numberOf } from '../protocol.js';
import type { JsonNumber, MetricsMessage } from '../protocol.js';

/** What a run logged: for each tag steps and values. */
export class Curves {
  private readonly columns = new Map<string, { readonly steps: number[]; readonly values: number[] }>();

  add({ step, values }: Pick<MetricsMessage, 'step' | 'values'>): void {
    for (const [tag, value] of Object.entries(values)) {
      const column = this.columns.get(tag) ?? { steps: [], values: [] };
      this.columns.set(tag, column);
      column.steps.push(step);
      column.values.push(numberOf(value));
    }
  }

  /** Reads the lines of a run's log; a line that was cut short is left out. */
  static parse(text: string): Curves {
    const curves = new Curves();
    for (const line of text.split('\n')) {
      try {
        const { step, ...values } = JSON.parse(line) as Record<string, JsonNumber>;
        curves.add({ step: numberOf(step!), values });
      } catch {
        continue;
      }
    }
    return curves;
  }

  values(tag: string): readonly number[] {
    return this.columns.get(tag)?.values ?? [];
  }

  steps(tag: string): readonly number[] {
    return this.columns.get(tag)?.steps ?? [];
  }

  last(tag: string): number {
    return this.values(tag).at(-1) ?? Number.NaN;
  }

  /** Tags of a form, each with its values, in the order in which they were first logged. */
  matching(form: RegExp): { readonly tag: string; readonly values: readonly number[] }[] {
    return [...this.columns].filter(([tag]) => form.test(tag)).map(([tag, { values }]) => ({ tag, values }));
  }
}
