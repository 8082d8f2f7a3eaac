import type { EngineEvent, RunSummary } from '../../contract/engineProtocol.js';
import type { ReportedFinding, RunReport } from '../../contract/report.js';
import { Engine } from '../../engine/engine.js';
import { GrammarFiles } from '../../engine/sources/grammarFiles.js';
import { discoverOnce } from '../../engine/replay.js';
import type { Severity } from '../../model/finding.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../../reports/json.js';
import { formatCount, formatNumber } from '../../reports/numbers.js';
import { plainTexts } from '../../reports/plainText.js';
import { marks } from '../output/textLayout.js';
import { patternsOf, recogniserOf } from '../pattern.js';
import { readRoles } from '../rolesFile.js';
import { FindingNews, newsText } from '../findingNews.js';
import type { FindingEvent } from '../findingNews.js';
import { nothingRead, reaches } from './diagnose.js';

export interface WatchOptions {
  readonly format: 'text' | 'json';
  readonly failOn: Severity | 'never';
  readonly roles?: string;
  /** How files are read that nothing else can read. */
  readonly pattern?: string;
  /** A run that has been quiet for this long has ended, in seconds. */
  readonly endedAfter: number;
}

/** What is told of a run, a line each with `--format json`. */
type WatchEvent =
  | { readonly event: 'run-found'; readonly run: RunHeader }
  | { readonly event: FindingEvent; readonly run: RunHeader; readonly finding: ReportedFinding }
  | { readonly event: 'run-ended'; readonly run: RunHeader; readonly report: RunReport };

interface RunHeader {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly lastStep: number | null;
  readonly lastLoss: number | null;
}

const POLL_MS = 500;

/** `evenkeel watch`: follows runs until all have ended. */
export async function watch(paths: readonly string[], options: WatchOptions, context: CommandContext): Promise<number> {
  const roles = await readRoles(options.roles);
  const patterns = patternsOf(options.pattern);
  await checkPaths(paths, options.pattern, context);
  const engine = new Engine({
    grammars: new GrammarFiles(__dirname),
    now: context.now,
    liveMs: options.endedAfter * 1000,
  });
  try {
    const watching = new Watching(engine, options, context);
    await engine.configure({ folders: paths, roles, patterns, exclude: [], pollIntervalMs: POLL_MS });
    const runs = await engine.rescan(null, context.signal);
    if (runs.length === 0) {
      context.complain(`${paths.join(', ')}: no run there yet: waiting for one`);
    }
    watching.begin(runs);
    await watching.untilAllEnded();
    return watching.hasFailed ? EXIT.findings : EXIT.done;
  } finally {
    engine.dispose();
  }
}

/** A path that can't be read now, and is no folder in which a run may yet appear, is a mistake. */
async function checkPaths(
  paths: readonly string[],
  pattern: string | undefined,
  context: CommandContext,
): Promise<void> {
  const { unreadable } = await discoverOnce(paths, [], {
    roles: {},
    ...recogniserOf(pattern),
    now: context.now,
    signal: context.signal,
  });
  if (unreadable.some(({ path }) => paths.includes(path))) {
    throw new CliError(nothingRead(paths, unreadable));
  }
}

class Watching {
  /** Whether there was a finding at or above the severity asked for. */
  hasFailed = false;
  private readonly engine: Engine;
  private readonly options: WatchOptions;
  private readonly context: CommandContext;
  /** What has been told of findings, by run. */
  private readonly told = new Map<string, FindingNews>();
  private readonly running = new Set<string>();
  /** Begins with the runs that are there, so that watching does not end before all of them were looked at. */
  begin!: (runs: readonly RunSummary[]) => void;
  private queue = new Promise<readonly RunSummary[]>((resolve) => {
    this.begin = resolve;
  }).then((runs) => this.runsChanged(runs, []));
  private finish!: () => void;
  private fail!: (error: unknown) => void;
  private readonly finished = new Promise<void>((resolve, reject) => {
    this.finish = resolve;
    this.fail = reject;
  });

  constructor(engine: Engine, options: WatchOptions, context: CommandContext) {
    this.engine = engine;
    this.options = options;
    this.context = context;
    engine.onEvent((event) => this.hear(event));
    context.signal.addEventListener('abort', () => this.fail(context.signal.reason), { once: true });
  }

  untilAllEnded(): Promise<void> {
    return this.finished;
  }

  /** One event after the other, so that what is told stays in order. */
  private hear(event: EngineEvent): void {
    if (event.type === 'runs-changed') {
      this.queue = this.queue
        .then(() => this.runsChanged(event.changed, event.removed))
        .catch((error: unknown) => this.fail(error));
    } else if (event.type === 'log' && (event.level === 'error' || event.level === 'warning')) {
      this.context.complain(event.message);
    }
  }

  private async runsChanged(changed: readonly RunSummary[], removed: readonly string[]): Promise<void> {
    changed.forEach(({ id }) => !this.told.has(id) && this.running.add(id));
    for (const summary of changed) {
      await this.runChanged(summary);
    }
    removed.forEach((run) => this.running.delete(run));
    this.finishIfDone();
  }

  private async runChanged(summary: RunSummary): Promise<void> {
    if (summary.format === '') {
      return; // Found, not read yet.
    }
    const run = headerOf(summary);
    const known = this.told.get(summary.id);
    const findings = known ?? new FindingNews();
    if (!known) {
      this.told.set(summary.id, findings);
      await this.tell({ event: 'run-found', run });
    }
    const report = await this.engine.report({ run: summary.id }, this.context.signal);
    for (const { event, finding } of findings.update(report.findings)) {
      this.hasFailed ||= reaches(finding.severity, this.options.failOn);
      await this.tell({ event, run, finding });
    }
    await this.lifeChanged(run, report);
  }

  private async lifeChanged(run: RunHeader, report: RunReport): Promise<void> {
    const goesOn = report.reading === true || report.status === 'live' || report.status === 'stalled';
    if (goesOn) {
      this.running.add(run.id);
    } else if (this.running.delete(run.id)) {
      await this.tell({ event: 'run-ended', run, report });
    }
  }

  private finishIfDone(): void {
    if (this.told.size > 0 && this.running.size === 0) {
      this.finish();
    }
  }

  private tell(event: WatchEvent): Promise<void> {
    const { output } = this.context;
    return output.write(
      (this.options.format === 'json' ? toJson({ version: 1, ...event }, 0) : this.text(event)) + '\n',
    );
  }

  private text(event: WatchEvent): string {
    const { output } = this.context;
    const { strong, faint } = marks(output.usesColour);
    const { name, status, lastStep, lastLoss } = plainTexts(event.run);
    const place = `${strong(name)} ${faint(`step ${lastStep === null ? '–' : formatCount(lastStep)}`)}`;
    switch (event.event) {
      case 'run-found':
        return `${place} ${status}${lastLoss === null ? '' : ` · loss ${formatNumber(lastLoss)}`}`;
      case 'opened':
      case 'changed':
      case 'resolved':
        return newsText(place, event, output);
      case 'run-ended':
        return `${place} ${status} · ${countsOf(event.report)}`;
    }
  }
}

function headerOf({ id, name, status, lastStep, lastLoss }: RunSummary): RunHeader {
  return { id, name, status, lastStep, lastLoss };
}

function countsOf({ findings, evaluated, notEvaluated }: RunReport): string {
  return `${findings.length} findings · ${evaluated.length} checks made · ${notEvaluated.length} not evaluated`;
}
