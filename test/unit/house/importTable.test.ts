import path from 'node:path';
import { build } from 'esbuild';
import { ESLint } from 'eslint';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundles } from '../../../scripts/build.mjs';
import { LAYERS, refusalOfImport } from '../../../scripts/layers.mjs';
import { readText, repositoryFiles, root } from './repository.js';

type Layer = (typeof LAYERS)[number];

const sources = repositoryFiles().filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));
const sourceOf = (layer: Layer) => sources.find((file) => file.startsWith(`${layer.folder}/`));
const builtLayers = LAYERS.filter((layer) => sourceOf(layer) !== undefined);
const layerNamed = (name: string) => LAYERS.find((layer) => layer.name === name)!;

/** The specifier by which a file in the folder of `layer` imports `file`. */
function specifier(layer: Layer, file: string): string {
  return path.posix
    .relative(layer.folder, file)
    .replace(/^(?!\.)/, './')
    .replace(/\.ts$/, '.js');
}

/** Statements that a layer must not hold, each with why. */
function forbiddenStatements(layer: Layer): { reason: string; code: string }[] {
  const statements = LAYERS.flatMap((other) => {
    const file = sourceOf(other);
    return file === undefined || other === layer || layer.imports.includes(other.name)
      ? []
      : [{ reason: `imports ${other.name}`, code: `import '${specifier(layer, file)}';` }];
  });
  if (layer.runtime !== 'editor') {
    statements.push({ reason: 'imports vscode', code: `import * as vscode from 'vscode'; export { vscode };` });
  }
  if (layer.runtime === 'pure' || layer.runtime === 'browser') {
    statements.push({ reason: 'imports Node', code: `import fs from 'node:fs'; export { fs };` });
    statements.push({ reason: 'imports Node by its old name', code: `import os from 'os'; export { os };` });
  }
  return statements;
}

/** Imports of all layers that a layer may import. */
function allowedImports(layer: Layer): string {
  const files = layer.imports.map((name) => sourceOf(layerNamed(name))).filter((file) => file !== undefined);
  return files.map((file) => `import '${specifier(layer, file)}';`).join('\n');
}

/** What only the linter can see: a clock and chance are part of every runtime. */
const impureExpressions = ['Date.now()', 'new Date()', 'Date()', 'Math.random()'];
const unknownGlobals = [
  'process.pid',
  'document.title',
  'performance.now()',
  'setTimeout(() => undefined)',
  `Buffer.from('')`,
  `fetch('')`,
];

describe('the linter', () => {
  let linter: ESLint;

  beforeAll(() => {
    // The rules under test need no types, and planted files belong to no program.
    linter = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });
  });

  async function rulesBroken(file: string, code: string): Promise<(string | null)[]> {
    const results = await linter.lintText(code, { filePath: path.join(root, file) });
    return results.flatMap((result) => result.messages.map((message) => message.ruleId));
  }

  describe.each(builtLayers)('in $name', (layer) => {
    it.each(forbiddenStatements(layer))('refuses code that $reason', async ({ code }) => {
      expect(await rulesBroken(`${layer.folder}/planted.ts`, code)).toContain('house/import-table');
    });

    it('accepts imports that the table allows', async () => {
      expect(await rulesBroken(`${layer.folder}/planted.ts`, allowedImports(layer))).toEqual([]);
    });
  });

  it.each([
    `export * from '../extension/extension.js';`,
    `export { activate } from '../extension/extension.js';`,
    `export const later = import('../extension/extension.js');`,
    `export type Later = import('../extension/extension.js').Later;`,
    `export const now: unknown = require('../extension/extension.js');`,
    `import type { Later } from '../extension/extension.js'; export type { Later };`,
    `import { equal } from 'assert/strict'; export { equal };`,
    `import lodash from 'lodash'; export { lodash };`,
  ])('sees through %s', async (code) => {
    expect(await rulesBroken('src/monitors/planted.ts', code)).toContain('house/import-table');
  });

  it('judges files in nested folders by the layer that they are in', async () => {
    const code = `import '../../../extension/extension.js';`;
    expect(await rulesBroken('src/readers/one/two/planted.ts', code)).toEqual(['house/import-table']);
  });

  it.each([...impureExpressions, ...unknownGlobals])('refuses %s in a pure layer only', async (expression) => {
    const code = `export const planted: unknown = ${expression};`;
    expect(await rulesBroken('src/monitors/planted.ts', code)).toHaveLength(1);
    expect(
      (await rulesBroken('src/engine/planted.ts', code)).filter((rule) => rule?.startsWith('no-restricted')),
    ).toEqual([]);
  });

  it('lets pure layers name a moment that comes from the data', async () => {
    expect(await rulesBroken('src/readers/planted.ts', `export const planted = new Date(0).getTime();`)).toEqual([]);
  });
});

