import type { Dialect } from '../text/dialect.js';
import { isResultName } from '../rows/columnNames.js';
import { assignedPairs, loosePairs, mixedPairs, unwrapNumbers, type Pair } from '../text/pairs.js';

const MAXIMUM_LENGTH = 2000;

/** Signs that a line is source code, a call, a configuration or a message about one. */
const CODE =
  /[{}]\s*$|[=(].*;\s*$|^\s*(?:#|\/\/|\/\*|\*(?! ?[Ee]poch)|@|\+|>>>|"""|'''|def |class |import |from |return|if |elif |else|for |while |print|try|except|with |raise|assert |wandb:|usage:|parser\.|File ")|\w\([^)]*$|\w\(.*\w.*\)\s*[:.]?$|\b(?:self|torch|np|nn|args|config|cfg|os|sys|math|F)\.|:\d+: (?:error|warning|note)\b|==|!=|[-+*/]=|->|:=|=\s*(?:None|True|False|['"{(]|\[(?!\s*[-+.\dni]))|;\s*\w+ ?=|\s#\s|=\s*[\w.]+\(|Namespace\(|\blambda\b/;

/** Words in quotes as structured loggers print them: `level=info msg="train step"`. */
const LOGGED_WORDS = /\b(?:ts|time|level|lvl|logger|caller|event|msg|message)="[^"]*"/g;

function resultPairs(printed: string): readonly Pair[] {
  const line = unwrapNumbers(printed).replace(LOGGED_WORDS, ' ');
  if (line.length > MAXIMUM_LENGTH || CODE.test(line)) {
    return [];
  }
  const plain = line
    .replace(AT_PLACE, '')
    .replace(/\//g, (slash, at: number) => (isFraction(line, at) ? ' of ' : slash));
  const readings = [
    (text: string) => mixedPairs(text.replace(PLACE_BEFORE, '|').replaceAll('[', ' ').replaceAll(']', '|')),
    assignedPairs,
    (text: string) => [...loosePairs(text), ...assignedPairs(text)],
  ];
  for (const read of readings) {
    const pairs = read(plain).filter(({ name }) => !PLACE.test(name));
    if (pairs.some(({ name }) => isResultName(name))) {
      return pairs;
    }
  }
  return [];
}

/** All pairs of a line that stands under the epoch or the step that it belongs to. */
function pairsUnderPlace(printed: string): readonly Pair[] {
  const line = unwrapNumbers(printed);
  if (line.length > MAXIMUM_LENGTH || CODE.test(line)) {
    return [];
  }
  const delimited = mixedPairs(line);
  return (delimited.length > 0 ? delimited : loosePairs(line)).filter(({ name }) => !PLACE.test(name));
}

/** Names of the place in the run, which the line's rule has read already. */
const PLACE = /(?:^|[\s_(])(?:step|iteration|iter|update|it|epoch|batch|of)$/i;

/** `loss at step 10: 2.5`: the place is no part of the name. */
const AT_PLACE =
  / (?:at|after|for|in|of) (?:the )?(?:end of )?(?:global step|step|iteration|iter|epoch|update|episode) ?#?\d+(?:\/\d+)?/gi;

/** `Epoch 3: ` or `step 10 - ` before the first name. */
const PLACE_BEFORE = /\b(?:step|iteration|iter|epoch)\s*[:=#]?\s*\[?\d+(?: of \d+)?\]?\s*[:|-]\s*(?=[A-Za-z])/i;

/** `100/5000`: a place, no division. */
function isFraction(line: string, at: number): boolean {
  return /\d/.test(line.charAt(at - 1)) && /\d/.test(line.charAt(at + 1));
}

const STEP_WORD =
  '(?:global[ _]?step|train(?:ing)?[ _]step|opt(?:im)?[ _]step|step|iteration|iter|update|it|episode|timesteps?|round)';
/** Between an epoch and the batch in it. */
const IN_EPOCH = '(?:train(?:ing)? )?(?:iter(?:ation)?|batch|it)';

/**
 * Any line that names a step, an iteration or an epoch and a result: `name: number`, `name=number`, `name number |`.
 * A line that is nothing but a place, such as `Epoch 3/10`, gives it to the lines under it. It never fires on source
 * code or on a configuration: those have no place in the run with a result.
 */
export const generalText: Dialect = {
  id: 'text',
  title: 'Other text logs',
  writtenBy: 'scripts that print a step and a loss on one line',
  rules: [
    { line: /logging_writer\.py:\d+\] \[(?<step>\d+)\] (?<rest>.*)$/, pairs: assignedPairs },
    {
      line: /\[(?<split>Eval|Valid|Val|Test)\]\s*\[Epoch (?<epoch>\d+)(?:\/\d+)?\]\s*\[Avg\](?<rest>.*)$/,
      pairs: assignedPairs,
    },
    {
      line: new RegExp(
        `(?:^|[\\s|])(?:${STEP_WORD}\\s*[:=#]?\\s*(?<step>\\d+)|epoch\\s*[:=#]?\\s*(?<epoch>\\d+))\\b[^{]{0,40}(?<json>\\{ ?["'][\\w/. -]+["']: ?.*\\})\\s*$`,
        'i',
      ),
    },
    { line: /(?:^|[\s|:\]-])(?<json>\{ ?"[\w/. -]+": ?.*\})\s*$/ },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])epoch\\s*[:=#]?\\s*\\[?(?<epoch>\\d+)(?:\\s*\\/\\s*\\d+)?\\]?[\\s,|:()\\[-]+(?:(?:train(?:ing)? )?step|${IN_EPOCH})\\s*[:=#]?\\s*\\[?(?<iteration>\\d+)\\s*\\/\\s*(?<length>\\d+)`,
        'i',
      ),
      pairs: resultPairs,
      mayCountOverall: true,
    },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])epoch\\s*[:=#]?\\s*\\[?(?<epoch>\\d+)(?:\\s*\\/\\s*\\d+)?\\]?[\\s,|:()\\[-]+${IN_EPOCH}\\s*[:=#]?\\s*\\[?(?<iteration>\\d+)(?![\\w.])(?!.*\\bstep\\W{0,3}\\d)`,
        'i',
      ),
      pairs: resultPairs,
    },
    { line: /^\[ *(?<step>\d+) *\/ *(?<total>\d+) *\][\s:,|-]+(?=\S)/, pairs: resultPairs },
    { line: /^(?<step>\d+)\/(?<total>\d+)(?!\/)[\s:,|-]+(?!\d+:\d)(?=\S)/, pairs: resultPairs },
    { line: /^(?<step>\d+) *[:|,] +(?<rest>(?:train(?:ing)?[ _])?loss\b.*)$/i, pairs: resultPairs },
    {
      line: /^(?<step>\d+)\/(?<total>\d+) \(epoch [\d.]+\), (?=\w*loss)/,
      pairs: resultPairs,
    },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])${STEP_WORD}\\s*[:=#]?\\s*\\[?\\(?\\s*(?<step>\\d[\\d,]*)(?:\\s*(?:\\/|of)\\s*(?<total>\\d[\\d,]*))?(?![\\w.]*\\w)`,
        'i',
      ),
      pairs: resultPairs,
    },
    {
      line: /(?:^|[\s[(|,])epoch\s*[:=#]?\s*\[?\(?\s*(?<epoch>\d+)(?:\s*(?:\/|of)\s*\d+)?(?![\w.])/i,
      pairs: resultPairs,
    },
    {
      line: /^[\W_]*epoch\s*[:=#]?\s*\[?(?<epoch>\d+)(?:\s*(?:\/|of)\s*\d+)?\]?(?:\W{1,6}(?:epoch )?(?:time|took|duration|elapsed)\b[^|]{0,40})?[\W_]*$/i,
      context: 'opens',
    },
    {
      line: new RegExp(
        `^[\\W_]*${STEP_WORD}\\s*[:=#]?\\s*\\[?(?<step>\\d+)(?:\\s*(?:\\/|of)\\s*(?<total>\\d+))?[\\W_]*$`,
        'i',
      ),
      context: 'opens',
    },
    {
      line: /^\W*(?<split>train|training|val|valid|validation|eval|evaluation|test|dev)\b[.:]?[\s:|,-]*(?<rest>[A-Za-z].*)$/i,
      pairs: pairsUnderPlace,
      context: 'needs',
      needsResult: true,
    },
    { line: /^[\s>*•-]*(?<rest>[A-Za-z].*)$/, pairs: pairsUnderPlace, context: 'needs', needsResult: true },
    { line: /^\D{1,200}$/, context: 'passes' },
  ],
};
