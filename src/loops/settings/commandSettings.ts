import { readCommands, type Command, type CommandWord } from './commandWords.js';
import { isForTrainer, SETTING_NAMES } from './settingNames.js';
import {
  SETTING_ROLES,
  type Setting,
  type SettingRole,
  type SettingSlot,
  type SettingsDialect,
  type SettingsShape,
  type SettingsSource,
} from './settingsSource.js';
import { indentBefore, lineBreakOf, type SettingsList, type SettingsScalar } from './settingsTree.js';

/** Words of a command with what stands behind each option, whether they come from a script or from a list of strings. */
interface Option {
  readonly name: string;
  readonly word: CommandWord;
  /** Content of the value; null for an option that stands alone. */
  readonly value: {
    readonly text: string;
    readonly start: number;
    readonly end: number;
    readonly quoted: boolean;
  } | null;
  /** Where the next option could be written. */
  readonly end: number;
}

/** Examples of transformers that share names with the Trainer's arguments, and fail on the rest of them. */
const WITHOUT_TRAINER = /_no_trainer\w*\.py$/;

/** The commands of a script that set at least two settings of training. */
export function settingsInScript(text: string, from = 0, to = text.length): readonly SettingsSource[] {
  const commands = readCommands(text, from, to);
  const variables = assignmentsOf(commands);
  return commands.flatMap((command) => {
    const withoutTrainer = command.words.some(({ value }) => WITHOUT_TRAINER.test(value));
    const options = optionsOf(command.words);
    const slots = (dialect: SettingsDialect, settings: readonly Setting[]) =>
      scriptSlots(dialect, settings, options, text);
    const span = { start: command.start, end: command.end };
    return sourceOf(options, 'command', span, variables, slots, withoutTrainer);
  });
}

/** A list of strings that is a command line: `args` of launch.json, `command` of a container. */
export function settingsInList(list: SettingsList, text: string): readonly SettingsSource[] {
  const scalars = list.items.filter((item): item is SettingsScalar => item.kind === 'scalar');
  if (scalars.length < list.items.length) {
    return [];
  }
  const words = scalars.map(({ span, quoted, value }): CommandWord => ({
    value: String(value),
    start: span.start - (quoted ? 1 : 0),
    end: span.end + (quoted ? 1 : 0),
    contentStart: span.start,
    contentEnd: span.end,
    quoted,
  }));
  const options = optionsOf(words);
  const slots = (dialect: SettingsDialect, settings: readonly Setting[]) => listSlots(dialect, settings, options, text);
  return sourceOf(options, 'list', list.span, new Map(), slots);
}

/** `LR=5e-5` on a line of its own, by name; a name that is set twice is left out. */
function assignmentsOf(commands: readonly Command[]): ReadonlyMap<string, CommandWord> {
  const found = new Map<string, CommandWord>();
  const twice = new Set<string>();
  for (const { words } of commands) {
    const [first, second] = words;
    const assigned = first?.value === 'export' ? second : first;
    const name = assigned && /^([A-Za-z_]\w*)=/.exec(assigned.value)?.[1];
    if (assigned && name && words.length === (assigned === first ? 1 : 2)) {
      if (found.has(name)) {
        twice.add(name);
      }
      found.set(name, assigned);
    }
  }
  return new Map([...found].filter(([name]) => !twice.has(name)));
}

function optionsOf(words: readonly CommandWord[]): readonly Option[] {
  return words.flatMap((word, index): Option[] => {
    const match = /^(?:--?)?([A-Za-z][\w.-]*)(=|$)/.exec(word.value);
    const isOption = word.value.startsWith('-');
    if (!match || (!isOption && match[2] !== '=')) {
      return [];
    }
    const name = (match[1] as string).replaceAll('-', '_');
    if (match[2] === '=') {
      const value = valueBehind(word, match[0].length);
      return value ? [{ name, word, value, end: word.end }] : [];
    }
    const next = words[index + 1];
    const isValue = next !== undefined && !/^--?[A-Za-z]/.test(next.value);
    if (!isValue) {
      return [{ name, word, value: null, end: word.end }];
    }
    const value = valueBehind(next, 0);
    return value ? [{ name, word, value, end: next.end }] : [];
  });
}

/** What stands in a word behind its first characters; null where quotes make places uncertain. */
function valueBehind(word: CommandWord, skipped: number): Option['value'] {
  if (word.contentStart !== null) {
    const start = word.contentStart + skipped;
    return { text: word.value.slice(skipped), start, end: word.contentEnd, quoted: word.quoted };
  }
  // `--lr="5e-5"`: the name outside, all of the value inside of the quotes.
  const length = word.value.length - skipped;
  const end = word.end - 1;
  return end - length === word.start + skipped + 1
    ? { text: word.value.slice(skipped), start: end - length, end, quoted: true }
    : null;
}

