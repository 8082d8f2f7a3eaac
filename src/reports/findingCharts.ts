import type { RunReport } from '../contract/report.js';
import type { Envelope } from '../model/envelope.js';
import type { Evidence, Finding } from '../model/finding.js';

/** Columns of a chart in a report: as many as its picture has units of width. */
const CHART_COLUMNS = 320;
/** Steps that are shown before and after a finding, if it is not longer itself. */
const LEAST_MARGIN = 50;

/** The stretch of a series that shows a finding at its place. */
export interface ChartRequest {
  /** Id of the finding. */
  readonly finding: string;
  readonly tag: string;
  readonly rank?: number;
  /** First and last step that is shown. */
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
}

/** A stretch of a series as it is drawn beside the words of a finding. */
export interface FindingChart extends ChartRequest {
  readonly envelope: Envelope;
}

/** A finding's own steps with as many before and after it: what was usual must be seen to see what is not. */
export function stretchAround({ fromStep, toStep }: Pick<Finding, 'fromStep' | 'toStep'>): {
  readonly from: number;
  readonly to: number;
} {
  const margin = Math.max(toStep - fromStep, LEAST_MARGIN);
  return { from: fromStep - margin, to: toStep + margin };
}

/** What is to be drawn for a run: for each finding that has evidence, the series that shows it best. */
export function chartRequests({ findings, steps }: RunReport): readonly ChartRequest[] {
  return findings.flatMap((finding) => {
    const best: Evidence | undefined = finding.evidence[0];
    if (!best || !steps) {
      return [];
    }
    const { from, to } = stretchAround(finding);
    return [
      {
        finding: finding.id,
        tag: best.tag,
        ...(best.rank === undefined ? {} : { rank: best.rank }),
        from: Math.max(from, steps.first),
        to: Math.min(to, steps.last),
        buckets: CHART_COLUMNS,
      },
    ];
  });
}
