import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CliError, EXIT } from './cliError.js';
import type { CheckpointOptions } from './commands/checkpoint.js';
import type { RepairOptions } from './commands/checkpointRepairs.js';
import type { DiagnosisFormat } from './commands/diagnose.js';
import type { LabOptions } from './commands/lab.js';
import type { RescueOptions } from './commands/rescue.js';
import type { RunOptions } from './commands/run.js';
import type { CommandContext } from './console.js';
import { BACKENDS } from '../lab/backend.js';
import type { Severity } from '../model/finding.js';
import { TARGET_NAMES } from '../runner/jobRecord.js';
import { TARGET_OPTIONS } from '../runner/targetOptions.js';
import { LAB_FOLDER } from './labFolder.js';
import { packageVersion } from './packageVersion.js';

const SEVERITY_CHOICES = ['error', 'warning', 'info', 'never'];
const PATHS = 'log files, run folders, or folders of runs';

/**
 * Runs one command line and gives its exit code. Errors are told in one line; code is loaded by the command that
 * needs it.
 */
export async function runCommandLine(parameters: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    if (parameters.length === 0) {
      throw new CliError(
        `name a command (${program.commands.map((one) => one.name()).join(', ')}): see evenkeel --help`,
      );
    }
    await program.parseAsync(parameters, { from: 'user' });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error, context);
  }
}

function exitCodeOf(error: unknown, { complain, signal }: CommandContext): number {
  if (signal.aborted) {
    return signal.reason instanceof CliError ? signal.reason.exitCode : EXIT.interrupted;
  }
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? EXIT.done : EXIT.unusable;
  }
  if (error instanceof CliError) {
    complain(error.message);
    return error.exitCode;
  }
  complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return EXIT.unusable;
}

function createProgram(context: CommandContext, done: (exitCode: number) => void): Command {
  const program = new Command('evenkeel')
    .description('Sees what is going wrong in a training run, says why with the numbers, and mends the training loop.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText(
      'after',
      '\nExit codes: 0 done; 1 findings at or above --fail-on, or a fix refused; 2 bad usage or nothing could be read; 130 interrupted.',
    )
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.output.write(text),
      writeErr: () => undefined,
      outputError: (text) =>
        context.complain(
          `${text
            .trim()
            .replace(/^error: /, '')
            .replace(/\s*\n\s*/g, ' ')}: see evenkeel --help`,
        ),
    });
  addDiagnose(program, context, done);
  addWatch(program, context, done);
  addExport(program, context, done);
  addLoops(program, context, done);
  addFix(program, context, done);
  addCheckpoint(program, context, done);
  addMcp(program, context, done);
  addRun(program, context, done);
  addRescue(program, context, done);
  addLab(program, context, done);
  return program;
}

type Done = (exitCode: number) => void;

function addDiagnose(program: Command, context: CommandContext, done: Done): void {
  program
    .command('diagnose')
    .description('say what is wrong with the runs under the paths')
    .argument('<path...>', PATHS)
    .addOption(formatOption(['text', 'json', 'sarif', 'markdown', 'html']))
    .addOption(failOnOption('error'))
    .addOption(rolesOption())
    .addOption(patternOption())
    .action(
      async (
        paths: string[],
        options: { format: DiagnosisFormat; failOn: Severity | 'never'; roles?: string; pattern?: string },
      ) => {
        const { diagnose } = await import('./commands/diagnose.js');
        done(await diagnose(paths, options, context));
      },
    );
}

function addWatch(program: Command, context: CommandContext, done: Done): void {
  program
    .command('watch')
    .description('follow the runs under the paths and tell of findings as they open, change and resolve')
    .argument('<path...>', PATHS)
    .addOption(formatOption(['text', 'json']))
    .addOption(failOnOption('never'))
    .addOption(rolesOption())
    .addOption(patternOption())
    .addOption(
      new Option('--ended-after <seconds>', 'a run that has been quiet for this long has ended')
        .argParser(positiveNumber)
        .default(60),
    )
    .action(
      async (
        paths: string[],
        options: {
          format: 'text' | 'json';
          failOn: Severity | 'never';
          roles?: string;
          pattern?: string;
          endedAfter: number;
        },
      ) => {
        const { watch } = await import('./commands/watch.js');
        done(await watch(paths, options, context));
      },
    );
}

