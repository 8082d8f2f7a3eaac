import type { FixCase, Observed } from './cases.js';

type Holds = (after: Observed, before: Observed) => Readonly<Record<string, boolean>>;

function dot(ones: readonly number[], others: readonly number[]): number {
  return ones.reduce((sum, value, at) => sum + value * (others[at] ?? Number.NaN), 0);
}

/** `one + share * other`. */
function plus(one: readonly number[], other: readonly number[], share = 1): readonly number[] {
  return one.map((value, at) => value + share * (other[at] ?? Number.NaN));
}

function alike(ones: readonly number[], others: readonly number[]): boolean {
  const scale = Math.max(...others.map(Math.abs), 1e-6);
  return ones.length === others.length && plus(ones, others, -1).every((off) => Math.abs(off) <= 1e-4 * scale);
}

/** What of the gradients of two losses reaches the optimizer, by the step. */
interface TwoLosses {
  readonly alone: readonly (readonly [readonly number[], readonly number[]])[];
  readonly handed: readonly (readonly number[])[];
}

/** The sum before, what the paper makes of the two after, and conflicts for it to settle. */
function surgery(settle: () => (one: readonly number[], other: readonly number[]) => readonly number[]): Holds {
  return (after, before) => {
    const [now, then] = [after.seen as TwoLosses, before.seen as TwoLosses];
    const step = settle();
    const expected = now.alone.map(([one, other]) => step(one, other));
    return {
      summedBefore: then.alone.every(([one, other], at) => alike(then.handed[at] ?? [], plus(one, other))),
      conflicts: now.alone.some(([one, other]) => dot(one, other) < 0),
      asThePaperSays: expected.every((gradient, at) => alike(now.handed[at] ?? [], gradient)),
      isAnother: expected.some((gradient, at) => !alike(gradient, plus(...(now.alone[at] ?? [[], []])))),
    };
  };
}

interface Preferences {
  readonly loss: number;
  readonly plain: number;
  readonly lost: number;
}

interface Rewards {
  readonly counted: readonly {
    readonly tokens: readonly number[];
    readonly easy: readonly boolean[];
    readonly divisor: number;
  }[];
  readonly beta: number;
  readonly distance: number | null;
}

interface Groups {
  readonly gradients: readonly (readonly number[])[];
  readonly distances: readonly number[];
}

interface AgentBatch {
  readonly agents: readonly number[];
  readonly returns: readonly number[];
  readonly advantages: readonly number[];
}

/** Mean and deviation of the samples of one agent; a sample that is alone is left as it is. */
function perAgent({ agents, returns }: AgentBatch): readonly number[] {
  return returns.map((value, at) => {
    const own = returns.filter((_, other) => agents[other] === agents[at]);
    const mean = own.reduce((sum, each) => sum + each, 0) / own.length;
    const deviation = Math.sqrt(own.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (own.length - 1));
    return own.length > 1 ? (value - mean) / (deviation + 1e-6) : value;
  });
}

const near = (one: number, other: number, within: number) => Math.abs(one - other) <= within;

