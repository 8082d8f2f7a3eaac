import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { runToEnd } from './processes.mjs';
import { projectRoot } from './tools.mjs';

const IGNORE_FILE = '.vscodeignore';

/**
 * Builds the extension as it ships and packs it, without the checks that a release has to pass.
 * @param {string} packageFile where the .vsix goes
 * @returns {Promise<string[]>} the files that ship, relative to the project
 */
export async function packExtension(packageFile) {
  const script = path.join(projectRoot, 'scripts/build.mjs');
  await runToEnd(process.execPath, [script, '--production']);
  const scratch = await mkdtemp(path.join(tmpdir(), 'evenkeel-ships-'));
  try {
    await copyWhatMayShip(scratch);
    await packFolder(scratch, packageFile);
    const files = await listFiles({ cwd: scratch, packageManager: PackageManager.None });
    return files.map((file) => file.replaceAll('\\', '/'));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The packing tool looks at every file below a folder: beside editors and Pythons of the tests that takes minutes. */
async function copyWhatMayShip(folder) {
  const ignored = await readFile(path.join(projectRoot, IGNORE_FILE), 'utf8');
  const shipping = ignored
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1).split('/')[0].split('*'));
  const ships = (name) =>
    shipping.some(([start, end]) =>
      end === undefined ? name === start : name.startsWith(start) && name.endsWith(end),
    );
  const names = (await readdir(projectRoot)).filter((name) => name === IGNORE_FILE || ships(name));
  await Promise.all(
    names.map((name) => cp(path.join(projectRoot, name), path.join(folder, name), { recursive: true })),
  );
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
