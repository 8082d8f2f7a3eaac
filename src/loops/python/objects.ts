import { groupBy } from '../../base/grouping.js';
import { lastPart, readCall, wordsOf, type Call } from './expressions.js';
import { underItsOwnName, type Assignment, type PythonFunction, type PythonModule } from './pythonModule.js';

/** What a variable of a training script stands for. */
export type ObjectKind =
  'optimizer' | 'scheduler' | 'scaler' | 'accelerator' | 'fabric' | 'deepspeed-engine' | 'sharded-model';

/** Optimizer classes whose names alone don't say so. */
const OPTIMIZER_CLASSES = new Set(
  [
    'Adam AdamW SGD RMSprop RMSProp Adagrad Adadelta Adamax NAdam RAdam LBFGS Rprop ASGD SparseAdam Adafactor Lion Lamb',
    'LAMB LARS Muon SOAP Shampoo Sophia SophiaG Prodigy DAdaptAdam AdamW8bit Adam8bit PagedAdamW PagedAdamW8bit Lion8bit',
    'FusedAdam FusedLAMB FusedSGD CPUAdam DeepSpeedCPUAdam BertAdam AdaBelief AdamP Ranger Novograd NovoGrad Yogi AdaBound',
    'AdEMAMix StableAdamW AdamWScheduleFree SGDScheduleFree SAM GaLoreAdamW Adan Apollo MADGRAD SingleDeviceMuon',
  ]
    .join(' ')
    .split(' '),
);

const CONSTRUCTED: readonly (readonly [ObjectKind, (call: Call) => boolean])[] = [
  ['scaler', ({ name }) => /^(\w*GradScaler|NativeScaler\w*)$/.test(name)],
  ['accelerator', ({ name }) => name === 'Accelerator'],
  ['fabric', ({ name }) => name === 'Fabric' || name === 'LightningLite'],
  ['deepspeed-engine', ({ callee }) => callee === 'deepspeed.initialize' || callee === 'deepspeed.init_inference'],
  ['sharded-model', ({ name }) => name === 'FSDP' || name === 'FullyShardedDataParallel'],
  ['scheduler', isSchedulerCall],
  ['optimizer', isOptimizerCall],
];

export function isSchedulerCall({ callee, name }: Call): boolean {
  const words = wordsOf(name);
  return (
    (callee ?? '').split('.').includes('lr_scheduler') ||
    /^[A-Z]\w*LR$/.test(name) ||
    words.some((word) => word === 'scheduler' || word === 'schedule') ||
    /^CosineAnnealing|^ReduceLROn/.test(name)
  );
}

export function isOptimizerCall({ callee, name }: Call): boolean {
  const path = (callee ?? '').split('.').slice(0, -1);
  return (
    OPTIMIZER_CLASSES.has(name) ||
    (/^[A-Z]/.test(name) && path.some((part) => part === 'optim' || part === 'optimizers')) ||
    wordsOf(name).some((word) => word.startsWith('optimizer') || word.startsWith('optimiser'))
  );
}

const NONE: readonly Assignment[] = [];

/** Says what variables stand for: by what is assigned to them, else by their names. */
export class ObjectTable {
  private readonly module: PythonModule;
  private readonly byTarget: ReadonlyMap<string, readonly Assignment[]>;
  private readonly byLastPart: ReadonlyMap<string, readonly Assignment[]>;
  private readonly kinds = new Map<string, ObjectKind | null>();
  private readonly byScope = new Map<string, ReadonlyMap<PythonFunction | string | null, readonly Assignment[]>>();
  private readonly usesDeepSpeed: boolean;

  constructor(module: PythonModule) {
    this.module = module;
    this.usesDeepSpeed = module.imports.some(({ path }) => path.split('.')[0] === 'deepspeed');
    this.byTarget = groupBy(module.assignments, ({ target }) => target);
    this.byLastPart = groupBy(module.assignments, ({ target }) => lastPart(target));
  }

  /** All assignments to the name as written, in any scope. */
  assignmentsOf(dotted: string): readonly Assignment[] {
    return this.byTarget.get(dotted) ?? [];
  }

  /** All assignments to names that end alike: `optimizer` and `self.optimizer`, in any scope. */
  assignmentsLike(dotted: string): readonly Assignment[] {
    return this.byLastPart.get(lastPart(dotted)) ?? [];
  }

  /**
   * Assignments that a use of the name in `scope` can see; `self.x` is shared by the methods of a class. The same list
   * comes back each time, so that what is worked out from it can be kept with it.
   */
  visibleAssignments(dotted: string, scope: PythonFunction): readonly Assignment[] {
    if (!this.byTarget.has(dotted)) {
      return NONE;
    }
    const isShared = dotted.startsWith('self.');
    const byScope =
      this.byScope.get(dotted) ??
      groupBy(this.assignmentsOf(dotted), ({ owner }) => (isShared ? owner.className : owner));
    this.byScope.set(dotted, byScope);
    if (isShared) {
      return byScope.get(scope.className) ?? NONE;
    }
    for (let at: PythonFunction | null = scope; at; at = at.parent) {
      const own = byScope.get(at);
      if (own) {
        return own;
      }
      if (at.parameters.some(({ name }) => name === dotted)) {
        return NONE;
      }
    }
    return NONE;
  }

  kindOf(dotted: string): ObjectKind | null {
    const known = this.kinds.get(dotted);
    if (known !== undefined) {
      return known;
    }
    const kind = this.workOutKind(dotted);
    this.kinds.set(dotted, kind);
    return kind;
  }

  private workOutKind(dotted: string): ObjectKind | null {
    for (const { value, index } of this.assignmentsOf(dotted)) {
      const written = readCall(this.module.text, value);
      const call = written && underItsOwnName(written, this.module);
      const constructed = call && CONSTRUCTED.find(([, test]) => test(call))?.[0];
      // Of several results of one call only a name can tell which is which.
      if (constructed && (index === null || (constructed === 'deepspeed-engine' && index === 0))) {
        return constructed;
      }
    }
    return this.kindByName(dotted);
  }

  private kindByName(dotted: string): ObjectKind | null {
    const words = wordsOf(lastPart(dotted));
    if (words.some((word) => word.startsWith('sched') || word === 'warmup' || word === 'lrsched')) {
      return 'scheduler';
    }
    if (words.some((word) => word.endsWith('scaler'))) {
      return 'scaler';
    }
    if (words.some((word) => word.startsWith('optim') || /^opts?[a-z]?$/.test(word) || word === 'adam')) {
      return 'optimizer';
    }
    if (words.at(-1) === 'accelerator') {
      return 'accelerator';
    }
    if (words.at(-1) === 'fabric') {
      return 'fabric';
    }
    return this.usesDeepSpeed && words.at(-1) === 'engine' ? 'deepspeed-engine' : null;
  }
}