/** Fixes of what several losses, or a policy and its rewards, come to. */
export const LOSS_CASES: readonly FixCase[] = [
  {
    fix: 'pcgrad',
    framework: 'pytorch',
    script: 'torch_two_losses',
    settings: {},
    proof: {
      kind: 'seen',
      holds: surgery(() => (one, other) => {
        const overlap = Math.min(0, dot(one, other));
        return plus(plus(one, other, -overlap / dot(other, other)), plus(other, one, -overlap / dot(one, one)));
      }),
    },
  },
  {
    fix: 'pcgrad-ema',
    framework: 'pytorch',
    script: 'torch_two_losses',
    settings: { decay: 0.9 },
    proof: {
      kind: 'seen',
      holds: surgery(() => {
        let mean: readonly number[] | null = null;
        return (main, auxiliary) => {
          mean =
            mean === null
              ? main
              : plus(
                  mean.map((value) => 0.9 * value),
                  main,
                  0.1,
                );
          return plus(plus(main, auxiliary), mean, -dot(auxiliary, mean) / dot(mean, mean));
        };
      }),
    },
  },
  {
    fix: 'per-agent-advantage-normalisation',
    framework: 'pytorch',
    script: 'torch_agents',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => ({
        mixedBefore: (before.seen as AgentBatch[]).every((batch) => !alike(batch.advantages, perAgent(batch))),
        ownAfter: (after.seen as AgentBatch[]).every((batch) => alike(batch.advantages, perAgent(batch))),
      }),
    },
  },
  {
    fix: 'drop-zero-variance-groups',
    framework: 'pytorch',
    script: 'torch_groups_of_answers',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [now, then] = [(after.seen as Groups).gradients[0] ?? [], (before.seen as Groups).gradients[0] ?? []];
        return {
          // Three of the six groups are alike: the mean is over half as many.
          twiceTheStep: alike(
            now,
            then.map((value) => 2 * value),
          ),
          isOne: dot(then, then) > 0,
        };
      },
    },
  },
  {
    fix: 'drop-zero-variance-groups',
    framework: 'transformers',
    script: 'trl_rewards',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [now, then] = [(after.seen as Rewards).counted, (before.seen as Rewards).counted];
        const tokens = (batch: Rewards['counted'][number]) => batch.tokens.reduce((sum, each) => sum + each, 0);
        const ofEasy = ({ easy, tokens: all }: Rewards['counted'][number]) => all.filter((_, row) => easy[row]);
        return {
          countedBefore: then.every((batch) => ofEasy(batch).every((each) => each > 0)),
          leftOutAfter: now.every((batch) => ofEasy(batch).every((each) => each === 0)),
          othersCount: now.some((batch) => tokens(batch) > 0),
          dividedByWhatCounts: now.every((batch) => batch.divisor === tokens(batch)),
        };
      },
    },
  },
  {
    fix: 'kl-term-and-reference-reset',
    framework: 'transformers',
    script: 'trl_rewards',
    settings: { beta: 0.05, 'reset-steps': 2, mixup: 1 },
    proof: {
      kind: 'seen',
      holds: (after, before) => ({
        noneBefore: (before.seen as Rewards).beta === 0 && (before.seen as Rewards).distance === null,
        weightAfter: (after.seen as Rewards).beta === 0.05,
        upToDate: (after.seen as Rewards).distance === 0,
      }),
    },
  },
  {
    fix: 'kl-term-and-reference-reset',
    framework: 'pytorch',
    script: 'torch_groups_of_answers',
    settings: { 'reset-steps': 4, mixup: 0.5 },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [now, then] = [(after.seen as Groups).distances, (before.seen as Groups).distances];
        return {
          sameUntilThen: then.slice(0, 4).every((distance, at) => near(distance, now[at] ?? Number.NaN, 1e-6)),
          growsBefore: (then[11] ?? 0) > (then[3] ?? Infinity),
          nearerAfter: (now[4] ?? Infinity) < (then[4] ?? 0) && (now[11] ?? Infinity) < (then[11] ?? 0),
        };
      },
    },
  },
  {
    fix: 'likelihood-preserving-term',
    framework: 'pytorch',
    script: 'torch_preferences',
    settings: { weight: 0.5 },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [now, then] = [after.seen as Preferences[], before.seen as Preferences[]];
        return {
          plainBefore: then.every(({ loss, plain }) => near(loss, plain, 1e-6)),
          termAfter: now.every(({ loss, plain, lost }) => near(loss, plain + 0.5 * lost, 1e-5)),
          acts: now.some(({ lost }) => lost > 1e-3),
          lessIsLost: (now.at(-1)?.lost ?? Infinity) < (then.at(-1)?.lost ?? 0),
        };
      },
    },
  },
  {
    fix: 'likelihood-preserving-term',
    framework: 'transformers',
    script: 'trl_preferences',
    settings: { weight: 0.5 },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const first = (observed: Observed) => (observed.seen as { losses: number[] }).losses[0] ?? Number.NaN;
        const { chosen } = before.seen as { chosen: number };
        return { termOfTheChosen: near(first(after) - first(before), 0.5 * chosen, 2e-3), isOne: chosen > 0.5 };
      },
    },
  },
];
