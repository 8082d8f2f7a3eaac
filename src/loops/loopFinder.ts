import type { TrainingLoop } from '../model/loop.js';
import type { SourceLanguage } from '../model/sourceLanguage.js';
import type { GrammarName, GrammarSource } from './grammar.js';
import { analyseJavaScript } from './javascript/javaScriptAnalysis.js';
import { analysePython } from './python/pythonAnalysis.js';
import { withoutMagics } from './python/magics.js';
import { analyseSettings } from './settings/settingsAnalysis.js';
import type { SourceAnalysis } from './sourceAnalysis.js';
import { TreeParser } from './syntax/treeParser.js';

/** Analyses kept: enough for the files that an editor shows at a time. */
const KEPT_ANALYSES = 16;

/** Finds the training loops of source files, and the settings of configuration files. One finder serves a process. */
export class LoopFinder {
  private readonly parser: TreeParser;
  /** Least recently used first. */
  private readonly kept = new Map<string, SourceAnalysis>();

  private constructor(parser: TreeParser) {
    this.parser = parser;
  }

  static async create(source: GrammarSource): Promise<LoopFinder> {
    return new LoopFinder(await TreeParser.create(source));
  }

  /** Training loops in source order; empty for files that hold settings only. Never fails on bad syntax. */
  find(text: string, language: SourceLanguage): readonly TrainingLoop[] {
    return mayTrain(text) ? this.analyse(text, language).loops : [];
  }

  /** Everything known of the text. */
  analyse(text: string, language: SourceLanguage): SourceAnalysis {
    const key = `${language}\n${text}`;
    const analysis = this.kept.get(key) ?? this.read(text, language);
    this.kept.delete(key);
    this.kept.set(key, analysis);
    if (this.kept.size > KEPT_ANALYSES) {
      this.kept.delete(this.kept.keys().next().value as string);
    }
    return analysis;
  }

  private read(text: string, language: SourceLanguage): SourceAnalysis {
    switch (language) {
      case 'python':
        return this.readPython(text, false);
      case 'notebook':
        return this.readPython(withoutMagics(text), true);
      case 'javascript':
      case 'typescript': {
        const grammar: GrammarName = language;
        return analyseJavaScript(text, this.parser.parse(text, grammar), grammar === 'typescript');
      }
      default:
        return analyseSettings(text, language);
    }
  }

  private readPython(text: string, isCell: boolean): SourceAnalysis {
    return analysePython(text, this.parser.parse(text, 'python'), isCell);
  }
}

/** Words of which every loop has one; most files have none and need no parsing. */
const TRAINING_WORDS = [
  'backward',
  'TrainingArguments',
  'Config(',
  'scaler',
  'training_step',
  'Trainer(',
  'LightningCLI(',
  'ArgumentParser(',
  'TrlParser(',
  'GradientTape',
  'fit(',
  'fitDataset(',
  'train_on_batch(',
  'trainOnBatch(',
  'compile(',
  'apply_gradients(',
  'applyGradients(',
  'apply_updates(',
  'minimize(',
  'stateless_apply(',
  '.update(',
  'opt_update(',
];

function mayTrain(text: string): boolean {
  return TRAINING_WORDS.some((word) => text.includes(word));
}
