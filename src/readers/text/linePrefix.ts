import { isResultName } from '../rows/columnNames.js';
import { wallTimeOfNumber, wallTimeOfText } from '../rows/wallTime.js';

/** A line without what launchers, containers and log collectors set before it. */
export interface BareLine {
  readonly text: string;
  /** The process that wrote it, NaN where the line does not say. */
  readonly rank: number;
  /** When it was collected, in seconds since 1970; NaN where its collector did not say. */
  readonly time: number;
}

/** torchrun's `[rank3]:` and `[default3]:`, mpirun's `[1,3]<stdout>:`. */
const RANK = /^(?:\[(?:default|rank)(\d{1,6})\]:|\[\d+,(\d{1,6})\](?:<std(?:out|err)>)?:) ?/;
/** What `srun --label` writes, only where a place in the run follows: `0: step 10` but no `10: loss 2`. */
const LABEL = /^ {0,5}(\d{1,6}): (?=(?! *\d).{0,80}?\b(?:step|iter(?:ation)?|epoch|update)s?\b\W{0,12}\d)/i;
/** Ray's `(TorchTrainWorker pid=1234, ip=10.0.0.5) `, in old versions `(pid=1234) `. */
const WORKER = /^\((?:[^()\s]{1,60}(?:\([^()]{0,60}\))? )?(?:rank=\d+, )?pid=[^)]{1,60}\) /;
/** What Ray sets behind a line that several workers wrote. */
const REPEATED = / \[repeated \d+x across cluster\](?: \(.{0,200}\))?$/;
/** Python's own logging without settings: `INFO:root:`. */
const LEVEL = /^(?:DEBUG|INFO|WARNING):[\w.-]{1,100}:/;

/** The name of a step and of its job, as `gh run view --log` sets them before GitHub's own time stamp. */
const JOB = /^[^\t]{1,100}\t[^\t]{1,100}\t\uFEFF?(?=\d{4}-\d\d-\d\dT[\d:.]+Z )/;
/** The stamp of `docker logs -t`, `kubectl logs --timestamps`, GitHub Actions; containerd adds `stdout F`. */
const COLLECTED =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (?:std(?:out|err) [FP] )?(?:##\[\w+\])?/;
/** `May 01 10:00:00 host python[1234]: ` of syslog and journald. */
const SYSLOG = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,100} [\w./-]{1,60}(?:\[\d+\])?: /;
/** `trainer-1  | ` of docker compose. */
const SERVICE = /^(?!epoch|step|iter)[a-z0-9][\w.-]{0,60}-\d{1,4} {1,40}\| /i;

/** Takes off what tells who wrote a line; what the line says stays as it is. */
export function bareLine(line: string): BareLine {
  const { text: collected, time } = uncollected(line);
  const match = RANK.exec(collected) ?? LABEL.exec(collected);
  const rank = match === null ? NaN : Number(match[1] ?? match[2]);
  const text = collected.slice(match === null ? 0 : match[0].length);
  return { text: text.replace(WORKER, '').replace(REPEATED, '').replace(LEVEL, ''), rank, time };
}

function uncollected(line: string): { readonly text: string; readonly time: number } {
  if (line.startsWith('{')) {
    return enveloped(line) ?? { text: line, time: NaN };
  }
  const text = line.includes('\t') || line.includes(' | ') ? line.replace(JOB, '').replace(SERVICE, '') : line;
  const stamp = isDigit(text.charCodeAt(0)) ? COLLECTED.exec(text) : null;
  return stamp === null
    ? { text: text.replace(SYSLOG, ''), time: NaN }
    : { text: text.slice(stamp[0].length), time: wallTimeOfText(stamp[1] ?? '') };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

const ENVELOPE = /"(?:log|message|msg)": ?"[^"]*\d/;
const TIME_KEYS = ['time', 'timestamp', '@timestamp', 'asctime', 'ts'];

/** The line inside a record of a log collector: `{"log":"step 10 loss 2.5\n","time":"2024-05-01T10:00:00Z"}`. */
function enveloped(line: string): { readonly text: string; readonly time: number } | undefined {
  if (!ENVELOPE.test(line)) {
    return undefined;
  }
  let record: Readonly<Record<string, unknown>>;
  try {
    record = JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
  const text = record['log'] ?? record['message'] ?? record['msg'];
  if (typeof text !== 'string' || Object.keys(record).some(isResultName)) {
    return undefined;
  }
  const time = TIME_KEYS.map((key) => record[key]).find((value) => value !== undefined);
  const seconds =
    typeof time === 'number' ? wallTimeOfNumber(time) : wallTimeOfText(typeof time === 'string' ? time : '');
  return { text: text.trimEnd(), time: seconds };
}
