import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findCheckpoints, lastBefore, stepInName } from '../../../src/runner/rescue/checkpoints.js';
import { atRate, resumedFrom } from '../../../src/runner/rescue/relaunch.js';
import { withoutHook } from '../../../src/runner/hookEnvironment.js';
import { exitOf, lastError } from '../../../src/runner/exitCause.js';
import { scratchFolder, writeTree } from '../engine/scratch.js';

describe('checkpoints', () => {
  it.each([
    ['checkpoint-500', 500],
    ['global_step1200', 1200],
    ['iter_0000500', 500],
    ['epoch=3-step=1200.ckpt', 1200],
    ['model_000250.pt', 250],
    ['epoch_12.pt', null],
    ['best.pt', null],
    ['resnet50.pth', null],
  ])('%s is of step %s', (name, step) => {
    expect(stepInName(name)).toBe(step);
  });

  it('are those that the job has written, and the last before the trouble is taken', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'out/checkpoint-100/model.safetensors': 'x',
      'out/checkpoint-200/model.safetensors': 'x',
      'out/checkpoint-300/model.safetensors': 'x',
      'pretrained/step_150.pt': 'x',
      'node_modules/step_190.pt': 'x',
      'data/train.json': '{}',
    });
    const old = new Date('2020-01-01');
    await utimes(path.join(root, 'pretrained/step_150.pt'), old, old);
    const found = await findCheckpoints([root], Date.parse('2021-01-01'));
    expect(found.map((one) => path.basename(one.path)).sort()).toEqual([
      'checkpoint-100',
      'checkpoint-200',
      'checkpoint-300',
    ]);
    expect(lastBefore(found, { step: 250, time: undefined })?.step).toBe(200);
    expect(lastBefore(found, { step: 202, time: undefined })?.step).toBe(200);
    expect(lastBefore(found, { step: 201, time: undefined })?.step).toBe(100);
    expect(lastBefore(found, { step: 50, time: undefined })).toBeUndefined();
  });

  it('without steps in their names are judged by when they were written', () => {
    const at = (name: string, modified: number) => ({ path: name, step: null, modified });
    const found = [at('epoch_1.pt', 1000), at('epoch_2.pt', 2000), at('epoch_3.pt', 3000)];
    expect(lastBefore(found, { step: 9, time: 2500 })?.path).toBe('epoch_2.pt');
    expect(lastBefore(found, { step: 9, time: undefined })).toBeUndefined();
  });
});

