import path from 'node:path';
import { build } from 'esbuild';
import { bundles } from '../../../scripts/build.mjs';
import { LocalTarget } from '../../../src/runner/local.js';

const SUPERVISOR = path.resolve(`node_modules/.cache/evenkeel/supervisor-under-test/supervisor-${process.pid}.js`);

/** Jobs on this machine under the supervisor as it ships. */
export async function builtLocalTarget(): Promise<LocalTarget> {
  await build({ ...bundles.supervisor, outfile: SUPERVISOR });
  return new LocalTarget([SUPERVISOR]);
}
