/** A collection that gives its first item, by an order, in time that grows with the logarithm of its size. */
export class Heap<Item> {
  private readonly items: Item[] = [];
  private readonly comesBefore: (one: Item, other: Item) => boolean;

  constructor(comesBefore: (one: Item, other: Item) => boolean) {
    this.comesBefore = comesBefore;
  }

  get size(): number {
    return this.items.length;
  }

  push(item: Item): void {
    const { items } = this;
    let place = items.push(item) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.comesBefore(item, items[parent] as Item)) {
        break;
      }
      items[place] = items[parent] as Item;
      place = parent;
    }
    items[place] = item;
  }

  /** Takes the first item out. */
  pop(): Item | undefined {
    const first = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0 && last !== undefined) {
      this.sink(last);
    }
    return first;
  }

  clear(): void {
    this.items.length = 0;
  }

  /** Finds the place for an item from the top. */
  private sink(item: Item): void {
    const { items } = this;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child + 1 < items.length && this.comesBefore(items[child + 1] as Item, items[child] as Item)) {
        child++;
      }
      if (child >= items.length || !this.comesBefore(items[child] as Item, item)) {
        break;
      }
      items[place] = items[child] as Item;
      place = child;
    }
    items[place] = item;
  }
}
