import { describe, expect, it } from 'vitest';
import { analyseSettings } from '../../../src/loops/settings/settingsAnalysis.js';
import { changeSetting, settingOf, type SettingRole } from '../../../src/loops/settings/settingsSource.js';

type Language = Parameters<typeof analyseSettings>[1];

function only(text: string, language: Language) {
  const { sources } = analyseSettings(text, language);
  expect(sources).toHaveLength(1);
  return sources[0]!;
}

/** The text after the change of one setting. */
function changed(text: string, language: Language, role: SettingRole, value: number | string | boolean): string | null {
  const changes = changeSetting(only(text, language), role, value, text);
  return (
    changes &&
    [...changes]
      .sort((one, other) => other.start - one.start)
      .reduce((before, { start, end, newText }) => before.slice(0, start) + newText + before.slice(end), text)
  );
}

const YAML = 'training:\r\n  learning_rate: 5e-5  # high\r\n  num_train_epochs: 3\r\n  optim: "adamw_torch"\r\n';
const AXOLOTL = 'base_model: m\nsequence_len: 2048\nlearning_rate: 2e-4\nlr_scheduler: cosine\nbf16: auto\n';
const FACTORY = 'model_name_or_path: m\nstage: sft\ntemplate: llama3\nlearning_rate: 1.0e-4\n';
const LIGHTNING =
  'trainer:\n  max_epochs: 3\n  precision: 16-mixed\noptimizer:\n  class_path: torch.optim.Adam\n  init_args:\n    lr: 0.001\n';
const DEEPSPEED =
  '{\n  "train_micro_batch_size_per_gpu": 4,\n  "optimizer": { "type": "Adam", "params": { "lr": 1e-4, "betas": [0.9, 0.999] } },\n  "fp16": { "enabled": true }\n}\n';
const TOML = '[args]\nlearning_rate = 5e-5 # high\nnum_train_epochs = 3\noptim = "adamw_torch"\n';
const SHELL = 'LR=5e-5\ntorchrun train.py \\\n    --learning_rate $LR \\\n    --bf16 \\\n    --num_train_epochs=3\n';
const LAUNCH =
  '{\n  // debugging\n  "configurations": [{ "args": ["--learning_rate", "5e-5", "--num_train_epochs", "3",] }],\n}\n';

describe('settings in configurations', () => {
  it.each([
    ['the Trainer in YAML', YAML, 'yaml', 'transformers', 5e-5],
    ['axolotl', AXOLOTL, 'yaml', 'axolotl', 2e-4],
    ['LLaMA-Factory', FACTORY, 'yaml', 'llama-factory', 1e-4],
    ['the LightningCLI', LIGHTNING, 'yaml', 'lightning', 1e-3],
    ['DeepSpeed', DEEPSPEED, 'json', 'deepspeed', 1e-4],
    ['the Trainer in TOML', TOML, 'toml', 'transformers', 5e-5],
    ['a launch script', SHELL, 'shell', 'transformers', 5e-5],
    ['launch.json', LAUNCH, 'json', 'transformers', 5e-5],
  ] as const)('are found for %s', (_name, text, language, dialect, rate) => {
    const source = only(text, language);
    expect(source.dialect).toBe(dialect);
    expect(settingOf(source, 'learning-rate')?.current).toBe(rate);
  });

  it('examples without the Trainer take few of its arguments', () => {
    const command =
      'accelerate launch run_glue_no_trainer.py --learning_rate 2e-5 --num_train_epochs 3 --output_dir out\n';
    expect(only(command, 'shell').dialect).toBe('other');
    expect(changed(command, 'shell', 'learning-rate', 1e-5)).toContain('--learning_rate 1e-5');
    expect(changed(command, 'shell', 'warmup-steps', 100)).toBeNull();
    expect(only(command.replace('_no_trainer', ''), 'shell').dialect).toBe('transformers');
  });

  it('are replaced where they stand, and nothing else changes', () => {
    expect(changed(YAML, 'yaml', 'learning-rate', 1e-5)).toBe(YAML.replace('5e-5', '1.0e-5'));
    expect(changed(YAML, 'yaml', 'learning-rate', 1e-7)).toBe(YAML.replace('5e-5', '1.0e-7'));
    expect(changed(YAML, 'yaml', 'optimizer', 'lion')).toBe(YAML.replace('adamw_torch', 'lion'));
    expect(changed(DEEPSPEED, 'json', 'beta2', 0.95)).toBe(DEEPSPEED.replace('0.999', '0.95'));
    expect(changed(LIGHTNING, 'yaml', 'precision', 'bf16-mixed')).toBe(LIGHTNING.replace('16-mixed', 'bf16-mixed'));
    expect(changed(TOML, 'toml', 'learning-rate', 1e-5)).toBe(TOML.replace('5e-5', '1e-5'));
    expect(changed(LAUNCH, 'json', 'learning-rate', 1e-5)).toBe(LAUNCH.replace('5e-5', '1e-5'));
  });

  it('are replaced where a script assigns them', () => {
    expect(changed(SHELL, 'shell', 'learning-rate', 1e-5)).toBe(SHELL.replace('LR=5e-5', 'LR=1e-5'));
    expect(changed(SHELL, 'shell', 'bf16', false)).toBe(SHELL.replace('--bf16', '--bf16 false'));
  });

  it.each([
    ['yaml', YAML],
    ['yaml', AXOLOTL],
    ['yaml', FACTORY],
    ['yaml', LIGHTNING],
    ['json', DEEPSPEED],
    ['json', LAUNCH],
    ['toml', TOML],
    ['shell', SHELL],
  ] as const)('that are missing go beside the others, and are read back (%s)', (language, text) => {
    const once = changed(text, language, 'max-grad-norm', 0.5)!;
    expect(settingOf(only(once, language), 'max-grad-norm')?.current).toBe(0.5);
    expect(changed(once, language, 'max-grad-norm', 0.5)).toBe(once);
    expect(analyseSettings(once, language).problem).toBeNull();
    expect(once.split('\n').length - text.split('\n').length).toBeLessThanOrEqual(1);
  });

  it('keep the line ends and the comments of the file', () => {
    expect(changed(YAML, 'yaml', 'warmup-steps', 500)).toBe(`${YAML}  warmup_steps: 500\r\n`);
    expect(changed(SHELL, 'shell', 'warmup-ratio', 0.03)).toBe(
      SHELL.replace('=3\n', '=3 \\\n    --warmup_ratio=0.03\n'),
    );
  });

  it.each([
    ['yaml', 'name: ci\non: push\njobs: { test: { steps: [] } }\n'],
    ['json', '{ "compilerOptions": { "strict": true }, "lr": 1 }'],
    ['toml', '[project]\nname = "x"\n'],
    ['shell', 'npm test --seed 3 && ls -l # --learning_rate 5\n'],
  ] as const)('are not seen in files about other things (%s)', (language, text) => {
    expect(analyseSettings(text, language)).toMatchObject({ sources: [], problem: null });
  });

  it.each([
    ['yaml', YAML],
    ['json', DEEPSPEED],
    ['toml', TOML],
    ['shell', SHELL],
    ['json', LAUNCH],
  ] as const)('half-typed never stop the reader (%s)', (language, text) => {
    for (let at = 0; at < text.length; at += 1) {
      expect(() => analyseSettings(text.slice(0, at), language)).not.toThrow();
      expect(() => analyseSettings(`${text.slice(0, at)}\t["${text.slice(at)}`, language)).not.toThrow();
    }
  });
});