function addExport(program: Command, context: CommandContext, done: Done): void {
  program
    .command('export')
    .description('print every point that was read: run,tag,role,rank,segment,step,wallTime,value')
    .argument('<path...>', PATHS)
    .option('--role <role>', 'only series of this role, such as train/loss; may be repeated', collect, [])
    .addOption(formatOption(['csv', 'jsonl'], 'csv'))
    .addOption(rolesOption())
    .addOption(patternOption())
    .action(
      async (
        paths: string[],
        options: { format: 'csv' | 'jsonl'; role: string[]; roles?: string; pattern?: string },
      ) => {
        const { exportPoints } = await import('./commands/export.js');
        done(await exportPoints(paths, options, context));
      },
    );
}

function addLoops(program: Command, context: CommandContext, done: Done): void {
  program
    .command('loops')
    .description('find the training loops in source files')
    .argument('<file...>', 'Python, notebook, TypeScript or JavaScript sources')
    .addOption(formatOption(['text', 'json']))
    .addOption(failOnOption('never'))
    .action(async (files: string[], options: { format: 'text' | 'json'; failOn: Severity | 'never' }) => {
      const { loops } = await import('./commands/loops.js');
      done(await loops(files, options, context));
    });
}

interface FixFlags {
  readonly format: 'text' | 'json';
  readonly list?: boolean;
  readonly apply: string[];
  readonly set: string[];
  readonly write?: boolean;
}

function addFix(program: Command, context: CommandContext, done: Done): void {
  program
    .command('fix')
    .description('show what a fix would change in a source file, or change it')
    .argument('[file]', 'the source file')
    .option('--list', 'name every fix')
    .option('--apply <fix,...>', 'fixes to make, one after the other', collectList, [])
    .option('--set <name=value>', 'a setting of the fix; may be repeated', collect, [])
    .option('--write', 'change the file instead of printing a diff')
    .addOption(formatOption(['text', 'json']))
    .action(async (file: string | undefined, flags: FixFlags) => {
      const { fix } = await import('./commands/fix.js');
      const { list = false, write = false, ...rest } = flags;
      done(await fix(file, { ...rest, list, write }, context));
    });
}

type RunFlags = Omit<RunOptions, 'targetOptions'>;

function addRun(program: Command, context: CommandContext, done: Done): void {
  const command = program
    .command('run')
    .description('start a job with the hook, pass its output on, and tell of findings while it runs')
    .argument('<command...>', 'the program and its arguments, after --')
    .addOption(new Option('--target <target>', 'where it runs').choices(TARGET_NAMES).default('local'))
    .addOption(
      new Option('--hook <mode>', 'whether the hook is loaded into it').choices(['auto', 'off']).default('auto'),
    )
    .addOption(
      new Option(
        '--every <steps>',
        'look closely at every so many steps (else as often as 2 % of the time allows)',
      ).argParser(positiveInteger),
    )
    .option('--out <folder>', 'the folder of the run (else a new one in evenkeel-runs)')
    .addOption(formatOption(['text', 'json']))
    .addOption(failOnOption('never'))
    .addOption(rolesOption())
    .addOption(patternOption())
    .passThroughOptions();
  for (const [name, [meaning, targets]] of targetFlags()) {
    command.option(`--${name} <value>`, `${targets.join(', ')}: ${meaning}`);
  }
  command.action(async (words: string[], flags: RunFlags & Readonly<Record<string, unknown>>) => {
    const { run } = await import('./commands/run.js');
    done(await run(words, { ...flags, targetOptions: targetOptionsIn(flags) }, context));
  });
}

/** Options of the targets: what each means, and to which targets. */
function targetFlags(): Map<string, [meaning: string, targets: string[]]> {
  const flags = new Map<string, [string, string[]]>();
  for (const target of TARGET_NAMES) {
    for (const [name, meaning] of Object.entries<string>(TARGET_OPTIONS[target])) {
      flags.set(name, [meaning, [...(flags.get(name)?.[1] ?? []), target]]);
    }
  }
  return flags;
}

