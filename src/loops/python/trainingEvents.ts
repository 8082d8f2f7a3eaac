import { childOf, enclosing, walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, lastPart, numberValue, readCall, textOf, wordsOf, type Call } from './expressions.js';
import {
  clearsGradient,
  clearsGradientInPlace,
  isForeachStep,
  isHandStepAssignment,
  isHandStepCall,
} from './handSteps.js';
import { isOptimizerCall, type ObjectKind, type ObjectTable } from './objects.js';
import {
  statementOf,
  underItsOwnName,
  type LocatedCall,
  type PythonFunction,
  type PythonModule,
} from './pythonModule.js';

export type EventKind =
  'backward' | 'step' | 'zero-grad' | 'clip' | 'unscale' | 'scaler-update' | 'schedule' | 'set-rate' | 'autocast';

/** Through what a backward pass or a step goes; decides how gradients may be touched between the two. */
export type Route =
  | 'plain'
  | 'scaler'
  | 'accelerate'
  | 'fabric'
  | 'lightning'
  | 'deepspeed'
  | 'apex'
  | 'xla'
  | 'one-call'
  | 'two-step'
  | 'by-hand'
  | 'in-hook'
  | 'own';

/** One thing that a training loop does, where it is written. */
export interface TrainingEvent {
  readonly kind: EventKind;
  readonly route: Route;
  readonly node: SyntaxNode;
  /** Last part of the name of what is called; empty where nothing is. */
  readonly callee: string;
  /** The simple statement that holds the node. */
  readonly statement: SyntaxNode;
  readonly owner: PythonFunction;
  /** The optimizer, scheduler or model that is meant, as written; null when it can't be named. */
  readonly target: string | null;
  /** The scaler, accelerator or fabric through which it goes. */
  readonly through: string | null;
  readonly clipping: { readonly kind: 'norm' | 'value'; readonly limit: number | null } | null;
}

type EventCore = Pick<TrainingEvent, 'kind'> &
  Partial<Pick<TrainingEvent, 'route' | 'target' | 'through' | 'clipping'>>;

/** Where the limit stands among the positional arguments of clipping calls. */
const LIMIT_KEYWORDS = ['max_norm', 'clip_value', 'max_grad_norm', 'clip_val', 'gradient_clip_val', 'clip', 'limit'];