describe('the relaunch', () => {
  const ARGPARSE = `
parser.add_argument("--lr", type=float, default=3e-4)
parser.add_argument(
    "--resume",
    default=None,
)
`;
  const relaunch = (command: string, source: string, factor: number) => {
    const resumed = resumedFrom(command.split(' '), source, '/c/step_200.pt');
    const words = resumed?.command ?? command.split(' ');
    return (atRate(words, source, factor)?.command ?? words).join(' ');
  };
  const HF =
    'parser = HfArgumentParser(TrainingArguments)\ntrainer.train(resume_from_checkpoint=args.resume_from_checkpoint)';
  const NANOGPT = `init_from = 'scratch'  # or 'resume'
learning_rate = 6e-4  # max
exec(open('configurator.py').read())
if init_from == 'resume':
    load()
`;

  it.each([
    ['python t.py', ARGPARSE, 'python t.py --resume /c/step_200.pt --lr 0.00015'],
    ['python t.py --resume=old.pt --lr 0.1', ARGPARSE, 'python t.py --resume=/c/step_200.pt --lr 0.05'],
    [
      'python t.py --resume_from_checkpoint old --learning_rate 2e-5',
      '',
      'python t.py --resume_from_checkpoint /c/step_200.pt --learning_rate 0.00001',
    ],
    ['python t.py optimizer=adam lr=0.2 resume=none', '', 'python t.py optimizer=adam lr=0.1 resume=/c/step_200.pt'],
    [
      'node t.mjs',
      `parseArgs({ options: { resume: { type: 'string' }, lr: { type: 'string', default: '0.5' } } })`,
      'node t.mjs --resume /c/step_200.pt --lr 0.25',
    ],
    ['python t.py', 'parser.add_argument("--resume", action="store_true")', 'python t.py --resume'],
    ['python t.py', HF, 'python t.py --resume_from_checkpoint /c/step_200.pt --learning_rate 0.000025'],
    ['python t.py --learning_rate 1e-3', HF.slice(0, 42), 'python t.py --learning_rate 0.0005'],
    ['python t.py conf.py', NANOGPT, 'python t.py conf.py --init_from=resume --learning_rate=0.0003'],
    ['python t.py --init_from=scratch', NANOGPT, 'python t.py --init_from=resume --learning_rate=0.0003'],
  ])('of %s', (command, source, expected) => {
    expect(relaunch(command, source, 0.5)).toBe(expected);
  });

  it('changes nothing that it does not know, and knows where the script chooses for itself', () => {
    expect(relaunch('python t.py', 'print("no options")', 0.5)).toBe('python t.py');
    const named = (source: string) => resumedFrom(['python', 't.py'], source, '/c/step_200.pt')?.isNamed;
    expect([named(ARGPARSE), named(NANOGPT), named('add_argument("--resume", action="store_true")')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('has what the person had set, and nothing of the hook', () => {
    const set = {
      EVENKEEL_OUT: '/runs/1',
      PYTHONUNBUFFERED: '1',
      PYTHONPATH: '/ext/hooks/bootstrap:/own/lib',
      NODE_OPTIONS: '--max-old-space-size=512 --require "/ext 1/hooks/evenkeel.cjs"',
      KEY: 'secret',
    };
    expect(withoutHook(set, 'linux')).toEqual({
      PYTHONPATH: '/own/lib',
      NODE_OPTIONS: '--max-old-space-size=512',
      KEY: 'secret',
    });
    expect(withoutHook({ PYTHONPATH: 'C:\\x\\hooks\\bootstrap' }, 'win32')).toEqual({});
  });
});

describe('how a job ended', () => {
  const seen = { code: 1, signal: null, stopRequest: undefined, lastOutput: '', kills: 0 };

  it('shows the end of the last traceback, of whatever rank', () => {
    const text = [
      'step 1 loss 2.0',
      '[rank1]: Traceback (most recent call last):',
      '[rank1]:   File "t.py", line 3, in <module>',
      '[rank1]:     main()',
      '[rank1]: ValueError: bad batch',
      '',
      'cleaning up',
    ].join('\n');
    expect(lastError(text)).toBe('  File "t.py", line 3, in <module>\n    main()\nValueError: bad batch');
    expect(lastError('Error: no data\n    at load (t.js:1:2)\n    at main (t.js:9:1)\n')).toMatch(
      /^Error: no data\n.*at load/,
    );
    expect(lastError('a\nb\nlast words\n')).toBe('a\nb\nlast words');
  });

  it.each([
    [{ lastOutput: 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB' }, 'gpu-out-of-memory'],
    [{ lastOutput: 'MemoryError' }, 'out-of-memory'],
    [{ code: 137, kills: 1 }, 'out-of-memory'],
    [{ code: null, signal: 'SIGKILL' }, 'killed'],
    [{ code: 137 }, 'killed'],
    [{ code: null, signal: 'SIGSEGV' }, 'killed'],
    [{ code: 2 }, 'error'],
    [{ code: 0, lastOutput: 'caught: CUDA out of memory' }, 'ok'],
    [{ code: null, signal: 'SIGKILL', stopRequest: 'stopped in the editor' }, 'asked'],
  ])('%j is %s', (more, cause) => {
    expect(exitOf({ ...seen, ...more }).cause).toBe(cause);
  });

  it.each([
    [{ of: 'machine', share: 0.974, time: 58_000 }, /SIGKILL.*the machine's memory was at 97 % 2 s before.*may well/],
    [{ of: 'group', share: 0.95, time: 60_000 }, /its control group's memory was at 95 % 0 s before.*may well/],
    [{ of: 'machine', share: 0.4, time: 55_000 }, /at 40 % 5 s before.*somebody else, is as likely/],
    [undefined, /as a rule the machine was out of memory/],
  ] as const)('by SIGKILL that nobody saw, with memory at %j, claims no more than is known', (memory, words) => {
    const { cause, message } = exitOf({ ...seen, code: null, signal: 'SIGKILL', memory, now: 60_000 });
    expect(cause).toBe('killed');
    expect(message).toMatch(words);
  });
});
