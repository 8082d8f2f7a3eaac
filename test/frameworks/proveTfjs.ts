import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Runs training scripts of TensorFlow.js one after the other and notes what each of them says that it saw. */
interface Job {
  readonly name: string;
  readonly script: string;
}

async function prove(out: string, list: string): Promise<void> {
  const results: Record<string, { error: string | null; seen: unknown }> = {};
  const world = globalThis as { SEEN?: unknown };
  for (const { name, script } of JSON.parse(readFileSync(list, 'utf8')) as Job[]) {
    world.SEEN = null;
    try {
      await import(pathToFileURL(script).href);
      results[name] = { error: null, seen: world.SEEN };
    } catch (error) {
      results[name] = { error: String((error as Error).stack), seen: null };
    }
  }
  writeFileSync(out, JSON.stringify(results));
}

void prove(process.argv[2] ?? '', process.argv[3] ?? '');
