import { once } from 'node:events';
import path from 'node:path';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Engine } from '../../engine/engine.js';
import { GrammarFiles } from '../../engine/sources/grammarFiles.js';
import { childFile } from '../../lab/host/child.js';
import { EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { serveMcp } from '../mcp/server.js';
import { packageVersion } from '../packageVersion.js';
import { readRoles } from '../rolesFile.js';

export interface McpCommandOptions {
  readonly roles?: string;
  /** Where the lab keeps its runs. */
  readonly lab: string;
}

/** How often runs that grow are looked at, in milliseconds. */
const POLL_MS = 1000;

/** An agent waits for the answer, so that a trial takes minutes at most; asked again, it goes on. */
const LAB = { packages: null, processes: 0, seeds: 3, budget: 180 } as const;

/** `evenkeel mcp`: the engine as a Model Context Protocol server on standard input and output, until either closes. */
export async function mcp(
  folders: readonly string[],
  options: McpCommandOptions,
  { complain, signal }: CommandContext,
): Promise<number> {
  const engine = new Engine({ grammars: new GrammarFiles(__dirname), labChild: childFile(__dirname) });
  engine.onEvent((event) => {
    if (event.type === 'log' && event.level !== 'debug') {
      complain(event.message);
    }
  });
  const version = packageVersion();
  await engine.configure({
    folders,
    roles: await readRoles(options.roles),
    exclude: [],
    pollIntervalMs: POLL_MS,
    lab: { ...LAB, folder: path.resolve(options.lab), version },
  });
  const server = await serveMcp({ engine, version, folders }, new StdioServerTransport());
  try {
    await Promise.race([once(process.stdin, 'end', { signal }), closed(server)]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    engine.dispose();
    await server.close();
  }
  return EXIT.done;
}

function closed(server: Awaited<ReturnType<typeof serveMcp>>): Promise<void> {
  return new Promise((resolve) => {
    server.server.onclose = resolve;
  });
}
