import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Version of the package around the running file; "0.0.0" where that has been torn from its package. */
export function packageVersion(): string {
  for (let folder = __dirname; path.dirname(folder) !== folder; folder = path.dirname(folder)) {
    const version = versionIn(folder);
    if (version !== undefined) {
      return version;
    }
  }
  return '0.0.0';
}

function versionIn(folder: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    return isManifest(manifest) && manifest.name === 'evenkeel' ? manifest.version : undefined;
  } catch {
    return undefined; // No manifest here: the next folder up may hold it.
  }
}

function isManifest(value: unknown): value is { name: string; version: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'version' in value &&
    typeof value.version === 'string'
  );
}
