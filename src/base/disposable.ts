export interface Disposable {
  dispose(): void;
}

/**
 * Owns disposables and releases them in reverse order of acquisition.
 * One that throws does not keep the others from being released; the first error is rethrown at the end.
 */
export class DisposableStore implements Disposable {
  private readonly owned: Disposable[] = [];
  private disposed = false;

  /** Takes ownership; disposes at once when the store itself is gone. */
  add<Owned extends Disposable>(disposable: Owned): Owned {
    if (this.disposed) {
      disposable.dispose();
    } else {
      this.owned.push(disposable);
    }
    return disposable;
  }

  dispose(): void {
    this.disposed = true;
    let firstError: { error: unknown } | undefined;
    for (let disposable = this.owned.pop(); disposable; disposable = this.owned.pop()) {
      try {
        disposable.dispose();
      } catch (error) {
        firstError ??= { error };
      }
    }
    if (firstError) {
      throw firstError.error;
    }
  }
}
