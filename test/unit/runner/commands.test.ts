import { describe, expect, it } from 'vitest';
import { commandText, commandWords } from '../../../src/runner/commandLine.js';
import {
  hookEnvironment,
  keepHookInCommand,
  whyNoHook,
  withoutEditorVariables,
} from '../../../src/runner/hookEnvironment.js';
import { nameOfCommand } from '../../../src/runner/jobFolder.js';
import { meansOf } from '../../../src/runner/processes.js';
import { launchedByTorchrun } from '../../../src/runner/torchrun.js';

describe('a command as a person types it', () => {
  it.each([
    ['python train.py --lr 0.1', ['python', 'train.py', '--lr', '0.1']],
    [`python "my train.py" --x='a b' C:\\x\\y`, ['python', 'my train.py', '--x=a b', 'C:\\x\\y']],
    [String.raw`a\ b "say \"hi\"" ""`, ['a b', 'say "hi"', '']],
    ['  ', []],
  ])('%s', (text, words) => {
    expect(commandWords(text)).toEqual(words);
    expect(commandWords(commandText(words))).toEqual(words);
  });

  it('is refused with a quote left open', () => {
    expect(commandWords('python "train.py')).toBeUndefined();
  });

  it.each([
    [['python', '-u', 'src/train.py', '--data', 'x.csv'], 'train'],
    [['python', '-m', 'pkg.train'], 'pkg.train'],
    [['/opt/bin/my job'], 'my-job'],
    [['uv', 'run', 'Überprüfung.py'], 'Überprüfung'],
    [['..'], 'job'],
  ])('%j is called %s', (command, name) => {
    expect(nameOfCommand(command)).toBe(name);
  });
});

describe('torchrun', () => {
  const launched = (command: string, options: Record<string, string> = {}) => {
    const result = launchedByTorchrun(command.split(' '), options);
    return result.ok ? result.value.join(' ') : result.error;
  };

  it.each([
    [
      'python train.py --lr 1',
      { nproc: '2' },
      'python -m torch.distributed.run --standalone --nproc-per-node=2 train.py --lr 1',
    ],
    [
      '/v/bin/python3.11 -u -m pkg.train a',
      {},
      '/v/bin/python3.11 -u -m torch.distributed.run --standalone --module pkg.train a',
    ],
    [
      'uv run python train.py',
      { nproc: 'gpu' },
      'uv run python -m torch.distributed.run --standalone --nproc-per-node=gpu train.py',
    ],
    ['train.py', {}, 'torchrun --standalone train.py'],
    ['./train.sh x', {}, 'torchrun --standalone --no-python ./train.sh x'],
    ['torchrun --nnodes 1 train.py', { nproc: '4' }, 'torchrun --nproc-per-node=4 --nnodes 1 train.py'],
    [
      'python train.py',
      { nnodes: '2', 'rdzv-endpoint': 'head:29400', 'rdzv-backend': 'c10d' },
      'python -m torch.distributed.run --nnodes=2 --rdzv-endpoint=head:29400 --rdzv-backend=c10d train.py',
    ],
  ])('%s with %j', (command, options, expected) => {
    expect(launched(command, options)).toBe(expected);
  });

  it('refuses what it can not start', () => {
    expect(launched('python -c print(1)')).toMatch(/needs a script or a module/);
    expect(launched('python train.py', { partition: 'gpu' })).toMatch(/torchrun has no option partition/);
  });
});

describe('what a job inherits', () => {
  const wish = { hooks: '/x/hooks', folder: '/r', mode: 'auto', inherited: {} } as const;

  it('on Windows: its own separator, and output that can hold any character', () => {
    const variables = hookEnvironment({ ...wish, inherited: { PYTHONPATH: 'C:\\lib' }, platform: 'win32' });
    expect(variables['PYTHONPATH']?.split(';')[1]).toBe('C:\\lib');
    expect(variables['PYTHONIOENCODING']).toBe('utf-8');
  });

  it('keeps what the person has decided', () => {
    const variables = hookEnvironment({ ...wish, inherited: { PYTHONUNBUFFERED: '0', PYTHONPATH: '' }, every: 5 });
    expect(variables).toEqual({
      EVENKEEL_OUT: '/r',
      EVENKEEL_CONTROL: '/r/control',
      EVENKEEL_EVERY: '5',
      PYTHONPATH: '/x/hooks/bootstrap',
    });
    expect(hookEnvironment({ ...wish, mode: 'off' })).toEqual({ PYTHONUNBUFFERED: '1' });
  });

  it('leaves out what is the editor’s', () => {
    expect(withoutEditorVariables({ VSCODE_PID: '1', ELECTRON_RUN_AS_NODE: '1', HOME: '/h', NONE: undefined })).toEqual(
      {
        HOME: '/h',
      },
    );
  });

  it.each([
    [['python', '-I', 'train.py'], /-I/],
    [['python3.12', '-uS', 'train.py'], /-uS/],
    [['bash', '-c', 'PYTHONPATH=src python train.py'], /sets PYTHONPATH/],
    [['python', '-u', 'train.py', '-I', '-S'], undefined],
    [['python', '-W', 'ignore', 'train.py'], undefined],
    [['bash', '-c', 'PYTHONPATH=src:$PYTHONPATH python train.py'], undefined],
  ])('%j: why the hook is not loaded', (command, reason) => {
    expect(whyNoHook(command) ?? '').toMatch(reason ?? /^$/);
  });

  it('goes through env', () => {
    const command = ['env', '-u', 'X', 'PYTHONPATH=lib', 'python', 'PYTHONPATH=not.this'];
    expect(keepHookInCommand(command, '/x/hooks', 'linux')[3]).toBe('PYTHONPATH=/x/hooks/bootstrap:lib');
    expect(keepHookInCommand(['env', 'A=1', 'echo', 'PYTHONPATH=no'], '/x/hooks', 'linux')[3]).toBe('PYTHONPATH=no');
  });
});

describe('signals', () => {
  it('go to the whole group, and on Windows to the whole tree', () => {
    expect(meansOf('interrupt', 7, 'darwin')).toEqual({ kind: 'group', signal: 'SIGINT' });
    expect(meansOf('pause', 7, 'linux')).toEqual({ kind: 'group', signal: 'SIGSTOP' });
    expect(meansOf('terminate', 7, 'win32')).toEqual({ kind: 'program', command: ['taskkill.exe', '/PID', '7', '/T'] });
    expect(meansOf('kill', 7, 'win32')).toMatchObject({ command: ['taskkill.exe', '/PID', '7', '/T', '/F'] });
    expect(meansOf('pause', 7, 'win32')).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Windows') });
  });
});
