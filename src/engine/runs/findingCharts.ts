import type { RunReport } from '../../contract/report.js';
import { chartRequests } from '../../reports/findingCharts.js';
import type { FindingChart } from '../../reports/findingCharts.js';
import type { RunStore } from '../../store/runStore.js';

/** The stretches of a run's series that show its findings; none for a series that is not there. */
export function findingCharts(report: RunReport, store: RunStore): readonly FindingChart[] {
  return chartRequests(report).flatMap((request) => {
    const { tag, rank, from, to, buckets } = request;
    const handle = store.find(tag, rank);
    return handle === undefined
      ? []
      : [{ ...request, envelope: store.envelope(handle, { axis: 'step', from, to, buckets }) }];
  });
}
