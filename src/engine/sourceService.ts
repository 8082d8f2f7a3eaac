import type { EngineRequests } from '../contract/engineProtocol.js';
import { applyFix, FIXES } from '../fixes/fixes.js';
import type { GrammarSource } from '../loops/grammar.js';
import { LoopFinder } from '../loops/loopFinder.js';
import type { FixDescription, FixOutcome } from '../model/fix.js';
import type { TrainingLoop } from '../model/loop.js';

/** Loops and fixes of source texts. The syntax trees' WebAssembly is loaded with the first question. */
export class SourceService {
  private readonly grammars: GrammarSource;
  private finder: Promise<LoopFinder> | undefined;

  constructor(grammars: GrammarSource) {
    this.grammars = grammars;
  }

  async loops({ text, language }: EngineRequests['loops']['params']): Promise<readonly TrainingLoop[]> {
    return (await this.loadedFinder()).find(text, language);
  }

  fixes(): readonly FixDescription[] {
    return FIXES.map(({ description }) => description);
  }

  async fix({ fix, settings, ...file }: EngineRequests['fix']['params']): Promise<FixOutcome> {
    return applyFix(await this.loadedFinder(), fix, file, settings);
  }

  /** Tried again at the next question when it failed. */
  private loadedFinder(): Promise<LoopFinder> {
    this.finder ??= LoopFinder.create(this.grammars).catch((error: unknown) => {
      this.finder = undefined;
      throw error;
    });
    return this.finder;
  }
}
