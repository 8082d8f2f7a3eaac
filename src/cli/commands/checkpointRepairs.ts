import {
  averageIntoFile,
  convertToSafetensors,
  extractWeightsIntoFile,
  resetMomentumInCopy,
} from '../../engine/checkpoints/repairs.js';
import type { RepairSummary } from '../../checkpoints/repair/patch.js';
import { EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { toJson } from '../../reports/json.js';
import { plural } from '../../reports/numbers.js';
import { plainText } from '../../reports/plainText.js';
import { reading } from './checkpoint.js';

export interface RepairOptions {
  readonly format: 'text' | 'json';
}

/** `evenkeel checkpoint reset-momentum IN OUT` */
export function resetMomentum(
  input: string,
  output: string,
  options: RepairOptions,
  context: CommandContext,
): Promise<number> {
  return repaired(input, output, 'reset', options, context, () => resetMomentumInCopy(input, output, context.signal));
}

/** `evenkeel checkpoint average OUT IN…` */
export function average(
  output: string,
  inputs: readonly string[],
  options: RepairOptions,
  context: CommandContext,
): Promise<number> {
  return repaired(inputs.join(', '), output, 'averaged', options, context, () =>
    averageIntoFile(inputs, output, context.signal),
  );
}

/** `evenkeel checkpoint weights IN OUT` */
export function weights(
  input: string,
  output: string,
  options: RepairOptions,
  context: CommandContext,
): Promise<number> {
  return repaired(input, output, 'written', options, context, () =>
    extractWeightsIntoFile(input, output, context.signal),
  );
}

/** `evenkeel checkpoint to-safetensors IN OUT` */
export function toSafetensors(
  input: string,
  output: string,
  options: RepairOptions,
  context: CommandContext,
): Promise<number> {
  return repaired(input, output, 'written', options, context, () =>
    convertToSafetensors(input, output, context.signal),
  );
}

async function repaired(
  input: string,
  output: string,
  done: string,
  options: RepairOptions,
  context: CommandContext,
  repair: () => Promise<RepairSummary>,
): Promise<number> {
  const { changed, notes } = await reading(input, repair);
  if (options.format === 'json') {
    await context.output.write(toJson({ version: 1, path: output, changed, notes }) + '\n');
    return EXIT.done;
  }
  await context.output.write(`${plainText(output)}: ${plural(changed.length, 'tensor')} ${done}\n`);
  for (const note of notes) {
    context.complain(`${output}: ${note}`);
  }
  return EXIT.done;
}
