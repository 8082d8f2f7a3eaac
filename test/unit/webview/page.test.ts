import { describe, expect, test } from 'vitest';
import type { FromPanel } from '../../../src/contract/panelProtocol.js';
import type { ReportedSignal, RunReport } from '../../../src/contract/report.js';
import type { Envelope } from '../../../src/model/envelope.js';
import { colourOf, decadeRange, shareOf } from '../../../webview/heatMap/colourScale.js';
import { planLayers } from '../../../webview/heatMap/layers.js';
import { counterpart } from '../../../src/contract/counterpart.js';
import { differenceWords } from '../../../webview/board/comparison.js';
import { LINEAR } from '../../../webview/charts/horizontalScale.js';
import { CurveFeed } from '../../../webview/charts/curveFeed.js';
import { EnvelopeClient } from '../../../webview/protocol/envelopeClient.js';
import { initialState, keptState, withReport } from '../../../webview/runPage/pageState.js';

const EMPTY: Envelope = {
  x: new Float64Array(),
  xEnd: new Float64Array(),
  minimum: new Float64Array(),
  maximum: new Float64Array(),
  last: new Float64Array(),
  segment: new Uint16Array(),
  overwritten: new Uint8Array(),
  nonFiniteX: new Float64Array(),
  nonFiniteValue: new Float64Array(),
  nonFiniteTotal: 0,
};

type Question = FromPanel & { type: 'envelope' };

