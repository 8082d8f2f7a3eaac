import type { TrainingLoop } from '../model/loop.js';
import type { SourceLanguage } from '../model/sourceLanguage.js';
import type { GrammarSource } from './grammar.js';
import { analysePython } from './python/pythonAnalysis.js';
import { withoutMagics } from './python/magics.js';
import type { SourceAnalysis } from './sourceAnalysis.js';
import { PythonParser } from './syntax/pythonParser.js';

/** Analyses kept: enough for the files that an editor shows at a time. */
const KEPT_ANALYSES = 16;

/** Finds the training loops of source files. One finder serves all files of a process. */
export class LoopFinder {
  private readonly parser: PythonParser;
  /** Least recently used first. */
  private readonly kept = new Map<string, SourceAnalysis>();

  private constructor(parser: PythonParser) {
    this.parser = parser;
  }

  static async create(source: GrammarSource): Promise<LoopFinder> {
    return new LoopFinder(await PythonParser.create(source));
  }

  /** Training loops in source order; empty for languages that are not read. Never fails on bad syntax. */
  find(text: string, language: SourceLanguage): readonly TrainingLoop[] {
    return mayTrain(text) ? (this.analyse(text, language)?.loops ?? []) : [];
  }

  /** Everything known of the text, or null for languages that are not read. */
  analyse(text: string, language: SourceLanguage): SourceAnalysis | null {
    if (language !== 'python' && language !== 'notebook') {
      return null;
    }
    const key = `${language}\n${text}`;
    const analysis = this.kept.get(key) ?? this.analysePython(text, language === 'notebook');
    this.kept.delete(key);
    this.kept.set(key, analysis);
    if (this.kept.size > KEPT_ANALYSES) {
      this.kept.delete(this.kept.keys().next().value as string);
    }
    return analysis;
  }

  private analysePython(text: string, isCell: boolean): SourceAnalysis {
    const source = isCell ? withoutMagics(text) : text;
    return analysePython(source, this.parser.parse(source), isCell);
  }
}

/** Words of which every loop and every call of training arguments has one; most files have none and need no parsing. */
const TRAINING_WORDS = ['backward', 'TrainingArguments', 'Config(', 'scaler'];

function mayTrain(text: string): boolean {
  return TRAINING_WORDS.some((word) => text.includes(word));
}
