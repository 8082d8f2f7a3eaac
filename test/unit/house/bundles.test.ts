import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundles, copiedAssets } from '../../../scripts/build.mjs';
import { root } from './repository.js';

/** The command line as it ships, in a folder from which no package can be found. */
describe('the bundled command line', { timeout: 60_000 }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-bundle-'));

  beforeAll(async () => {
    const outfile = path.join(folder, 'dist/cli.js');
    await build({ ...bundles.cli, outfile, minify: true, sourcemap: false });
    for (const [from, to] of copiedAssets) {
      mkdirSync(path.dirname(path.join(folder, to)), { recursive: true });
      copyFileSync(from, path.join(folder, to));
    }
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function evenkeel(...options: string[]): Record<string, unknown> {
    const cli = path.join(folder, 'dist/cli.js');
    const output = execFileSync(process.execPath, [cli, ...options, '--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    return JSON.parse(output) as Record<string, unknown>;
  }

  it('finds its grammars and parses Python', () => {
    const { files } = evenkeel('loops', path.join(root, 'examples/train.py'));
    expect(files).toMatchObject([{ language: 'python', loops: [{ framework: 'pytorch', optimizer: 'adamw' }] }]);
  });

  it('reads and judges a run', () => {
    const { runs } = evenkeel('diagnose', path.join(root, 'media/sample'), '--fail-on', 'never');
    expect(runs).toMatchObject([{ format: 'jsonl', findings: [{ severity: 'error' }] }]);
  });
});

describe('what ships', () => {
  it('has no way to the network', async () => {
    const names = Object.keys(bundles) as (keyof typeof bundles)[];
    const built = await Promise.all(names.map((name) => build({ ...bundles[name], write: false, metafile: true })));
    const imported = built.flatMap(({ metafile }) =>
      Object.values(metafile.outputs).flatMap((output) =>
        output.imports.map((entry) => entry.path.replace('node:', '')),
      ),
    );
    expect(imported).toContain('worker_threads');
    expect(imported.filter((name) => /^(https?|http2|net|tls|dgram|dns|inspector)(\/|$)/.test(name))).toEqual([]);
  });
});

describe('the bundled extension', () => {
  it('asks for each module of its host once, however many files import it', async () => {
    const { outputFiles } = await build({ ...bundles.extension, write: false, sourcemap: false });
    const asked = [...outputFiles[0]!.text.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name);
    expect(asked).toContain('vscode');
    expect(asked).toEqual([...new Set(asked)]);
  });
});
