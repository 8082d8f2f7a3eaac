import { readFile } from 'node:fs/promises';
import { messageOf } from '../base/errorMessage.js';
import { describeFileError } from '../engine/fileErrors.js';
import { roleMatches, ROLES } from '../model/role.js';
import type { Role } from '../model/role.js';
import { CliError } from './cliError.js';

/** Reads the file of `--roles`: a JSON object from tags or globs to roles. */
export async function readRoles(file: string | undefined): Promise<Readonly<Record<string, Role>>> {
  if (file === undefined) {
    return {};
  }
  const roles = parsed(file, await content(file));
  if (typeof roles !== 'object' || roles === null || Array.isArray(roles)) {
    throw new CliError(`${file}: not a JSON object: write { "tag": "role" }`);
  }
  for (const [tag, role] of Object.entries(roles)) {
    if (typeof role !== 'string' || !ROLES.some((pattern) => roleMatches(role, pattern))) {
      throw new CliError(`${file}: "${tag}": ${JSON.stringify(role)} is no role: use one of ${ROLES.join(', ')}`);
    }
  }
  return roles as Record<string, Role>;
}

async function content(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError(`${file}: ${describeFileError(error)}`);
  }
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CliError(`${file}: ${messageOf(error)}: mend the JSON`);
  }
}
