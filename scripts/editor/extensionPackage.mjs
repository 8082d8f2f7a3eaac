import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { runToEnd } from './processes.mjs';
import { projectRoot } from './tools.mjs';

/**
 * Builds the extension as it ships and packs it, without the checks that a release has to pass.
 * @param {string} packageFile where the .vsix goes
 */
export async function packExtension(packageFile) {
  const script = path.join(projectRoot, 'scripts/build.mjs');
  await runToEnd(process.execPath, [script, '--production']);
  await packFolder(projectRoot, packageFile);
}

/** Packs an extension that is ready to run. */
export async function packFolder(folder, packageFile) {
  await quietly(() =>
    createVSIX({
      cwd: folder,
      packagePath: packageFile,
      // Everything is bundled, and links in the README work inside the package as they are.
      dependencies: false,
      rewriteRelativeLinks: false,
      allowMissingRepository: true,
      skipLicense: true,
    }),
  );
}

/** The packing tool tells of every file on the console. */
async function quietly(work) {
  const { log } = console;
  console.log = () => undefined;
  try {
    return await work();
  } finally {
    console.log = log;
  }
}
