import type { Dialect } from '../text/dialect.js';
import { assignedPairs, loosePairs, spacedPairs, type Pair } from '../text/pairs.js';

const MAXIMUM_LENGTH = 2000;

/** Signs that a line is source code, a call, a configuration or a message about one. */
const CODE =
  /[;{}]\s*$|^\s*(?:#|\/\/|\/\*|\*|@|\+|>>>|"""|'''|def |class |import |from |return|if |elif |else|for |while |print|try|except|with |raise|assert |wandb:|usage:|parser\.|File ")|\w\([^)]*$|\w\(.*\w.*\)\s*[:.]?$|\b(?:self|torch|np|nn|args|config|cfg|os|sys|math|F)\.|==|!=|[-+*/]=|->|:=|=\s*(?:None|True|False|['"[{(])|;\s*\w+ ?=|\s#\s|=\s*[\w.]+\(|Namespace\(|\blambda\b/;

/** What a line must name to be about training: a setting such as the learning rate alone is none. */
const RESULT =
  /loss|acc(?:uracy)?\b|perplexity|\bppl\b|reward|\berr(?:or)?\b|\bnll\b|\bkl\b|score|\bbleu\b|grad.?norm|gnorm|\bma[pe]\b|\bmse\b|\bf1\b|\biou\b|\bbpb\b|\breturn\b|entropy/i;

function resultPairs(line: string): readonly Pair[] {
  if (line.length > MAXIMUM_LENGTH || CODE.test(line)) {
    return [];
  }
  const plain = line.replace(/\//g, (slash, at: number) => (isFraction(line, at) ? ' of ' : slash));
  const readings = [
    assignedPairs,
    (text: string) => spacedPairs(text.replace(PLACE_BEFORE, '|').replace(/[[\]]/g, ' ')),
    loosePairs,
  ];
  for (const read of readings) {
    const pairs = read(plain).filter(({ name }) => !PLACE.test(name));
    if (pairs.some(isResult)) {
      return pairs;
    }
  }
  return [];
}

/** Names of the place in the run, which the line's rule has read already. */
const PLACE = /(?:^|[\s_])(?:step|iteration|iter|update|it|epoch|batch|of)$/i;

/** `Epoch 3: ` or `step 10 - ` before the first name. */
const PLACE_BEFORE = /\b(?:step|iteration|iter|epoch)\s*[:=#]?\s*\[?\d+(?: of \d+)?\]?\s*[:|-]\s*(?=[A-Za-z])/i;

function isResult({ name }: Pair): boolean {
  return RESULT.test(name) && !/weight|coef|scale$|type|smooth|lambda/i.test(name);
}

/** `100/5000`: a place, no division. */
function isFraction(line: string, at: number): boolean {
  return /\d/.test(line.charAt(at - 1)) && /\d/.test(line.charAt(at + 1));
}

const STEP_WORD = '(?:global[ _]?step|train(?:ing)?[ _]step|opt(?:im)?[ _]step|step|iteration|iter|update|it)';

/**
 * Any line that names a step, an iteration or an epoch and a result: `name: number`, `name=number`, `name number |`.
 * It never fires on source code or on a configuration: those have no place in the run on the same line as a result.
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
    { line: /(?:^|[\s|:\]-])(?<json>\{ ?"[\w/. -]+": .*\})\s*$/ },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])epoch\\s*[:=#]?\\s*\\[?(?<epoch>\\d+)(?:\\s*\\/\\s*\\d+)?\\]?[\\s,|:()\\[-]+(?:step|iter(?:ation)?|batch|it)\\s*[:=#]?\\s*\\[?(?<iteration>\\d+)\\s*\\/\\s*(?<length>\\d+)`,
        'i',
      ),
      pairs: resultPairs,
    },
    {
      line: new RegExp(
        `(?:^|[\\s\\[(|,])${STEP_WORD}\\s*[:=#]?\\s*\\[?\\(?\\s*(?<step>\\d[\\d,]*)(?:\\s*(?:\\/|of)\\s*(?<total>\\d[\\d,]*))?(?![\\w.])`,
        'i',
      ),
      pairs: resultPairs,
    },
    {
      line: /(?:^|[\s[(|,])epoch\s*[:=#]?\s*\[?\(?\s*(?<epoch>\d+)(?:\s*(?:\/|of)\s*\d+)?(?![\w.])/i,
      pairs: resultPairs,
    },
  ],
};
