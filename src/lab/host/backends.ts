import type { BackendId } from '../backend.js';
import { BACKENDS } from '../backend.js';
import { numberOf } from '../protocol.js';
import type { EngineRequest, LabMessage } from '../protocol.js';
import { runChild } from './child.js';
import type { ChildOptions } from './child.js';

/** One rung of the ladder as it stands here. */
export interface BackendState {
  readonly id: BackendId;
  readonly available: boolean;
  /** Why not, or why it is slower than it could be; null where neither is so. */
  readonly reason: string | null;
  /** Of a step of 2 layers, width 64, context 64, batch 8; null where it was not timed. */
  readonly msPerStep: number | null;
}

/** What the ladder is looked for with. */
export interface LadderOptions extends ChildOptions {
  /** Threads of the WebAssembly backend. */
  readonly threads: number;
  /** Where the packages of backends that do not ship are installed; null: nowhere. */
  readonly packages: string | null;
}

/** What a backend answered to the known steps, and what hinders it. */
type Probed = Extract<LabMessage, { message: 'probed' }> & Pick<Extract<LabMessage, { message: 'ready' }>, 'hindrance'>;

/** Relative difference from the reference that single precision explains; a wrong kernel is off by far more. */
const TOLERANCE = 1e-3;
const TIMED_STEPS: Readonly<Record<BackendId, number>> = { 'node-gpu': 10, node: 10, webgpu: 5, wasm: 10, cpu: 1 };
/** A backend that takes longer than this to answer is of no use. */
const LONGEST_PROBE_MS = 120_000;

const NEEDS: Readonly<Record<BackendId, string | null>> = {
  'node-gpu': '@tensorflow/tfjs-node-gpu',
  node: '@tensorflow/tfjs-node',
  webgpu: 'webgpu and @tensorflow/tfjs-backend-webgpu',
  wasm: null,
  cpu: null,
};

/** Every rung: each is tried in a child of its own and held against the reference before it is trusted. */
export async function probeLadder(options: LadderOptions, timed = true): Promise<BackendState[]> {
  const reference = await answerOf('cpu', options, timed);
  const states: BackendState[] = [];
  for (const id of BACKENDS) {
    states.push(await probed(id, options, id === 'cpu' ? reference : undefined, reference, timed));
  }
  return states;
}

/** One rung; see {@link probeLadder}. */
export async function probeBackend(id: BackendId, options: LadderOptions): Promise<BackendState> {
  const reference = await answerOf('cpu', options, false);
  return probed(id, options, id === 'cpu' ? reference : undefined, reference, false);
}

/**
 * The fastest rung that can be trusted: those of the folder first, where one is named. Never the reference: it would
 * take hours for what takes minutes, and whoever wants that names it.
 */
export async function chooseBackend(options: LadderOptions): Promise<BackendState> {
  const candidates = BACKENDS.filter((id) => id === 'wasm' || (options.packages !== null && id !== 'cpu'));
  const refusals: string[] = [];
  for (const id of candidates) {
    const state = await probeBackend(id, options);
    if (state.available) {
      return state;
    }
    refusals.push(`${id}: ${state.reason ?? 'no reason given'}`);
  }
  return {
    id: 'wasm',
    available: false,
    reason: `${refusals.join('; ')} (--backend cpu computes all the same, 20 to 45 times slower)`,
    msPerStep: null,
  };
}

/** What a child is asked for. */
export function engineOf(backend: BackendId, { threads, packages }: LadderOptions): EngineRequest {
  return { backend, threads: backend === 'wasm' ? threads : 1, folder: packages };
}

async function probed(
  id: BackendId,
  options: LadderOptions,
  known: Answer | undefined,
  reference: Answer,
  timed: boolean,
): Promise<BackendState> {
  const refused = (reason: string): BackendState => ({ id, available: false, reason, msPerStep: null });
  if (NEEDS[id] !== null && options.packages === null) {
    return refused(
      `needs ${NEEDS[id]}, which does not ship: npm install it into a folder and name that with --packages`,
    );
  }
  const answer = known ?? (await answerOf(id, options, timed));
  if (typeof answer === 'string') {
    return refused(answer);
  }
  const difference = typeof reference === 'string' ? undefined : differenceFrom(reference, answer);
  return difference === undefined
    ? { id, available: true, reason: answer.hindrance, msPerStep: answer.msPerStep }
    : refused(`${difference}, so that it is not trusted`);
}

/** What a backend said, or why it said nothing. */
type Answer = Probed | string;

async function answerOf(id: BackendId, options: LadderOptions, timed: boolean): Promise<Answer> {
  let answer: Probed | undefined;
  let hindrance: string | null = null;
  const limit = AbortSignal.timeout(LONGEST_PROBE_MS);
  const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]);
  const request = { kind: 'probe', engine: engineOf(id, options), timedSteps: timed ? TIMED_STEPS[id] : 0 } as const;
  const end = await runChild(request, { ...options, signal }, (message) => {
    if (message.message === 'ready') {
      hindrance = message.hindrance;
    } else if (message.message === 'probed') {
      answer = { ...message, hindrance };
    }
  });
  if (end.kind === 'failed') {
    return end.reason;
  }
  return answer ?? (limit.aborted ? `did not answer within ${LONGEST_PROBE_MS / 1000} s` : 'was cancelled');
}

function differenceFrom(reference: Probed, { losses, norms }: Probed): string | undefined {
  const pairs = [...reference.losses, ...reference.norms].map((value, index) => ({
    expected: numberOf(value),
    told: numberOf([...losses, ...norms][index] ?? 'NaN'),
  }));
  const wrong = pairs.find(({ expected, told }) => !(Math.abs(told - expected) <= TOLERANCE * Math.abs(expected)));
  return wrong && `computes ${wrong.told} where the reference has ${wrong.expected}`;
}
