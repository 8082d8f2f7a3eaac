import type { ReportedFinding } from '../contract/report.js';
import { findingText } from './output/diagnosisText.js';
import type { TextOptions } from './output/diagnosisText.js';
import { plainTexts } from '../reports/plainText.js';
import { marks } from './output/textLayout.js';

export type FindingEvent = 'opened' | 'changed' | 'resolved';

export interface FindingChange {
  readonly event: FindingEvent;
  readonly finding: ReportedFinding;
}

/** Remembers what has been told of a run's findings, so that only what is new is told. */
export class FindingNews {
  /** Each finding as it was last told, by its id. */
  private readonly told = new Map<string, ReportedFinding>();

  /** Takes over the findings as they are now. @returns what is to be told. */
  update(findings: readonly ReportedFinding[]): FindingChange[] {
    const news: FindingChange[] = [];
    for (const finding of findings) {
      const known = this.told.get(finding.id);
      if (!known) {
        news.push({ event: 'opened', finding });
      } else if (isNews(known, finding)) {
        news.push({ event: known.open && !finding.open ? 'resolved' : 'changed', finding });
      } else {
        continue;
      }
      this.told.set(finding.id, finding);
    }
    for (const [id, finding] of this.told) {
      if (!findings.some((one) => one.id === id)) {
        this.told.delete(id);
        news.push({ event: 'resolved', finding: { ...finding, open: false } });
      }
    }
    return news;
  }
}

/** Not every further row of an open finding is worth a line. */
function isNews(known: ReportedFinding, now: ReportedFinding): boolean {
  return known.title !== now.title || known.severity !== now.severity || known.open !== now.open;
}

/** One piece of news for a terminal. @param place the run and how far it is. */
export function newsText(
  place: string,
  { event, finding }: FindingChange,
  options: Pick<TextOptions, 'columns' | 'usesColour'>,
): string {
  switch (event) {
    case 'opened':
      return `${place}\n${findingText(finding, options)}`;
    case 'changed':
      return `${place} still: ${plainTexts(finding).title}`;
    case 'resolved':
      return `${place} ${marks(options.usesColour).good('over:')} ${plainTexts(finding).title}`;
  }
}
