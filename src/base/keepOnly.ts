/** Takes out of a map what is not wanted any more, so that it does not grow with all that ever was. */
export function keepOnly<Key>(map: Map<Key, unknown>, wanted: ReadonlySet<Key>): void {
  for (const key of map.keys()) {
    if (!wanted.has(key)) {
      map.delete(key);
    }
  }
}
