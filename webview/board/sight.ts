/** So near to the part of the page that is seen, elements count as in sight: they are ready when they are scrolled to. */
const NEARLY = '200px';

/** Which elements are in sight, or nearly. */
export class Sight {
  private readonly seen = new Set<Element>();
  private readonly watcher: IntersectionObserver;

  /** @param changed hears that elements have come into sight or left it. */
  constructor(changed: () => void) {
    const note = (entries: readonly IntersectionObserverEntry[]): void => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) {
          this.seen.add(target);
        } else {
          this.seen.delete(target);
        }
      }
      changed();
    };
    this.watcher = new IntersectionObserver(note, { rootMargin: NEARLY });
  }

  watch(element: Element): void {
    this.watcher.observe(element);
  }

  forget(element: Element): void {
    this.watcher.unobserve(element);
    this.seen.delete(element);
  }

  holds(element: Element): boolean {
    return this.seen.has(element);
  }
}
