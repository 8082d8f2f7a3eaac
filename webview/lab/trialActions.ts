/** What the page's parts can set off. */
export interface TrialActions {
  cancel(): void;
  resume(): void;
  openFinding(): void;
  /** @param folder of one run. */
  openRun(folder: string): void;
  applyFix(fix: string): void;
  /** Asks for the trial once more. */
  tryAgain(): void;
}
