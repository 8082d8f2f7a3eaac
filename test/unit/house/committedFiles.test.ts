import { homedir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { readText, repositoryFiles, root } from './repository.js';

const textFiles = repositoryFiles().filter((file) => !/\.(png|ttf|wasm|gif|tfevents.*|npz|gz|bin|pt)$/.test(file));

/** "file:line" of every line that holds one of the texts. */
function linesWith(texts: readonly string[], files: readonly string[]): string[] {
  return files.flatMap((file) =>
    readText(file)
      .split('\n')
      .flatMap((line, index) => (texts.some((text) => line.includes(text)) ? [`${file}:${index + 1}`] : [])),
  );
}

describe('committed files', () => {
  it('name no folder of the machine they were written on', () => {
    expect(linesWith([`${root}/`, `${homedir()}/`], textFiles)).toEqual([]);
  });

  it('name no package registry', () => {
    const hosts = ['npmjs', 'yarnpkg', 'pythonhosted'].flatMap((name) => [`//registry.${name}`, `//files.${name}`]);
    expect(linesWith(hosts, textFiles)).toEqual([]);
    expect(linesWith(['"resolved":'], ['package-lock.json'])).toEqual([]);
    expect(linesWith(['registry='], ['.npmrc'])).toEqual([]);
  });

  it('run nothing while they are installed', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };
    expect(readText('.npmrc')).toContain('ignore-scripts=true');
    const hooks = Object.keys(scripts).filter((name) => /^(pre|post|install$)/.test(name));
    expect(hooks).toEqual([]);
  });
});
