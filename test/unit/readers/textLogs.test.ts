import { describe, expect, it } from 'vitest';
import { LOG_FORMATS } from '../../../src/readers/formats.js';
import { assignedPairs, spacedPairs } from '../../../src/readers/text/pairs.js';
import { bytesOf, readAll, type RecordingSink } from './recordingSink.js';
import { formatNamed } from './samples.js';

const text = (log: string): RecordingSink => readAll(formatNamed('text'), bytesOf(log));

/** `tag step value` of every point. */
function points(sink: RecordingSink): string[] {
  return [...sink.points].flatMap(([tag, series]) => series.map(({ step, value }) => `${tag} ${step} ${value}`));
}

describe('pairs of names and numbers', () => {
  it.each([
    ['loss: 3.5, grad_norm: 0.4171', 'loss 3.5|grad_norm 0.4171'],
    ['lm loss: 8.306568E+00 | loss scale: 16384.0 |', 'lm loss 8.306568|loss scale 16384'],
    ['tokens seen: 0.59M, val_loss:10.9 step_avg:nanms', 'tokens seen 590000|val_loss 10.9|step_avg NaN'],
    ['eta: 1 day, 17:48:40, time: 0.4', 'time 0.4'],
    ['time: 44,453ms | val loss: 3.7742', 'time 44453|val loss 3.7742'],
    ['a=tensor(2.5, device=cuda:0) b=-inf', 'a 2.5|b -Infinity'],
    ['lr=[1e-05, 2e-05], x=3', 'lr 0.00001|x 3'],
    ['per_layer:1.9,1.8,2.6', ''],
    ['version: 1.2.3 sha=3f2a time=12:30:01', ''],
  ])('%j', (line, expected) => {
    expect(
      assignedPairs(line)
        .map(({ name, value }) => `${name} ${value}`)
        .join('|'),
    ).toBe(expected);
  });

  it.each([
    ['loss 10.9779, time 87476.85ms, mfu -100.00%', 'loss 10.9779|time 87476.85|mfu -100'],
    ['Sen 2,946 | 75.65 words/s', 'Sen 2946|words/s 75.65'],
  ])('%j', (line, expected) => {
    expect(
      spacedPairs(line)
        .map(({ name, value }) => `${name} ${value}`)
        .join('|'),
    ).toBe(expected);
  });
});

describe('the general reader', () => {
  it.each([
    ['step 10: loss = 2.5', ['loss 10 2.5']],
    ['[2024-05-01 10:00:00] Iter 7 | train loss 1.75 | val loss 1.9', ['train loss 7 1.75', 'val loss 7 1.9']],
    ['global_step=12 reward=0.5 kl=0.01', ['reward 12 0.5', 'kl 12 0.01']],
    ['Iteration 5/100, Loss: nan', ['Loss 5 NaN']],
    ['epoch 2 step 3/10 loss 1.5', ['loss 13 1.5']],
    ['INFO:root:{"step": 4, "loss": 1.25}', ['loss 4 1.25']],
  ])('reads %j', (line, expected) => {
    expect(points(text(`${line}\n`)).filter((point) => !point.startsWith('epoch '))).toEqual(expected);
  });

  it.each([
    'val_loss = 0',
    'loss = F.cross_entropy(logits, targets)  # step 3: loss 4',
    'print(f"step:{step}/{train_steps} val_loss:{val_loss:.4f}")',
    'print("step 5 loss 3")',
    'for step in range(10): loss = 3',
    'step = 5; loss = 3.0',
    'if step == 100: loss = 0.5',
    'learning_rate: 0.1, max_steps: 1000, loss_weight: 0.5',
    'TrainingArguments(eval_steps=100, loss_type="ce", learning_rate=0.1)',
    "{'step': 100, 'lr': 0.1, 'model': 'gpt2', 'loss': 'ce'}",
    'self.step = 3, self.loss = 2',
    '# step 1: loss 2.5 was the best',
    'wandb: Run summary: step 10 loss 2.5',
    'saving checkpoint at step 40',
    '  File "train.py", line 3, in step 5 loss 1',
  ])('stays silent on %j', (line) => {
    expect(points(text(`${line}\n`))).toEqual([]);
  });

  it('falls silent once a known program has spoken', () => {
    const sink = text('step:1/10 val_loss:3.5 train_time:0ms\nmean over step 3: loss 9.0\n');
    expect(sink.values('val_loss')).toEqual([3.5]);
    expect(sink.points.has('loss')).toBe(false);
  });
});

