import type { PatternPreview } from '../../contract/patternPreview.js';
import { recogniseFormat } from '../../readers/formats.js';
import type { FormatAnswer } from '../../readers/formats.js';
import type { FileHead, LogFormat, LogReader } from '../../readers/reader.js';
import { formatOfPattern, previewPattern } from '../../readers/userPattern.js';
import { pathsNamedBy } from '../pathGlobs.js';
import { withinTime } from './timeLimit.js';

/** Tells the format of a file from its beginning. */
export type Recogniser = (head: FileHead) => FormatAnswer;

/** The glob of files that nothing else can read. */
const WHATEVER_IS_LEFT = '*';
/** A piece of a log is read in milliseconds; an expression that backtracks without end would take for ever. */
const LONGEST_READING_MS = 5000;
/** What a person who is writing a pattern can wait for. */
const LONGEST_PREVIEW_MS = 1000;
const TOO_SLOW =
  'the pattern of the settings takes too long on a line of it, because it can match in too many ways: avoid repetitions within repetitions, as in (a+)+';

/**
 * How files are recognised where the user has patterns of their own: `glob → pattern`. A file that a glob names is read
 * by its pattern whatever it looks like; the pattern of `*` reads what nothing else can.
 */
export function recogniserWith(patterns: Readonly<Record<string, string>>): Recogniser {
  const named = Object.entries(patterns)
    .filter(([glob]) => glob !== WHATEVER_IS_LEFT)
    .map(([glob, pattern]) => ({ glob, names: pathsNamedBy([glob]), format: formatOfPattern(pattern) }));
  const general = patterns[WHATEVER_IS_LEFT];
  const last = general === undefined ? undefined : formatOfPattern(general);
  return (head) => {
    const own = named.find(({ names }) => names(head.path));
    if (own) {
      return own.format.ok
        ? { format: bounded(own.format.value), recognition: { confidence: 1, reason: `named by ${own.glob}` } }
        : { refused: `the pattern of the settings for ${own.glob} can't be used: ${own.format.error}` };
    }
    const answer = recogniseFormat(head);
    if (!('refused' in answer) || !last) {
      return answer;
    }
    if (!last.ok) {
      return { refused: `${answer.refused}; the pattern of the settings for * can't be used: ${last.error}` };
    }
    const format = bounded(last.value);
    const recognition = format.recognise(head);
    return recognition.confidence > 0
      ? { format, recognition }
      : { refused: `${answer.refused}; ${recognition.reason}` };
  };
}

/** A test for the files that patterns of the user's own name by their globs. */
export function filesNamedIn(patterns: Readonly<Record<string, string>>): (file: string) => boolean {
  return pathsNamedBy(Object.keys(patterns).filter((glob) => glob !== WHATEVER_IS_LEFT));
}

/** The same format, given up where an expression of it does not come to an end. */
function bounded(format: LogFormat): LogFormat {
  return {
    ...format,
    recognise: (head) =>
      withinTime(LONGEST_READING_MS, () => format.recognise(head))?.value ?? { confidence: 0, reason: TOO_SLOW },
    open: (path, sink) => {
      const reader = format.open(path, sink);
      let isGivenUp = false;
      let offset = 0;
      const attempt = (step: (reader: LogReader) => void): void => {
        if (!isGivenUp && !withinTime(LONGEST_READING_MS, () => step(reader))) {
          isGivenUp = true;
          sink.problem({ offset, message: TOO_SLOW, remedy: 'Change the pattern; the rest of the file is not read.' });
        }
      };
      return {
        read: (chunk) => {
          attempt((inner) => {
            inner.read(chunk);
          });
          offset += chunk.length;
        },
        end: () => {
          attempt((inner) => {
            inner.end();
          });
        },
      };
    },
  };
}

/** What a pattern finds in some lines, while it is being written. */
export function previewOf(pattern: string, lines: readonly string[]): PatternPreview {
  const tried = withinTime(LONGEST_PREVIEW_MS, () => previewPattern(pattern, lines));
  if (!tried) {
    return { error: TOO_SLOW };
  }
  return tried.value.ok ? { matches: tried.value.value } : { error: tried.value.error };
}
