import { ADVERSARIAL } from './names/adversarial.js';
import { CODEBOOK } from './names/codebook.js';
import { GRADIENTS } from './names/gradients.js';
import { LOSSES } from './names/losses.js';
import { METRICS } from './names/metrics.js';
import { NETWORK } from './names/network.js';
import { PREFERENCE } from './names/preference.js';
import { PROGRESS } from './names/progress.js';
import { REINFORCEMENT } from './names/reinforcement.js';
import { SETTINGS } from './names/settings.js';
import { STEPS } from './names/steps.js';
import type { QuantityNames } from './names/quantityNames.js';
import { bare, withoutPhase } from './tagName.js';

/** All that a tag may measure, with its names; most are roles themselves, see `quantityRole.ts`. */
export const QUANTITIES = {
  ...LOSSES,
  ...METRICS,
  ...ADVERSARIAL,
  ...CODEBOOK,
  ...GRADIENTS,
  ...STEPS,
  ...NETWORK,
  ...REINFORCEMENT,
  ...PREFERENCE,
  ...SETTINGS,
  ...PROGRESS,
} as const satisfies QuantityNames;

export type Quantity = keyof typeof QUANTITIES;

const QUANTITY_OF_NAME: ReadonlyMap<string, Quantity> = new Map(
  (Object.entries(QUANTITIES) as [Quantity, readonly string[]][]).flatMap(([quantity, names]) =>
    names.map((name) => [name, quantity] as const),
  ),
);

/** The quantity that the words name, decorations being part of its name or not. */
export function quantityOf(words: readonly string[]): Quantity | undefined {
  return QUANTITY_OF_NAME.get(withoutPhase(words).join(' ')) ?? QUANTITY_OF_NAME.get(bare(words));
}

/** Whether a quantity has just this name. */
export function isQuantityName(name: string): boolean {
  return QUANTITY_OF_NAME.has(name);
}
