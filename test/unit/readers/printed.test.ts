import { describe, expect, it } from 'vitest';
import { DIALECTS, GENERAL_DIALECTS } from '../../../src/readers/dialects/dialects.js';
import { recogniseFormat } from '../../../src/readers/formats.js';
import { anyRule, together } from '../../../src/readers/text/anyRule.js';
import { PRINTED_AMID_OTHERS } from './printedAmidOthers.js';
import { PRINTED_CASES } from './printedCases.js';
import { PRINTED_SHAPES } from './printedShapes.js';
import { bytesOf, headOf, readAll } from './recordingSink.js';
import { formatNamed } from './samples.js';

const ALL = [...PRINTED_CASES, ...PRINTED_SHAPES, ...PRINTED_AMID_OTHERS];

describe('what programs print', () => {
  it.each(ALL.map((printed) => [printed.program, printed.source, printed] as const))(
    '%s (%s)',
    (_program, _source, { lines, points, only, total }) => {
      const bytes = bytesOf(`${lines.join('\n')}\n`);
      const answer = recogniseFormat(headOf('train.log', bytes));
      if ('refused' in answer) {
        throw new Error(`refused: ${answer.refused}`);
      }
      const sink = readAll(answer.format, bytes);
      const found = Object.keys(points).map((tag) => [
        tag,
        (sink.points.get(tag) ?? []).map(({ step, value }) => [step, value]),
      ]);
      expect(Object.fromEntries(found)).toEqual(points);
      if (only === true) {
        expect([...sink.points.keys()].sort()).toEqual(Object.keys(points).sort());
      }
      if (total !== undefined) {
        expect(sink.total).toBe(total);
      }
    },
  );
});

describe('what is tried for a line', () => {
  const lines = ALL.flatMap((printed) => printed.lines);

  it.each([
    ['special', DIALECTS],
    ['general', GENERAL_DIALECTS],
  ])('is left out only where no rule would match: %s', (_name, dialects) => {
    const rules = dialects.flatMap((dialect) => dialect.rules);
    const { mayMatch, contextual } = anyRule(rules);
    const others = rules.filter((rule) => !contextual.includes(rule));
    const wrong = lines.filter((line) => mayMatch(line) !== others.some((rule) => rule.line.test(line)));
    expect(wrong).toEqual([]);
    expect(lines.filter(mayMatch).length).toBeGreaterThan(50);
    expect(lines.filter((line) => !mayMatch(line)).length).toBeGreaterThan(50);
  });

  it('keeps apart what would mean something else together', () => {
    const expressions = [/^(?<sign>[*=])\1+$/, /^(?<step>\d+)$/i, /^(?<step>[A-Z]+)$/, /(?<!\d)(?<step>\d)b/];
    const joined = together(expressions);
    for (const text of ['**', '*=', '12', 'AB', 'ab', 'x1b', '11b', '']) {
      expect([text, joined.some((one) => one.test(text))]).toEqual([text, expressions.some((one) => one.test(text))]);
    }
  });
});

