/** A line without what launchers and logging set before it. */
export interface BareLine {
  readonly text: string;
  /** The process that wrote it, NaN where the line does not say. */
  readonly rank: number;
}

/** torchrun's `[rank3]:` and `[default3]:`, mpirun's `[1,3]<stdout>:`. */
const RANK = /^(?:\[(?:default|rank)(\d{1,6})\]:|\[\d+,(\d{1,6})\](?:<std(?:out|err)>)?:) ?/;
/** What `srun --label` writes, only where a place in the run follows: `0: step 10` but no `10: loss 2`. */
const LABEL = /^ {0,5}(\d{1,6}): (?=(?! *\d).{0,80}?\b(?:step|iter(?:ation)?|epoch|update)s?\b\W{0,12}\d)/i;
/** Ray's `(TorchTrainWorker pid=1234, ip=10.0.0.5) `. */
const WORKER = /^\([\w.:-]+ (?:rank=\d+, )?pid=[^)]{1,60}\) /;
/** Python's own logging without settings: `INFO:root:`. */
const LEVEL = /^(?:DEBUG|INFO|WARNING):[\w.-]{1,100}:/;

/** Takes off what tells who wrote a line; what the line says stays as it is. */
export function bareLine(line: string): BareLine {
  const match = RANK.exec(line) ?? LABEL.exec(line);
  const rank = match === null ? NaN : Number(match[1] ?? match[2]);
  const text = line.slice(match === null ? 0 : match[0].length);
  return { text: text.replace(WORKER, '').replace(LEVEL, ''), rank };
}