function sourceOf(
  options: readonly Option[],
  shape: SettingsShape,
  span: { readonly start: number; readonly end: number },
  variables: ReadonlyMap<string, CommandWord>,
  slots: (dialect: SettingsDialect, settings: readonly Setting[]) => readonly SettingSlot[],
  withoutTrainer = false,
): readonly SettingsSource[] {
  const names = new Set(options.map(({ name }) => name));
  const dialect = withoutTrainer ? 'other' : dialectOf(options, names);
  const settings = options.flatMap((option) => settingFrom(option, dialect, variables) ?? []);
  const roles = new Set(settings.map(({ role }) => role));
  const speaksOfTraining = dialect === 'transformers' || roles.has('learning-rate') || roles.has('max-grad-norm');
  return roles.size >= 2 && speaksOfTraining
    ? [{ format: 'command-line', dialect, shape, names, span, settings, slots: slots(dialect, settings) }]
    : [];
}

function dialectOf(options: readonly Option[], names: ReadonlySet<string>): SettingsDialect {
  if (isForTrainer(names)) {
    return 'transformers';
  }
  return options.some(({ name }) => name.startsWith('trainer.')) ? 'lightning' : 'other';
}

function settingFrom(
  option: Option,
  dialect: SettingsDialect,
  variables: ReadonlyMap<string, CommandWord>,
): Setting | null {
  const role = roleOf(option.name, dialect);
  if (!role) {
    return null;
  }
  const { word } = option;
  const key = { start: word.start, end: word.end };
  if (!option.value) {
    const value = { start: word.end, end: word.end };
    return { role, name: option.name, path: [option.name], key, value, quoted: false, current: true };
  }
  const source = followed(option.value, variables);
  return {
    role,
    name: option.name,
    path: [option.name],
    key,
    value: { start: source.start, end: source.end },
    // Quotes of a shell hold words and numbers alike.
    quoted: true,
    current: valueOf(source.text),
  };
}

/** `$LR` and `${LR}` stand for what the script assigns. */
function followed(
  value: NonNullable<Option['value']>,
  variables: ReadonlyMap<string, CommandWord>,
): NonNullable<Option['value']> {
  const name = /^\$(?:\{(\w+)\}|(\w+))$/.exec(value.text);
  const assigned = name && variables.get((name[1] ?? name[2]) as string);
  const behind = assigned ? valueBehind(assigned, assigned.value.indexOf('=') + 1) : null;
  return behind ?? value;
}

function roleOf(name: string, dialect: SettingsDialect): SettingRole | null {
  // Hydra and LightningCLI set nested keys: `training.learning_rate=1e-4`.
  const last = name.slice(name.lastIndexOf('.') + 1);
  const names = SETTING_NAMES[dialect];
  return (
    SETTING_ROLES.find((role) => names[role]?.includes(name)) ??
    SETTING_ROLES.find((role) => SETTING_NAMES.other[role]?.includes(dialect === 'transformers' ? name : last)) ??
    null
  );
}

function valueOf(text: string): Setting['current'] {
  const number = Number(text);
  if (text.trim() !== '' && !Number.isNaN(number)) {
    return number;
  }
  return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text;
}

/** Options that the program is known to take, and that are not there yet. */
function missing(dialect: SettingsDialect, settings: readonly Setting[]): readonly (readonly [SettingRole, string])[] {
  return dialect === 'transformers'
    ? SETTING_ROLES.flatMap((role) => {
        const name = SETTING_NAMES.transformers[role]?.[0];
        return name === undefined || settings.some((setting) => setting.role === role) ? [] : [[role, name] as const];
      })
    : [];
}

/** Behind the last option that is known, on a line of its own where that one has one. */
function scriptSlots(
  dialect: SettingsDialect,
  settings: readonly Setting[],
  options: readonly Option[],
  text: string,
): readonly SettingSlot[] {
  const anchor = anchorOf(settings, options);
  if (!anchor) {
    return [];
  }
  const indent = indentBefore(text, anchor.word.start);
  const hasEquals = anchor.value !== null && anchor.word.value.includes('=');
  const gap = indent === null ? ' ' : ` ${continuationIn(text)}${lineBreakOf(text)}${indent}`;
  return missing(dialect, settings).map(([role, name]) => ({
    role,
    name,
    offset: anchor.end,
    before: `${gap}--${name}${hasEquals ? '=' : ' '}`,
    after: '',
  }));
}

function continuationIn(text: string): string {
  return /([\\`^])[ \t]*[\r\n]/.exec(text)?.[1] ?? '\\';
}

function listSlots(
  dialect: SettingsDialect,
  settings: readonly Setting[],
  options: readonly Option[],
  text: string,
): readonly SettingSlot[] {
  const anchor = anchorOf(settings, options);
  if (!anchor?.word.quoted) {
    return [];
  }
  const quote = text.charAt(anchor.word.start);
  const indent = indentBefore(text, anchor.word.start);
  const gap = indent === null ? ', ' : `,${lineBreakOf(text)}${indent}`;
  const joined = anchor.word.value.includes('=');
  return missing(dialect, settings).map(([role, name]) => ({
    role,
    name,
    offset: anchor.end,
    before: joined ? `${gap}${quote}--${name}=` : `${gap}${quote}--${name}${quote}, ${quote}`,
    after: quote,
  }));
}

function anchorOf(settings: readonly Setting[], options: readonly Option[]): Option | undefined {
  const isKnown = ({ word }: Option) => settings.some(({ key }) => key.start === word.start);
  return options.findLast((option) => isKnown(option) && option.value !== null);
}