/** Texts that stand in the output of jobs and are no metrics, though many have words and numbers that metrics have. */
const SILENT: readonly (readonly [what: string, lines: readonly string[]])[] = [
  [
    'source code',
    [
      'for epoch in range(10):',
      '    for step, batch in enumerate(loader):',
      '        loss = model(batch).loss / 4  # step 10: loss 2.5 was best',
      '        print(f"Epoch {epoch} step {step}: loss {loss.item():.4f}")',
      '    assert step == 100 and loss < 2.5, "epoch 1: loss 3.0"',
      "logger.info('step %d: loss %.3f', step, loss)",
      'const step = 5; let loss = 2.5;',
      'if (step % 100 == 0) printf("step %d: train loss %f\\n", step, 2.5);',
      'val_loss = 0.0',
      'step: int = 0, loss: float = 0.0',
    ],
  ],
  [
    'a configuration in YAML',
    [
      'training:',
      '  max_steps: 1000',
      '  eval_steps: 100',
      '  epochs: 3',
      '  loss_weight: 0.5',
      '  reward_scale: 10.0',
      'optimizer: {lr: 0.1, step: 10, loss_scale: 128}',
      'steps: 100, lr: 0.1, weight_decay: 0.01, label_smoothing: 0.1',
    ],
  ],
  [
    'a schedule in a configuration',
    [
      'step: 1000',
      '  lr: 0.1',
      '  loss_weight: 0.5',
      'epoch: 10',
      'lr: 0.01',
      'batch_size: 64',
      'Step 3:',
      'pip install x==1.0',
    ],
  ],
  [
    'an object over several lines that is a configuration',
    [
      '{',
      '  "lr": 0.1,',
      '  "epoch": 3,',
      '  "name": "a"',
      '}',
      'model = {',
      "  'step': 10,",
      "  'weight_decay': 0.1",
      '}',
    ],
  ],
  [
    'printed arguments',
    [
      'Namespace(epoch=10, step=5, loss=2.5, lr=0.1)',
      'TrainingArguments(eval_steps=100, learning_rate=0.1, label_smoothing_factor=0.0)',
      "{'step': 100, 'lr': 0.1, 'loss_type': 'mse', 'scheduler': 'cosine', 'name': 'run'}",
      '--epoch 10 --step 100 --loss 2.5',
      '  label_smoothing ................. 0.1.........................default',
    ],
  ],
  [
    'pip',
    [
      'Collecting torch==2.3.1',
      '  Downloading torch-2.3.1-cp310-cp310-manylinux1_x86_64.whl (779.1 MB)',
      '     ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ 779.1/779.1 MB 1.2 MB/s eta 0:00:00',
      'Requirement already satisfied: lossy-score>=1.0 in /usr/lib/python3 (from metrics) (1.2.0)',
      'Successfully installed accuracy-0.5 loss-2.5 step-10 torch-2.3.1',
    ],
  ],
  [
    'compilers',
    [
      '[1/4] c++ -MMD -MF main.o.d -DTORCH_EXTENSION_NAME=fused_loss -O3 -std=c++17 -c main.cpp -o main.o',
      'step.cu(12): warning #177-D: variable "loss" was declared but never referenced',
      'ninja: no work to do.',
      'train.c:10:5: error: expected expression at step 3, loss 2',
      '[ 50%] Building CXX object CMakeFiles/loss.dir/loss.cpp.o',
      'make[1]: *** [Makefile:10: loss.o] Error 2',
    ],
  ],
  [
    'a stack trace',
    [
      'Traceback (most recent call last):',
      '  File "train.py", line 120, in train_step',
      '    loss = criterion(out, y)',
      '  File "/usr/lib/python3/torch/nn/modules/loss.py", line 1179, in forward',
      'RuntimeError: step 10: Expected all tensors to be on the same device, loss: cuda:0 and cpu:0',
      'torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has 79.10 GiB',
    ],
  ],
  [
    'machines',
    [
      '| NVIDIA-SMI 535.104.05   Driver Version: 535.104.05   CUDA Version: 12.2     |',
      '| N/A   32C    P0    61W / 400W |      0MiB / 81920MiB |      0%      Default |',
      'NCCL INFO Ring 00 : 0[0] -> 1[1] via P2P/IPC/read',
      'slurmstepd: error: *** STEP 12345.0 ON node1 CANCELLED AT 2024-05-01T10:00:00 ***',
      'Loading checkpoint shards: 100%|██████████| 3/3 [00:05<00:00,  1.70s/it]',
      'Map: 100%|██████████| 1000/1000 [00:00<00:00, 12345.67 examples/s]',
      'model.safetensors:  12%|█▏        | 1.20G/9.98G [00:30<03:40, 39.8MB/s]',
      'Resolved 120 packages in 1.25s',
    ],
  ],
  [
    'a table of a model',
    [
      '  | Name    | Type             | Params | Mode ',
      '-----------------------------------------------',
      '0 | layer   | Linear           | 650 K  | train',
      '1 | loss    | CrossEntropyLoss | 0      | train',
      '│ dense (Dense)                   │ (None, 10)             │           650 │',
      'Total params: 1,234,567 (4.71 MB)',
    ],
  ],
  [
    'parts of the data that are only talked about',
    [
      'Test: setup of the module 1: 0.5',
      'test loss function on 3 devices',
      'Val set: 5000 images',
      'train set: 50000 images, 10 classes',
      'Testing GPU 0: 12.5 GB free',
      'Validation accuracy will be computed every 500 steps',
      'Epoch 00003: val_loss did not improve from 0.40000',
      'Validation loss decreased (inf --> 0.600000).  Saving model ...',
    ],
  ],
  [
    'a configuration behind the head of a logger',
    [
      "2018-07-27 12:40:12 INFO config: {'lr': 0.1, 'loss_weight': 2.0, 'epochs': 3}",
      "2018-07-27 12:40:12,123 - trainer - INFO - {'lr': 0.1, 'weight_decay': 2.0, 'epochs': 3}",
      '{"log":"  max_steps: 1000\\n","stream":"stdout","time":"2024-05-01T10:00:00.123Z"}',
      '┌ Info: settings',
      '│   lr = 0.1',
      '└   batch_size = 10',
    ],
  ],
  [
    'sentences that begin like the header of a table',
    ['Epoch loss accuracy', 'are computed below', 'step, loss', 'Step Loss is measured in nats', '10 nats are much'],
  ],
  [
    'talk about the run',
    [
      'Resuming from checkpoint-500',
      'Saving model at step 100',
      'wandb: Run summary: step 10 loss 2.5',
      'Epoch 3 of 10 has begun',
      'Early stopping: best score 0.5 was not improved for 3 epochs',
      '2024-05-01 10:00:00 INFO Using seed 10, epoch length 500, batch 32',
      'See https://example.com/issues/10?step=5&loss=2.5 for help',
    ],
  ],
];

