/** Numbers that look like chance and are the same for the same seed, on every machine (mulberry32). */
export class Random {
  private state: number;
  private spare: number | undefined;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A stream of its own for one purpose, so that changing one purpose's draws leaves the others' alone. */
  static forPurpose(seed: number, purpose: string): Random {
    let hash = 0x811c9dc5 ^ Math.imul(seed + 1, 0x9e3779b1);
    for (const character of purpose) {
      hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
    }
    return new Random(hash);
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to, and without, the end. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** One of the members. */
  of<Member>(members: readonly Member[]): Member {
    return members[this.below(members.length)]!;
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    if (this.spare !== undefined) {
      const spare = this.spare;
      this.spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    const angle = 2 * Math.PI * this.next();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Normal numbers with the standard deviation, in single precision. */
  normals(length: number, deviation: number): Float32Array {
    return Float32Array.from({ length }, () => deviation * this.normal());
  }
}
