import type { Finding, NotEvaluated } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { median } from '../signals/rise.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { findingAbout, notEnough } from './note.js';
import type { About } from './note.js';
import { PerSeries } from './perSeries.js';
import { at, count, percent, quantity } from './words.js';

/** A class with a score below this share of the usual class's is not learned ... */
const LEFT_BEHIND = 0.1;
/** ... once the usual class has got to this score ... */
const LEARNED = 0.5;
/** ... and gains less than this over the last quarter. */
const SETTLED_GAIN = 0.05;
const FEWEST_ROWS = 10;
const FEWEST_CLASSES = 3;

const ABOUT: About = {
  id: 'class-imbalance',
  symptoms: ['data'],
  papers: [
    {
      title: 'A Theoretical Analysis of the Learning Dynamics under Class Imbalance',
      authors: 'Francazi et al.',
      year: 2023,
    },
  ],
  remedy: 'Log the accuracy or the recall of each class (val/acc_class_3).',
};

const nowOf = ({ history }: FiniteLevels): number => levelBetween(history.levels, 0.9, 1);
const beforeOf = ({ history }: FiniteLevels): number => levelBetween(history.levels, 0.65, 0.75);

class ClassImbalanceSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new FiniteLevels(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.classes().length >= FEWEST_CLASSES
      ? undefined
      : notEnough(ABOUT, `at least ${FEWEST_ROWS} scores of each of ${FEWEST_CLASSES} classes`);
  }

  findings(): readonly Finding[] {
    const classes = this.classes();
    const usual = median(classes.map(nowOf));
    const full = Math.max(...classes.map(nowOf)) > 1 ? 100 : 1;
    if (
      classes.length < FEWEST_CLASSES ||
      usual < LEARNED * full ||
      usual - median(classes.map(beforeOf)) > SETTLED_GAIN * full
    ) {
      return [];
    }
    const behind = classes
      .filter((one) => nowOf(one) <= LEFT_BEHIND * usual)
      .toSorted((left, right) => nowOf(left) - nowOf(right));
    const [worst] = behind;
    if (worst === undefined) {
      return [];
    }
    const { signal, history } = worst;
    const names = behind.map(({ signal: { role } }) => role.slice('class-score/'.length));
    const [fromStep, toStep] = [history.levels[0]?.fromStep ?? 0, history.levels.at(-1)?.toStep ?? 0];
    return [
      findingAbout(
        ABOUT,
        signal,
        { fromStep, toStep, open: true },
        {
          confidence: 0.6,
          title: `${count(behind.length)} of ${count(classes.length)} classes ${behind.length === 1 ? 'is' : 'are'} not learned: ${names.slice(0, 3).join(', ')}${names.length > 3 ? ' …' : ''}`,
          explanation:
            `At ${at(signal, toStep)} ${signal.series.tag} is ${quantity(nowOf(worst))} while the usual class has ${quantity(usual)} and hardly gains any more. ` +
            'Rare classes are expected to fall behind at first; they should have caught up by now. Show them more often or weigh their loss.',
          otherCauses: [
            'Classes that the evaluation holds few or no examples of.',
            'A mapping of labels that differs between training and evaluation.',
          ],
          evidence: [evidenceNear(signal, toStep, nowOf(worst), { value: usual, meaning: 'median of all classes' })],
        },
      ),
    ];
  }

  private classes(): readonly FiniteLevels[] {
    return this.series.all.map(({ watcher }) => watcher).filter(({ points }) => points >= FEWEST_ROWS);
  }
}

/** Classes that are left behind. */
export const classImbalance: Monitor = {
  ...ABOUT,
  title: 'Classes that are not learned',
  needs: [['class-score/*']],
  uses: [],
  constants: [
    {
      name: 'LEFT_BEHIND',
      value: LEFT_BEHIND,
      meaning: 'score of a class as a share of the usual one, below which it is not learned',
      source: 'chosen',
    },
    { name: 'LEARNED', value: LEARNED, meaning: 'score of the usual class', source: 'chosen' },
    {
      name: 'SETTLED_GAIN',
      value: SETTLED_GAIN,
      meaning: `gain of the usual class over the last quarter (${percent(SETTLED_GAIN)}) below which it has settled`,
      source: 'chosen; minority classes fall first and are judged when the majority has settled (Francazi et al.)',
    },
    { name: 'FEWEST_ROWS', value: FEWEST_ROWS, meaning: 'scores of a class', source: 'chosen' },
    { name: 'FEWEST_CLASSES', value: FEWEST_CLASSES, meaning: 'classes', source: 'chosen: a usual class needs others' },
  ],
  silences: [
    'The beginning, in which rare classes fall behind as a rule.',
    'While the usual class still gains.',
    'Classes that are merely harder: they reach a tenth of the usual score or more.',
  ],
  start: () => new ClassImbalanceSession(),
};
