import type { EngineRequests, SourceText } from '../../contract/engineProtocol.js';
import { transformerLayers } from '../../fixes/blockFix.js';
import { applyFix, FIXES } from '../../fixes/fixes.js';
import type { RunFacts } from '../../lab/lab.js';
import type { GrammarSource } from '../../loops/grammar.js';
import { LoopFinder } from '../../loops/loopFinder.js';
import { findAttentionModules } from '../../loops/python/attentionModules.js';
import { findResidualBlocks } from '../../loops/python/residualBlocks.js';
import type { FixDescription, FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { ModelBlock } from '../../model/modelBlock.js';
import type { SettingsBlock } from '../../model/settingsBlock.js';
import { factsOfSource } from '../facts/sourceFacts.js';

/** Words of which every block has one; most files have none and need no parsing. */
const BLOCK_WORDS = /\bforward\b|\b__call__\b|Transformer(?:En|De)coderLayer/;

/** Loops, model blocks and fixes of source texts. The syntax trees' WebAssembly is loaded with the first question. */
export class SourceService {
  private readonly grammars: GrammarSource;
  private finder: Promise<LoopFinder> | undefined;

  constructor(grammars: GrammarSource) {
    this.grammars = grammars;
  }

  async loops({ text, language }: EngineRequests['loops']['params']): Promise<readonly TrainingLoop[]> {
    return (await this.loadedFinder()).find(text, language);
  }

  /** In source order; an attention may lie within a block. Empty for files that hold no Python. */
  async blocks({ text, language }: EngineRequests['blocks']['params']): Promise<readonly ModelBlock[]> {
    if (!BLOCK_WORDS.test(text)) {
      return [];
    }
    const analysis = (await this.loadedFinder()).analyse(text, language);
    if (analysis.language !== 'python') {
      return [];
    }
    const { module, lines } = analysis;
    const found = [...findResidualBlocks(module), ...findAttentionModules(module), ...transformerLayers(module)].sort(
      (one, other) => one.node.start - other.node.start,
    );
    return found.map(({ name, node }) => ({
      name,
      from: lines.positionAt(node.start),
      to: lines.positionAt(node.end),
    }));
  }

  /** What a configuration sets up, in the order of the file; empty for sources. */
  async settings({ text, language }: EngineRequests['settings']['params']): Promise<readonly SettingsBlock[]> {
    const analysis = (await this.loadedFinder()).analyse(text, language);
    return analysis.language === 'settings'
      ? analysis.sources.map(({ dialect, span }) => ({
          dialect,
          from: analysis.lines.positionAt(span.start),
          to: analysis.lines.positionAt(span.end),
        }))
      : [];
  }

  /** What a source says of how its run is trained. @param line of the loop that is meant, from 0. */
  async facts({ text, language, line }: SourceText & { readonly line?: number }): Promise<RunFacts> {
    return factsOfSource((await this.loadedFinder()).analyse(text, language), line);
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