describe('progress bars', () => {
  it('count once for every step, with what was drawn last', () => {
    const bar = (done: number, loss: string) => `\rtrain:  1%|#  | ${done}/9 [00:01<00:02, 3.1it/s, loss=${loss}]`;
    const sink = text(bar(1, '5') + bar(1, '4') + bar(2, '4') + bar(2, '3'));
    expect(points(sink)).toEqual(['loss 1 4', 'loss 2 3']);
  });

  it('stand for the step of lines that say none', () => {
    const sink = text("  2%|# | 10/500 [00:05<04:10,  1.95it/s]{'loss': 2.1, 'epoch': 0.1}\n");
    expect(sink.steps('loss')).toEqual([10]);
    expect(sink.total).toBe(500);
  });

  it('of files that are being loaded do not', () => {
    const sink = text("Loading shards:  50%|# | 1/2 [00:05<04:10,  1.95it/s]\n{'loss': 2.1, 'epoch': 0.5}\n");
    expect(sink.steps('loss')).toEqual([0.5]);
  });

  it('a line of hundreds of bars ends', () => {
    const sink = text(`${' 1%|#| 1/9 [0:1<0:2, 1it/s, loss=3]'.repeat(800)}\n`);
    expect(sink.scalars).toBeGreaterThan(0);
  });
});

describe('the end of a job', () => {
  it('an uncaught exception means failure', () => {
    const sink = text(
      'iter 1: loss 2, time 3ms\nTraceback (most recent call last):\n  File "a.py", line 1\nValueError: bad\n',
    );
    expect(sink.outcome).toBe('failed');
  });

  it('an error that is only mentioned does not', () => {
    expect(text('iter 1: loss 2, time 3ms\nValueError: ignored\n').outcome).toBeUndefined();
  });
});

