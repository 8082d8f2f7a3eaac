import { describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/base/event.js';
import type { EngineEvent, EngineMethod } from '../../../src/contract/engineProtocol.js';
import type { EnginePort } from '../../../src/extension/engine/enginePort.js';
import { EngineService } from '../../../src/extension/engine/engineService.js';
import { RunCatalogue } from '../../../src/extension/engine/runCatalogue.js';
import { runSummary } from './summaries.js';

class ScriptedEngine implements EnginePort {
  readonly asked: EngineMethod[] = [];
  readonly events = new Emitter<EngineEvent>();
  readonly onEvent = this.events.event;
  failing: EngineMethod | undefined;
  isDisposed = false;

  request(method: EngineMethod): Promise<never> {
    this.asked.push(method);
    if (method === this.failing) {
      return Promise.reject(new Error(`no ${method}`));
    }
    return Promise.resolve((method === 'rescan' ? [runSummary()] : null) as never);
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

function setUp(openedPaths: readonly string[] = []) {
  const engine = new ScriptedEngine();
  const catalogue = new RunCatalogue();
  const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const service = new EngineService({
    port: engine,
    configuration: () => ({ folders: [], roles: {}, exclude: [], pollIntervalMs: 1000 }),
    openedPaths: () => openedPaths,
    catalogue,
    log,
  });
  return { engine, catalogue, log, service };
}

describe('EngineService', () => {
  it('asks nothing of the engine before it is needed', async () => {
    const { service, engine } = setUp();
    await service.reconfigure();
    expect(engine.asked).toEqual([]);
  });

  it('configures once and opens earlier logs before anything else is asked', async () => {
    const { service, engine } = setUp(['/logs/a.jsonl']);
    await service.request('loops', { path: 'a.py', language: 'python', text: '' });
    await service.request('fixes', null);
    expect(engine.asked.slice(0, 2)).toEqual(['configure', 'open']);
    expect(engine.asked.filter((method) => method === 'configure')).toHaveLength(1);
  });

  it('fills the catalogue from the first search and from events', async () => {
    const { service, engine, catalogue } = setUp();
    expect(catalogue.isSearched).toBe(false);
    service.start();
    await vi.waitFor(() => expect(catalogue.isSearched).toBe(true));
    expect(catalogue.all().map((run) => run.name)).toEqual(['baseline']);
    engine.events.fire({ type: 'runs-changed', changed: [runSummary({ name: 'new' })], removed: ['baseline'] });
    expect(catalogue.all().map((run) => run.name)).toEqual(['new']);
  });

  it('searches although an earlier log is gone', async () => {
    const { service, engine, catalogue, log } = setUp(['/logs/gone.jsonl']);
    engine.failing = 'open';
    service.start();
    await vi.waitFor(() => expect(catalogue.isSearched).toBe(true));
    expect(log.warn).toHaveBeenCalledWith(expect.stringContaining('no open'));
  });

  it('hands changed settings over, and searches again', async () => {
    const { service, engine } = setUp();
    service.start();
    await service.reconfigure();
    expect(engine.asked.filter((method) => method === 'configure')).toHaveLength(2);
  });

  it('reports an engine that can not be started, and tries again with the next request', async () => {
    const { service, engine, log } = setUp();
    engine.failing = 'configure';
    await expect(service.request('runs', null)).rejects.toThrow('no configure');
    expect(log.error).toHaveBeenCalledWith(expect.stringContaining('no configure'));
    engine.failing = undefined;
    await expect(service.request('rescan', null)).resolves.toHaveLength(1);
  });

  it('writes what the engine says to the log', () => {
    const { engine, log } = setUp();
    engine.events.fire({ type: 'log', level: 'warning', message: 'disk is slow' });
    expect(log.warn).toHaveBeenCalledWith('disk is slow');
  });

  it('lets the engine go', () => {
    const { service, engine } = setUp();
    service.dispose();
    expect(engine.isDisposed).toBe(true);
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
