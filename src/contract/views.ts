/** Ids of what the manifest contributes besides commands and settings. */
export const VIEW_CONTAINER = 'evenkeel';

export const VIEWS = {
  findings: { id: 'evenkeel.findings', name: 'Findings' },
  runs: { id: 'evenkeel.runs', name: 'Runs' },
} as const;

/** View type of the run page's panel; also what its serializer is registered under. */
export const RUN_PAGE = 'evenkeel.runPage';

/** View type of the page of a trial in the lab; also what its serializer is registered under. */
export const LAB_PAGE = 'evenkeel.labPage';

/** View type of the page of a sweep of learning rates; also what its serializer is registered under. */
export const SWEEP_PAGE = 'evenkeel.sweepPage';

/** View type of the editor that checkpoints open in. */
export const CHECKPOINT_EDITOR = 'evenkeel.checkpoint';

/** View type of the panel that compares two checkpoints. */
export const CHECKPOINT_COMPARISON = 'evenkeel.checkpointComparison';

/** `contextValue` of tree items: a run's row in either tree, a finding's row. Other rows offer nothing. */
export const TREE_CONTEXTS = {
  run: 'run',
  /** Rows of runs whose jobs Evenkeel runs. */
  runningJob: 'run.job.running',
  pausedJob: 'run.job.paused',
  endedJob: 'run.job.over',
  finding: 'finding',
  fixableFinding: 'finding.fixable',
} as const;

/** Scheme of the read-only documents that show a file with a fix applied. */
export const FIX_SCHEME = 'evenkeel-fix';

/** Scheme of the read-only documents that show how a run would be rescued. */
export const RESCUE_SCHEME = 'evenkeel-rescue';

/** Type of tasks in tasks.json, and of debug configurations in launch.json. */
export const TASK_TYPE = 'evenkeel';