/** `float("inf")`, `math.inf`, `np.inf`, `torch.inf` and `inf` itself. */
const INFINITE = /^(?:float\(\s*["']\+?inf(?:inity)?["']\s*\)|(?:\w+\.)*(?:inf|infty|pinf))$/i;

/** An optimizer is followed through so many functions that hand it on. */
const LONGEST_HANDING = 4;

/** Reads off the events of a module. Calls of functions of the same file are not followed here. */
export class EventReader {
  private readonly module: PythonModule;
  private readonly objects: ObjectTable;
  /** Most files leave gradients to their optimizers: nothing in them needs a second look. */
  private readonly touchesGradients: boolean;

  constructor(module: PythonModule, objects: ObjectTable) {
    this.module = module;
    this.objects = objects;
    this.touchesGradients = /\.grad\b/.test(module.text);
  }

  /** The event that the call is, or null when it is none. */
  ofCall(located: LocatedCall): TrainingEvent | null {
    const call = underItsOwnName(located, this.module);
    const core = this.classify(call);
    return core && this.place(core, call.node, call.owner, call.name);
  }

  /** Learning rates written into parameter groups, gradients changed in place, weights moved without an optimizer. */
  ofAssignment(node: SyntaxNode): TrainingEvent | null {
    const byHand = this.touchesGradients ? this.classifyHandWork(node) : null;
    if (byHand) {
      return this.place(byHand, node, this.module.ownerOf(node));
    }
    const left = childOf(node, 'left');
    if (
      left?.type === 'subscript' &&
      /^\[\s*f?['"]lr['"]\s*\]$/.test(this.text(left).slice(this.subscriptStart(left)))
    ) {
      return this.place({ kind: 'set-rate' }, node, this.module.ownerOf(node));
    }
    const name = left && dottedName(this.module.text, left);
    const scaled = node.type === 'augmented_assignment' && name && /\.grad(\.data)?$/.test(name);
    return scaled && this.mentionsClipping(node)
      ? this.place({ kind: 'clip', clipping: { kind: 'norm', limit: null } }, node, this.module.ownerOf(node))
      : null;
  }

  private classifyHandWork(node: SyntaxNode): EventCore | null {
    if (clearsGradient(this.module.text, node)) {
      return { kind: 'zero-grad' };
    }
    return isHandStepAssignment(this.module.text, node) ? { kind: 'step', route: 'by-hand' } : null;
  }

  private subscriptStart(left: SyntaxNode): number {
    return (childOf(left, 'value')?.end ?? left.start) - left.start;
  }

  private mentionsClipping(node: SyntaxNode): boolean {
    return [...walk(node)].some(
      (part) => part.type === 'identifier' && wordsOf(this.text(part)).some((word) => word.startsWith('clip')),
    );
  }

  private place(core: EventCore, node: SyntaxNode, owner: PythonFunction, callee = ''): TrainingEvent {
    const statement = statementOf(node);
    return { route: 'plain', target: null, through: null, clipping: null, ...core, node, callee, statement, owner };
  }

  private text(node: SyntaxNode): string {
    return textOf(this.module.text, node);
  }

  private kindOfReceiver(call: Call): ObjectKind | null {
    const name = this.nameOf(call.receiver);
    return name === null ? null : this.objects.kindOf(name);
  }

  private nameOf(node: SyntaxNode | null | undefined): string | null {
    return node ? dottedName(this.module.text, node) : null;
  }

  private classify(call: LocatedCall): EventCore | null {
    switch (call.name) {
      case 'backward':
        return this.classifyBackward(call);
      // Several losses at once, by gradient surgery; what they leave is in `.grad`, too.
      case 'pcgrad_backward':
      case 'bloop_backward':
      case 'pc_backward':
        return { kind: 'backward', route: 'plain', through: null };
      case 'manual_backward':
        return { kind: 'backward', route: 'lightning', through: this.nameOf(call.receiver) };
      case 'step':
        return this.classifyStep(call);
      // The optimizer with its own schedule of the annotated Transformer's many heirs: what it is, only its class knows.
      case 'step_and_update_lr':
        return { kind: 'step', route: 'own', target: this.nameOf(call.receiver) };
      case 'second_step':
        return this.classifySecondStep(call, 'first_step');
      case 'descent_step':
        return this.classifySecondStep(call, 'ascent_step');
      case 'optimizer_step':
        return this.classifyOptimizerStep(call);
      case 'zero_grad':
        return { kind: 'zero-grad', target: this.nameOf(call.receiver) };
      case 'unscale_':
        return { kind: 'unscale', target: this.nameOf(call.positional[0]), through: this.nameOf(call.receiver) };
      case 'update':
        return this.kindOfReceiver(call) === 'scaler'
          ? { kind: 'scaler-update', through: this.nameOf(call.receiver) }
          : null;
      case 'autocast':
        return { kind: 'autocast' };
      case 'zero_':
      case 'fill_':
        return clearsGradientInPlace(this.module.text, call) ? { kind: 'zero-grad' } : null;
      case '_foreach_add_':
      case '_foreach_sub_':
        return this.touchesGradients && isForeachStep(this.module.text, call)
          ? { kind: 'step', route: 'by-hand' }
          : null;
      case 'add_':
      case 'sub_':
      case 'copy_':
        return this.touchesGradients && isHandStepCall(this.module.text, call)
          ? { kind: 'step', route: 'by-hand' }
          : null;
      default:
        return this.classifyClipping(call) ?? this.classifyOneCall(call) ?? this.classifyRate(call);
    }
  }

  private classifyBackward(call: LocatedCall): EventCore | null {
    const inner = call.receiver && readCall(this.module.text, call.receiver);
    if (inner?.name === 'scale') {
      return { kind: 'backward', route: 'scaler', through: this.nameOf(inner.receiver) };
    }
    const receiver = this.nameOf(call.receiver);
    if (call.receiver === null || inner?.callee === 'super' || receiver === 'self' || receiver === 'ctx') {
      return null;
    }
    // Gradients of remote calls live in a context of their own, not in `.grad`.
    if (receiver !== null && lastPart(receiver) === 'dist_autograd') {
      return { kind: 'backward', route: 'own', through: receiver };
    }
    switch (this.kindOfReceiver(call)) {
      case 'accelerator':
        return { kind: 'backward', route: 'accelerate', through: receiver };
      case 'fabric':
        return { kind: 'backward', route: 'fabric', through: receiver };
      case 'deepspeed-engine':
        return { kind: 'backward', route: 'deepspeed', through: receiver };
      case 'optimizer':
      case 'scaler':
        return { kind: 'backward', route: 'own', through: receiver };
      default: {
        const route = this.isGivenLoss(call) ? 'own' : this.isUnderApex(call.node) ? 'apex' : 'plain';
        return { kind: 'backward', route, through: receiver };
      }
    }
  }

  /** `booster.backward(loss, optimizer)`, `engine.backward(loss)`: what holds the gradients then, only its class knows. */
  private isGivenLoss({ receiver, positional: [first] }: Call): boolean {
    const through = this.nameOf(receiver);
    const isLoss = (name: string) => wordsOf(lastPart(name)).some((word) => word.endsWith('loss'));
    const given = this.nameOf(first);
    return through !== null && given !== null && isLoss(given) && !isLoss(through) && lastPart(through) !== 'autograd';
  }

  /** `xm.optimizer_step(optimizer)`, and `self.strategy.optimizer_step(optimizer, model, scheduler)` of another file. */
  private classifyOptimizerStep(call: LocatedCall): EventCore | null {
    const through = this.nameOf(call.receiver);
    const [target] = call.positional.map((node) => this.nameOf(node));
    if (through === 'xm') {
      return { kind: 'step', route: 'xla', target: target ?? null };
    }
    const isElsewhere = this.module.functions.every(({ name }) => name !== call.name);
    return through !== null && target && this.objects.kindOf(target) === 'optimizer' && isElsewhere
      ? { kind: 'step', route: 'own', target, through }
      : null;
  }

  /** Inside `with amp.scale_loss(loss, optimizer) as scaled:`. */
  private isUnderApex(node: SyntaxNode): boolean {
    for (let at = enclosing(node.parent, WITH); at; at = enclosing(at.parent, WITH)) {
      if (at.children.some((clause) => clause.type === 'with_clause' && this.text(clause).includes('.scale_loss('))) {
        return true;
      }
    }
    return false;
  }

  private classifyStep(call: LocatedCall): EventCore | null {
    const receiver = this.nameOf(call.receiver);
    if (receiver !== null && wordsOf(lastPart(receiver)).includes('zclip')) {
      return { kind: 'clip', through: receiver, clipping: { kind: 'norm', limit: null } };
    }
    switch (this.kindOfReceiver(call)) {
      case 'scheduler':
        return { kind: 'schedule', target: receiver };
      case 'scaler':
        return { kind: 'step', route: 'scaler', target: this.nameOf(call.positional[0]), through: receiver };
      case 'optimizer':
        return { kind: 'step', target: receiver };
      case 'deepspeed-engine':
        return { kind: 'step', route: 'deepspeed', target: receiver };
      default:
        if (receiver !== null && this.isEngine(receiver)) {
          return { kind: 'step', route: 'own', target: receiver };
        }
        return receiver !== null &&
          (this.iteratesOptimizers(receiver, call.node) || this.receivesOptimizer(receiver, call.owner))
          ? { kind: 'step', target: receiver }
          : null;
    }
  }

  /** What does the backward pass of a loss that it is given, and steps as well. */
  private isEngine(name: string): boolean {
    return this.module
      .callsNamed('backward')
      .some((call) => this.nameOf(call.receiver) === name && this.isGivenLoss(call));
  }

  /** Sharpness-aware minimisation: the first step climbs to where the second gradient is taken, and moves nothing for good. */
  private classifySecondStep(call: LocatedCall, first: string): EventCore | null {
    const target = this.nameOf(call.receiver);
    const climbs = this.module.callsNamed(first).some(({ receiver }) => this.nameOf(receiver) === target);
    return target !== null && climbs ? { kind: 'step', route: 'two-step', target } : null;
  }

  /** `def finish(m, o): o.step()`, called as `finish(model, optimizer)`, by way of other functions, too. */
  private receivesOptimizer(name: string, owner: PythonFunction, depth = 0): boolean {
    const parameters = owner.className === null ? owner.parameters : owner.parameters.slice(1);
    const index = parameters.findIndex((parameter) => parameter.name === name);
    return (
      index >= 0 &&
      depth < LONGEST_HANDING &&
      this.module.callsNamed(owner.name).some((call) => {
        const argument = call.keywords.get(name) ?? call.positional[index];
        const built = argument && readCall(this.module.text, argument);
        const handed = this.nameOf(argument);
        return (
          (built ? isOptimizerCall(built) : handed !== null && this.objects.kindOf(handed) === 'optimizer') ||
          (handed !== null && this.receivesOptimizer(handed, call.owner, depth + 1))
        );
      })
    );
  }

  /** `for o in optimizers: o.step()` and `[o.step() for o in self.optimizers]`. */
  private iteratesOptimizers(name: string, node: SyntaxNode): boolean {
    for (let at: SyntaxNode | null = node; at; at = at.parent) {
      const clause = at.type === 'for_statement' ? at : at.children.find((child) => child.type === 'for_in_clause');
      const left = clause && childOf(clause, 'left');
      const right = clause && childOf(clause, 'right');
      if (left && right && this.text(left) === name) {
        const source = this.nameOf(right);
        return source !== null && this.objects.kindOf(source) === 'optimizer';
      }
    }
    return false;
  }

  private classifyClipping(call: LocatedCall): EventCore | null {
    // Most calls are neither; taking every name apart would cost more than the rest of the reading.
    const words = /clip/i.test(call.name) ? wordsOf(call.name) : [];
    const ofGradients = words.some((word) => word.startsWith('clip')) && words.some((word) => word.startsWith('grad'));
    if (ofGradients && !this.measuresOnly(call)) {
      const byValue = words.includes('value');
      return {
        kind: 'clip',
        target: this.nameOf(call.positional[0]),
        through: this.nameOf(call.receiver),
        clipping: { kind: byValue ? 'value' : 'norm', limit: this.limitOf(call) },
      };
    }
    const receiver = this.nameOf(call.receiver) ?? '';
    const inPlace = /\.grad(\.data)?$/.test(receiver) && ['clamp_', 'clip_', 'mul_', 'div_'].includes(call.name);
    const hook =
      call.name === 'register_hook' && /\bclamp|\bclip/.test(call.positional.map((node) => this.text(node)).join());
    const clamps = call.name.startsWith('cl');
    if (hook || (inPlace && (clamps || this.mentionsClipping(call.node)))) {
      return { kind: 'clip', clipping: { kind: clamps || hook ? 'value' : 'norm', limit: null } };
    }
    return null;
  }

  private limitOf(call: Call): number | null {
    return numberValue(this.module.text, this.limitNode(call));
  }

  private limitNode(call: Call): SyntaxNode | undefined {
    const keyword = LIMIT_KEYWORDS.map((name) => call.keywords.get(name)).find((node) => node !== undefined);
    return keyword ?? call.positional[1];
  }

  /** With no limit at all the call is made for the norm that it returns. */
  private measuresOnly(call: Call): boolean {
    const limit = this.limitNode(call);
    return limit !== undefined && INFINITE.test(this.text(limit));
  }

  /** `loss_scaler(loss, optimizer, clip_grad=…, parameters=…)`: backward, clipping and step at once. */
  private classifyOneCall(call: LocatedCall): EventCore | null {
    const name = this.nameOf(call.positional[1]);
    const scaler = name !== null && call.callee !== null && this.objects.kindOf(call.callee) === 'scaler';
    if (!scaler || this.objects.kindOf(name) !== 'optimizer') {
      return null;
    }
    const limit = call.keywords.get('clip_grad');
    return {
      kind: 'step',
      route: 'one-call',
      target: name,
      through: call.callee,
      clipping: limit ? { kind: 'norm', limit: numberValue(this.module.text, limit) } : null,
    };
  }

  private classifyRate(call: LocatedCall): EventCore | null {
    const words = /adjust|set|update/i.test(call.name) ? wordsOf(call.name) : [];
    const sets = ['adjust', 'set', 'update'].some((word) => words.includes(word));
    const rate = words.includes('lr') || (words.includes('learning') && words.includes('rate'));
    if (sets && rate) {
      return { kind: 'set-rate' };
    }
    // timm's schedulers are stepped by `step_update(num_updates)`.
    return call.name === 'step_update' && this.kindOfReceiver(call) === 'scheduler'
      ? { kind: 'schedule', target: this.nameOf(call.receiver) }
      : null;
  }
}

const WITH = new Set(['with_statement']);
