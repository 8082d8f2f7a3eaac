import type { BackendState, ExperimentResult } from '../../lab/lab.js';
import type { Output } from '../console.js';
import { formatCount, formatNumber, plural } from '../../reports/numbers.js';
import { plainText } from '../../reports/plainText.js';
import { marks, wrap } from '../output/textLayout.js';
import type { Marks } from '../output/textLayout.js';

interface Named {
  readonly id: string;
  readonly title: string;
}

interface Listed {
  readonly backends: readonly BackendState[];
  readonly arms: readonly Named[];
  readonly experiments: readonly Named[];
}

type Layout = Pick<Output, 'usesColour' | 'columns'>;

/** What there is to choose from, for people. */
export function labListText({ backends, arms, experiments }: Listed, output: Layout): string {
  const { strong, faint } = marks(output.usesColour);
  const rungs = backends.map(({ id, available, reason, msPerStep }) => {
    const speed = msPerStep === null ? '' : `, ${formatNumber(msPerStep)} ms a step`;
    return `  ${strong(id)}  ${available ? `can be used${speed}` : faint(`cannot be used: ${plainText(reason ?? '')}`)}`;
  });
  const names = (entries: readonly Named[]): string[] => entries.map(({ id, title }) => `  ${strong(id)}  ${title}`);
  return [
    'Backends (a step: 2 layers, width 64, context 64, batch 8)',
    ...rungs,
    '',
    'Arms',
    ...names(arms),
    '',
    'Experiments',
    ...names(experiments),
    '',
  ].join('\n');
}

/** What an experiment came to, for people. */
export function labResultText(result: ExperimentResult, output: Layout): string {
  const mark = marks(output.usesColour);
  const { parameters, rules } = result.proxy;
  const lines = [
    mark.strong(plainText(result.title)),
    `On a proxy of ${formatCount(parameters)} parameters, ${plural(result.seeds.length, 'seed')}, ${result.backend}, ${formatNumber(result.seconds)} s`,
    ...rules.flatMap((rule) => wrap(plainText(rule), output.columns, '  ')),
    ...reproductionLines(result, mark),
    ...result.verdicts.map((verdict) => {
      const { arm, effect, unit, note } = verdict;
      const size = effect === null ? '' : `  ${signed(effect)}${intervalText(verdict.interval)} ${unit}`;
      return `  ${verdictMark(verdict.verdict, mark)}  ${arm}${size}${note === null ? '' : mark.faint(`  (${plainText(note)})`)}`;
    }),
    ...result.sensitivities.flatMap(({ arm, sensitivity, points }) => [
      `  ${arm}: sensitivity ${sensitivity === null ? 'unknown' : formatNumber(sensitivity)}`,
      ...points.map(({ learningRate, losses }) => {
        const mean = losses.reduce((sum, value) => sum + value, 0) / losses.length;
        return mark.faint(`    at ${learningRate}: ${losses.length === 0 ? 'no run' : formatNumber(mean)}`);
      }),
    ]),
    ...result.problems.flatMap((problem) => wrap(plainText(problem), output.columns, '! ')),
    mark.faint(`Runs: ${plainText(result.runs)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function reproductionLines(result: ExperimentResult, { strong, warning }: Marks): string[] {
  switch (result.kind) {
    case 'sweep':
      return [];
    case 'claim':
      return [result.reproduced ? strong('Reproduced') : warning('Not reproduced')];
    case 'try-fix': {
      const { reproduction, reproduced } = result;
      const size =
        reproduction?.effect == null
          ? ''
          : `: ${signed(reproduction.effect)}${intervalText(reproduction.interval)} ${reproduction.unit} against a healthy run`;
      return [reproduced ? `${strong('The symptom shows')}${size}` : `${warning('The symptom does not show')}${size}`];
    }
  }
}

function verdictMark(verdict: ExperimentResult['verdicts'][number]['verdict'], { good, error, faint }: Marks): string {
  const word = verdict.padEnd('not-reproduced'.length);
  return verdict === 'helps' ? good(word) : verdict === 'hurts' ? error(word) : faint(word);
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${formatNumber(value)}`;
}

function intervalText(interval: readonly [number, number] | null): string {
  return interval === null ? '' : ` [${interval.map(signed).join(', ')}]`;
}
