import { once } from 'node:events';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { Engine } from '../../engine/engine.js';
import { GrammarFiles } from '../../engine/grammarFiles.js';
import { EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { serveMcp } from '../mcp/server.js';
import { packageVersion } from '../packageVersion.js';
import { readRoles } from '../rolesFile.js';

export interface McpCommandOptions {
  readonly roles?: string;
}

/** How often runs that grow are looked at, in milliseconds. */
const POLL_MS = 1000;

/** `evenkeel mcp`: the engine as a Model Context Protocol server on standard input and output, until either closes. */
export async function mcp(
  folders: readonly string[],
  options: McpCommandOptions,
  { complain, signal }: CommandContext,
): Promise<number> {
  const engine = new Engine({ grammars: new GrammarFiles(__dirname) });
  engine.onEvent((event) => {
    if (event.type === 'log' && event.level !== 'debug') {
      complain(event.message);
    }
  });
  await engine.configure({ folders, roles: await readRoles(options.roles), exclude: [], pollIntervalMs: POLL_MS });
  const server = await serveMcp({ engine, version: packageVersion(), folders }, new StdioServerTransport());
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
