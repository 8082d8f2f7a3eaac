import type { ArmVerdict, BackendState, ExperimentResult, TrialRecord } from '../../lab/lab.js';
import type { Output } from '../console.js';
import { formatCount, formatNumber, plural } from '../../reports/numbers.js';
import { plainText } from '../../reports/plainText.js';
import { meanLoss } from '../../reports/sweepSvg.js';
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

/** Each rung of the ladder as it stands here, and how to get those that do not ship. */
export function labEnginesText(backends: readonly BackendState[], output: Layout): string {
  const advice = [
    'Nothing is downloaded by itself. For those that do not ship, in a folder of your own:',
    '  npm install @tensorflow/tfjs-node          processor, TensorFlow in C++',
    '  npm install @tensorflow/tfjs-node-gpu      CUDA',
    '  npm install webgpu @tensorflow/tfjs-backend-webgpu   any GPU by Vulkan, Metal or Direct3D 12',
    'and evenkeel lab --packages FOLDER.',
    '',
  ];
  return [...rungLines(backends, output), '', ...advice].join('\n');
}

/** What there is to choose from, for people. */
export function labListText({ backends, arms, experiments }: Listed, output: Layout): string {
  const { strong } = marks(output.usesColour);
  const names = (entries: readonly Named[]): string[] => entries.map(({ id, title }) => `  ${strong(id)}  ${title}`);
  return [
    ...rungLines(backends, output),
    '',
    'Arms',
    ...names(arms),
    '',
    'Experiments',
    ...names(experiments),
    '',
  ].join('\n');
}

function rungLines(backends: readonly BackendState[], output: Layout): string[] {
  const { strong, faint } = marks(output.usesColour);
  return [
    'Backends (a step: 2 layers, width 64, context 64, batch 8)',
    ...backends.map(({ id, available, reason, msPerStep }) => {
      const speed = msPerStep === null ? '' : `, ${formatNumber(msPerStep)} ms a step`;
      const slower = reason === null ? '' : ` (${plainText(reason)})`;
      return `  ${strong(id)}  ${available ? `can be used${speed}${slower}` : faint(`cannot be used: ${plainText(reason ?? '')}`)}`;
    }),
  ];
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
    ...result.verdicts.map((verdict) => verdictLine(verdict.arm, verdict, mark)),
    ...result.sensitivities.flatMap(({ arm, sensitivity, points }) => [
      `  ${arm}: sensitivity ${sensitivity === null ? 'unknown' : formatNumber(sensitivity)}`,
      ...points.map(({ learningRate, losses }) =>
        mark.faint(`    at ${learningRate}: ${losses.length === 0 ? 'no run' : formatNumber(meanLoss(losses))}`),
      ),
    ]),
    ...result.problems.flatMap((problem) => wrap(plainText(problem), output.columns, '! ')),
    mark.faint(`Runs: ${plainText(result.runs)}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** What a trial of fixes came to, for people. @param folder of all runs. */
export function trialText(record: TrialRecord, folder: string, output: Layout): string {
  const mark = marks(output.usesColour);
  const { finding, plan, reproduction, verdicts, seeds, backend, seconds, problems } = record;
  const lines = [
    mark.strong(plainText(`Fixes against: ${finding.title}`)),
    ...(plan === null
      ? []
      : [
          `On a proxy of ${formatCount(plan.proxy.parameters)} parameters, ${plural(seeds.length, 'seed')}, ${backend ?? 'no engine'}, ${formatNumber(seconds)} s; by ${plan.measure.title}`,
          ...plan.proxy.rules.flatMap((rule) => wrap(plainText(rule), output.columns, '  ')),
        ]),
    ...(reproduction === null ? [] : symptomLines(reproduction.reproduced, reproduction, mark)),
    ...verdicts.map((verdict) => verdictLine(verdict.fix, verdict, mark)),
    ...(plan?.untried ?? []).map(({ fix, reason }) =>
      mark.faint(`  ${'not tried'.padEnd(VERDICT_WIDTH)}  ${fix}  (${plainText(reason)})`),
    ),
    ...problems.flatMap((problem) => wrap(plainText(problem), output.columns, '! ')),
    mark.faint(`Runs: ${plainText(folder)}`),
  ];
  return `${lines.join('\n')}\n`;
}

const VERDICT_WIDTH = 'not-reproduced'.length;

function verdictLine(name: string, verdict: ArmVerdict, mark: Marks): string {
  const { effect, interval, unit, note } = verdict;
  const size = effect === null ? '' : `  ${signed(effect)}${intervalText(interval)} ${unit}`;
  return `  ${verdictMark(verdict.verdict, mark)}  ${name}${size}${note === null ? '' : mark.faint(`  (${plainText(note)})`)}`;
}

function symptomLines(
  reproduced: boolean,
  reproduction: ExperimentResult['reproduction'],
  { strong, warning }: Marks,
): string[] {
  const size =
    reproduction?.effect == null
      ? ''
      : `: ${signed(reproduction.effect)}${intervalText(reproduction.interval)} ${reproduction.unit} against a healthy run`;
  return [reproduced ? `${strong('The symptom shows')}${size}` : `${warning('The symptom does not show')}${size}`];
}

function reproductionLines(result: ExperimentResult, mark: Marks): string[] {
  switch (result.kind) {
    case 'sweep':
      return [];
    case 'claim':
      return [result.reproduced ? mark.strong('Reproduced') : mark.warning('Not reproduced')];
    case 'try-fix':
      return symptomLines(result.reproduced, result.reproduction, mark);
  }
}

function verdictMark(verdict: ExperimentResult['verdicts'][number]['verdict'], { good, error, faint }: Marks): string {
  const word = verdict.padEnd(VERDICT_WIDTH);
  return verdict === 'helps' ? good(word) : verdict === 'hurts' ? error(word) : faint(word);
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${formatNumber(value)}`;
}

function intervalText(interval: readonly [number, number] | null): string {
  return interval === null ? '' : ` [${interval.map(signed).join(', ')}]`;
}
