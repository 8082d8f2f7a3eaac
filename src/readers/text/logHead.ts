const DATE = '\\d{4}[-/.]\\d\\d[-/.]\\d\\d|\\d\\d[-/.]\\d\\d(?:[-/.]\\d{2,4})?';
const CLOCK = '\\d\\d:\\d\\d(?::\\d\\d)?(?:[.,]\\d{1,9})?';
/** `2024-05-01 10:00:00,123`, `[05/01/24 10:00:00]`, `10:00:00`. */
const TIME = new RegExp(`^\\[?(?:(?:${DATE})[T ,_-]{1,3})?${CLOCK}(?:Z|[+-]\\d\\d:?\\d\\d)?\\]?:?(?=\\s|$|[|\\[-])`);
/** `I0501 10:00:00.123456 1234 train.py:10]` of absl and glog. */
const GLOG = /^[IWEF]\d{4} [\d:.]+ +\d+ [\w./-]+:\d+\]/;
/** `INFO`, `[INFO]`, `[INFO|DP=0|PP=0|TP=0|node-1]:`, Julia's `[ Info:`. */
const LEVEL =
  /^(?:\[ ?Info:|\[ *(?:INFO|WARN(?:ING)?|DEBUG)(?:\|[^\]]{0,100})?\]:?|(?:INFO|WARN(?:ING)?|DEBUG|SUCCESS)\b)/;
/** `[train.py:102]`, `train.py:102:`, `(trainer:357)`, `__main__:train:42 -`. */
const ORIGIN = /^(?:[[(][\w./-]{1,80}:\d+[\])]|[\w./-]{1,80}\.py:\d+:?|[\w.]{1,80}(?::[\w.<>]{1,80})?:\d+)(?=[\s:-])/;
/** `trainer - ` and `root: ` between other parts of a head. */
const LOGGER =
  /^(?!(?:train|val|valid|eval|test|dev|epoch|step|iter|round|loss|acc)[a-z]*\b)[A-Za-z_][\w.]{0,80} +- +/i;
/** The process, where a logger sets it between the time and its name. */
const PROCESS = /^\d{1,5} - (?=[A-Za-z_][\w.]{0,80} - )/;
const BETWEEN = /^[\s|:,-]+/;
const MOST_PARTS = 8;

/** What a line says behind the time, level, logger and place in the source that a logger set before it. */
export function behindHead(line: string): string {
  let rest = line.trimStart();
  let hasHead = false;
  for (let part = 0; part < MOST_PARTS; part++) {
    const match =
      TIME.exec(rest) ??
      GLOG.exec(rest) ??
      LEVEL.exec(rest) ??
      (hasHead ? (ORIGIN.exec(rest) ?? LOGGER.exec(rest) ?? PROCESS.exec(rest)) : null);
    if (match === null) {
      break;
    }
    hasHead = true;
    rest = rest.slice(match[0].length).replace(BETWEEN, '');
  }
  return hasHead ? rest : line;
}