describe('long lines of nothing', () => {
  const PARTS = [
    ' ',
    'a',
    '1',
    ',',
    ':',
    'a=',
    'a 1 ',
    '1,',
    'a.',
    '|',
    '[',
    'iteration 1/',
    'Epoch: [1]',
    '\t',
    '%|',
    'eta: ',
  ];

  it.each(PARTS)('%j over and over takes no more than linear time', (part) => {
    const line = part.repeat(Math.floor(30_000 / part.length));
    const start = performance.now();
    for (const head of ['', 'step 1: ', ' iteration 1/ 2 |', '[2020-01-01 10:00:00] Ep. 1 : Up. 1 : Sen. ']) {
      text(`${head}${line}\n`);
    }
    // A rule that backtracks needs minutes for a line of this length.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

it('every text format reads what another dialect prints, too', () => {
  const log = bytesOf('s:1 trl:5.5\niter 2: loss 4.5, time 3ms\n');
  for (const format of LOG_FORMATS.filter(({ id }) => ['nanogpt', 'llm.c', 'marian', 'text'].includes(id))) {
    expect(points(readAll(format, log))).toEqual(['trl 1 5.5', 'loss 2 4.5', 'time 2 3']);
  }
});

describe('logs as the frameworks print them', () => {
  const read = (...lines: string[]): string[] => points(text(`${lines.join('\n')}\n`));

  it("reads the test set of PyTorch's MNIST example", () => {
    expect(
      read(
        'Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.301',
        '',
        'Test set: Average loss: 0.0512, Accuracy: 9832/10000 (98%)',
      ),
    ).toEqual(['Loss 640 2.301', 'test/loss 640 0.0512', 'test/Accuracy 640 98']);
  });

  it('takes the running mean of the last line of an evaluation', () => {
    expect(
      read(
        'Train: 0 [  50/100 ( 50%)]  Loss: 6.95 (6.9)  LR: 1.000e-03',
        'Test: [   0/15]  Time: 0.5 (0.5)  Loss:  0.900 ( 0.900)  Acc@1:  20.0 (20.0)',
        'Test: [  15/15]  Time: 0.5 (0.5)  Loss:  0.500 ( 0.700)  Acc@1:  40.0 (30.0)',
        'Train: 1 [   0/100 (  0%)]  Loss: 6.5 (6.5)  LR: 1.000e-03',
      ).filter((point) => /loss|Acc/i.test(point)),
    ).toEqual(['Loss 50 6.95', 'Loss 100 6.5', 'test/Loss 50 0.7', 'test/Acc@1 50 30']);
  });

  it('counts a bar of Keras once, whatever was drawn before its end', () => {
    const bar = '\u001b[1m63/63\u001b[0m \u001b[32m━━━━\u001b[0m \u001b[1m0s\u001b[0m 3ms/step - ';
    expect(read('Epoch 1/10', `${bar}loss: 0.2600\r${bar}loss: 0.2543 - val_loss: 0.1228`)).toEqual([
      'loss 1 0.2543',
      'val_loss 1 0.1228',
    ]);
  });

  it.each([
    [
      'fastai',
      ['epoch     train_loss  valid_loss  accuracy  time    ', '0         2.312     1.5       0.25      00:12   '],
      ['train_loss 0 2.312', 'valid_loss 0 1.5', 'accuracy 0 0.25'],
    ],
    [
      'skorch',
      [
        '  epoch    train_loss    valid_loss     dur',
        '-------  ------------  ------------  ------',
        '      1        0.9        0.8  0.05',
      ],
      ['train_loss 1 0.9', 'valid_loss 1 0.8', 'dur 1 0.05'],
    ],
    [
      'spaCy',
      [
        'E    #       LOSS NER  ENTS_F  SCORE ',
        '---  ------  --------  ------  ------',
        '  1     200     12.50   60.00    0.60',
      ],
      ['LOSS NER 200 12.5', 'ENTS_F 200 60', 'SCORE 200 0.6'],
    ],
    [
      'the tutorials',
      ['Epoch 2', '-----', 'loss: 2.1  [  64/ 100]', 'Test Error: ', ' Accuracy: 51.0%, Avg loss: 1.9 '],
      ['loss 164 2.1', 'test/Accuracy 164 51', 'test/loss 164 1.9'],
    ],
    [
      'the CIFAR tutorial',
      ['[1,  2000] loss: 2.2', '[1,  4000] loss: 1.9', '[2,  2000] loss: 1.5'],
      ['loss 2000 2.2', 'loss 4000 1.9', 'loss 6000 1.5'],
    ],
    [
      'Stable-Baselines3',
      [
        '-'.repeat(34),
        '| rollout/           |           |',
        '|    ep_rew_mean     | 23.5      |',
        '| time/              |           |',
        '|    total_timesteps | 2048      |',
        '| train/             |           |',
        '|    loss            | 1.2e+03   |',
        '-'.repeat(34),
      ],
      ['rollout/ep_rew_mean 2048 23.5', 'train/loss 2048 1200'],
    ],
    ['DCGAN', ['[0/5][10/50]\tLoss_D: 1.4\tLoss_G: 0.7\tD(x): 0.6'], ['Loss_D 10 1.4', 'Loss_G 10 0.7', 'D(x) 10 0.6']],
    [
      'CLU',
      ['I0101 10:00:00.1 1400 logging_writer.py:48] [20] learning_rate=0.1, loss=2.5'],
      ['learning_rate 20 0.1', 'loss 20 2.5'],
    ],
    [
      'PaddlePaddle',
      ['[2024/01/01 10:00:00] ppcls INFO: [Train][Epoch 2/20][Iter: 10/50]lr(L): 0.1, loss: 2.5, batch_cost: 0.2s'],
      ['lr(L) 60 0.1', 'loss 60 2.5', 'batch_cost 60 0.2'],
    ],
    [
      'a summary after the steps of an epoch',
      ['Epoch [1/5], Step [10/50], Loss: 2.5', 'Epoch 1: train loss 2.1 | val loss 1.9'],
      ['Loss 10 2.5', 'train loss 50 2.1', 'val loss 50 1.9'],
    ],
  ])('reads %s', (_, lines, expected) => {
    expect(read(...lines)).toEqual(expected);
  });
});

describe('metrics under a progress bar', () => {
  it('stay at the step of the training while evaluation batches are counted below', () => {
    const log = [
      '  0%|          | 0/120 [00:00<?, ?it/s]',
      " 12%|█▎        | 15/120 [00:00<00:03, 29.01it/s]{'loss': '2.6', 'epoch': '0.5'}",
      '  0%|          | 0/13 [00:00<?, ?it/s]\u001b[A',
      "\u001b[A{'eval_loss': '2.499', 'epoch': '0.5'}",
      '100%|██████████| 13/13 [00:00<00:00, 607.42it/s]\u001b[A',
      ' 13%|█▎        | 16/120 [00:00<00:01, 78.87it/s]',
      "{'loss': '2.4', 'epoch': '0.6'}",
    ];
    expect(points(text(`${log.join('\n')}\n`)).filter((point) => point.includes('loss'))).toEqual([
      'loss 15 2.6',
      'loss 16 2.4',
      'eval_loss 15 2.499',
    ]);
  });
});
