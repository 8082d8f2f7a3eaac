import { describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/base/event.js';
import type { EngineEvent, EngineMethod, RunSummary } from '../../../src/contract/engineProtocol.js';
import type { EnginePort } from '../../../src/extension/engine/enginePort.js';
import { EngineService } from '../../../src/extension/engine/engineService.js';
import { RunCatalogue } from '../../../src/extension/engine/runCatalogue.js';
import { runSummary } from './summaries.js';

class ScriptedEngine {
  readonly asked: EngineMethod[] = [];
  readonly events = new Emitter<EngineEvent>();
  readonly endings = new Emitter<string>();
  runs: readonly RunSummary[] = [];
  isDisposed = false;

  readonly port: EnginePort = {
    onEvent: this.events.event,
    onEnded: this.endings.event,
    request: (method) => {
      this.asked.push(method);
      return Promise.resolve((method === 'rescan' ? this.runs : method === 'open' ? [] : null) as never);
    },
    dispose: () => (this.isDisposed = true),
  };
}

function setUp(openedPaths: readonly string[] = []) {
  const engines: ScriptedEngine[] = [];
  const catalogue = new RunCatalogue();
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const clock = { now: 0 };
  const service = new EngineService({
    open: () => {
      const engine = new ScriptedEngine();
      engine.runs = [runSummary()];
      engines.push(engine);
      return engine.port;
    },
    configuration: () => ({ folders: [], roles: {}, exclude: [], pollIntervalMs: 1000 }),
    openedPaths: () => openedPaths,
    catalogue,
    log,
    now: () => clock.now,
  });
  return { engines, catalogue, log, clock, service };
}

describe('EngineService', () => {
  it('starts no worker before it is needed', () => {
    expect(setUp().engines).toHaveLength(0);
  });

  it('configures and opens earlier logs before anything else is asked', async () => {
    const { service, engines } = setUp(['/logs/a.jsonl']);
    await service.request('loops', { path: 'a.py', language: 'python', text: '' });
    expect(engines).toHaveLength(1);
    expect(engines[0]?.asked.slice(0, 2)).toEqual(['configure', 'open']);
    expect(engines[0]?.asked).toContain('loops');
  });

  it('fills the catalogue from the first search and from events', async () => {
    const { service, engines, catalogue } = setUp();
    expect(catalogue.isSearched).toBe(false);
    service.start();
    await vi.waitFor(() => expect(catalogue.isSearched).toBe(true));
    expect(catalogue.all().map((run) => run.name)).toEqual(['baseline']);
    engines[0]?.events.fire({ type: 'runs-changed', changed: [runSummary({ name: 'new' })], removed: ['baseline'] });
    expect(catalogue.all().map((run) => run.name)).toEqual(['new']);
  });

  it('starts a crashed worker again, but leaves one alone that crashes in a row', async () => {
    const { service, engines, log } = setUp();
    service.start();
    engines[0]?.endings.fire('out of memory');
    engines[1]?.endings.fire('out of memory');
    expect(engines).toHaveLength(3);
    engines[2]?.endings.fire('out of memory');
    expect(engines).toHaveLength(3);
    expect(log.error).toHaveBeenCalledWith(expect.stringContaining('Rescan'));
    await service.rescan();
    expect(engines).toHaveLength(4);
  });

  it('does not count crashes that are far apart', () => {
    const { service, engines, clock } = setUp();
    service.start();
    for (let crash = 0; crash < 6; crash++) {
      clock.now += 120_000;
      engines.at(-1)?.endings.fire('killed');
    }
    expect(engines).toHaveLength(7);
  });

  it('hands changed settings over, and searches again', async () => {
    const { service, engines } = setUp();
    await service.reconfigure();
    expect(engines).toHaveLength(0);
    service.start();
    await service.reconfigure();
    expect(engines[0]?.asked.filter((method) => method === 'configure')).toHaveLength(2);
  });

  it('lets the worker go and does not start again once disposed', () => {
    const { service, engines } = setUp();
    service.start();
    service.dispose();
    expect(engines[0]?.isDisposed).toBe(true);
    engines[0]?.endings.fire('terminated');
    service.start();
    expect(engines).toHaveLength(1);
  });

  it('reports a worker that can not be started instead of throwing', async () => {
    const { log, ...options } = setUp();
    const service = new EngineService({
      open: () => {
        throw new Error('no such file');
      },
      configuration: () => ({ folders: [], roles: {}, exclude: [], pollIntervalMs: 1000 }),
      openedPaths: () => [],
      catalogue: options.catalogue,
      log,
      now: () => 0,
    });
    await expect(service.request('runs', null)).rejects.toThrow('not running');
    expect(log.error).toHaveBeenCalledWith(expect.stringContaining('no such file'));
  });
});

describe('RunCatalogue', () => {
  it('says what is gone when a whole listing replaces the runs', () => {
    const catalogue = new RunCatalogue();
    catalogue.update([runSummary({ name: 'a' }), runSummary({ name: 'b' })], []);
    const changes = vi.fn();
    catalogue.onChanged(changes);
    catalogue.replace([runSummary({ name: 'b' })]);
    expect(changes).toHaveBeenCalledWith({ changed: ['b'], removed: ['a'] });
    expect(catalogue.get('a')).toBeUndefined();
  });
});
