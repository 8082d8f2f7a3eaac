import { describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../../src/readers/formats.js';
import { bytesOf, headOf, readAll } from './recordingSink.js';
import { formatNamed } from './samples.js';

const csv = (text: string) => readAll(formatNamed('csv'), bytesOf(text));
const jsonl = (text: string) => readAll(formatNamed('jsonl'), bytesOf(text));

describe('which column is the step', () => {
  it.each([
    ['_step,iter,loss\n7,70,1\n', 70],
    ['step,epoch,loss\n5,1,1\n', 5],
    ['epoch,loss\n3,1\n', 3],
    ['Step,Epoch,Loss\n9,1,1\n', 9],
    ['global_step,step,loss\n12,3,1\n', 12],
    ['loss,tokens,num_updates\n1,4096,8\n', 8],
    ['trainer/global_step,train/loss_step,epoch\n4,1,0\n', 4],
  ])('%j', (text, step) => {
    const sink = csv(text);
    const loss = [...sink.points].find(([tag]) => /loss/i.test(tag))?.[1][0];
    expect(loss?.step).toBe(step);
  });

  it('rows are counted where there is none', () => {
    const sink = csv('loss,accuracy\n2,0.1\n1,0.2\n');
    expect(sink.steps('loss')).toEqual([1, 2]);
    expect(sink.unit).toBe('row');
  });

  it('a step that starts again in each epoch is continued', () => {
    const sink = jsonl(
      '{"epoch":1,"iter":50,"loss":3}\n{"epoch":1,"iter":100,"loss":2}\n{"epoch":2,"iter":50,"loss":1}\n',
    );
    expect(sink.steps('loss')).toEqual([50, 100, 150]);
  });

  it('a step that goes back within an epoch is a restart and stays as logged', () => {
    const sink = jsonl(
      '{"epoch":1,"step":50,"loss":3}\n{"epoch":1,"step":100,"loss":2}\n{"epoch":1,"step":60,"loss":1}\n',
    );
    expect(sink.steps('loss')).toEqual([50, 100, 60]);
  });

  it('a row without the step stays at the last one', () => {
    const sink = jsonl('{"step":10,"loss":3}\n{"eval_loss":2.5}\n{"step":20,"loss":2}\n');
    expect(sink.steps('eval_loss')).toEqual([10]);
  });
});

describe('when a row was written', () => {
  it.each([
    ['_timestamp,1700000000.5', 1700000000.5],
    ['timestamp,1700000000500', 1700000000.5],
    ['time,2023-11-14T22:13:20.5Z', 1700000000.5],
    ['date,2023-11-14 22:13:20', 1700000000],
    ['datetime,2023-11-15T00:13:20+02:00', 1700000000],
  ])('%s', (cells, seconds) => {
    const [name, value] = cells.split(',');
    const sink = csv(`step,${name},loss\n1,${value},2\n`);
    expect(sink.points.get('loss')?.[0]?.wallTime).toBe(seconds);
    expect([...sink.points.keys()]).toEqual(['loss']);
  });

  it('a duration called time is a metric', () => {
    const sink = csv('step,time,loss\n1,0.25,2\n');
    expect(sink.values('time')).toEqual([0.25]);
    expect(sink.points.get('loss')?.[0]?.wallTime).toBeNaN();
  });
});

describe('empty cells', () => {
  const rows = (count: number, row: (step: number) => string) =>
    Array.from({ length: count }, (_, step) => `${row(step)}\n`).join('');

  it('are not logged where a column is filled now and then', () => {
    const sink = csv(`step,loss,val_loss\n${rows(30, (step) => `${step},1.5,${step % 10 === 0 ? '2' : ''}`)}`);
    expect(sink.values('val_loss')).toEqual([2, 2, 2]);
  });

  it('are not logged in evaluation rows, however dense the column was', () => {
    const sink = csv(`step,loss,val_loss\n${rows(30, (step) => `${step},1.5,`)}30,,2\n`);
    expect(sink.values('loss')).toHaveLength(30);
    expect(sink.values('loss')).not.toContain(NaN);
  });

  it('are NaN in a column that was filled in every row, beside its usual companions', () => {
    const sink = csv(`step,loss,lr\n${rows(6, (step) => `${step},1.5,0.1`)}6,,0.1\n7,,0.1\n`);
    expect(sink.values('loss').slice(6)).toEqual([NaN, NaN]);
  });

  it('are NaN where a row has no metric at all', () => {
    const sink = csv(`step,loss,grad_norm,score\n0,7,1,\n0,,,5\n${rows(6, (step) => `${step + 1},6,1,`)}7,,,\n`);
    expect(sink.values('loss').at(-1)).toBeNaN();
    expect(sink.values('grad_norm').at(-1)).toBeNaN();
    expect(sink.values('score')).toEqual([5]);
  });

  it("are not logged in W&B's exports, where a row without a metric logged something else", () => {
    const sink = csv(`_step,loss\n${rows(30, (step) => `${step},${step % 7 === 6 ? '' : '1.5'}`)}`);
    expect(sink.values('loss')).not.toContain(NaN);
  });

  it('null in JSON is treated alike', () => {
    const line = (step: number, loss: string) => `{"step":${step},"loss":${loss},"lr":0.1}\n`;
    const sink = jsonl(`${rows(6, (step) => line(step, '1.5').trimEnd())}${line(6, 'null')}`);
    expect(sink.values('loss').at(-1)).toBeNaN();
    const sparse = jsonl('{"step":1,"loss":1,"val":2}\n{"step":2,"loss":1,"val":null}\n');
    expect(sparse.values('val')).toEqual([2]);
  });

  it('cells that are missing at the end of a row are never NaN', () => {
    const sink = csv(`step,loss,lr\n${rows(9, (step) => `${step},1.5,0.1`)}9\n`);
    expect(sink.values('loss')).toHaveLength(9);
  });
});

describe('tables as people write them', () => {
  it('quoted cells hold delimiters, quotes and line ends', () => {
    const sink = csv('step,note,loss\n1,"a ""b"", c\nd",2\n2,,1\n');
    expect(sink.values('loss')).toEqual([2, 1]);
  });

  it('a quote that is never closed loses no row', () => {
    const sink = csv(`step,note,loss\n1,"oops,2\n2,fine,1\n`);
    expect(sink.values('loss')).toEqual([2, 1]);
    expect(sink.problems[0]?.message).toContain('never closed');
  });

  it('headers may be longer than rows and rows longer than headers', () => {
    expect(csv('step,loss,extra\n0,3\n1,2,5\n').values('extra')).toEqual([5]);
    expect(csv('step,loss\n0,3\n1,2,5\n').values('column 3')).toEqual([5]);
  });

  it('a second header belongs to the next run in the file', () => {
    const sink = csv('step,loss\n1,3\n2,2\nstep,loss\n1,4\nstep,grad_norm,loss\n1,9,5\n');
    expect(sink.steps('loss')).toEqual([1, 2, 1, 1]);
    expect(sink.values('grad_norm')).toEqual([9]);
  });

  it('both sides of a git conflict are read and told of', () => {
    const sink = csv('step,loss\n1,3\n<<<<<<< HEAD\n2,2\n=======\n2,2.5\n>>>>>>> branch\n3,1\n');
    expect(sink.values('loss')).toEqual([3, 2, 2.5, 1]);
    expect(sink.problems.map(({ offset }) => offset)).toEqual([14, 31, 45]);
  });

  it.each([
    'step\tloss\n1\t2\n',
    'step;loss\n1;2,0\n',
    'step|loss\n1|2\n',
    '   step,   loss\n      1,      2\n',
    '\ufeffstep,loss\r\n1,2\r\n',
  ])('%j', (text) => {
    expect(csv(text).values('loss')).toEqual([2]);
    expect(csv(text).steps('loss')).toEqual([1]);
  });

  it('rows of an evaluation are told apart by a word', () => {
    const sink = csv('step,split,loss\n1,train,3\n1,val,4\n');
    expect(sink.values('loss')).toEqual([3]);
    expect(sink.values('val/loss')).toEqual([4]);
  });

  it('ranks are a property of the series', () => {
    const sink = jsonl('{"step":1,"rank":0,"loss":3}\n{"step":1,"rank":1,"loss":4}\n');
    expect([...sink.points.keys()]).toEqual(['loss @0', 'loss @1']);
  });

  it('the settings behind a # are the configuration', () => {
    expect(csv('#{"t_start": 1.5, "env_id": "CartPole-v1"}\nr,l,t\n22.0,22,0.5\n').settings).toEqual({
      t_start: 1.5,
      env_id: 'CartPole-v1',
    });
  });
});

describe('JSON as loggers write it', () => {
  it.each([
    ['{"step": 1, "loss": NaN}', NaN],
    ['{"step": 1, "loss": -Infinity}', -Infinity],
    ['{"step": 1, "loss": nan}', NaN],
    ['{"step": 1, "loss": "inf"}', Infinity],
    ["{'step': 1, 'loss': tensor(2.5, device='cuda:0'), 'done': True, 'x': None}", 2.5],
    ['{"step": 1, "loss": "2.5",}', 2.5],
    ['{"step": 1, "loss": np.float64(2.5)}', 2.5],
  ])('%s', (line, value) => {
    expect(jsonl(`${line}\n`).values('loss')).toEqual([value]);
  });

  it('media are counted, not read', () => {
    const sink = jsonl(
      '{"_step":1,"w":{"_type":"histogram","values":[1]},"pics":{"_type":"images/separated"},"loss":1}\n',
    );
    expect([...sink.skippedCounts.keys()]).toEqual(['histogram w', 'image pics']);
    expect(sink.values('loss')).toEqual([1]);
  });

  it('no key reaches a prototype', () => {
    const sink = jsonl('{"step":1,"__proto__":{"polluted":2},"constructor":3,"loss":1}\n');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(sink.values('__proto__/polluted')).toEqual([2]);
    expect(sink.values('constructor')).toEqual([3]);
  });
});

describe('text in UTF-16, as PowerShell redirects it', () => {
  const utf16 = (text: string, little: boolean) => {
    const buffer = Buffer.from(`\ufeff${text}`, 'utf16le');
    return new Uint8Array(little ? buffer : buffer.swap16());
  };

  it.each([true, false])('little endian: %s', (little) => {
    const bytes = utf16('step,löss 😀 loss\r\n1,2.5\r\n2,2.25\r\n', little);
    const answer = recogniseFormat(headOf('log.csv', bytes));
    expect('refused' in answer ? answer.refused : answer.format.id).toBe('csv');
    const sink = readAll(formatNamed('csv'), bytes, [1]);
    expect(sink.values('löss 😀 loss')).toEqual([2.5, 2.25]);
  });
});

describe('a line that the job printed, beside the rows of the hook', () => {
  const loss = (step: number) => JSON.stringify({ step, time: 1.7e9 + step, 'train/loss': 2 / step });
  const heard = (step: number, line: string) => JSON.stringify({ step, time: 1.7e9 + step, 'evenkeel/printed': line });
  const read = (...lines: readonly string[]) =>
    jsonl([loss(1), loss(2), ...lines.map((line) => heard(2, line)), loss(3)].join('\n'));

  it.each([
    ['Epoch 3/10 - loss: 0.52 - val_loss: 0.61 - val_accuracy: 0.83', { val_loss: 0.61, val_accuracy: 0.83 }],
    ['step 250: train loss 2.1832, val loss 2.3011', { 'val loss': 2.3011 }],
    ['Test set: Average loss: 0.0312, Accuracy: 9890/10000 (99%)', { 'test/loss': 0.0312, 'test/Accuracy': 99 }],
    ['Validation Loss 0.55 | Validation Acc 0.77', { 'Validation Loss': 0.55, 'Validation Acc': 0.77 }],
    ["{'val_loss': 0.4, 'epoch': 3}", { val_loss: 0.4 }],
    ['val acc 0.81', { 'val acc': 0.81 }],
    ['val loss nan', { 'val loss': NaN }],
  ])('gives the results of an evaluation at the step of the hook: %s', (line, expected) => {
    const sink = read(line);
    const { 'train/loss': training, ...evaluation } = Object.fromEntries(sink.points);
    expect(training?.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(evaluation).toEqual(
      Object.fromEntries(
        Object.entries(expected).map(([name, value]) => [name, [{ step: 2, value, wallTime: 1.7e9 + 2 }]]),
      ),
    );
  });

  it.each([
    'evaluating on 500 samples',
    'loading valid.csv with 3 columns',
    'best val loss so far: 0.41',
    'val_batch_size: 32',
    'epoch 3 train_loss 1.2',
    'saved to /runs/val/loss=0.31/model.pt',
  ])('gives nothing else: %s', (line) => {
    expect([...read(line).points.keys()]).toEqual(['train/loss']);
  });
});