function targetOptionsIn(flags: RunFlags & Readonly<Record<string, unknown>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, [, targets]] of targetFlags()) {
    const value = flags[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
    if (typeof value === 'string') {
      if (!targets.includes(flags.target)) {
        throw new CliError(`--${name} is for --target ${targets.join(' or ')}`);
      }
      given[name] = value;
    }
  }
  return given;
}

function addRescue(program: Command, context: CommandContext, done: Done): void {
  program
    .command('rescue')
    .description('show how a run can go on from before its trouble, with what mends it; or start that')
    .argument('<run>', 'the folder of the run')
    .argument('[command...]', 'the program and its arguments, after --, where they are not those of the run')
    .option('--fix <fix,...>', 'fixes to make (else those that the trouble suggests; none: no fix)', collectList, [])
    .option('--from <checkpoint>', 'where to go on from (else the last checkpoint before the trouble)')
    .option('--source <file>', 'the file with the training loop, where it is not the script itself')
    .option('--apply', 'make the changes and start the job instead of showing them')
    .option('--out <folder>', 'the folder of the new run (else a new one in evenkeel-runs)')
    .addOption(formatOption(['text', 'json']))
    .addOption(failOnOption('never'))
    .addOption(rolesOption())
    .addOption(patternOption())
    .action(async (folder: string, words: string[], flags: Omit<RescueOptions, 'apply'> & { apply?: boolean }) => {
      const { rescue } = await import('./commands/rescue.js');
      done(await rescue(folder, words, { ...flags, apply: flags.apply ?? false }, context));
    });
}

function addMcp(program: Command, context: CommandContext, done: Done): void {
  program
    .command('mcp')
    .description('serve runs, findings and fixes to agents: the Model Context Protocol on standard input and output')
    .argument('[folder...]', 'where runs are looked for, and the only places where files are changed', ['.'])
    .addOption(rolesOption())
    .option('--lab <folder>', 'where fixes that are tried keep their runs', LAB_FOLDER)
    .action(async (folders: string[], options: { roles?: string; lab: string }) => {
      const { mcp } = await import('./commands/mcp.js');
      done(await mcp(folders, options, context));
    });
}

function addCheckpoint(program: Command, context: CommandContext, done: Done): void {
  const command = program
    .command('checkpoint')
    .description('say what is in a checkpoint and what is wrong with it, or what became of it in a second one')
    .argument('<file>', 'a checkpoint, or the folder of one')
    .argument('[file2]', 'a later checkpoint of the same model')
    .option('--top <n>', 'tell of so many tensors: the largest, or those that moved most', wholeNumber)
    .option('--spectrum', 'estimate the largest singular value of large matrices too')
    .addOption(formatOption(['text', 'json']))
    .addOption(failOnOption('never'))
    .action(async (file: string, file2: string | undefined, options: CheckpointOptions) => {
      const { checkpoint, compareTwo } = await import('./commands/checkpoint.js');
      done(
        await (file2 === undefined ? checkpoint(file, options, context) : compareTwo(file, file2, options, context)),
      );
    });
  addCheckpointRepairs(command, context, done);
}

function addCheckpointRepairs(checkpoint: Command, context: CommandContext, done: Done): void {
  const repairs = () => import('./commands/checkpointRepairs.js');
  const add = (name: string, description: string): Command =>
    checkpoint
      .command(name)
      .description(description)
      .addOption(formatOption(['text', 'json']));
  // Said before the name of the repair, an option is of the command above; what is said of neither is the same.
  const chosen = (command: Command): RepairOptions =>
    command.getOptionValueSource('format') === 'cli' ? command.opts() : command.optsWithGlobals();
  const input = ['<in>', 'a checkpoint; it is never written to'] as const;
  const output = ['<out>', 'a file that does not exist yet'] as const;
  add('reset-momentum', 'write a copy whose optimizer starts anew: momentum zero, steps 0, weights to the bit')
    .argument(...input)
    .argument(...output)
    .action(async (from: string, to: string, _: unknown, command: Command) => {
      done(await (await repairs()).resetMomentum(from, to, chosen(command), context));
    });
  add('average', 'write the mean of the weights of several checkpoints')
    .argument(...output)
    .argument('<in...>', 'two checkpoints or more; all but the weights is taken from the last')
    .action(async (to: string, from: string[], _: unknown, command: Command) => {
      done(await (await repairs()).average(to, from, chosen(command), context));
    });
  add('weights', 'write the weights alone, as safetensors')
    .argument(...input)
    .argument(...output)
    .action(async (from: string, to: string, _: unknown, command: Command) => {
      done(await (await repairs()).weights(from, to, chosen(command), context));
    });
  add('to-safetensors', 'write every tensor as safetensors')
    .argument(...input)
    .argument(...output)
    .action(async (from: string, to: string, _: unknown, command: Command) => {
      done(await (await repairs()).toSafetensors(from, to, chosen(command), context));
    });
}

