import { CheckpointError } from '../checkpointError.js';
import { PickleCall, PickleDict, PickleGlobal, PicklePersistent, PickleSequence } from './values.js';
import type { PickleValue } from './values.js';

/** A whole number of a dictionary and the operation that writes it, so that it can be changed where it stands. */
export interface NumberPlace {
  readonly holder: PickleDict | PickleCall;
  readonly key: string;
  /** Bytes from the start of the pickle. */
  readonly offset: number;
}

export interface Unpickled {
  readonly value: PickleValue;
  /** Bytes of the pickle. */
  readonly end: number;
  readonly protocol: number;
  /** Each class or function that is named, in the order of their first mention. */
  readonly globals: readonly PickleGlobal[];
  readonly calls: readonly PickleCall[];
  readonly numberPlaces: readonly NumberPlace[];
}

/** The bytes end before the pickle does. */
export class PickleEndsEarly extends CheckpointError {}

/** What the values of a pickle may cost together, a plain value costing one: about 150 MB of memory. */
const LARGEST_COST = 16_000_000;
const CONTAINER_COST = 16;
const MEMO_COST = 4;
const MOST_MARKS = 100_000;
const HIGHEST_PROTOCOL = 5;
/** Digits or bytes of a number: converting decimal ones takes time that grows with their square. */
const LONGEST_NUMBER = 4096;

const LATIN1 = new TextDecoder('latin1');
const UTF8 = new TextDecoder('utf-8');

/**
 * Reads one pickle of any protocol from 0 to 5. This is no unpickler: a call is noted as a call, a class as a name, and
 * there is nothing here that could import or run either. Every operation costs time and memory in proportion to its
 * bytes, whatever sizes it claims.
 * @throws PickleEndsEarly when more bytes may help; CheckpointError when the bytes are no pickle.
 */
