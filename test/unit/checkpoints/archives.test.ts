import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/checkpoints/formats.js';
import { summarise } from '../../../src/checkpoints/summary.js';
import { bytesOf, filesOf, floats, little, torchPickle } from './sampleFiles.js';

/** An entry of an archive as a hostile writer may have it: what it says of itself at two places, and where it lies. */
interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  /** Its name in the directory, when that is another one. */
  readonly listedAs?: string;
  /** An entry whose place the directory gives for this one. */
  readonly liesAt?: number;
  readonly listedBytes?: number;
}

function archive(
  entries: readonly Entry[],
  { count = entries.length, zip64 }: { count?: number; zip64?: Uint8Array } = {},
) {
  const header = (name: string, bytes: number): Uint8Array =>
    bytesOf(
      [20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      little(4, bytes),
      little(4, bytes),
      little(2, name.length),
      [0, 0],
    );
  let at = 0;
  const places: number[] = [];
  const files = entries.map(({ name, data }) => {
    const file = bytesOf('PK', [3, 4], header(name, data.length), name, data);
    places.push(at);
    at += file.length;
    return file;
  });
  const directory = bytesOf(
    ...entries.map(({ name, data, listedAs = name, liesAt, listedBytes = data.length }, index) =>
      bytesOf(
        'PK',
        [1, 2, 20, 0],
        header(listedAs, listedBytes),
        new Uint8Array(10),
        little(4, places[liesAt ?? index] ?? 0),
        listedAs,
      ),
    ),
  );
  const end = bytesOf('PK', [5, 6, 0, 0, 0, 0], little(2, count), little(2, count), little(4, directory.length), little(4, at), [0, 0]); // prettier-ignore
  const locator = zip64 && bytesOf('PK', [6, 7, 0, 0, 0, 0], little(8, at + directory.length), [1, 0, 0, 0]);
  return bytesOf(...files, directory, ...(zip64 && locator ? [zip64, locator] : []), end);
}

const PICKLE = torchPickle({ weight: { key: '0', shape: [2], strides: [1] } });
const SYSTEM = bytesOf([0x80, 2], 'cos\nsystem\n(U', [2], 'idtR.');
const PARTS: readonly Entry[] = [
  { name: 'archive/data.pkl', data: PICKLE },
  { name: 'archive/version', data: bytesOf('3\n') },
  { name: 'archive/data/0', data: floats(1, 2) },
];

function opened(bytes: Uint8Array) {
  return openCheckpoint(filesOf({ 'a.pt': bytes }));
}

describe('archives that lie', () => {
  it('those that do not are read without a word', async () => {
    const checkpoint = await opened(archive(PARTS));
    expect(checkpoint.problems).toEqual([]);
    expect((await summarise(checkpoint))[0]?.stats?.max).toBe(2);
  });

  it('two files of one name: it is told, and the one that Python reads is judged', async () => {
    const { problems, suspicions } = await opened(archive([...PARTS, { name: 'archive/data.pkl', data: SYSTEM }]));
    expect(problems[0]?.message).toMatch(/two files named archive\/data\.pkl/);
    expect(suspicions[0]).toMatchObject({ global: 'os.system', called: true });
  });

  it('a file with another name where it lies is refused', async () => {
    const [pickle, ...rest] = PARTS as [Entry, ...Entry[]];
    const twoFaced = archive([{ ...pickle, name: 'archive/fine.pkl', listedAs: 'archive/data.pkl' }, ...rest]);
    await expect(opened(twoFaced)).rejects.toThrow(/another name where it lies/);
  });

  it('files that share bytes are told, and those of another name are not read', async () => {
    const overlapping = Array.from({ length: 50 }, (_, index): Entry => {
      return { name: `archive/data/${index + 1}`, data: new Uint8Array(0), liesAt: 2, listedBytes: 8 };
    });
    const checkpoint = await opened(archive([...PARTS, ...overlapping]));
    expect(checkpoint.problems[0]?.message).toMatch(/share bytes, as those of zip bombs do/);
  });

  it('a count that hides files does not hide them', async () => {
    const { problems, tensors } = await opened(archive(PARTS, { count: 2 }));
    expect(problems[0]?.message).toMatch(/3 files and claims 2/);
    expect(tensors).toHaveLength(1);
  });

  it.each([
    ['a directory of exabytes', [3, 3, 2 ** 52, 0]],
    ['a directory beyond the end', [3, 3, 100, 2 ** 40]],
    ['more files than there are', [2 ** 50, 2 ** 50, 10, 0]],
  ])('a wide end that claims %s is refused, soon', async (_, numbers) => {
    const zip64 = bytesOf('PK', [6, 6], little(8, 44), [45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0], ...numbers.map((one) => little(8, one))); // prettier-ignore
    const started = performance.now();
    await expect(opened(archive(PARTS, { zip64 }))).rejects.toThrow(/archive|directory|no checkpoint/);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('a file that claims more bytes than the archive has is told', async () => {
    const [first, second, third] = PARTS as [Entry, Entry, Entry];
    const { problems } = await opened(archive([first, second, { ...third, listedBytes: 2 ** 31 }]));
    expect(problems[0]?.message).toMatch(/archive\/data\/0 of the archive claims bytes up to/);
  });

  it('zeros packed a thousandfold are not unpacked beyond what weights do', async () => {
    const bomb = zipSync({
      'archive/data.pkl': torchPickle({ weight: { key: '0', shape: [100_000_000], strides: [1] } }),
      'archive/version': bytesOf('3\n'),
      'archive/data/0': new Uint8Array(400_000_000),
    });
    const [tensor] = await summarise(await opened(bomb));
    expect(tensor?.noStats).toMatch(/as no weights do: not unpacked/);
  });
});

describe('pickles that no checkpoint is', () => {
  const judged = async (...parts: readonly (string | readonly number[])[]) => {
    const { suspicions } = await openCheckpoint(filesOf({ 'a.pkl': bytesOf(...parts) }));
    return suspicions.map(({ global }) => global);
  };

  it.each([
    ['of one byte', [0x82, 7]],
    ['of two', [0x83, 7, 1]],
    ['of four', [0x84, 7, 0, 0, 0]],
  ])('a registered extension %s is named', async (_, extension) => {
    expect(await judged([0x80, 2], extension, '(tR.')).toEqual([expect.stringMatching(/^copyreg\.extension \d+$/)]);
  });

  it('what slots are set to is looked at too', async () => {
    expect(await judged([0x80, 2], 'cargparse\nNamespace\n)', [0x81], 'N}U', [1], 'xcos\nsystem\n(U', [2], 'idtRs', [0x86], 'b.')).toEqual(['os.system']); // prettier-ignore
  });

  it('attributes of a class are not to be set', async () => {
    expect(await judged([0x80, 2], 'ccollections\nOrderedDict\n}b.')).toEqual(['builtins.setattr']);
  });

  it('a memo of four billion places takes none of them', async () => {
    const started = performance.now();
    expect(await judged([0x80, 2], '}r', [255, 255, 255, 255], 'j', [255, 255, 255, 255], '0.')).toEqual([]);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('buffers and persistent ids are nothing but marks', async () => {
    expect(await judged([0x80, 5], 'cos\nsystem\n(U', [2], 'idtR0', [0x97, 0x98], '.')).toEqual(['os.system']);
    expect(await judged('cos\nsystem\n(U', [2], 'idtR0Pweights\n.')).toEqual(['os.system']);
  });
});
