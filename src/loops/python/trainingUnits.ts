import { contains, enclosing, type SyntaxNode } from '../syntax/syntaxNode.js';
import { groupBy } from '../../base/grouping.js';
import { dottedName, readCall } from './expressions.js';
import { FunctionTable } from './functionTable.js';
import { GradientHooks } from './gradientHooks.js';
import { ObjectTable } from './objects.js';
import { EventReader, type TrainingEvent } from './trainingEvents.js';
import type { LocatedCall, PythonFunction, PythonModule } from './pythonModule.js';
import { LOOP } from './loopStatements.js';

/** An event as it is met while a function runs: `site` is where that function does it or calls what does it. */
export interface Occurrence {
  readonly event: TrainingEvent;
  readonly site: SyntaxNode;
}

/** One place where a file trains: backward passes, and the optimizer steps that use their gradients. */
export interface TrainingUnit {
  readonly owner: PythonFunction;
  /** The loop that holds both, or the function when the loop is where it is called from. */
  readonly region: SyntaxNode;
  /** The loop that a person would point at. */
  readonly loop: SyntaxNode;
  readonly backwards: readonly Occurrence[];
  readonly steps: readonly Occurrence[];
  /** Everything that happens in the region, in source order, helpers of the same file included. */
  readonly events: readonly Occurrence[];
  /** What else the calling loop does; empty when the region is itself the loop. */
  readonly around: readonly Occurrence[];
}

/** Longest chain of events that is followed: calls of calls of calls would multiply otherwise. */
const LONGEST_STREAM = 2000;

interface Part {
  readonly start: number;
  readonly event?: TrainingEvent;
  /** What makes the event happen, where that is not where it is written; or what runs the callee. */
  readonly call?: LocatedCall;
  readonly callee?: PythonFunction;
}

/** `optimizer.step(closure)`, and `optimizer.step(partial(closure, batch))`. */
function closureName(text: string, argument: SyntaxNode): string | null {
  const call = readCall(text, argument);
  const [wrapped] = call?.name === 'partial' ? call.positional : [];
  return dottedName(text, wrapped ?? argument);
}

function withHook(event: TrainingEvent | null, isHooked: boolean): TrainingEvent | null {
  return event?.kind === 'step' && isHooked ? { ...event, route: 'in-hook' } : event;
}

/** Puts the events of a module together to the places where it trains. */
export class UnitFinder {
  readonly objects: ObjectTable;
  private readonly module: PythonModule;
  private readonly parts = new Map<PythonFunction, Part[]>();
  private readonly callsByCallee = new Map<PythonFunction, LocatedCall[]>();
  private readonly streams = new Map<PythonFunction, readonly Occurrence[]>();
  private readonly settled = new Set<TrainingEvent>();
  private readonly visited = new Set<PythonFunction>();
  private readonly units: TrainingUnit[] = [];
  private readonly functions: FunctionTable;

  constructor(module: PythonModule) {
    this.module = module;
    this.objects = new ObjectTable(module);
    this.functions = new FunctionTable(module);
    this.readParts();
  }

  find(): readonly TrainingUnit[] {
    for (const owner of this.module.functions) {
      this.settle(owner);
    }
    return this.units.sort((one, other) => one.loop.start - other.loop.start || one.region.start - other.region.start);
  }

  /** Everything that a call of the function does, in source order. */
  stream(owner: PythonFunction): readonly Occurrence[] {
    const known = this.streams.get(owner);
    if (known) {
      return known;
    }
    // An empty stream while the function is being read: recursion adds nothing.
    this.streams.set(owner, []);
    const stream: Occurrence[] = [];
    for (const { event, call, callee } of this.parts.get(owner) ?? []) {
      if (event) {
        stream.push({ event, site: call?.node ?? event.node });
      } else if (call && callee) {
        stream.push(...this.stream(callee).map(({ event: inner }) => ({ event: inner, site: call.node })));
      }
      if (stream.length > LONGEST_STREAM) {
        break;
      }
    }
    this.streams.set(owner, stream);
    return stream;
  }

  /** Calls of the function in this file, with the function that makes them. */
  callsOf(target: PythonFunction): readonly LocatedCall[] {
    return this.callsByCallee.get(target) ?? [];
  }

  private readParts(): void {
    const reader = new EventReader(this.module, this.objects);
    const hooks = new GradientHooks(this.module, (name, scope) => this.functionNamed(name, scope));
    const hooked: TrainingEvent[] = [];
    const backwards: LocatedCall[] = [];
    for (const call of this.module.calls) {
      const event = withHook(reader.ofCall(call), hooks.holds(call) || hooks.holdsInPlace(call));
      // A closure handed to `step` runs inside it, before the weights move.
      for (const callee of [event ? null : this.calleeOf(call), ...this.closuresOf(call)]) {
        if (callee) {
          this.addPart(call.owner, { start: call.node.start, call, callee });
        }
      }
      if (event && hooks.holdsInPlace(call)) {
        hooked.push(event);
      } else if (event) {
        // What the arguments of a step do comes before it: `step(lambda: gradients_of(batch))`.
        this.addPart(call.owner, { start: event.kind === 'step' ? call.node.end : call.node.start, event });
      }
      if (event?.kind === 'backward' && !hooks.holds(call)) {
        backwards.push(call);
      }
    }
    for (const call of backwards) {
      const start = call.node.end;
      for (const callee of hooks.functions) {
        this.addPart(call.owner, { start, call, callee });
      }
      for (const event of hooked) {
        this.addPart(call.owner, { start, call, event });
      }
    }
    this.readAssignments(reader);
    for (const parts of this.parts.values()) {
      parts.sort((one, other) => one.start - other.start);
    }
  }

