import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { lastPart, numberValue, textOf, wordsOf } from '../../loops/python/expressions.js';
import { construction, optimizerClass } from '../../loops/python/optimizers.js';
import { statementOf, type LocatedCall, type PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { Occurrence, TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, contains, enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, type EditList } from '../editing/editList.js';
import { handSetRate } from '../editing/handSetRate.js';
import { nameFor } from '../editing/importedNames.js';
import { refuseStranger } from '../editing/knownOptimizer.js';
import { numberSource } from '../editing/numberSource.js';
import { whereGradientsSync } from '../editing/syncGuard.js';
import { refuseUnscheduled, unscheduledReason } from '../editing/unscheduled.js';
import { isVisible } from '../editing/visibleNames.js';
import { runsOnce, unwrapped } from '../linearDecay/runLength.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { otherHands } from './otherHands.js';
import { handOver, placementFor } from './placement.js';
import {
  ownWarmup,
  schedulerOfUnknownOptimizer,
  schedulersOf,
  stepsOf,
  warmupMention,
  wrapStyle,
  type BuiltScheduler,
} from './schedulers.js';
import { LOOP } from '../../loops/python/loopStatements.js';

export interface Warmup {
  readonly steps: number;
  /** The user asked for this number; otherwise a short run may shorten it. */
  readonly chosen: boolean;
  /** Share of the run, used where the source names its length and no number was asked for. */
  readonly ratio: number;
}

/** Largest share of a run whose length is known that the default warmup may take. */
export const LARGEST_SHARE = 0.1;

/** A run of fewer steps is over before a warmup means anything. */
export const SHORTEST_RUN = 20;

/** Factor of the first step where a factor of zero is not allowed. */
const START_FACTOR = 0.001;

/** Optimizers that need no warmup of ours, by their class in lower case, and why. */
export function ownWarmupReason(className: string): string | undefined {
  return className === 'radam' ? 'RAdam brings its own warmup.' : unscheduledReason(className);
}

export function warmUpInUnit(
  unit: TrainingUnit,
  warmup: Warmup,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const optimizers = [...new Set(unit.steps.map(({ event }) => event.target))];
  const byHand = rateSetByHand(analysis);
  if (byHand) {
    return byHand;
  }
  const length = { ...warmup, steps: shortened(warmup, unit, analysis) };
  const outcomes = optimizers.map((optimizer) => new OptimizerWarmup(optimizer, unit, length, analysis, edits).apply());
  const edited = outcomes.filter(({ kind }) => kind === 'edited');
  const notes = edited.flatMap((outcome) => (outcome.kind === 'edited' ? outcome.notes : []));
  return edited.length > 0 ? { kind: 'edited', notes } : (outcomes[0] as LoopOutcome);
}

/** A tenth of the run where the loop itself says how long that is. */
function shortened(warmup: Warmup, unit: TrainingUnit, analysis: PythonAnalysis): number {
  const { module, found } = analysis;
  const source = unit.loop.type === 'for_statement' ? childOf(unit.loop, 'right') : undefined;
  const range = source && unwrapped(source, module.text);
  const call = module.calls.find(({ node, callee }) => node === range && (callee === 'range' || callee === 'trange'));
  const total = call ? rounds(call, analysis) : null;
  const owner = module.ownerOf(unit.loop);
  if (
    warmup.chosen ||
    total === null ||
    !onceARound(unit, analysis) ||
    isShared(unit, found) ||
    isRepeated(unit.loop, owner, analysis)
  ) {
    return warmup.steps;
  }
  if (total < SHORTEST_RUN) {
    throw new EditRefused(`The run is only ${total} steps long: too short for a warmup.`);
  }
  return Math.max(1, Math.min(warmup.steps, Math.round(total * LARGEST_SHARE)));
}

/** `range(n)`, and `range(1, n + 1)`, which counts as people do. */
function rounds({ positional, owner }: LocatedCall, analysis: PythonAnalysis): number | null {
  const { text } = analysis.module;
  const [first, second, ...more] = positional;
  if (first && !second) {
    return numberSource(first, owner, analysis)?.value ?? null;
  }
  const [bound, one] = second?.type === 'binary_operator' ? second.children : [];
  const fromOne = numberValue(text, first) === 1 && more.length === 0 && numberValue(text, one) === 1;
  return fromOne && bound && second && /\+\s*1$/.test(textOf(text, second))
    ? (numberSource(bound, owner, analysis)?.value ?? null)
    : null;
}

/** The step stands in the loop itself, or in the function that the loop alone calls. */
function onceARound({ steps, region, loop, owner }: TrainingUnit, { units }: PythonAnalysis): boolean {
  if (region === loop) {
    return steps.every(({ site }) => enclosing(site, LOOP) === loop);
  }
  const calls = units.callsOf(owner);
  const inFunction = steps.every(({ site }) => {
    const around = enclosing(site, LOOP);
    return !around || !contains(region, around);
  });
  return inFunction && calls.length === 1 && calls.every(({ node }) => enclosing(node, LOOP) === loop);
}

/** The loop itself runs many times: once an epoch, or once a call. */
function isRepeated(loop: SyntaxNode, owner: PythonFunction, analysis: PythonAnalysis): boolean {
  return !runsOnce(owner, analysis) || enclosing(loop.parent, LOOP) !== null;
}

/** Another loop of the file steps the same optimizer: neither alone is the run. */
function isShared(unit: TrainingUnit, found: PythonAnalysis['found']): boolean {
  const targets = new Set(unit.steps.map(({ event }) => event.target));
  return found.some(
    ({ origin }) =>
      origin.kind === 'unit' &&
      origin.unit !== unit &&
      origin.unit.steps.some(({ event }) => targets.has(event.target)),
  );
}

function rateSetByHand(analysis: PythonAnalysis): LoopOutcome | null {
  const { module, lines } = analysis;
  const rate = handSetRate(analysis);
  if (!rate) {
    return null;
  }
  const mention = warmupMention(module.root, module.text);
  return mention
    ? { kind: 'already-there', line: lines.lineAt(mention.start) }
    : refused(
        `The learning rate is set by hand on line ${lines.lineAt(rate.node.start) + 1}; put the warmup into what computes it.`,
      );
}

/** The warmup of one optimizer of a unit. */
class OptimizerWarmup {
  private readonly optimizer: string | null;
  private readonly unit: TrainingUnit;
  private readonly warmup: Warmup;
  private readonly steps: number;
  private readonly analysis: PythonAnalysis;
  private readonly edits: EditList;

  constructor(optimizer: string | null, unit: TrainingUnit, warmup: Warmup, analysis: PythonAnalysis, edits: EditList) {
    this.optimizer = optimizer;
    this.unit = unit;
    this.warmup = warmup;
    this.steps = warmup.steps;
    this.analysis = analysis;
    this.edits = edits;
  }

  apply(): LoopOutcome {
    if (this.optimizer === null) {
      throw new EditRefused('Which optimizer steps is worked out while the program runs.');
    }
    this.checkOptimizer(this.optimizer);
    const schedulers = schedulersOf(this.optimizer, this.analysis);
    const settled = this.fromExisting(schedulers);
    if (settled) {
      return settled;
    }
    const stepped = [...this.unit.events, ...this.unit.around].find(({ event }) => event.kind === 'schedule');
    if (schedulers.length === 0 && stepped && !this.isOneOfSeveral()) {
      throw new EditRefused(
        `${stepped.event.target ?? 'The scheduler'} is built elsewhere; whether it warms up can't be told from this file.`,
      );
    }
    const unknown = schedulers.length === 0 ? schedulerOfUnknownOptimizer(this.analysis) : null;
    if (unknown !== null) {
      throw new EditRefused(`Which optimizer ${unknown} schedules can't be told from this file.`);
    }
    return schedulers.length === 0 ? this.addAlone() : this.addTo(schedulers);
  }

  private checkOptimizer(optimizer: string): void {
    const routes = [...this.unit.backwards, ...this.unit.steps].map(({ event }) => event.route);
    const foreign = routes.find((route) => !['plain', 'scaler', 'accelerate', 'apex', 'two-step'].includes(route));
    if (foreign === 'deepspeed' || foreign === 'lightning') {
      throw new EditRefused('This framework steps its schedulers itself; set the warmup in its own configuration.');
    }
    if (foreign) {
      throw new EditRefused('The optimizer steps through an object whose own way of scheduling is not known.');
    }
    const [step] = this.steppings();
    const { module, units } = this.analysis;
    const built = step && construction(optimizer, step.event.owner, 'optimizer', module, units.objects);
    if (module.calls.some(({ name }) => name === 'DeepSpeedPlugin')) {
      throw new EditRefused('DeepSpeed steps its schedulers itself; set the warmup in its own configuration.');
    }
    if (step) {
      refuseUnscheduled(step, this.unit, this.analysis);
    }
    const reason = built && ownWarmupReason(optimizerClass(built, module)?.toLowerCase() ?? '');
    if (reason) {
      throw new EditRefused(reason);
    }
  }

  private steppings(): readonly Occurrence[] {
    return this.unit.steps.filter(({ event }) => event.target === this.optimizer);
  }

  /** Warmup that is there already, or switched off by a literal zero. */
  private fromExisting(schedulers: readonly BuiltScheduler[]): LoopOutcome | null {
    for (const scheduler of schedulers) {
      const own = ownWarmup(scheduler, this.analysis);
      if (own.kind === 'on') {
        return { kind: 'already-there', line: this.analysis.lines.lineAt(scheduler.call.node.start) };
      }
      if (own.kind === 'zero') {
        this.edits.replace(
          own.node,
          own.total === null || this.warmup.chosen ? String(this.steps) : `int(${this.warmup.ratio} * ${own.total})`,
        );
        return { kind: 'edited', notes: own.total === null ? [this.lengthNote()] : [] };
      }
    }
    return null;
  }

  private lengthNote(): string {
    return `The learning rate rises over ${this.steps} optimizer steps; choose fewer if that is more than a tenth of the run.`;
  }

  /** No schedule yet: a scheduler of its own, computed from the step number so that resuming can't compound it. */
  private addAlone(): LoopOutcome {
    const step = (this.steppings()[0] as Occurrence).event;
    const placement = placementFor(step, this.analysis);
    refuseStranger(step, this.analysis);
    const other = otherHands(placement.optimizer, step.owner, this.analysis);
    if (other !== null) {
      throw new EditRefused(`Whether there is a schedule can't be told from this file: ${other}.`);
    }
    this.checkResume();
    const name = this.newName(placement.optimizer);
    const lambda = nameFor('torch.optim.lr_scheduler.LambdaLR', placement.scope, this.analysis, this.edits);
    this.edits.insertAfter(placement.behind, [
      `${name} = ${lambda}(${placement.optimizer}, lambda step: min(1.0, (step + 1) / ${this.steps}))`,
    ]);
    if (placement.handTo) {
      handOver(name, placement.handTo, this.analysis, this.edits);
    }
    this.stepAfterOptimizer(name, placement.handTo?.optional ?? false);
    return { kind: 'edited', notes: [this.lengthNote()] };
  }

  /** Other optimizers step in this file, too: names have to tell the schedulers apart. */
  private isOneOfSeveral(): boolean {
    const steps = this.analysis.found.flatMap(({ origin }) => (origin.kind === 'unit' ? origin.unit.steps : []));
    return steps.some(({ event }) => event.target !== this.optimizer);
  }

  private newName(optimizer: string): string {
    const bare = lastPart(optimizer);
    const name = this.isOneOfSeveral() ? `warmup_${bare}` : 'warmup_scheduler';
    if (this.analysis.module.assignments.some(({ target }) => lastPart(target) === name)) {
      throw new EditRefused(`The name ${name} is already used in this file.`);
    }
    return optimizer.slice(0, optimizer.length - bare.length) + name;
  }

  private stepAfterOptimizer(name: string, optional: boolean): void {
    const indent = indentUnit(this.analysis.root, this.analysis.lines);
    for (const { event } of this.steppings()) {
      const accelerator = this.unit.backwards.find((backward) => backward.event.route === 'accelerate')?.event.through;
      if (accelerator && !isVisible(accelerator, event.owner, this.analysis)) {
        throw new EditRefused('The accelerator is not known where the optimizer steps.');
      }
      const code = accelerator
        ? whereGradientsSync([`${name}.step()`], accelerator, event, this.analysis)
        : [`${name}.step()`];
      const guarded = optional ? [`if ${name} is not None:`, ...code.map((line) => indent + line)] : code;
      const behind = accelerator ? event.statement : behindScaler(event.statement, this.unit);
      this.edits.insertAfter(behind, guarded);
    }
  }

  private addTo(schedulers: readonly BuiltScheduler[]): LoopOutcome {
    const [first] = schedulers as [BuiltScheduler];
    const target = first.assignment.target;
    if (schedulers.some(({ assignment }) => assignment.target !== target || assignment.index !== null)) {
      throw new EditRefused(
        'Several schedulers change the same optimizer; add the warmup to the one that comes first.',
      );
    }
    if (schedulers.some(({ call }) => call.keywords.has('last_epoch'))) {
      throw new EditRefused(`${target} is set up to go on from an earlier run.`);
    }
    const calls = stepsOf(target, this.analysis);
    if (calls.length === 0) {
      throw new EditRefused(`${target} is never stepped in this file.`);
    }
    const perStep = this.sharers().map((unit) => this.isScheduledWithSteps(unit, target));
    if (new Set(perStep).size > 1) {
      throw new EditRefused(`Some loops of this file step ${target} with the optimizer and others don't.`);
    }
    return perStep[0] ? this.wrap(schedulers, target) : this.addBeside(schedulers, target);
  }

  /** All places of the file that train by this optimizer. */
  private sharers(): readonly TrainingUnit[] {
    return this.analysis.found.flatMap(({ origin }) =>
      origin.kind === 'unit' && origin.unit.steps.some(({ event }) => event.target === this.optimizer)
        ? [origin.unit]
        : [],
    );
  }

  private isScheduledWithSteps(unit: TrainingUnit, target: string): boolean {
    return unit.events.some(({ event }) => this.isOwnStepping(event, target) && this.isBesideStep(event, unit));
  }

  private isOwnStepping(event: TrainingEvent, target: string): boolean {
    return event.kind === 'schedule' && event.target !== null && lastPart(event.target) === lastPart(target);
  }

  /** Stepped as often as the optimizer: in the same block, or in the same loop under no condition of its own. */
  private isBesideStep(event: TrainingEvent, unit: TrainingUnit): boolean {
    return unit.steps.some(
      ({ event: step }) =>
        step.target === this.optimizer &&
        enclosing(step.statement, LOOP) === enclosing(event.statement, LOOP) &&
        (event.statement.parent === step.statement.parent || !isUnderIf(event.statement, unit.region)),
    );
  }

  /** The schedule is stepped with the optimizer: warmup goes into the scheduler itself. */
  private wrap(schedulers: readonly BuiltScheduler[], target: string): LoopOutcome {
    if (stepsOf(target, this.analysis).some(({ positional, keywords }) => positional.length + keywords.size > 0)) {
      throw new EditRefused(`${target}.step() is given a value, which a joined schedule can't take.`);
    }
    this.checkUses(target);
    this.checkResume();
    const styles = schedulers.map(wrapStyle);
    if (styles.some((style) => style !== 'chained' && style !== 'sequential')) {
      throw new EditRefused(`How ${schedulers[0]?.call.name ?? target} and a warmup go together is not known.`);
    }
    schedulers.forEach((scheduler, index) => {
      this.wrapOne(scheduler, styles[index] === 'chained');
    });
    return { kind: 'edited', notes: [this.lengthNote(), 'Scheduler states saved before this change no longer load.'] };
  }

  private wrapOne({ assignment, call }: BuiltScheduler, chained: boolean): void {
    const { target, owner, statement } = assignment;
    const optimizer = this.optimizerIn(call);
    const module = 'torch.optim.lr_scheduler';
    const linear = nameFor(`${module}.LinearLR`, owner, this.analysis, this.edits);
    const joint = nameFor(
      `${module}.${chained ? 'ChainedScheduler' : 'SequentialLR'}`,
      owner,
      this.analysis,
      this.edits,
    );
    const name = this.isOneOfSeveral() ? `warmup_${lastPart(optimizer)}` : 'warmup_scheduler';
    const first = `${name} = ${linear}(${optimizer}, start_factor=${START_FACTOR}, total_iters=${this.steps})`;
    const second = chained
      ? `${target} = ${joint}([${name}, ${target}])`
      : `${target} = ${joint}(${optimizer}, [${name}, ${target}], milestones=[${this.steps}])`;
    this.edits.insertAfter(statement, [first, second]);
  }

  private optimizerIn(call: BuiltScheduler['call']): string {
    const node = [...call.positional, ...call.keywords.values()].find(
      (argument) => lastPart(textOf(this.analysis.module.text, argument)) === lastPart(this.optimizer ?? ''),
    );
    return node ? textOf(this.analysis.module.text, node) : (this.optimizer ?? '');
  }

  /** A joined scheduler has no `T_max`, `last_epoch` or `get_lr` of the one inside. */
  private checkUses(target: string): void {
    const known = new Set(['step', 'get_last_lr', 'state_dict', 'load_state_dict']);
    const { module } = this.analysis;
    const other = module.calls.find(
      ({ receiver, name }) => receiver !== null && textOf(module.text, receiver) === target && !known.has(name),
    );
    const attribute = new RegExp(`\\b${target.replaceAll('.', '\\.')}\\.(T_max|last_epoch|base_lrs|gamma|eta_min)\\b`);
    if (other || attribute.test(module.text)) {
      throw new EditRefused(`${target} is used for more than its steps, which a joined schedule would break.`);
    }
  }

  /** Restored optimizer states carry the full learning rate; a warmup that multiplies would push it far beyond. */
  private checkResume(): void {
    const restored = this.analysis.module.calls.flatMap(({ name, receiver }) =>
      name === 'load_state_dict' && receiver ? [textOf(this.analysis.module.text, receiver)] : [],
    );
    const kinds = restored.map((name) => this.analysis.units.objects.kindOf(name));
    const byLoader = this.analysis.module.calls.some(({ name, positional, keywords }) => {
      const given = [...positional, ...keywords.values()].map((node) =>
        this.analysis.units.objects.kindOf(textOf(this.analysis.module.text, node)),
      );
      const loads = wordsOf(name).some((word) => ['load', 'resume', 'restore'].includes(word));
      return loads && given.includes('optimizer') && !given.includes('scheduler');
    });
    if (byLoader || (kinds.includes('optimizer') && !kinds.includes('scheduler'))) {
      throw new EditRefused(
        'Resuming restores the optimizer but not the scheduler: the warmup would begin anew and change the restored rate.',
      );
    }
  }

  /** A second factor has no state of its own to restore. */
  private checkRestored(): void {
    const restores = this.analysis.module.calls.some(({ name, receiver, positional, keywords }) => {
      const loads = wordsOf(name).some((word) => ['load', 'resume', 'restore'].includes(word));
      const nodes = [...positional, ...keywords.values(), ...(receiver ? [receiver] : [])];
      return (
        loads &&
        nodes.some(
          (node) => this.analysis.units.objects.kindOf(textOf(this.analysis.module.text, node)) === 'optimizer',
        )
      );
    });
    if (restores) {
      throw new EditRefused(
        'Resuming restores the learning rate; a second factor per step would raise the restored rate.',
      );
    }
  }

  /** The schedule moves once an epoch: warmup is a second factor, stepped with the optimizer. */
  private addBeside(schedulers: readonly BuiltScheduler[], target: string): LoopOutcome {
    const styles = schedulers.map(wrapStyle);
    if (styles.some((style) => style !== 'chained' && style !== 'plateau')) {
      throw new EditRefused(
        `${schedulers[0]?.call.name ?? target} is not stepped with the optimizer and would undo a warmup per step.`,
      );
    }
    this.checkRestored();
    const step = (this.steppings()[0] as Occurrence).event;
    const placement = placementFor(step, this.analysis);
    const name = this.newName(placement.optimizer);
    const linear = nameFor('torch.optim.lr_scheduler.LinearLR', placement.scope, this.analysis, this.edits);
    this.edits.insertAfter(placement.behind, [
      `${name} = ${linear}(${placement.optimizer}, start_factor=${START_FACTOR}, total_iters=${this.steps})`,
    ]);
    if (placement.handTo) {
      handOver(name, placement.handTo, this.analysis, this.edits);
    }
    this.stepAfterOptimizer(name, placement.handTo?.optional ?? false);
    return { kind: 'edited', notes: [this.lengthNote()] };
  }
}

/** Behind `scaler.update()` when that follows the step at once. */
export function behindScaler(statement: SyntaxNode, unit: TrainingUnit): SyntaxNode {
  const siblings = (statement.parent?.children ?? []).filter(({ type }) => type !== 'comment');
  const next = siblings[siblings.indexOf(statement) + 1];
  const updates = unit.events.some(({ event }) => event.kind === 'scaler-update' && statementOf(event.node) === next);
  return updates && next ? next : statement;
}

function isUnderIf(statement: SyntaxNode, region: SyntaxNode): boolean {
  for (let at = statement.parent; at && at !== region; at = at.parent) {
    if (at.type === 'if_statement') {
      return true;
    }
  }
  return false;
}
