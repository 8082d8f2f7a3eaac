import { csv } from './csv.js';
import { inspectLines } from './common/headLines.js';
import { jsonDocument } from './jsonDocument.js';
import { jsonLines } from './jsonLines.js';
import { megatronGolden } from './megatronGolden.js';
import { mlflowMetric } from './mlflowMetric.js';
import { mmcvJson } from './mmcvJson.js';
import { reasonNotToRead } from './notLogs.js';
import type { FileHead, LogFormat, Recognition } from './reader.js';
import { tensorboard } from './tensorboard.js';
import { TEXT_FORMATS } from './textLogs.js';
import { trainerState } from './trainerState.js';
import { wandbOffline } from './wandbOffline.js';

/** Every log format that is read. On a tie of confidence the earlier one wins: the special before the general. */
export const LOG_FORMATS: readonly LogFormat[] = [
  tensorboard,
  wandbOffline,
  trainerState,
  mmcvJson,
  megatronGolden,
  mlflowMetric,
  jsonLines,
  jsonDocument,
  csv,
  ...TEXT_FORMATS,
];

/** Below this confidence a file is not read. */
const MINIMUM_CONFIDENCE = 0.3;

/** What a file is read as, or why it is not read. */
export type FormatAnswer =
  { readonly format: LogFormat; readonly recognition: Recognition } | { readonly refused: string };

/** Tells the format of a file from its beginning. */
export function recogniseFormat(head: FileHead): FormatAnswer {
  const reason = reasonNotToRead(head);
  if (reason !== undefined) {
    return { refused: reason };
  }
  let best: { format: LogFormat; recognition: Recognition } | undefined;
  for (const format of LOG_FORMATS) {
    const recognition = format.recognise(head);
    if (recognition.confidence > (best?.recognition.confidence ?? 0)) {
      best = { format, recognition };
    }
  }
  if (best !== undefined && best.recognition.confidence >= MINIMUM_CONFIDENCE) {
    return best;
  }
  return { refused: best?.recognition.reason ?? nothingFits(head) };
}

function nothingFits(head: FileHead): string {
  return inspectLines(head).binary
    ? 'binary data, not of a log format that is read'
    : 'no line of it looks like a training log';
}