export function unpickle(bytes: Uint8Array, start = 0): Unpickled {
  return new Machine(bytes, start).run();
}

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #start: number;
  #at: number;
  #stack: PickleValue[] = [];
  /** Where the operation stands that pushed each value of the stack. */
  #origins: number[] = [];
  readonly #marks: { readonly stack: PickleValue[]; readonly origins: number[] }[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #globals = new Map<string, PickleGlobal>();
  readonly #calls: PickleCall[] = [];
  readonly #numberPlaces: NumberPlace[] = [];
  #protocol = 0;
  #opcodeAt = 0;
  #cost = 0;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#start = start;
    this.#at = start;
  }

  run(): Unpickled {
    for (;;) {
      this.#opcodeAt = this.#at;
      const opcode = this.#byte();
      if (opcode === 0x2e) {
        return {
          value: this.#pop(),
          end: this.#at - this.#start,
          protocol: this.#protocol,
          globals: [...this.#globals.values()],
          calls: this.#calls,
          numberPlaces: this.#numberPlaces,
        };
      }
      this.#step(opcode);
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case 0x80: // PROTO
        this.#protocol = this.#byte();
        if (this.#protocol > HIGHEST_PROTOCOL) {
          throw this.#error(`protocol ${this.#protocol} is not known`);
        }
        return;
      case 0x95: // FRAME
        this.#skip(8);
        return;
      case 0x28: // MARK
        if (this.#marks.length >= MOST_MARKS) {
          throw this.#error('the stack is nested too deeply');
        }
        this.#marks.push({ stack: this.#stack, origins: this.#origins });
        this.#stack = [];
        this.#origins = [];
        return;
      case 0x30: // POP
        if (this.#stack.length === 0) {
          this.#popMark();
        } else {
          this.#pop();
        }
        return;
      case 0x31: // POP_MARK
        this.#popMark();
        return;
      case 0x32: // DUP
        return this.#push(this.#top());
      case 0x4e: // NONE
        return this.#push(null);
      case 0x88: // NEWTRUE
        return this.#push(true);
      case 0x89: // NEWFALSE
        return this.#push(false);
      case 0x49: // INT
        return this.#push(this.#textInteger(this.#line()));
      case 0x4c: // LONG
        return this.#push(this.#textInteger(this.#line().replace(/L$/, '')));
      case 0x4a: // BININT
        return this.#push(this.#view.getInt32(this.#skip(4), true));
      case 0x4b: // BININT1
        return this.#push(this.#byte());
      case 0x4d: // BININT2
        return this.#push(this.#view.getUint16(this.#skip(2), true));
      case 0x8a: // LONG1
        return this.#push(this.#binaryInteger(this.#byte()));
      case 0x8b: // LONG4
        return this.#push(this.#binaryInteger(this.#length4()));
      case 0x46: // FLOAT
        return this.#push(textFloat(this.#line()));
      case 0x47: // BINFLOAT
        return this.#push(this.#view.getFloat64(this.#skip(8)));
      case 0x53: // STRING
        return this.#push(unquoted(this.#line()));
      case 0x54: // BINSTRING
        return this.#push(LATIN1.decode(this.#slice(this.#length4())));
      case 0x55: // SHORT_BINSTRING
        return this.#push(LATIN1.decode(this.#slice(this.#byte())));
      case 0x56: // UNICODE
        return this.#push(rawUnicode(this.#line()));
      case 0x58: // BINUNICODE
        return this.#push(UTF8.decode(this.#slice(this.#length4())));
      case 0x8c: // SHORT_BINUNICODE
        return this.#push(UTF8.decode(this.#slice(this.#byte())));
      case 0x8d: // BINUNICODE8
        return this.#push(UTF8.decode(this.#slice(this.#length8())));
      case 0x42: // BINBYTES
        return this.#push(this.#slice(this.#length4()));
      case 0x43: // SHORT_BINBYTES
        return this.#push(this.#slice(this.#byte()));
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#push(this.#slice(this.#length8()));
      case 0x97: // NEXT_BUFFER
        return this.#push(new PicklePersistent('a buffer outside the pickle'));
      case 0x98: // READONLY_BUFFER
        return;
      case 0x5d: // EMPTY_LIST
        return this.#push(new PickleSequence('list', []));
      case 0x29: // EMPTY_TUPLE
        return this.#push(new PickleSequence('tuple', []));
      case 0x8f: // EMPTY_SET
        return this.#push(new PickleSequence('set', []));
      case 0x7d: // EMPTY_DICT
        return this.#push(new PickleDict());
      case 0x6c: // LIST
        return this.#push(new PickleSequence('list', this.#popMark().stack));
      case 0x74: // TUPLE
        return this.#push(new PickleSequence('tuple', this.#popMark().stack));
      case 0x91: // FROZENSET
        return this.#push(new PickleSequence('set', this.#popMark().stack));
      case 0x64: // DICT
        return this.#dictionary();
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.#push(new PickleSequence('tuple', this.#popMany(opcode - 0x84)));
      case 0x61: {
        // APPEND
        const item = this.#pop();
        return this.#append([item]);
      }
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        return this.#append(this.#popMark().stack);
      case 0x73: {
        // SETITEM
        const origin = this.#origins.at(-1) ?? 0;
        const [key, value] = this.#popMany(2) as [PickleValue, PickleValue];
        return this.#setItem(this.#top(), key, value, origin);
      }
      case 0x75: {
        // SETITEMS
        const { stack, origins } = this.#popMark();
        return this.#setItems(this.#top(), stack, origins);
      }
      case 0x63: {
        // GLOBAL
        const module = this.#line();
        return this.#push(this.#global(module, this.#line()));
      }
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.#popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') {
          throw this.#error('a class is named by something that is no text');
        }
        return this.#push(this.#global(module, name));
      }
      case 0x82: // EXT1
        return this.#extension(this.#byte());
      case 0x83: // EXT2
        return this.#extension(this.#view.getUint16(this.#skip(2), true));
      case 0x84: // EXT4
        return this.#extension(this.#view.getInt32(this.#skip(4), true));
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [callee, args] = this.#popMany(2) as [PickleValue, PickleValue];
        return this.#call(callee, args instanceof PickleSequence ? args.items : [args]);
      }
      case 0x92: {
        // NEWOBJ_EX
        const [callee, args, named] = this.#popMany(3) as [PickleValue, PickleValue, PickleValue];
        return this.#call(callee, [args, named]);
      }
      case 0x6f: {
        // OBJ
        const { stack } = this.#popMark();
        const [callee = null, ...args] = stack;
        return this.#call(callee, args);
      }
      case 0x69: {
        // INST
        const module = this.#line();
        const callee = this.#global(module, this.#line());
        return this.#call(callee, this.#popMark().stack);
      }
      case 0x62: {
        // BUILD
        const state = this.#pop();
        return this.#build(this.#top(), state);
      }
      case 0x50: // PERSID
        return this.#push(new PicklePersistent(this.#line()));
      case 0x51: // BINPERSID
        return this.#push(new PicklePersistent(this.#pop()));
      case 0x70: // PUT
        return this.#remember(this.#index(this.#line()));
      case 0x71: // BINPUT
        return this.#remember(this.#byte());
      case 0x72: // LONG_BINPUT
        return this.#remember(this.#view.getUint32(this.#skip(4), true));
      case 0x94: // MEMOIZE
        return this.#remember(this.#memo.size);
      case 0x67: // GET
        return this.#recall(this.#index(this.#line()));
      case 0x68: // BINGET
        return this.#recall(this.#byte());
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#view.getUint32(this.#skip(4), true));
      default:
        throw this.#error(`0x${opcode.toString(16).padStart(2, '0')} is no operation of a pickle`);
    }
  }

  #error(message: string): CheckpointError {
    return new CheckpointError(`the pickle is damaged: ${message}`, this.#opcodeAt, 'download or save it again');
  }

  #byte(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  /** Goes on by so many bytes; returns where they begin. */
  #skip(length: number): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) {
      throw new PickleEndsEarly(
        'truncated: the pickle ends in the middle',
        this.#bytes.length,
        'download or save it again',
      );
    }
    this.#at = from + length;
    return from;
  }

  #slice(length: number): Uint8Array {
    const from = this.#skip(length);
    return this.#bytes.subarray(from, from + length);
  }

  #length4(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  #length8(): number {
    const length = this.#view.getBigUint64(this.#skip(8), true);
    return length > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER / 2 : Number(length);
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) {
      this.#skip(this.#bytes.length - this.#at + 1);
    }
    const text = LATIN1.decode(this.#slice(end - this.#at));
    this.#at++;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  #textInteger(text: string): number | bigint | boolean {
    if (text === '00' || text === '01') {
      return text === '01';
    }
    if (text.length > LONGEST_NUMBER || !/^\s*[-+]?\d+\s*$/.test(text)) {
      throw this.#error('a number that is none');
    }
    return narrowed(BigInt(text.trim().replace(/^\+/, '')));
  }

  #binaryInteger(length: number): number | bigint {
    if (length > LONGEST_NUMBER) {
      throw this.#error(`a number of ${length} bytes`);
    }
    return littleEndianInteger(this.#slice(length));
  }

  #index(text: string): number {
    const index = Number(text);
    if (!Number.isSafeInteger(index) || index < 0) {
      throw this.#error('the memo is asked for what is no index');
    }
    return index;
  }

  #push(value: PickleValue): void {
    this.#charge(typeof value === 'object' && value !== null ? CONTAINER_COST : 1);
    this.#stack.push(value);
    this.#origins.push(this.#opcodeAt);
  }

  #charge(cost: number): void {
    this.#cost += cost;
    if (this.#cost > LARGEST_COST) {
      throw new CheckpointError('the pickle makes more values than any checkpoint has', this.#opcodeAt);
    }
  }

  #top(): PickleValue {
    if (this.#stack.length === 0) {
      throw this.#error('it takes more from its stack than there is');
    }
    return this.#stack[this.#stack.length - 1] as PickleValue;
  }

  #pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    this.#origins.pop();
    return value;
  }

  #popMany(count: number): PickleValue[] {
    if (this.#stack.length < count) {
      throw this.#error('it takes more from its stack than there is');
    }
    this.#origins.length -= count;
    return this.#stack.splice(this.#stack.length - count);
  }

  #popMark(): { readonly stack: PickleValue[]; readonly origins: readonly number[] } {
    const before = this.#marks.pop();
    if (!before) {
      throw this.#error('it goes back to a mark that was never set');
    }
    const { stack, origins } = { stack: this.#stack, origins: this.#origins };
    this.#stack = before.stack;
    this.#origins = before.origins;
    return { stack, origins };
  }

  #remember(index: number): void {
    this.#charge(MEMO_COST);
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw this.#error(`it asks its memo for entry ${index}, which was never put there`);
    }
    this.#charge(1);
    this.#stack.push(value);
    this.#origins.push(this.#opcodeAt);
  }

  #global(module: string, name: string): PickleGlobal {
    // Python 3 takes the names of Python 2's modules for those of its own.
    const known = new PickleGlobal(RENAMED[module] ?? module, name);
    const seen = this.#globals.get(known.path);
    if (!seen) {
      this.#globals.set(known.path, known);
    }
    return seen ?? known;
  }

  #extension(code: number): void {
    this.#push(this.#global('copyreg', `extension ${code}`));
  }

  #call(callee: PickleValue, args: readonly PickleValue[]): void {
    const call = new PickleCall(callee, args);
    this.#calls.push(call);
    this.#push(call);
  }

  #append(items: readonly PickleValue[]): void {
    const target = this.#top();
    if (!(target instanceof PickleSequence || target instanceof PickleCall)) {
      throw this.#error('it appends to what is no list');
    }
    for (const item of items) {
      target.items.push(item);
    }
  }

  #dictionary(): void {
    const { stack, origins } = this.#popMark();
    const dictionary = new PickleDict();
    this.#push(dictionary);
    this.#setItems(dictionary, stack, origins);
  }

  #setItems(target: PickleValue, stack: readonly PickleValue[], origins: readonly number[]): void {
    if (stack.length % 2 !== 0) {
      throw this.#error('a key has no value');
    }
    for (let index = 0; index < stack.length; index += 2) {
      this.#setItem(target, stack[index] as PickleValue, stack[index + 1] as PickleValue, origins[index + 1] ?? 0);
    }
  }

  #setItem(target: PickleValue, key: PickleValue, value: PickleValue, origin: number): void {
    if (!(target instanceof PickleDict || target instanceof PickleCall)) {
      throw this.#error('it sets an item of what is no dictionary');
    }
    target.entries.push([key, value]);
    if (typeof key === 'string' && (typeof value === 'number' || typeof value === 'bigint')) {
      this.#numberPlaces.push({ holder: target, key, offset: origin - this.#start });
    }
  }

  #build(target: PickleValue, state: PickleValue): void {
    if (target instanceof PickleCall) {
      target.state = state;
      return;
    }
    // Python would set attributes of whatever it is: a class, for instance, whose methods are then others.
    const call = new PickleCall(new PickleGlobal('builtins', 'setattr'), [target, state]);
    this.#calls.push(call);
    this.#globals.set(call.name ?? '', call.callee as PickleGlobal);
  }
}

const RENAMED: Readonly<Record<string, string>> = {
  __builtin__: 'builtins',
  copy_reg: 'copyreg',
  cPickle: 'pickle',
  _pickle: 'pickle',
  UserDict: 'collections',
  commands: 'subprocess',
};

/** Two's complement, as `LONG1` and `LONG4` have it. */
function littleEndianInteger(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) {
    return 0;
  }
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const value = BigInt(`0x${digits.reverse().join('')}`);
  return narrowed(BigInt.asIntN(bytes.length * 8, value));
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function textFloat(text: string): number {
  const named: Readonly<Record<string, number>> = { nan: NaN, '-nan': NaN, inf: Infinity, '-inf': -Infinity };
  return named[text.trim().toLowerCase()] ?? Number(text);
}

function unquoted(text: string): string {
  const inner = /^(['"])(.*)\1$/s.exec(text.trim())?.[2] ?? text;
  return inner
    .replace(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    .replace(/\\n/g, '\n')
    .replace(/\\(['"\\])/g, '$1');
}

function rawUnicode(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}
