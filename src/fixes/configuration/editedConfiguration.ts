import {
  changeSetting,
  renameSetting,
  settingOf,
  settingsOf,
  type Setting,
  type SettingChange,
  type SettingRole,
  type SettingsDialect,
  type SettingsShape,
  type SettingsSource,
  type SettingValue,
} from '../../loops/settings/settingsSource.js';
import type { SettingsAnalysis } from '../../loops/sourceAnalysis.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import type { LoopOutcome } from '../loopFix.js';

/** Programs by the names that their users know. */
const PROGRAMS: Readonly<Record<SettingsDialect, string>> = {
  transformers: "the Trainer's arguments",
  'llama-factory': 'LLaMA-Factory',
  axolotl: 'axolotl',
  lightning: 'the LightningCLI',
  hydra: "Lightning's Trainer as Hydra builds it",
  deepspeed: 'DeepSpeed',
  accelerate: "Accelerate's configuration",
  other: 'this program',
};

/** The settings of one training run as a fix sees them: it reads roles, and sets them where the program reads them. */
export class Configuration {
  readonly path: string;
  private readonly source: SettingsSource;
  private readonly analysis: SettingsAnalysis;
  private readonly edits: EditList;
  private isEdited = false;

  constructor(path: string, source: SettingsSource, analysis: SettingsAnalysis, edits: EditList) {
    this.path = path;
    this.source = source;
    this.analysis = analysis;
    this.edits = edits;
  }

  get dialect(): SettingsDialect {
    return this.source.dialect;
  }

  get shape(): SettingsShape {
    return this.source.shape;
  }

  /** The program that reads this, in words. */
  get program(): string {
    return PROGRAMS[this.source.dialect];
  }

  /** Hugging Face's Trainer or a program that hands its settings to it. */
  get isTrainers(): boolean {
    return ['transformers', 'llama-factory', 'axolotl'].includes(this.source.dialect);
  }

  /** Whether Lightning's Trainer gets these settings, however they come to it. */
  get isLightnings(): boolean {
    return this.source.dialect === 'lightning' || this.source.dialect === 'hydra';
  }

  /** Whether a key or an option of this name is there, known or not. */
  names(name: string): boolean {
    return this.source.names.has(name);
  }

  has(role: SettingRole): boolean {
    return settingOf(this.source, role) !== null;
  }

  /** Whether any value of this run is left to another file. */
  get isFilledElsewhere(): boolean {
    return this.source.settings.some(({ current }) => current === 'auto');
  }

  /** The number; null where it is absent or written as null. Anything else is refused with its reason. */
  number(role: SettingRole): number | null {
    const values = new Set(settingsOf(this.source, role).map((setting) => this.numberOf(setting)));
    if (values.size > 1) {
      throw new EditRefused(`${this.keys(role)} are set to different values: change them there.`);
    }
    const [value = null] = values;
    return value;
  }

  /** The word as written; null where it is absent or null. */
  word(role: SettingRole): string | null {
    const setting = settingOf(this.source, role);
    if (!setting || setting.current === null) {
      return null;
    }
    this.refuseForeign(setting);
    return String(setting.current);
  }

  /** Whether a switch is on; null where it is absent or null. */
  switched(role: SettingRole): boolean | null {
    const setting = settingOf(this.source, role);
    if (!setting || setting.current === null || setting.current === '') {
      return null;
    }
    if (typeof setting.current === 'boolean') {
      return setting.current;
    }
    this.refuseForeign(setting);
    if (typeof setting.current === 'string' && /^(yes|no|on|off|none|null)$/i.test(setting.current)) {
      return /^(yes|on)$/i.test(setting.current);
    }
    return setting.current === 1 ? true : setting.current === 0 ? false : this.refuseValue(setting);
  }

  set(role: SettingRole, value: SettingValue): void {
    for (const setting of settingsOf(this.source, role)) {
      this.refuseForeign(setting);
    }
    const changes = changeSetting(this.source, role, value, this.analysis.lines.text);
    if (!changes) {
      throw new EditRefused(
        `How ${this.program} is told the ${role.replaceAll('-', ' ')} can't be told from this file.`,
      );
    }
    for (const change of changes) {
      this.change(change);
    }
  }

  /** Gives the option another name and leaves its value. */
  rename(role: SettingRole, name: string): void {
    const setting = settingOf(this.source, role);
    const change = setting && renameSetting(setting, name, this.analysis.lines.text);
    if (!change) {
      throw new EditRefused(`${role} is not written out in this file.`);
    }
    this.change(change);
  }

  edited(...notes: readonly string[]): LoopOutcome {
    return this.isEdited ? { kind: 'edited', notes } : this.there();
  }

  /** What was asked for is so already: where the role is set, or by the program's default. */
  there(role?: SettingRole): LoopOutcome {
    const setting = role && settingOf(this.source, role);
    return {
      kind: 'already-there',
      line: this.analysis.lines.lineAt(setting ? setting.value.start : this.source.span.start),
      what: setting
        ? `${setting.path.join('.')} is ${setting.current === null || setting.current === '' ? 'set' : String(setting.current)}`
        : `nothing is said of it, and it is the default of ${this.program}`,
    };
  }

  /** The line of a setting that is there, counted from 1. */
  lineOf(role: SettingRole): number {
    return this.analysis.lines.lineAt(settingOf(this.source, role)?.value.start ?? this.source.span.start) + 1;
  }

  /** The settings of a role, for what has to be noted beside them. */
  all(role: SettingRole): readonly Setting[] {
    return settingsOf(this.source, role);
  }

  get file(): SettingsAnalysis {
    return this.analysis;
  }

  get span(): SettingsSource['span'] {
    return this.source.span;
  }

  insert(offset: number, newText: string): void {
    this.edits.insert(offset, newText);
  }

  private change({ start, end, newText }: SettingChange): void {
    if (this.analysis.lines.text.slice(start, end) === newText) {
      return;
    }
    this.isEdited = true;
    if (start === end) {
      this.edits.insert(start, newText);
    } else {
      this.edits.replace({ start, end }, newText);
    }
  }

  private numberOf(setting: Setting): number | null {
    const { current } = setting;
    if (current === null || typeof current === 'number') {
      return current;
    }
    this.refuseForeign(setting);
    const value = typeof current === 'string' && current.trim() !== '' ? Number(current) : Number.NaN;
    if (Number.isFinite(value)) {
      return value;
    }
    return typeof current === 'string' && /^(none|null|~)$/i.test(current) ? null : this.refuseValue(setting);
  }

  /** "auto" and names of variables stand for values of another place. */
  private refuseForeign({ name, current }: Setting): void {
    if (current === 'auto' && this.source.dialect === 'deepspeed') {
      throw new EditRefused(`${name} is "auto": the Trainer's arguments say what it is. Change it there.`);
    }
    if (typeof current === 'string' && /\$|\{\{|%\w+%/.test(current)) {
      throw new EditRefused(`${name} is ${current}, which comes from elsewhere: change it there.`);
    }
  }

  private refuseValue({ name, current }: Setting): never {
    throw new EditRefused(`What ${name} is can't be told from ${JSON.stringify(current)}.`);
  }

  private keys(role: SettingRole): string {
    return settingsOf(this.source, role)
      .map(({ path }) => path.join('.'))
      .join(' and ');
  }
}
