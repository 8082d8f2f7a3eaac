import { describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../../src/readers/formats.js';
import { bytesOf, headOf, readAll } from './recordingSink.js';

/** Files as people keep them, and `tag step value` of every point in them. */
const FILES: readonly (readonly [what: string, path: string, lines: readonly string[], points: readonly string[]])[] = [
  [
    'a byte order mark, semicolons and decimal commas, as Excel exports',
    'history.csv',
    ['\uFEFFEpoch;Loss;Val Loss', '1;0,5;0,6', '2;0,4;0,55'],
    ['Loss 1 0.5', 'Loss 2 0.4', 'Val Loss 1 0.6', 'Val Loss 2 0.55'],
  ],
  [
    'quoted names and decimal commas',
    'history.csv',
    ['"epoch";"loss";"val_loss"', '1;0,5;0,6', '2;0,4;0,55'],
    ['loss 1 0.5', 'loss 2 0.4', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'tabs and decimal commas',
    'history.tsv',
    ['epoch\tloss\tval_loss', '1\t0,5\t0,6', '2\t0,4\t0,55'],
    ['loss 1 0.5', 'loss 2 0.4', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'the separator in the first line',
    'history.csv',
    ['sep=;', 'epoch;loss;val_loss', '1;0,5;0,6', '2;0,4;0,55'],
    ['loss 1 0.5', 'loss 2 0.4', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'grouped thousands in quotes',
    'history.csv',
    ['"Step","loss","tokens"', '"1,000","2.5","1,024,000"', '"2,000","2.4","2,048,000"'],
    ['loss 1000 2.5', 'loss 2000 2.4', 'tokens 1000 1024000', 'tokens 2000 2048000'],
  ],
  [
    'shares in percent',
    'history.csv',
    ['epoch,loss,acc', '1,0.5,80.0%', '2,0.4,85.5%'],
    ['loss 1 0.5', 'loss 2 0.4', 'acc 1 80', 'acc 2 85.5'],
  ],
  [
    'a header that a resumed run wrote again',
    'metrics.csv',
    ['epoch,loss,val_loss', '1,0.5,0.6', '2,0.4,0.55', 'epoch,loss,val_loss', '3,0.35,0.5'],
    ['loss 1 0.5', 'loss 2 0.4', 'loss 3 0.35', 'val_loss 1 0.6', 'val_loss 2 0.55', 'val_loss 3 0.5'],
  ],
  [
    'a table of Markdown',
    'history.csv',
    ['| epoch | loss | acc |', '|-------|------|-----|', '| 1 | 0.5 | 0.8 |', '| 2 | 0.4 | 0.9 |'],
    ['loss 1 0.5', 'loss 2 0.4', 'acc 1 0.8', 'acc 2 0.9'],
  ],
  [
    'one point a row, named in a column',
    'metrics.csv',
    [
      'run_id,key,value,timestamp,step',
      'abc,loss,0.5,1700000000000,1',
      'abc,loss,0.4,1700000001000,2',
      'abc,val_loss,0.6,1700000001000,2',
    ],
    ['loss 1 0.5', 'loss 2 0.4', 'val_loss 2 0.6'],
  ],
  [
    'one point a row, without times',
    'metrics.csv',
    ['step,metric,value', '1,loss,0.5', '1,acc,0.8', '2,loss,0.4', '2,acc,0.9'],
    ['loss 1 0.5', 'loss 2 0.4', 'acc 1 0.8', 'acc 2 0.9'],
  ],
  [
    'a history as Python prints it',
    'history.json',
    [`{'loss': [0.5, 0.4], 'accuracy': [0.8, 0.9], 'val_loss': [0.6, 0.55]}`],
    ['loss 1 0.5', 'loss 2 0.4', 'accuracy 1 0.8', 'accuracy 2 0.9', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'the same in a text file',
    'history.txt',
    [`{'loss': [0.5, 0.4], 'accuracy': [0.8, 0.9], 'val_loss': [0.6, 0.55]}`],
    ['loss 1 0.5', 'loss 2 0.4', 'accuracy 1 0.8', 'accuracy 2 0.9', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'lists beside one of epochs',
    'history.json',
    ['{"epoch": [1, 2, 3], "train_loss": [0.5, 0.4, 0.3], "val_loss": [0.6, 0.5, 0.45]}'],
    ['train_loss 1 0.5', 'train_loss 2 0.4', 'train_loss 3 0.3', 'val_loss 1 0.6', 'val_loss 2 0.5', 'val_loss 3 0.45'],
  ],
  [
    'lists of different lengths, each beside its steps',
    'history.json',
    ['{"step": [100, 200, 300], "train_loss": [0.5, 0.4, 0.3], "eval": {"step": [200], "loss": [0.45]}}'],
    ['train_loss 100 0.5', 'train_loss 200 0.4', 'train_loss 300 0.3', 'eval/loss 200 0.45'],
  ],
  [
    'a history with its parameters and epochs',
    'history.json',
    [
      '{"params": {"epochs": 2, "steps": 100}, "history": {"loss": [0.5, 0.4], "val_loss": [0.6, 0.55]}, "epoch": [0, 1]}',
    ],
    ['loss 0 0.5', 'loss 1 0.4', 'val_loss 0 0.6', 'val_loss 1 0.55'],
  ],
  [
    'a list of rows as Python prints it',
    'log_history.txt',
    [`[{'loss': 2.5, 'learning_rate': 1e-05, 'epoch': 0.1, 'step': 10}, {'loss': 2.4, 'epoch': 0.2, 'step': 20}]`],
    ['loss 10 2.5', 'loss 20 2.4', 'learning_rate 10 0.00001', 'epoch 10 0.1', 'epoch 20 0.2'],
  ],
  [
    'a log history without its state',
    'log.json',
    ['{"log_history": [{"loss": 2.5, "epoch": 0.1, "step": 10}, {"loss": 2.4, "epoch": 0.2, "step": 20}]}'],
    ['loss 10 2.5', 'loss 20 2.4', 'epoch 10 0.1', 'epoch 20 0.2'],
  ],
  [
    'a table of pandas by columns',
    'history.json',
    ['{"loss": {"0": 0.5, "1": 0.4}, "val_loss": {"0": 0.6, "1": 0.55}}'],
    ['loss 1 0.5', 'loss 2 0.4', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'rows under their epoch',
    'metrics.json',
    ['{"1": {"loss": 0.5, "val_loss": 0.6}, "2": {"loss": 0.4, "val_loss": 0.55}}'],
    ['loss 1 0.5', 'loss 2 0.4', 'val_loss 1 0.6', 'val_loss 2 0.55'],
  ],
  [
    'rows under a name with their epoch',
    'metrics.json',
    ['{"epoch_1": {"loss": 0.5}, "epoch_2": {"loss": 0.4}}'],
    ['loss 1 0.5', 'loss 2 0.4'],
  ],
  [
    'lists by part of the data',
    'results.json',
    ['{"train": {"loss": [0.5, 0.4], "acc": [0.8, 0.9]}, "val": {"loss": [0.6, 0.5], "acc": [0.7, 0.8]}}'],
    [
      'train/loss 1 0.5',
      'train/loss 2 0.4',
      'train/acc 1 0.8',
      'train/acc 2 0.9',
      'val/loss 1 0.6',
      'val/loss 2 0.5',
      'val/acc 1 0.7',
      'val/acc 2 0.8',
    ],
  ],
  [
    'columns under a header behind a #',
    'log.txt',
    ['# epoch train_loss val_loss', '1 0.5 0.6', '2 0.4 0.55', '3 0.3 0.5'],
    ['train_loss 1 0.5', 'train_loss 2 0.4', 'train_loss 3 0.3', 'val_loss 1 0.6', 'val_loss 2 0.55', 'val_loss 3 0.5'],
  ],
];

describe('files of metrics', () => {
  it.each(FILES)('are read: %s', (_what, path, lines, points) => {
    const bytes = bytesOf(`${lines.join('\r\n')}\r\n`);
    const answer = recogniseFormat(headOf(path, bytes));
    if ('refused' in answer) {
      throw new Error(`refused: ${answer.refused}`);
    }
    const whole = readAll(answer.format, bytes);
    const pieces = readAll(answer.format, bytes, [1, 2, 3]);
    for (const sink of [whole, pieces]) {
      expect(
        [...sink.points].flatMap(([tag, series]) => series.map(({ step, value }) => `${tag} ${step} ${value}`)),
      ).toEqual(points);
      expect(sink.problems).toEqual([]);
    }
  });

  it.each([
    ['a configuration in JSON', 'config.json', '{"model": {"layers": {"0": 64, "1": 64}}, "epochs": 3, "lr": 0.1}'],
    ['a data set in JSON', 'data.json', '{"1": {"text": "a"}, "2": {"text": "b"}}'],
    ['a list of settings in Python', 'args.txt', "{'lr': [0.1, 0.2], 'layers': [1, 2], 'name': 'a'}"],
    ['a table of names and values without steps', 'summary.csv', 'metric,value\naccuracy,0.9\nf1,0.8'],
  ])('are told from %s', (_what, path, text) => {
    expect(recogniseFormat(headOf(path, bytesOf(`${text}\n`)))).toHaveProperty('refused');
  });

  it('reads UTF-16, as PowerShell redirects output', () => {
    const log = 'Epoch 1/2, Loss: 0.5\r\nValidation Loss: 0.6\r\n';
    const bytes = new Uint8Array([0xff, 0xfe, ...Array.from(log, (letter) => [letter.charCodeAt(0), 0]).flat()]);
    const answer = recogniseFormat(headOf('train.log', bytes));
    const sink = 'format' in answer ? readAll(answer.format, bytes) : undefined;
    expect([sink?.values('Loss'), sink?.values('validation/Loss')]).toEqual([[0.5], [0.6]]);
  });
});
