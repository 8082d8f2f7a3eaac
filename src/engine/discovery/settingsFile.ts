import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { MAXIMUM_SETTINGS_BYTES } from '../../readers/settings/settingsFormat.js';
import type { Settings } from '../../readers/settings/settingsFormat.js';
import { readSettings } from '../../readers/settings/settingsFormats.js';
import { describeFileError, isMissing } from '../fileErrors.js';

/** What a file of settings says now. Never rejects; a file that is gone says nothing. */
export async function readSettingsFile(file: string): Promise<Settings> {
  try {
    const { size } = await stat(file);
    if (size > MAXIMUM_SETTINGS_BYTES) {
      const megabytes = (size / 1e6).toFixed(1);
      return { values: {}, problem: `not read as settings: ${megabytes} MB are more than settings take` };
    }
    return readSettings(path.resolve(file), await readFile(file));
  } catch (error) {
    return isMissing(error) ? { values: {} } : { values: {}, problem: describeFileError(error) };
  }
}