describe('what is no metric', () => {
  it.each(SILENT)('%s gives no point', (_what, lines) => {
    for (const text of [lines.join('\n'), lines.join('\r\n'), `[rank0]:${lines.join('\n[rank0]:')}`]) {
      const sink = readAll(formatNamed('text'), bytesOf(`${text}\n`));
      expect([...sink.points]).toEqual([]);
      expect(recogniseFormat(headOf('train.log', bytesOf(`${text}\n`)))).toHaveProperty('refused');
    }
  });
});

describe('how numbers and places are written', () => {
  it.each([
    ["step 1 loss: tensor(2.31, device='cuda:0', grad_fn=<NllLossBackward0>)", ['loss 1 2.31']],
    ['step 1 loss: tensor(2.31, grad_fn=<MeanBackward0>)', ['loss 1 2.31']],
    ['step 1: loss=np.float64(2.31)', ['loss 1 2.31']],
    ['step 1: loss=Array(2.31, dtype=float32)', ['loss 1 2.31']],
    ['step 1: loss=[2.31]', ['loss 1 2.31']],
    ['step 1 loss=2.3 (avg 2.5)', ['loss 1 2.3']],
    ['step 1 Loss 2.3e+00 (2.5e+00)', ['Loss 1 2.3']],
    ['step: 1 loss: nan grad_norm: -nan', ['loss 1 NaN', 'grad_norm 1 NaN']],
    ['step: 1 loss: 1.#QNAN, lr: 1e-3', ['loss 1 NaN', 'lr 1 0.001']],
    ['step: 1 loss: -1.#IND', ['loss 1 NaN']],
    ['step: 1 loss: inf', ['loss 1 Infinity']],
    ['step: 1 loss: -inf', ['loss 1 -Infinity']],
    ['step: 1, loss: 2,31', []],
    ['step: 1, loss: 2,312', []],
    ['step 1,000/10,000 loss 2.5 tokens 1,234,567', ['loss 1000 2.5', 'tokens 1000 1234567']],
    ['step 1 loss 2.5 tps: 7,012', ['loss 1 2.5', 'tps 1 7012']],
    ['step 10 | loss 2.5 | 3.4M tok/s | dt 2.1s', ['loss 10 2.5', 'tok/s 10 3400000', 'dt 10 2.1']],
    ['step 10 | loss 2.5 | acc 45.5% | tokens: 1.2k', ['loss 10 2.5', 'acc 10 45.5', 'tokens 10 1200']],
    ['step 10: loss 2.5, acc: 45.5 %', ['loss 10 2.5', 'acc 10 45.5']],
    ['step=10, loss=2.5,acc=0.5,', ['loss 10 2.5', 'acc 10 0.5']],
    ['[10/100] loss: 2.5', ['loss 10 2.5']],
    ['10: loss 2.5', ['loss 10 2.5']],
    ['loss at step 10: 2.5', ['loss 10 2.5']],
    ['At step 10, the loss is 2.5', ['loss 10 2.5']],
    ['(step=0000010) Train Loss: 2.5, Train Steps/Sec: 3.1', ['Train Loss 10 2.5', 'Train Steps/Sec 10 3.1']],
    ['Epoch 1 Train Loss 2.5 Val Loss 2.6', ['Train Loss 1 2.5', 'Val Loss 1 2.6']],
    ['\u001b[32mstep 10\u001b[0m: \u001b[1mloss\u001b[0m 2.5', ['loss 10 2.5']],
    ['step 10 loss 2.5e', []],
    ['step 10 loss 2.5.1', []],
    ['step 10 loss: 0x1f', []],
    ['step 10 loss None', []],
  ])('%j', (line, expected) => {
    const sink = readAll(formatNamed('text'), bytesOf(`${line}\n`));
    const points = [...sink.points].flatMap(([tag, series]) =>
      series.map(({ step, value }) => `${tag} ${step} ${value}`),
    );
    expect(points).toEqual(expected);
  });

  it('takes the time of a line from the stamp before it', () => {
    const log = '2024-05-01 10:00:00,500 INFO step 10 loss 2.5\n[2024-05-01T12:00:01+02:00] step 11 loss 2.0\n';
    const sink = readAll(formatNamed('text'), bytesOf(log));
    expect(sink.points.get('loss')?.map(({ wallTime }) => wallTime)).toEqual([1714557600.5, 1714557601]);
  });
});
