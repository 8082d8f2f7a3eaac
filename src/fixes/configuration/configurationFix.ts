import type { FixDescription } from '../../model/fix.js';
import type { FixSettings } from '../fix.js';
import type { LoopOutcome } from '../loopFix.js';
import type { Configuration } from './editedConfiguration.js';

/** What a fix comes to where a configuration or a command sets what the fix would change in a source. */
export interface ConfigurationFix {
  /** Id of the fix. */
  readonly fix: string;
  /** Refuses by `EditRefused` or by its outcome; changes go through the configuration. */
  readonly change: (configuration: Configuration, settings: FixSettings, description: FixDescription) => LoopOutcome;
}

/** The value of a result, or the refusal that it holds. */
export function valueOr<Value>(
  result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: string },
  then: (value: Value) => LoopOutcome,
): LoopOutcome {
  return result.ok ? then(result.value) : { kind: 'refused', reason: result.error };
}
