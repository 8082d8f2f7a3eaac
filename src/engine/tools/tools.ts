import { z } from 'zod';
import { compareRuns } from './compareRuns.js';
import { tryFix } from './labTools.js';
import { getEvidence, getFindings, listRuns } from './runTools.js';
import { describeLoops, listFixes, proposeFix } from './sourceTools.js';
import type { Tool, ToolServices } from './tool.js';

/** Every tool that agents are given, by the editor or over the Model Context Protocol. */
export const TOOLS: readonly Tool[] = [
  listRuns,
  getFindings,
  getEvidence,
  compareRuns,
  describeLoops,
  listFixes,
  proposeFix,
  tryFix,
];

/** What a tool takes, as JSON Schema. */
export function inputSchemaOf({ input }: Tool): Record<string, unknown> {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(input, { io: 'input' });
  return schema;
}

/**
 * Runs a tool on what a model wrote as its input.
 * @throws {Error} that says which part of the input is wrong, or what the tool says.
 */
export async function runTool(
  name: string,
  input: unknown,
  services: ToolServices,
  signal: AbortSignal,
): Promise<object> {
  const named = TOOLS.find((one) => one.name === name);
  if (!named) {
    throw new Error(`there is no tool "${name}"; there are ${TOOLS.map((one) => one.name).join(', ')}`);
  }
  const parsed = named.input.safeParse(input ?? {});
  if (!parsed.success) {
    throw new Error(`${name}: ${z.prettifyError(parsed.error)}`);
  }
  return named.run(parsed.data, services, signal);
}