/** A client whose host and clock are moved by hand. */
function scriptedClient() {
  const asked: Question[] = [];
  const alarms: (() => void)[] = [];
  const client = new EnvelopeClient({
    post: (message) => asked.push(message as Question),
    later: (callback) => {
      alarms.push(callback);
      return () => alarms.splice(alarms.indexOf(callback), 1);
    },
  });
  const answer = async (index: number, envelope = EMPTY) => {
    client.receive({ type: 'envelope', request: asked[index]!.request, envelope });
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { client, asked, alarms, answer };
}

const signal = (role: string, tag = role, points = 10): ReportedSignal => ({
  role,
  tag,
  points,
  nonFinite: 0,
  stepUnit: 'step',
});

describe('envelope client', () => {
  test('answers, fails and gives up, each question once', async () => {
    const { client, alarms } = scriptedClient();
    const query = { tag: 'loss', axis: 'step', buckets: 10 } as const;
    const [one, two, three] = [client.request(query), client.request(query), client.request(query)];
    client.receive({ type: 'failure', request: 2, message: 'gone' });
    client.receive({ type: 'envelope', request: 1, envelope: EMPTY });
    client.receive({ type: 'envelope', request: 99, envelope: EMPTY });
    expect(await one).toEqual({ ok: true, value: EMPTY });
    expect(await two).toEqual({ ok: false, error: 'gone' });
    expect(alarms.length).toBe(1);
    alarms[0]!();
    expect(await three).toMatchObject({ ok: false });
  });
});

describe('curve feed', () => {
  test('asks one thing at a time, and next for the newest', async () => {
    const { client, asked, answer } = scriptedClient();
    const feed = new CurveFeed(signal('train/loss'), client, () => undefined);
    for (const points of [10, 11, 12]) {
      feed.signal = signal('train/loss', 'train/loss', points);
      feed.demand({ axis: 'step', scale: LINEAR, view: undefined, buckets: 100 });
    }
    expect(asked.length).toBe(1);
    await answer(0);
    expect(asked.length).toBe(2);
    await answer(1);
    expect(asked.length).toBe(2);
  });

  test('drops what comes for an axis that was left', async () => {
    const { client, answer } = scriptedClient();
    const feed = new CurveFeed(signal('train/loss'), client, () => undefined);
    feed.demand({ axis: 'step', scale: LINEAR, view: undefined, buckets: 100 });
    feed.demand({ axis: 'wall-time', scale: LINEAR, view: undefined, buckets: 100 });
    await answer(0);
    expect(feed.overview).toBeUndefined();
    await answer(1);
    expect(feed.overview).toBe(EMPTY);
  });

  test('a zoom asks for finer columns of the view and its sides', () => {
    const { client, asked } = scriptedClient();
    const feed = new CurveFeed(signal('train/loss'), client, () => undefined);
    feed.demand({ axis: 'step', scale: LINEAR, view: { from: 100, to: 200 }, buckets: 100 });
    expect(asked[1]).toMatchObject({ from: 50, to: 250, buckets: 200 });
  });
});

describe('page state', () => {
  const report = (...ids: string[]) => ({ id: 'run', findings: ids.map((id) => ({ id })) }) as unknown as RunReport;

  test('opens the first finding, keeps the one that is open, and does not reopen what was closed', () => {
    let state = withReport(initialState(undefined), report('a', 'b'), true, true);
    expect(state.selected).toBe('a');
    state = withReport({ ...state, selected: 'b' }, report('c', 'a', 'b'), true, true);
    expect(state.selected).toBe('b');
    state = withReport(state, report('c'), true, true);
    expect(state.selected).toBe('c');
    state = withReport({ ...state, selected: undefined }, report('c', 'd'), true, true);
    expect(state.selected).toBeUndefined();
  });

  test('a healthy run that breaks opens its first finding', () => {
    const healthy = withReport(initialState(undefined), report(), true, true);
    expect(withReport(healthy, report('a'), true, true).selected).toBe('a');
  });

  test('keeps navigation and layout over a reload, and no data', () => {
    const kept = {
      run: 'run',
      selectedFinding: 'a',
      axis: 'wall-time',
      logarithmicX: true,
      smoothing: 0.6,
      logarithmicY: ['loss'],
      linearY: ['gradient-norm'],
      addedSignals: ['x'],
      comparedRuns: [{ id: 'other', name: 'baseline' }],
    } as const;
    expect(keptState(withReport(initialState(kept), report('a'), true, true))).toEqual(kept);
    expect(keptState(initialState(kept))).toBeUndefined();
  });
});

describe('comparison', () => {
  test('a signal is compared with the one of its tag, else of its role, never with one of no known role', () => {
    const loss = signal('train/loss', 'loss');
    const others = [signal('train/loss', 'train_loss'), signal('train/loss', 'loss'), signal('other', 'x')];
    expect(counterpart(loss, others)?.tag).toBe('loss');
    expect(counterpart(signal('train/loss', 'objective'), others)?.tag).toBe('train_loss');
    expect(counterpart(signal('other', 'y'), others)).toBeUndefined();
  });

  test('differences carry their sign; there is none from what is missing', () => {
    expect([differenceWords(2, 1.5), differenceWords(2, 2.5), differenceWords(2, 2)]).toEqual(['−0.5', '+0.5', '±0']);
    expect(differenceWords(undefined, 1)).toBe('');
    expect(differenceWords(1, NaN)).toBe('');
  });
});

describe('heat map', () => {
  const norm = (name: string) => signal(`gradient-norm/${name}`, `grad_norm/${name}`);

  test('blocks are ordered by number where their first one stood', () => {
    const names = ['wte', 'h.0.attn', 'h.10.attn', 'h.2.attn', 'h.0.mlp', 'lm_head'];
    const { layers } = planLayers(names.map(norm));
    expect(layers.map(({ name }) => name)).toEqual(['wte', 'h.0.attn', 'h.0.mlp', 'h.2.attn', 'h.10.attn', 'lm_head']);
    expect(layers[1]!.block).toBe('h.0');
  });

  test('too many layers are thinned evenly, both ends kept', () => {
    const { layers, total } = planLayers(
      Array.from({ length: 100 }, (_, index) => norm(`h.${index}`)),
      10,
    );
    expect(total).toBe(100);
    expect(layers.map(({ name }) => name)).toEqual(
      [0, 11, 22, 33, 44, 55, 66, 77, 88, 99].map((index) => `h.${index}`),
    );
  });

  test('the whole model’s norm is no layer', () => {
    expect(planLayers([signal('gradient-norm'), signal('gradient-norm/clipped')]).total).toBe(0);
  });

  test('lightness rises with the norm', () => {
    const lightness = (share: number) => {
      const [red = 0, green = 0, blue = 0] = colourOf(share).match(/\d+/g)!.map(Number);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const steps = Array.from({ length: 21 }, (_, index) => lightness(index / 20));
    expect(steps).toEqual(steps.toSorted((a, b) => a - b));
    const range = decadeRange([0.01, 100, 0, NaN, Infinity])!;
    expect(range).toEqual({ from: -2, to: 2 });
    expect(shareOf(1, range)).toBe(0.5);
    expect(decadeRange([0, NaN])).toBeUndefined();
  });
});
