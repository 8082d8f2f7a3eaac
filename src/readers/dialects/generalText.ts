import type { Dialect } from '../text/dialect.js';
import { isResultName } from '../rows/columnNames.js';
import { dataParts, pairsByPart } from '../text/dataParts.js';
import { assignedPairs, loosePairs, mixedPairs, unwrapNumbers, type Pair } from '../text/pairs.js';

const MAXIMUM_LENGTH = 2000;

/** Signs that a line is source code, a call, a configuration or a message about one. */
const CODE =
  /[{}]\s*$|[=(].*;\s*$|^\s*(?:#|\/\/|\/\*|\*(?! ?[Ee]poch)|@|\+|>>>|"""|'''|def |class |import |from |return|if |elif |else|for |while |print|try|except|with |raise|assert |wandb:|usage:|parser\.|File ")|\w\([^)]*$|\w\(.*\w.*\)\s*[:.]?$|\b(?:self|torch|np|nn|args|config|cfg|os|sys|math|F)\.|:\d+: (?:error|warning|note)\b|==|!=|[-+*/]=|->|:=|=\s*(?:None|True|False|['"{(]|\[(?!\s*[-+.\dni]))|\S;\s*\w+ =\s|\S;\w+ ?=|\s#\s|=\s*[\w.]+\(|Namespace\(|\blambda\b/;

/** Words in quotes as structured loggers print them: `level=info msg="train step"`. */
const LOGGED_WORDS = /\b(?:ts|time|level|lvl|logger|caller|event|msg|message)="[^"]*"/g;

/** `******** Epoch 3`. */
const RULED = /^\s*([*=#~-])\1{2,}\s*/;
/** `|------->` that is drawn behind the numbers. */
const DRAWN = /\|-*>?\s*$/;
/** `loss: 2.31 -> 2.12`: the second is how it is now. */
const BEFORE_ARROW = /(?<![\w.(])[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?%? *-{1,3}> *(?=[-+]?[.\d])/gi;

/** The line as it can be searched for pairs; undefined where it is code, a configuration or too long. */
function searchable(printed: string): string | undefined {
  const line = unwrapNumbers(printed)
    .replace(LOGGED_WORDS, ' ')
    .replace(RULED, '')
    .replace(DRAWN, '')
    .replace(BEFORE_ARROW, '');
  return line.length > MAXIMUM_LENGTH || CODE.test(line) ? undefined : line;
}

function resultPairs(printed: string): readonly Pair[] {
  const line = searchable(printed);
  if (line === undefined) {
    return [];
  }
  const plain = line.replace(AT_PLACE, '').replace(/(?<=\d)\/(?=\d)/g, ' of ');
  const readings = [
    (text: string) => mixedPairs(text.replace(PLACE_BEFORE, '|').replaceAll('[', ' ').replaceAll(']', '|')),
    assignedPairs,
    (text: string) => [...loosePairs(text), ...assignedPairs(text)],
  ];
  const parts = dataParts(plain);
  for (const read of readings) {
    const pairs = pairsByPart(parts, (text) => metricsOf(read(text)));
    if (pairs.some(({ name }) => isResultName(name))) {
      return pairs;
    }
  }
  return [];
}

/** All pairs of a line that stands under the epoch or the step that it belongs to. */
function pairsUnderPlace(printed: string): readonly Pair[] {
  const line = searchable(printed);
  if (line === undefined) {
    return [];
  }
  const parts = dataParts(line);
  const delimited = pairsByPart(parts, (text) => metricsOf(mixedPairs(text)));
  return delimited.length > 0 ? delimited : pairsByPart(parts, (text) => metricsOf(loosePairs(text)));
}

/** Results of another part of the data, on a line of their own below that of their epoch. */
function followingPairs(rest: string): readonly Pair[] {
  const pairs = pairsUnderPlace(rest);
  return pairs.some(({ name }) => isResultName(name)) ? pairs : [];
}

/** Words that lead to a number and name none: `in 0.5s`, `did not improve from 0.4`, `Save best score: 0.4`. */
const NO_NAME = /^sav(?:e|ed|ing)\b|(?:^|\s)(?:in|at|of|for|to|from|by|than|over|after|since|took|improved?)$/i;

function metricsOf(pairs: readonly Pair[]): readonly Pair[] {
  return pairs.filter(({ name }) => !PLACE.test(name) && !NO_NAME.test(name));
}

/** Names of the place in the run, which the line's rule has read already. */
const PLACE = /(?:^|[\s_(])(?:step|iteration|iter|update|it|ep|epoch|batch|of|num_timesteps)$/i;

/** `loss at step 10: 2.5`: the place is no part of the name. */
const AT_PLACE =
  / (?:at|after|for|in|of) (?:the )?(?:end of )?(?:global step|step|iteration|iter|epoch|update|episode) ?#?\d+(?:\/\d+)?/gi;

/** `Epoch 3: ` or `step 10 - ` before the first name. */
const PLACE_BEFORE = /\b(?:step|iteration|iter|epoch)\s*[:=#]?\s*\[?\d+(?: of \d+)?\]?\s*[:|-]\s*(?=[A-Za-z])/i;

const STEP_WORD =
  '(?:global[ _]?step|train(?:ing)?[ _]step|opt(?:im)?[ _]step|step|iteration|iter|update|it|episode|(?:num[ _]|env[ _]|total[ _])?timesteps?|env[ _]steps?|round|tick)';
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
    { line: /^\[(?<step>\d+)\] (?<rest>[A-Za-z][\w/.-]* ?=.*)$/, pairs: assignedPairs, needsResult: true },
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
    { line: /^(?<json>\{ ?'[\w/. -]+': ?.*\})$/ },
    { line: /^(?:[a-z]\w{0,30} )?(?<step>\d{1,9})[:,]? (?<json>\{ ?['"][\w/. -]+['"]: ?.*\})$/i },
    {
      line: /(?:^|[\s[(|,])epoch\s*[:=#]?\s*\[(?<epoch>\d+)(?:\s*\/\s*\d+)?\][\s,|:-]*[[(]\s*(?<iteration>\d+)\s*\/\s*(?<length>\d+)\s*[\])]/i,
      pairs: resultPairs,
      mayCountOverall: true,
      leads: true,
    },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])epoch\\s*[:=#]?\\s*\\[?(?<epoch>\\d+)(?:\\s*\\/\\s*\\d+)?\\]?[\\s,|:()\\[-]+(?:(?:train(?:ing)? )?step|${IN_EPOCH})\\s*[:=#]?\\s*\\[?(?<iteration>\\d+)\\s*\\/\\s*(?<length>\\d+)`,
        'i',
      ),
      pairs: resultPairs,
      mayCountOverall: true,
      leads: true,
    },
    {
      line: /(?:^|[\s[(|,])epoch\s*[:=#]?\s*\[?(?<epoch>\d+)(?:\s*\/\s*\d+)?\]?[\s,|:()[-]+(?:train(?:ing)? )?step\s*[:=#]?\s*\[?(?<iteration>\d+)(?![\w.]| *\/)/i,
      pairs: resultPairs,
      leads: true,
    },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])epoch\\s*[:=#]?\\s*\\[?(?<epoch>\\d+)(?:\\s*\\/\\s*\\d+)?\\]?[\\s,|:()\\[-]+${IN_EPOCH}\\s*[:=#]?\\s*\\[?(?<iteration>\\d+)(?![\\w.])(?!.*\\bstep\\W{0,3}\\d)`,
        'i',
      ),
      pairs: resultPairs,
    },
    {
      line: /^(?<split>train|valid|val|test|infer) \((?<epoch>\d+)\/\d+\) (?<rest>\S.*)$/i,
      pairs: pairsUnderPlace,
    },
    { line: /^\[ *(?<step>\d+) *\/ *(?<total>\d+) *\][\s:,|-]+(?=\S)/, pairs: resultPairs, leads: true },
    {
      line: /^(?<step>\d+)\/(?<total>\d+)(?!\/)(?! \(epoch )[\s:,|*-]+(?!\d+:\d)(?=\S)/,
      pairs: resultPairs,
      leads: true,
    },
    { line: /^(?<step>\d+) *[:|,] +(?<rest>(?:train(?:ing)?[ _])?loss\b.*)$/i, pairs: resultPairs, leads: true },
    { line: /^ *(?<step>\d{1,7}) +(?<rest>train(?:ing)?[ _]loss\b.*)$/i, pairs: resultPairs, leads: true },
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
      leads: true,
    },
    { line: /^ep(?:\.|:|=| #)\s*(?<step>\d+)(?:\/(?<total>\d+))?(?![\w.])/i, pairs: resultPairs, leads: true },
    {
      line: /(?:^|[\s[(|,])epoch\s*[:=#]?\s*\[?\(?\s*(?<epoch>\d+)(?:\s*(?:\/|of)\s*\d+)?(?![\w.])/i,
      pairs: resultPairs,
      leads: true,
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
    {
      line: /^\W*(?:test )?accuracy of the (?:network|model|net)\w* on the (?:[\d,]+ )?(?<split>train|val|validation|test) \w+: *(?<value>[\d.]+) ?%/i,
      tag: 'accuracy',
      context: 'follows',
    },
    {
      line: /^\W*(?<split>train|training|val|valid|validation|eval|evaluation|test|dev)(?: (?:set|results?|metrics))?\b[.:]?[\s:|,=>-]*(?<rest>[A-Za-z].*)$/i,
      pairs: followingPairs,
      context: 'follows',
    },
  ],
};
