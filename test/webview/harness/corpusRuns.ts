import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Engine } from '../../../src/engine/engine.js';
import type { FakeRun } from './fakeHost.js';

/** Real logs, where this machine has them. */
export const CORPUS = process.env['EVENKEEL_CORPUS'] ?? path.resolve(import.meta.dirname, '../../../../shared/corpus');

export const missingCorpus: string | undefined = existsSync(CORPUS) ? undefined : `no corpus at ${CORPUS}`;

/** Logs of the corpus are small: what takes longer will not end. */
const READING_MS = 20_000;

/** Opens a log of the corpus with the real engine. */
export async function openCorpusRun(engine: Engine, file: string): Promise<FakeRun> {
  const { signal } = new AbortController();
  const [run] = await engine.open({ paths: [path.join(CORPUS, file)] }, signal);
  if (!run) {
    throw new Error(`no run in ${file}`);
  }
  const deadline = Date.now() + READING_MS;
  let report = await engine.report({ run: run.id }, signal);
  while (report.reading && Date.now() < deadline) {
    await delay(50);
    report = await engine.report({ run: run.id }, signal);
  }
  return { report, envelope: (query) => engine.envelope({ run: run.id, ...query }, signal) };
}

/** An engine that reads logs and no source files. */
export function logEngine(): Engine {
  const noGrammar = () => Promise.reject(new Error('no source files here'));
  return new Engine({ grammars: { runtime: noGrammar, grammar: noGrammar } });
}