type LabSwitches = Partial<Pick<LabOptions, 'list' | 'engines'>>;

function addLab(program: Command, context: CommandContext, done: Done): void {
  program
    .command('lab')
    .description('train a small proxy with and without what could help, and say what did')
    .argument('[experiment]', 'a JSON file, or a ready experiment of --list')
    .option('--list', 'name backends, arms and experiments')
    .option('--engines', 'say of each backend how fast it is here, or why it cannot be used')
    .option('--arm <arm,...>', 'what to try; "+" joins several to one; may be repeated', collectList, [])
    .addOption(new Option('--backend <backend>', 'what computes').choices(['auto', ...BACKENDS]).default('auto'))
    .option('--run <path>', 'a log or the folder of a run: tries fixes against a finding of it')
    .option('--finding <id>', 'the finding that is meant, or a symptom (the first that can be tried)')
    .option('--source <file>', 'the source that trained it: the proxy is shaped after it')
    .option('--fix <fix,...>', 'fixes to try (those that the finding offers)', collectList, [])
    .option('--seeds <n>', 'runs of each arm, paired by seed (3)', wholeNumber)
    .option('--budget <seconds>', 'how long it may take (180)', positiveNumber)
    .option('--out <folder>', 'where runs are kept, and gone on with', LAB_FOLDER)
    .option('--jobs <n>', 'runs at a time (one a core)', wholeNumber)
    .option('--packages <folder>', 'where npm installed what does not ship (TensorFlow for Node, WebGPU)')
    .addOption(
      new Option('--target <target>', 'where runs are trained; all machines share the folder of the runs')
        .choices(['local', 'slurm', 'ray'])
        .default('local'),
    )
    .option('--target-option <name=value>', 'an option of the target, as of evenkeel run; may be repeated', collect, [])
    .addOption(new Option('--task <file>', 'runs that were handed over to this process').hideHelp())
    .addOption(new Option('--share <i/n>', 'which of them').hideHelp())
    .addOption(formatOption(['text', 'json', 'html']))
    .action(async (experiment: string | undefined, options: Omit<LabOptions, 'list' | 'engines'> & LabSwitches) => {
      const { lab } = await import('./commands/lab.js');
      done(
        await lab(experiment, { ...options, list: options.list ?? false, engines: options.engines ?? false }, context),
      );
    });
}

function formatOption(formats: readonly string[], standard = 'text'): Option {
  return new Option('--format <format>', 'how to print').choices(formats).default(standard);
}

function failOnOption(standard: string): Option {
  return new Option('--fail-on <severity>', 'exit with 1 on a finding at least this severe')
    .choices(SEVERITY_CHOICES)
    .default(standard);
}

function rolesOption(): Option {
  return new Option('--roles <file>', 'a JSON file { "tag or glob": "role" } that overrides what tags measure');
}

function patternOption(): Option {
  return new Option(
    '--pattern <pattern>',
    'lines of logs that nothing else reads: "step {step} cost {loss}", or an expression with named groups',
  );
}

function collect(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

function collectList(value: string, previous: readonly string[]): string[] {
  return [
    ...previous,
    ...value
      .split(',')
      .map((id) => id.trim())
      .filter(Boolean),
  ];
}

function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError('It must be a whole number above 0.');
  }
  return number;
}

function positiveNumber(value: string): number {
  const number = Number(value);
  if (!(number > 0)) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return number;
}

function wholeNumber(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError('It must be a whole number above 0.');
  }
  return number;
}
