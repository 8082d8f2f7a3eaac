import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { Occurrence, TrainingUnit } from '../../loops/python/trainingUnits.js';
import { isClippedWhileScaled } from '../../loops/python/unitStructure.js';
import { contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from '../editing/editList.js';
import { nameFor } from '../editing/importedNames.js';
import { parametersFor } from '../editing/parameters.js';
import { whereGradientsSync } from '../editing/syncGuard.js';
import { isVisible } from '../editing/visibleNames.js';
import type { LoopOutcome } from '../loopFix.js';
import { pythonFloat } from '../settings.js';

/** Puts clipping in front of every step of the unit that has none yet. */
export function clipInUnit(unit: TrainingUnit, limit: number, analysis: PythonAnalysis, edits: EditList): LoopOutcome {
  const elsewhere = clippingElsewhere(unit, analysis);
  if (elsewhere) {
    return { kind: 'already-there', line: analysis.lines.lineAt(elsewhere.start) };
  }
  const open = unit.steps.filter((step) => !coveringClip(step, unit));
  const scaled = unit.steps.flatMap((step) => clippedWhileScaled(step, unit));
  if (open.length === 0 && scaled.length === 0) {
    const clip = unit.events.find(({ event }) => event.clipping !== null);
    return { kind: 'already-there', line: analysis.lines.lineAt(clip?.event.node.start ?? unit.region.start) };
  }
  for (const { step, clip } of scaled) {
    edits.insertBefore(clip.statement, [`${step.through ?? 'scaler'}.unscale_(${step.target ?? 'optimizer'})`]);
  }
  for (const step of open) {
    new StepClipping(step, unit, limit, analysis, edits).apply();
  }
  return { kind: 'edited', notes: [] };
}

/** Clipping in the very block of a scaled step that comes before the gradients are unscaled. */
function clippedWhileScaled(
  step: Occurrence,
  unit: TrainingUnit,
): { readonly step: TrainingEvent; readonly clip: TrainingEvent }[] {
  const clip = coveringClip(step, unit);
  const between = eventsSinceBackward(step, unit);
  const mends =
    clip !== undefined &&
    step.event.route === 'scaler' &&
    clip.event.statement.parent === step.event.statement.parent &&
    isClippedWhileScaled(clip, unit) &&
    between.every(({ event }) => event.kind !== 'unscale');
  return mends ? [{ step: step.event, clip: clip.event }] : [];
}

/** What happens between the backward pass before the step and the step itself, last first. */
function eventsSinceBackward(step: Occurrence, unit: TrainingUnit): readonly Occurrence[] {
  const before = unit.events.slice(0, unit.events.indexOf(step)).reverse();
  const backwardAt = before.findIndex(({ event }) => event.kind === 'backward');
  return backwardAt < 0 ? before : before.slice(0, backwardAt);
}

/** Clipping that happens between the backward pass before the step and the step itself. */
function coveringClip(step: Occurrence, unit: TrainingUnit): Occurrence | undefined {
  return step.event.clipping ? step : eventsSinceBackward(step, unit).find(({ event }) => event.kind === 'clip');
}

/** Hooks on the parameters, or an optimizer that clips by itself. */
function clippingElsewhere(unit: TrainingUnit, { module, units }: PythonAnalysis): SyntaxNode | null {
  const hook = module.calls.find(
    ({ name, positional }) =>
      name === 'register_hook' && positional.some((node) => /\bclamp|\bclip/.test(textOf(module.text, node))),
  );
  if (hook) {
    return hook.node;
  }
  for (const { event } of unit.steps) {
    const built = event.target && construction(event.target, event.owner, 'optimizer', module, units.objects);
    const keyword =
      built &&
      [...built.call.keywords].find(([name]) =>
        /^(max_grad_norm|grad_clip\w*|clip_grad\w*|gradient_clip\w*|clipnorm)$/.test(name),
      );
    if (keyword) {
      return keyword[1];
    }
  }
  return null;
}

/** The clipping in front of one step. */
class StepClipping {
  private readonly step: TrainingEvent;
  private readonly occurrence: Occurrence;
  private readonly unit: TrainingUnit;
  private readonly limit: string;
  private readonly analysis: PythonAnalysis;
  private readonly edits: EditList;

  constructor(step: Occurrence, unit: TrainingUnit, limit: number, analysis: PythonAnalysis, edits: EditList) {
    this.step = step.event;
    this.occurrence = step;
    this.unit = unit;
    this.limit = pythonFloat(limit);
    this.analysis = analysis;
    this.edits = edits;
  }

  apply(): void {
    if (this.analysis.module.imports.some(({ path }) => path.split('.')[0] === 'horovod')) {
      throw new EditRefused(
        'Horovod averages gradients in the background: call optimizer.synchronize(), clip, and step under optimizer.skip_synchronize().',
      );
    }
    switch (this.route()) {
      case 'plain':
      case 'scaler':
        this.clipPlain();
        break;
      case 'accelerate':
        this.clipWithAccelerate();
        break;
      case 'apex':
        this.clipWithApex();
        break;
      case 'fabric':
        this.clipWithFabric();
        break;
      case 'lightning':
        this.insert([
          `self.clip_gradients(${this.target()}, gradient_clip_val=${this.limit}, gradient_clip_algorithm="norm")`,
        ]);
        break;
      case 'deepspeed':
        throw new EditRefused('DeepSpeed clips by itself: set "gradient_clipping" in its configuration.');
      case 'xla':
        throw new EditRefused(
          'xm.optimizer_step adds up the gradients of all devices itself, so clipping before it would come too early.',
        );
      case 'one-call':
        throw new EditRefused(
          `${this.step.through ?? 'The scaler'} does the backward pass and the step in one call: pass it the clipping limit.`,
        );
      case 'own':
        throw new EditRefused('The backward pass goes through an object whose own way of clipping is not known.');
    }
  }

  /** The way that this step's gradients came; the step itself may hide it (`optimizer.step()` under Accelerate). */
  private route(): TrainingEvent['route'] {
    if (this.step.route !== 'plain') {
      return this.step.route;
    }
    const routes = this.unit.backwards.map(({ event }) => event.route);
    const direct = this.lastBackward()?.event.route ?? 'plain';
    if (direct === 'scaler') {
      // Several branches share one step: which of them ran is not known here.
      throw new EditRefused('Gradients are scaled by a GradScaler but the step does not go through it.');
    }
    const mixed = direct === 'plain' && routes.find((route) => route === 'own' || route === 'apex');
    return mixed === 'own' ? mixed : direct;
  }

  private lastBackward(): Occurrence | undefined {
    return this.unit.events
      .slice(0, this.unit.events.indexOf(this.occurrence))
      .findLast(({ event }) => event.kind === 'backward');
  }

  private target(): string {
    if (this.step.target === null) {
      throw new EditRefused('Which optimizer steps is worked out while the program runs.');
    }
    return this.step.target;
  }

  private parameters(): string {
    return this.known().code;
  }

  private known(): NonNullable<ReturnType<typeof parametersFor>> {
    if (this.isInComprehension()) {
      throw new EditRefused('Several optimizers step in one expression; write a loop over them first.');
    }
    const known = parametersFor(this.step, this.scope(), this.analysis);
    if (!known) {
      throw new EditRefused(
        `Which parameters ${this.step.target ?? 'the optimizer'} moves can't be told from this file.`,
      );
    }
    return known;
  }

  private isInComprehension(): boolean {
    for (let at: SyntaxNode | null = this.step.node; at && at !== this.step.statement; at = at.parent) {
      if (at.type.endsWith('_comprehension') || at.type === 'generator_expression' || at.type === 'lambda') {
        return true;
      }
    }
    return false;
  }

  private clipPlain(): void {
    const clip = this.shardedClip() ?? this.torchClip(this.parameters());
    if (this.step.route !== 'scaler') {
      this.insert([clip]);
      return;
    }
    const unscale = this.unscaleBefore();
    if (!unscale) {
      this.insert([`${this.step.through ?? 'scaler'}.unscale_(${this.target()})`, clip]);
    } else if (unscale.statement.parent === this.step.statement.parent) {
      this.edits.insertAfter(unscale.statement, [clip]);
    } else {
      throw new EditRefused(
        `Gradients are unscaled on line ${this.analysis.lines.lineAt(unscale.node.start) + 1} under a condition of its own; clip there.`,
      );
    }
  }

  private torchClip(parameters: string): string {
    const name = nameFor('torch.nn.utils.clip_grad_norm_', this.scope(), this.analysis, this.edits);
    return `${name}(${parameters}, max_norm=${this.limit})`;
  }

  /** A model sharded by FSDP has to add up the norm over all ranks itself. */
  private shardedClip(): string | null {
    const { module, units } = this.analysis;
    const wrapped = module.calls.filter(({ name }) => name === 'FSDP' || name === 'FullyShardedDataParallel');
    if (wrapped.length === 0) {
      return null;
    }
    const { model } = this.known();
    const assignments = model === null ? [] : units.objects.visibleAssignments(model, this.scope());
    const always = assignments.some(
      ({ value, statement, owner }) => wrapped.some(({ node }) => node === value) && !isConditional(statement, owner),
    );
    if (!always) {
      throw new EditRefused(
        "A model is sharded by FSDP, and whether it is this one can't be told; use its own clip_grad_norm_.",
      );
    }
    return `${model}.clip_grad_norm_(max_norm=${this.limit})`;
  }

  private unscaleBefore(): TrainingEvent | null {
    const between = eventsSinceBackward(this.occurrence, this.unit);
    const unscale = between.find(({ event }) => event.kind === 'unscale' && event.target === this.step.target);
    return unscale?.event ?? null;
  }

  private clipWithAccelerate(): void {
    const accelerator = this.through('accelerate');
    const clip = `${accelerator}.clip_grad_norm_(${this.parameters()}, max_norm=${this.limit})`;
    this.insert(whereGradientsSync(clip, accelerator, this.step, this.analysis));
  }

  /** The accelerator or fabric of the backward pass, by a name that the place of the step knows. */
  private through(route: TrainingEvent['route']): string {
    const backward = this.unit.events
      .slice(0, this.unit.events.indexOf(this.occurrence))
      .findLast(({ event }) => event.kind === 'backward' && event.route === route)?.event;
    if (!backward?.through || !isVisible(backward.through, this.scope(), this.analysis)) {
      throw new EditRefused('The backward pass goes through an object that is not known where the optimizer steps.');
    }
    return backward.through;
  }

  private clipWithApex(): void {
    const clause = this.analysis.module.calls.find(({ name }) => name === 'scale_loss');
    const apex = clause?.receiver ? textOf(this.analysis.module.text, clause.receiver) : 'amp';
    this.insert([this.torchClip(`${apex}.master_params(${this.target()})`)]);
  }

  private clipWithFabric(): void {
    const { model } = this.known();
    const fabric = this.through('fabric');
    if (model === null) {
      throw new EditRefused(
        "Fabric clips by model, and which model this optimizer moves can't be told from this file.",
      );
    }
    this.insert([`${fabric}.clip_gradients(${model}, ${this.target()}, max_norm=${this.limit})`]);
  }

  /** The function in which the new code will stand. */
  private scope(): PythonFunction {
    return this.closureBackward()?.owner ?? this.step.owner;
  }

  /** The backward pass in a closure that the step runs: clipping belongs into the closure, too. */
  private closureBackward(): TrainingEvent | null {
    const inside = this.unit.backwards.find(({ site, event }) => site === this.step.node && event.node !== site);
    return inside?.event ?? null;
  }

  private insert(code: readonly string[]): void {
    const closure = this.closureBackward();
    if (closure) {
      this.edits.insertAfter(closure.statement, code);
      return;
    }
    const previous = previousStatement(this.step.statement);
    const follows =
      previous && isSimple(previous) && this.unit.backwards.some(({ event }) => contains(previous, event.node));
    if (follows) {
      this.edits.insertAfter(previous, code);
    } else {
      this.edits.insertBefore(this.step.statement, code);
    }
  }
}

function previousStatement(statement: SyntaxNode): SyntaxNode | undefined {
  const siblings = (statement.parent?.children ?? []).filter(({ type }) => type !== 'comment');
  return siblings[siblings.indexOf(statement) - 1];
}

function isSimple(statement: SyntaxNode): boolean {
  return statement.type === 'expression_statement';
}

function isConditional(statement: SyntaxNode, owner: PythonFunction): boolean {
  for (let at = statement.parent; at && at !== owner.node; at = at.parent) {
    if (at.type === 'if_statement' || at.type === 'try_statement') {
      return true;
    }
  }
  return false;
}
