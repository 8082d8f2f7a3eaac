import type { ReplayOptions } from '../engine/replay.js';
import type { CommandContext } from './console.js';
import { recogniserOf } from './pattern.js';
import { readRoles } from './rolesFile.js';

/** What a command line says of how logs are read. */
export interface ReadingOptions {
  /** The file of `--roles`. */
  readonly roles?: string;
  /** `--pattern`: how files are read that nothing else can read. */
  readonly pattern?: string;
}

/** How a command reads runs. */
export async function replayOptions(
  { roles, pattern }: ReadingOptions,
  { now, signal }: Pick<CommandContext, 'now' | 'signal'>,
): Promise<ReplayOptions> {
  return { roles: await readRoles(roles), ...recogniserOf(pattern), now, signal };
}
