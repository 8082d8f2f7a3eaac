import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { Route, TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { Occurrence, TrainingUnit } from '../../loops/python/trainingUnits.js';
import { isInClosure } from '../../loops/python/unitStructure.js';
import { contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from './editList.js';
import { parametersFor, type ParameterExpression } from './parameters.js';
import { isVisible } from './visibleNames.js';

/** What happens between the backward pass before the step and the step itself, last first. */
export function eventsSinceBackward(step: Occurrence, unit: TrainingUnit): readonly Occurrence[] {
  const before = unit.events.slice(0, unit.events.indexOf(step)).reverse();
  const backwardAt = before.findIndex(({ event }) => event.kind === 'backward');
  return backwardAt < 0 ? before : before.slice(0, backwardAt);
}

/** Clipping that happens between the backward pass before the step and the step itself. */
export function coveringClip(step: Occurrence, unit: TrainingUnit): Occurrence | undefined {
  return step.event.clipping ? step : eventsSinceBackward(step, unit).find(({ event }) => event.kind === 'clip');
}

/**
 * The place in front of one optimizer step where the gradients of all its batches are there and nothing has used them
 * yet: where clipping and everything of its kind belongs.
 */
export class CompleteGradients {
  readonly step: TrainingEvent;
  readonly unit: TrainingUnit;
  readonly analysis: PythonAnalysis;
  readonly edits: EditList;
  private readonly occurrence: Occurrence;

  constructor(step: Occurrence, unit: TrainingUnit, analysis: PythonAnalysis, edits: EditList) {
    this.step = step.event;
    this.occurrence = step;
    this.unit = unit;
    this.analysis = analysis;
    this.edits = edits;
    if (analysis.module.imports.some(({ path }) => path.split('.')[0] === 'horovod')) {
      throw new EditRefused(
        'Horovod averages gradients in the background: call optimizer.synchronize(), clip, and step under optimizer.skip_synchronize().',
      );
    }
  }

  /**
   * The way that this step's gradients came; the step itself may hide it (`optimizer.step()` under Accelerate).
   * @throws EditRefused where the step does not fit how the gradients were made
   */
  route(): Route {
    if (this.step.route !== 'plain' && this.step.route !== 'two-step') {
      return this.step.route;
    }
    const routes = this.unit.backwards.map(({ event }) => event.route);
    const direct = this.lastBackward()?.event.route ?? 'plain';
    if (direct === 'scaler') {
      // Several branches share one step: which of them ran is not known here.
      throw new EditRefused('Gradients are scaled by a GradScaler but the step does not go through it.');
    }
    const mixed = direct === 'plain' && routes.find((route) => route === 'own' || route === 'apex');
    if (mixed === 'apex') {
      throw new EditRefused('Gradients come from Apex or past it, and which of them it is decides what holds them.');
    }
    return mixed === 'own' ? mixed : direct;
  }

  /** The optimizer as it is written at the step. */
  optimizer(): string {
    if (this.step.target === null) {
      throw new EditRefused('Which optimizer steps is worked out while the program runs.');
    }
    return this.step.target;
  }

  /** What the optimizer moves, by names that the place knows. */
  parameters(): ParameterExpression {
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

  /** The function in which new code will stand. */
  scope(): PythonFunction {
    return this.closureBackward()?.owner ?? this.step.owner;
  }

  /** The accelerator or fabric of the backward pass, by a name that the place of the step knows. */
  through(route: Route): string {
    const backward = this.unit.events
      .slice(0, this.unit.events.indexOf(this.occurrence))
      .findLast(({ event }) => event.kind === 'backward' && event.route === route)?.event;
    if (!backward?.through || !isVisible(backward.through, this.scope(), this.analysis)) {
      throw new EditRefused('The backward pass goes through an object that is not known where the optimizer steps.');
    }
    return backward.through;
  }

  /** The backward pass in a closure that the step runs: the code belongs into the closure, too. */
  closureBackward(): TrainingEvent | null {
    const inside = this.unit.backwards.find((backward) => isInClosure(backward, this.step))?.event;
    if (inside && contains(this.step.node, inside.node)) {
      throw new EditRefused('The closure is written into the call of the step: give it a name first.');
    }
    return inside ?? null;
  }

  /** Puts code where gradients need no unscaling. */
  insert(code: readonly string[]): void {
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

  /** Puts code where the gradients of a GradScaler are unscaled, and unscales them there if nothing does yet. */
  insertUnscaled(code: readonly string[]): void {
    const unscale = this.unscaleBefore();
    if (!unscale) {
      this.insert([`${this.step.through ?? 'scaler'}.unscale_(${this.optimizer()})`, ...code]);
    } else if (unscale.statement.parent === this.step.statement.parent) {
      this.edits.insertAfter(unscale.statement, code);
    } else {
      throw new EditRefused(
        `Gradients are unscaled on line ${this.analysis.lines.lineAt(unscale.node.start) + 1} under a condition of its own; clip there.`,
      );
    }
  }

  unscaleBefore(): TrainingEvent | null {
    const between = eventsSinceBackward(this.occurrence, this.unit);
    const unscale = between.find(({ event }) => event.kind === 'unscale' && event.target === this.step.target);
    return unscale?.event ?? null;
  }

  private lastBackward(): Occurrence | undefined {
    return this.unit.events
      .slice(0, this.unit.events.indexOf(this.occurrence))
      .findLast(({ event }) => event.kind === 'backward');
  }

  private isInComprehension(): boolean {
    for (let at: SyntaxNode | null = this.step.node; at && at !== this.step.statement; at = at.parent) {
      if (at.type.endsWith('_comprehension') || at.type === 'generator_expression' || at.type === 'lambda') {
        return true;
      }
    }
    return false;
  }
}

/** Why code between the backward pass and the step has no place on this route; null where it has one. */
export function noPlaceOn(route: Route, through: string | null): string | null {
  switch (route) {
    case 'deepspeed':
      return 'DeepSpeed clips by itself: set "gradient_clipping" in its configuration.';
    case 'xla':
      return 'xm.optimizer_step adds up the gradients of all devices itself, so clipping before it would come too early.';
    case 'one-call':
      return `${through ?? 'The scaler'} does the backward pass and the step in one call: pass it the clipping limit.`;
    case 'own':
      return 'The backward pass goes through an object whose own way of clipping is not known.';
    default:
      return null;
  }
}

function previousStatement(statement: SyntaxNode): SyntaxNode | undefined {
  const siblings = (statement.parent?.children ?? []).filter(({ type }) => type !== 'comment');
  return siblings[siblings.indexOf(statement) - 1];
}

function isSimple(statement: SyntaxNode): boolean {
  return statement.type === 'expression_statement';
}
