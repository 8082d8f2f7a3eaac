import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/contract/settings.js';
import { LOG_FORMATS, recogniseFormat } from '../../../src/readers/formats.js';
import { formatOfPattern } from '../../../src/readers/userPattern.js';
import { bytesOf, headOf, readAll } from './recordingSink.js';

function answer(path: string, content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? bytesOf(content) : content;
  const found = recogniseFormat(headOf(path, bytes));
  return 'refused' in found ? `refused: ${found.refused}` : found.format.id;
}

/** Each letter as one byte. */
function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** The beginning of a ZIP archive whose first part has this name. */
function zipOf(name: string): Uint8Array {
  return latin1(`PK\x03\x04${'\0'.repeat(26)}${name}`);
}

describe('files that are no logs are refused with the right reason', () => {
  it.each([
    ['run/log.csv', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n', 'git lfs pull'],
    [
      'runs.csv',
      'Name,State,Created,train/loss,lr\nalpha,finished,2024,1.5,0.1\nbeta,crashed,2024,2.5,0.2\n',
      'one row per run',
    ],
    [
      'gpu.csv',
      'timestamp, name, utilization.gpu [%], memory.used [MiB], power.draw [W]\n2024/05/01 10:00:00, A100, 97 %, 100 MiB, 300 W\n',
      'telemetry',
    ],
    ['model.pt', zipOf('archive/data.pkl'), 'a PyTorch checkpoint, not a log'],
    ['legacy.ckpt', latin1('\x80\x02\x8a\nl\xfc'), 'a PyTorch checkpoint, not a log'],
    ['x.pkl', latin1('\x80\x04\x95'), 'a Python pickle, not a log'],
    ['w.safetensors', latin1('@\0\0\0\0\0\0\0{"w":{"dtype":"F32"'), 'a safetensors checkpoint, not a log'],
    ['arrays.npz', zipOf('weight.npy'), 'a NumPy archive, not a log'],
    ['m.keras', zipOf('metadata.json'), 'a Keras checkpoint, not a log'],
    ['logs.zip', zipOf('metrics.jsonl'), 'a ZIP archive: unpack it first'],
    ['m.gguf', latin1('GGUF\x03\0\0\0'), 'a GGUF model, not a log'],
    ['m.h5', latin1('\x89HDF\r\n\x1a\n'), 'an HDF5 file'],
    ['x.jpg', latin1('\xff\xd8\xff\xe0'), 'a JPEG picture, not a log'],
    ['x.log', '', 'empty'],
    ['train.py', 'for step in range(10):\n    print(f"step {step}: loss {loss}")\n', 'source code'],
    ['page.txt', '<!DOCTYPE html><html></html>', 'web page'],
    ['data.csv', 'sepal length,sepal width,species\n5.1,3.5,setosa\n4.9,3.0,setosa\n', 'without a step'],
    ['data.jsonl', '{"prompt":"a","completion":"b"}\n{"prompt":"c","completion":"d"}\n', ''],
    ['input.txt', 'First Citizen:\nBefore we proceed any further, hear me speak.\n'.repeat(3000), ''],
    ['config.json', '{"model_type":"gpt2","n_layer":12,"initializer_range":0.02,"bos_token_id":50256}', ''],
    ['args.log', 'Namespace(lr=0.1, epochs=10, loss="ce")\nmax_steps: 1000\nloss_weight: 0.5\n', ''],
  ])('%s', (path, content, reason) => {
    const given = answer(path, content);
    expect(given).toMatch(/^refused: .{10,}/);
    expect(given).toContain(reason);
  });
});

describe('logs are recognised by what they hold', () => {
  it.each([
    ['a', 'step,loss\n1,2\n', 'csv'],
    ['b', '{"step":1,"loss":2}\n{"step":2,"loss":1}\n', 'jsonl'],
    ['c', '{"step": 1, "loss": NaN}\n', 'jsonl'],
    ['d', '{"log_history":[{"loss":1,"step":1}],"global_step":1}', 'trainer-state'],
    ['run-a-tag-epoch_loss.json', '[[1700000000.5, 1, 2.5], [1700000001.5, 2, 2.25]]', 'json'],
    ['events.out.tfevents.1', new Uint8Array(0), 'refused: empty: nothing has been logged yet'],
    ['holes.log', `started\n${'\0'.repeat(5000)}iter 0: loss 2.5, time 3ms\niter 1: loss 2.4, time 3ms\n`, 'nanogpt'],
    ['epoch.log', 'Epoch 1/10: train_loss=0.5 val_loss=0.6\nEpoch 2/10: train_loss=0.4 val_loss=0.5\n', 'text'],
  ])('%s', (path, content, format) => {
    expect(answer(path, content)).toBe(format);
  });
});

describe('the list of formats', () => {
  it('has no two formats of one id, apart from none', () => {
    const ids = LOG_FORMATS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says of every format what it is and who writes it', () => {
    for (const { title, writtenBy } of LOG_FORMATS) {
      expect(title.length).toBeGreaterThan(5);
      expect(writtenBy.length).toBeGreaterThan(3);
    }
  });
});

describe('dictionaries amid progress bars', () => {
  it('are no JSON lines: the bars tell the step', () => {
    const lines = Array.from({ length: 40 }, (_, index) => [
      `{'loss': ${2 - index / 40}, 'grad_norm': 0.5, 'epoch': ${index / 400}}`,
      ` ${index}%|▏         | ${10 * index}/4000 [00:05<04:12,  1.94it/s]`,
    ]).flat();
    const found = recogniseFormat(headOf('nohup.out', bytesOf(`${lines.join('\n')}\n`)));
    expect('format' in found && found.format.id).toBe('printed-dictionary');
    const sink = 'format' in found ? readAll(found.format, bytesOf(`${lines.join('\n')}\n`)) : undefined;
    expect(sink?.steps('loss').slice(-2)).toEqual([370, 380]);
  });
});

describe('columns of numbers without names', () => {
  const numbers = (cells: readonly string[], separator: string): string =>
    Array.from({ length: 20 }, (_, step) => [step, ...cells].join(separator)).join('\n');

  it.each([
    ['blanks', numbers(['2.5', '0.001'], ' '), '3 columns', '"{step} {loss} {lr}"'],
    ['commas', numbers(['2.5', 'nan'], ','), '3 columns', '"{step},{loss},{lr}"'],
    ['two columns', numbers(['2.5'], '\t'), '2 columns', '"{step} {loss}"'],
    ['one column', '2.5\n2.25\n2.125\n', 'a column', '"{loss}"'],
  ])('%s: the refusal names the setting that helps', (_name, text, columns, pattern) => {
    for (const path of ['out.log', 'losses.txt', 'log.csv']) {
      const refused = answer(path, text);
      expect(refused).toContain(columns);
      expect(refused).toContain(pattern);
      expect(refused).toContain(SETTINGS.textPattern.id);
    }
  });

  it('are read by the pattern that the refusal gives', () => {
    const format = formatOfPattern('{step},{loss},{lr}');
    const sink = format.ok ? readAll(format.value, bytesOf(numbers(['2.5', '0.001'], ','))) : undefined;
    expect(sink?.values('loss')).toEqual(Array(20).fill(2.5));
    expect(sink?.steps('lr')).toEqual(Array.from({ length: 20 }, (_, step) => step));
  });

  it('are no reason to refuse text that has a word in it', () => {
    expect(answer('out.log', `${numbers(['2.5'], ' ')}\ndone\n`)).not.toContain('columns of numbers');
  });
});
