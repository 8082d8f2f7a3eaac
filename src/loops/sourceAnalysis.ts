import type { TrainingLoop } from '../model/loop.js';
import type { JavaScriptModule } from './javascript/javaScriptModule.js';
import type { TfjsTraining } from './javascript/tfjsTraining.js';
import type { LoopPlaces } from './loopPlaces.js';
import type { FunctionalTraining } from './python/functionalTraining.js';
import type { KerasTraining } from './python/kerasTraining.js';
import type { LightningTraining } from './python/lightningTraining.js';
import type { PythonModule } from './python/pythonModule.js';
import type { TrainingArgumentsCall } from './python/trainingArguments.js';
import type { TrainingUnit, UnitFinder } from './python/trainingUnits.js';
import type { SettingsSource } from './settings/settingsSource.js';
import type { SourceLines } from './syntax/sourceLines.js';
import type { SyntaxNode } from './syntax/syntaxNode.js';

/** `loss.backward()` and `optimizer.step()`, written out: PyTorch, Accelerate, Fabric, DeepSpeed, manual Lightning. */
export interface UnitOrigin {
  readonly kind: 'unit';
  readonly unit: TrainingUnit;
}

/** `TrainingArguments(…)` and its kin: the loop is Hugging Face's. */
export interface ArgumentsOrigin {
  readonly kind: 'arguments';
  readonly arguments: TrainingArgumentsCall;
}

/** A LightningModule with automatic optimization, or the `Trainer(…)` that runs one from another file. */
export interface LightningOrigin {
  readonly kind: 'lightning';
  readonly lightning: LightningTraining;
}

/** `model.compile(…)` and `model.fit(…)`: the loop is Keras's. */
export interface KerasOrigin {
  readonly kind: 'keras';
  readonly keras: KerasTraining;
}

/** Gradients are a value that is handed to the optimizer: JAX, GradientTape, MLX. */
export interface FunctionalOrigin {
  readonly kind: 'functional';
  readonly functional: FunctionalTraining;
}

/** TensorFlow.js: `minimize`, `variableGrads` with `applyGradients`, or `model.fit`. */
export interface TfjsOrigin {
  readonly kind: 'tfjs';
  readonly tfjs: TfjsTraining;
}

/** What in a Python source a loop was read from: fixes work on it. */
export type LoopOrigin = UnitOrigin | ArgumentsOrigin | LightningOrigin | KerasOrigin | FunctionalOrigin;

export interface FoundLoop {
  readonly loop: TrainingLoop;
  readonly origin: LoopOrigin;
  readonly places: LoopPlaces;
}

export interface FoundJavaScriptLoop {
  readonly loop: TrainingLoop;
  readonly origin: TfjsOrigin;
  readonly places: LoopPlaces;
}

/** What is known of one Python text. Plain data: it may be kept as long as the text is. */
export interface PythonAnalysis {
  readonly language: 'python';
  /** The text is one cell of a notebook: names may come from other cells. */
  readonly isCell: boolean;
  readonly lines: SourceLines;
  readonly root: SyntaxNode;
  readonly module: PythonModule;
  readonly units: UnitFinder;
  readonly found: readonly FoundLoop[];
  readonly loops: readonly TrainingLoop[];
}

/** What is known of one JavaScript or TypeScript text. */
export interface JavaScriptAnalysis {
  readonly language: 'javascript';
  /** The text is TypeScript: what is added has to name its types. */
  readonly isTyped: boolean;
  readonly lines: SourceLines;
  readonly root: SyntaxNode;
  readonly module: JavaScriptModule;
  readonly found: readonly FoundJavaScriptLoop[];
  readonly loops: readonly TrainingLoop[];
}

/** What is known of a configuration file or a launch script: it holds no loop, but what steers one. */
export interface SettingsAnalysis {
  readonly language: 'settings';
  /** What the file is written in: a list of words in it may stand for a command. */
  readonly written: 'yaml' | 'json' | 'toml' | 'shell';
  readonly lines: SourceLines;
  readonly sources: readonly SettingsSource[];
  readonly loops: readonly TrainingLoop[];
  /** The first place that could not be read (offset) and why; null when all of it was. */
  readonly problem: { readonly offset: number; readonly message: string } | null;
}

/** One kind of analysis for each family of languages that is read. */
export type SourceAnalysis = PythonAnalysis | JavaScriptAnalysis | SettingsAnalysis;