describe('the tsconfig of each layer', () => {
  /** Errors in a file that is added to a layer, as the layer's own tsconfig sees it. */
  function errorsIn(layer: Layer, code: string): string[] {
    const folder = path.join(root, layer.folder);
    const configFile = path.join(folder, 'tsconfig.json');
    const parsed = ts.getParsedCommandLineOfConfigFile(
      configFile,
      {},
      {
        ...ts.sys,
        onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
          throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
        },
      },
    )!;
    const planted = path.join(folder, 'planted.ts').replaceAll('\\', '/');
    // The hook is what tsc itself uses to read references from their sources; the published type leaves it out.
    const host: ts.CompilerHost & { useSourceOfProjectReferenceRedirect?(): boolean } = ts.createCompilerHost(
      parsed.options,
    );
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (file) => file === planted || fileExists.call(host, file);
    host.readFile = (file) => (file === planted ? code : readFile.call(host, file));
    host.getSourceFile = (file, ...rest) =>
      file === planted ? ts.createSourceFile(file, code, rest[0]) : getSourceFile.call(host, file, ...rest);
    host.useSourceOfProjectReferenceRedirect = () => true;
    const declarations = parsed.fileNames.filter((file) => file.endsWith('.d.ts'));
    const program = ts.createProgram({
      rootNames: [planted, ...declarations],
      options: parsed.options,
      projectReferences: parsed.projectReferences ?? [],
      host,
    });
    return [...program.getOptionsDiagnostics(), ...program.getSemanticDiagnostics(program.getSourceFile(planted))].map(
      (diagnostic) => ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    );
  }

  /** Layers reached through another's imports are in the compiler's sight; there, only the linter objects. */
  function reachable(layer: Layer): Set<string> {
    const direct = layer.imports.map(layerNamed);
    return new Set([...layer.imports, ...direct.flatMap((other) => [...reachable(other)])]);
  }

  describe.each(builtLayers)('$name', (layer) => {
    const statements = forbiddenStatements(layer).filter(
      ({ reason }) => !reachable(layer).has(reason.slice('imports '.length)),
    );

    it.each(statements)('fails when a file $reason', ({ code }) => {
      expect(errorsIn(layer, code)).not.toEqual([]);
    });

    it('has no objection to a file that keeps to the table', () => {
      const code = `${allowedImports(layer)} export const planted = new TextDecoder().decode(new Uint8Array(1));`;
      expect(errorsIn(layer, code)).toEqual([]);
    });
  });

  it.each(unknownGlobals)('of a pure layer does not know %s', (expression) => {
    expect(errorsIn(layerNamed('monitors'), `export const planted: unknown = ${expression};`)).not.toEqual([]);
  });
});

describe('tsconfig files', () => {
  const references = (file: string): string[] => {
    const { config } = ts.readConfigFile(path.join(root, file), ts.sys.readFile) as {
      config: { extends?: string; references?: { path: string }[] };
    };
    return (config.references ?? []).map((entry) => path.posix.join(path.posix.dirname(file), entry.path)).sort();
  };
  const folders = (layers: readonly Layer[]) => layers.map((layer) => layer.folder).sort();

  it.each(builtLayers)('of $name says what the import table says', (layer) => {
    const file = `${layer.folder}/tsconfig.json`;
    const allowed = builtLayers.filter((other) => layer.imports.includes(other.name));
    expect(references(file)).toEqual(folders(allowed));
    expect(readText(file)).toContain(`/tsconfig.${layer.runtime}.json"`);
  });

  it('are all built by npm run typecheck', () => {
    expect(references('tsconfig.build.json')).toEqual([...folders(builtLayers), 'test'].sort());
    expect(references('test/tsconfig.json')).toEqual(folders(builtLayers));
  });

  it('cover every source file', () => {
    const outside = sources.filter((file) => !/^(test|scripts)\//.test(file) && file.includes('/'));
    expect(outside.filter((file) => !LAYERS.some((layer) => file.startsWith(`${layer.folder}/`)))).toEqual([]);
  });
});

describe('the bundles', () => {
  function bundleWithPlantedImport(name: keyof typeof bundles): Promise<unknown> {
    const contents = `import { window } from 'vscode'; window.showInformationMessage('planted');`;
    const stdin = { contents, resolveDir: root };
    return build({ ...bundles[name], entryPoints: [], stdin, write: false, logLevel: 'silent' });
  }

  it.each(['cli', 'engine', 'webview'] as const)('%s cannot be built with vscode in it', async (name) => {
    await expect(bundleWithPlantedImport(name)).rejects.toThrow('Could not resolve "vscode"');
  });

  it('extension can', async () => {
    await expect(bundleWithPlantedImport('extension')).resolves.toBeDefined();
  });
});

describe('the import table', () => {
  it('is free of cycles', () => {
    const visit = (layer: Layer, path: readonly string[]): void => {
      expect(path).not.toContain(layer.name);
      layer.imports.forEach((name) => visit(layerNamed(name), [...path, layer.name]));
    };
    LAYERS.forEach((layer) => visit(layer, []));
  });

  it('lets pure layers import pure layers only', () => {
    const pure = LAYERS.filter((layer) => layer.runtime === 'pure');
    const impure = pure.flatMap((layer) => layer.imports).filter((name) => layerNamed(name).runtime !== 'pure');
    expect(impure).toEqual([]);
  });

  it('gives its reason in words', () => {
    expect(refusalOfImport(layerNamed('monitors'), { file: 'src/fixes/fixes.ts' })).toBe(
      'monitors must not import fixes (it may import: base, model, signals)',
    );
  });
});
