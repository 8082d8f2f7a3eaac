import type { Hdf5File, Message } from './messages.js';
import { damaged, readPart, UNDEFINED_ADDRESS } from './messages.js';

/** A name in a group, and where the object is. */
export interface Link {
  readonly name: string;
  readonly address: number;
}

const SYMBOL_TABLE = 17;
const LINK = 6;
const LINK_INFO = 2;
const MOST_LINKS = 1_000_000;
const DEEPEST_TREE = 64;

/** The members of a group: of its symbol table, or of links that stand in its messages. */
export async function linksOf(
  hdf5: Hdf5File,
  messages: readonly Message[],
): Promise<{ links: Link[]; isDense: boolean }> {
  const links: Link[] = [];
  let isDense = false;
  for (const { type, reader } of messages) {
    reader.position = 0;
    if (type === SYMBOL_TABLE) {
      const tree = reader.address(hdf5.offsetSize);
      const heap = await localHeap(hdf5, reader.address(hdf5.offsetSize));
      await symbolTree(hdf5, tree, heap, links, 0);
    } else if (type === LINK) {
      const link = readLink(hdf5, reader);
      if (link) {
        links.push(link);
      }
    } else if (type === LINK_INFO) {
      const flags = (reader.skip(1), reader.uint(1));
      reader.skip((flags & 1) !== 0 ? 8 : 0);
      isDense = reader.address(hdf5.offsetSize) !== UNDEFINED_ADDRESS;
    }
  }
  return { links, isDense };
}

function readLink(hdf5: Hdf5File, reader: Message['reader']): Link | undefined {
  reader.skip(1);
  const flags = reader.uint(1);
  const type = (flags & 8) !== 0 ? reader.uint(1) : 0;
  reader.skip(((flags & 4) !== 0 ? 8 : 0) + ((flags & 16) !== 0 ? 1 : 0));
  const length = reader.uint(1 << (flags & 3));
  const name = new TextDecoder().decode(reader.take(length));
  // Soft and external links lead elsewhere: they are not followed.
  return type === 0 ? { name, address: reader.address(hdf5.offsetSize) } : undefined;
}

async function localHeap(hdf5: Hdf5File, address: number): Promise<Message['reader']> {
  const { offsetSize, lengthSize } = hdf5;
  const head = await readPart(hdf5, address, 8 + 2 * lengthSize + offsetSize);
  head.skip(8);
  const size = head.uint(lengthSize);
  head.skip(lengthSize);
  return readPart(hdf5, head.address(offsetSize), size);
}

async function symbolTree(
  hdf5: Hdf5File,
  address: number,
  heap: Message['reader'],
  links: Link[],
  depth: number,
): Promise<void> {
  const { offsetSize, lengthSize } = hdf5;
  if (address === UNDEFINED_ADDRESS) {
    return;
  }
  const head = await readPart(hdf5, address, 8 + 2 * offsetSize);
  const signature = new TextDecoder().decode(head.take(4));
  if (signature !== 'TREE' || depth > DEEPEST_TREE) {
    throw damaged();
  }
  head.skip(1);
  const level = head.uint(1);
  const entries = head.uint(2);
  const body = await readPart(hdf5, address + 8 + 2 * offsetSize, entries * (lengthSize + offsetSize));
  for (let index = 0; index < entries; index++) {
    body.skip(lengthSize);
    const child = body.address(offsetSize);
    if (level > 0) {
      await symbolTree(hdf5, child, heap, links, depth + 1);
    } else {
      await symbolNode(hdf5, child, heap, links);
    }
  }
}

async function symbolNode(hdf5: Hdf5File, address: number, heap: Message['reader'], links: Link[]): Promise<void> {
  const { offsetSize } = hdf5;
  const head = await readPart(hdf5, address, 8);
  head.skip(6);
  const count = head.uint(2);
  const size = 2 * offsetSize + 24;
  const body = await readPart(hdf5, address + 8, count * size);
  for (let index = 0; index < count; index++) {
    body.position = index * size;
    heap.position = body.uint(offsetSize);
    const object = body.address(offsetSize);
    const cache = body.uint(4);
    // Entries that keep a text in the heap are soft links.
    if (cache !== 2) {
      links.push({ name: heap.text(), address: object });
    }
    if (links.length > MOST_LINKS) {
      throw damaged();
    }
  }
}