  private readAssignments(reader: EventReader): void {
    for (const node of this.module.assignmentNodes) {
      const event = reader.ofAssignment(node);
      if (event) {
        this.addPart(event.owner, { start: node.start, event });
      }
    }
  }

  private addPart(owner: PythonFunction, part: Part): void {
    if (part.call && part.callee) {
      const calls = this.callsByCallee.get(part.callee);
      if (calls) {
        calls.push(part.call);
      } else {
        this.callsByCallee.set(part.callee, [part.call]);
      }
    }
    const known = this.parts.get(owner);
    if (known) {
      known.push(part);
    } else {
      this.parts.set(owner, [part]);
    }
  }

  private closuresOf(call: LocatedCall): PythonFunction[] {
    return call.name === 'step'
      ? [...call.positional, ...call.keywords.values()].flatMap((argument) => {
          const name = closureName(this.module.text, argument);
          const closure = name === null ? null : this.functionNamed(name, call.owner);
          return closure ? [closure] : [];
        })
      : [];
  }

  /** The function of this file that the call runs, where that is certain enough. */
  private calleeOf(call: LocatedCall): PythonFunction | null {
    return call.callee === null ? null : this.functionNamed(call.callee, call.owner);
  }

  private functionNamed(dotted: string, scope: PythonFunction): PythonFunction | null {
    return this.functions.named(dotted, scope);
  }

  /** Callees first: what they settle among themselves is no business of the caller. */
  private settle(owner: PythonFunction): void {
    if (this.visited.has(owner)) {
      return;
    }
    this.visited.add(owner);
    for (const { callee } of this.parts.get(owner) ?? []) {
      if (callee) {
        this.settle(callee);
      }
    }
    const openSteps = this.stream(owner).flatMap((step) => {
      const region = step.event.kind === 'step' && !this.settled.has(step.event) ? this.regionOf(step, owner) : null;
      return region ? [{ step, region }] : [];
    });
    const byRegion = groupBy(openSteps, ({ region }) => region);
    // Inner loops first: the passes of an inner loop are not those of the loop around it.
    const innerFirst = [...byRegion].sort(([one], [other]) => one.end - one.start - (other.end - other.start));
    for (const [region, steps] of innerFirst) {
      this.addUnit(
        owner,
        region,
        steps.map(({ step }) => step),
      );
    }
  }

  private regionOf(step: Occurrence, owner: PythonFunction): SyntaxNode | null {
    const oneCall = step.event.route === 'one-call';
    const backwards = this.openBackwards(owner);
    for (let at = enclosing(step.site, LOOP); at && contains(owner.node, at); at = enclosing(at.parent, LOOP)) {
      const loop = at;
      if (oneCall || backwards.some(({ site }) => contains(loop, site))) {
        return loop;
      }
    }
    // Outside of every loop, a script shows a single step; only a function can be called from a loop elsewhere.
    return owner !== this.module.main && (oneCall || backwards.length > 0) ? owner.node : null;
  }

  private openBackwards(owner: PythonFunction): readonly Occurrence[] {
    return this.stream(owner).filter(({ event }) => event.kind === 'backward' && !this.settled.has(event));
  }

  private addUnit(owner: PythonFunction, region: SyntaxNode, steps: readonly Occurrence[]): void {
    const events = this.stream(owner).filter(({ event, site }) => contains(region, site) && !this.settled.has(event));
    const backwards = events.filter(({ event }) => event.kind === 'backward');
    if (backwards.length === 0 && steps.every(({ event }) => event.route !== 'one-call')) {
      return;
    }
    const caller = region === owner.node ? this.callingLoop(owner) : null;
    this.units.push({
      owner,
      region,
      loop: caller?.loop ?? region,
      backwards,
      steps,
      events,
      around: caller ? this.stream(caller.owner).filter(({ site }) => contains(caller.loop, site)) : [],
    });
    for (const { event } of [...backwards, ...steps]) {
      this.settled.add(event);
    }
  }

  /** The loop of this file from which the function is called, directly or through others. */
  private callingLoop(target: PythonFunction): { loop: SyntaxNode; owner: PythonFunction } | null {
    const seen = new Set([target]);
    for (const callee of seen) {
      for (const { node, owner } of this.callsOf(callee)) {
        const loop = enclosing(node, LOOP);
        if (loop && contains(owner.node, loop)) {
          return { loop, owner };
        }
        seen.add(owner);
      }
    }
    return null;
  }
}
