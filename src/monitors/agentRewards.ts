import type { Finding, NotEvaluated, Paper } from '../model/finding.js';
import { FiniteLevels } from '../signals/finiteLevels.js';
import { levelBetween } from '../signals/levelShares.js';
import { evidenceNear } from './evidence.js';
import type { Monitor, MonitorSession, Sample } from './monitor.js';
import { PerSeries } from './perSeries.js';
import { count, listed, percent, quantity } from './words.js';

/** Share of an agent's squared advantage that is its own, below which the rest is a distance between agents. */
const OWN_SHARE = 0.1;
/** Rows of each number before the first judgement. */
const FEWEST_ROWS = 20;

/** Members that act; rewards of several functions are parts of one reward instead. */
const AGENT = /^(agent|player|team)/i;

interface Agent {
  readonly name: string;
  readonly mean: FiniteLevels;
  readonly deviation: FiniteLevels;
}

class AgentRewardsSession implements MonitorSession {
  private readonly series = new PerSeries((signal) => new FiniteLevels(signal));

  consume(sample: Sample): void {
    this.series.of(sample).push(sample);
  }

  notEvaluated(): NotEvaluated | undefined {
    return this.agents().length > 1
      ? undefined
      : {
          monitor: 'agent-rewards',
          missing: [`the mean and the standard deviation of the rewards of two agents over ${FEWEST_ROWS} rows`],
          remedy: REMEDY,
        };
  }

  findings(): readonly Finding[] {
    const agents = this.agents();
    if (agents.length < 2) {
      return [];
    }
    // Each half of what the log holds, so that a passing difference is none.
    const halves = [shares(agents, 0, 0.5), shares(agents, 0.5, 1)];
    const drowned = agents.filter((_, index) => halves.every((half) => (half[index] ?? 1) <= OWN_SHARE));
    const [worst] = drowned;
    if (worst === undefined) {
      return [];
    }
    const own = halves[1]?.[agents.indexOf(worst)] ?? Number.NaN;
    const now = ({ history }: FiniteLevels): number => levelBetween(history.levels, 0.5, 1);
    const { signal, history } = worst.mean;
    const fromStep = history.levels[0]?.fromStep ?? 0;
    const toStep = history.levels.at(-1)?.toStep ?? fromStep;
    return [
      {
        id: `agent-rewards:${signal.series.tag}:${fromStep}`,
        monitor: 'agent-rewards',
        symptom: 'policy-collapse',
        severity: 'info',
        confidence: 0.5,
        fromStep,
        toStep,
        open: true,
        title: `Rewards of ${count(agents.length)} agents differ more between agents than within ${listed(drowned.map(({ name }) => name))}`,
        explanation:
          `${agents.map(({ name, mean, deviation }) => `${name} gets ${quantity(now(mean))} ± ${quantity(now(deviation))}`).join(', ')}. ` +
          `If advantages are normalised over all of them, only ${percent(own)} of the squared advantage of ${worst.name} comes from how good its answers were; the rest is the distance of its mean from that of the others, ` +
          'which says nothing about the answers and makes the gradients large and one-sided.',
        otherCauses: ['Advantages are normalised for each agent: then nothing is wrong.'],
        evidence: agents.flatMap(({ mean, deviation }) => [
          evidenceNear(mean.signal, toStep, now(mean)),
          evidenceNear(deviation.signal, toStep, now(deviation)),
        ]),
        papers: PAPERS,
      },
    ];
  }

  private agents(): readonly Agent[] {
    const of = (prefix: string): ReadonlyMap<string, FiniteLevels> =>
      new Map(
        this.series
          .withRole((role) => role.startsWith(prefix) && AGENT.test(role.slice(prefix.length)))
          .filter(({ watcher }) => watcher.points >= FEWEST_ROWS)
          .map(({ signal, watcher }) => [signal.role.slice(prefix.length), watcher]),
      );
    const deviations = of('reward-std/');
    return [...of('reward/')].flatMap(([name, mean]) => {
      const deviation = deviations.get(name);
      return deviation === undefined ? [] : [{ name, mean, deviation }];
    });
  }
}

/** For each agent, the share of its squared advantage under one normaliser that is its own: σ² / (σ² + (μ - mean μ)²). */
function shares(agents: readonly Agent[], from: number, to: number): readonly number[] {
  const means = agents.map(({ mean }) => levelBetween(mean.history.levels, from, to));
  const middle = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  return agents.map(({ deviation }, index) => {
    const variance = levelBetween(deviation.history.levels, from, to) ** 2;
    const distance = ((means[index] ?? Number.NaN) - middle) ** 2;
    return variance + distance > 0 ? variance / (variance + distance) : 1;
  });
}

const PAPERS: readonly Paper[] = [
  {
    title: 'Dr. MAS: Stable Reinforcement Learning for Multi-Agent LLM Systems',
    authors: 'Feng et al.',
    year: 2026,
  },
];

const REMEDY =
  'With several agents, log the mean and the standard deviation of the rewards of each (rewards/agent_0/mean, rewards/agent_0/std).';

/**
 * Agents whose rewards lie so far apart that one normaliser for all drowns what each of them should learn: under a
 * global mean and deviation the squared advantage of an agent is (σ² + (μ - mean)²) / all σ² (catalogue 278). Whether
 * the run normalises globally is not in the log, so that it is a note.
 */
export const agentRewards: Monitor = {
  id: 'agent-rewards',
  title: 'Rewards of agents on different scales',
  symptoms: ['policy-collapse'],
  needs: [['reward/*'], ['reward-std/*']],
  uses: [],
  constants: [
    {
      name: 'OWN_SHARE',
      value: OWN_SHARE,
      meaning: "share of an agent's squared advantage that comes from its own answers, in both halves of the run",
      source: 'formula of catalogue 278; the share is chosen, none is published',
    },
    {
      name: 'FEWEST_ROWS',
      value: FEWEST_ROWS,
      meaning: 'rows of each number before the first judgement',
      source: 'chosen',
    },
  ],
  silences: [
    'Rewards of several functions of one agent: they are added up.',
    'Agents whose rewards overlap.',
    'A difference in one half of the run only.',
  ],
  papers: PAPERS,
  remedy: REMEDY,
  start: () => new AgentRewardsSession(),
};
