/** Ids of what the manifest contributes besides commands and settings. */
export const VIEW_CONTAINER = 'evenkeel';

export const VIEWS = {
  findings: { id: 'evenkeel.findings', name: 'Findings' },
  runs: { id: 'evenkeel.runs', name: 'Runs' },
} as const;

/** View type of the run page's panel; also what its serializer is registered under. */
export const RUN_PAGE = 'evenkeel.runPage';

/** `contextValue` of tree items: a run's row in either tree, a finding's row. Other rows offer nothing. */
export const TREE_CONTEXTS = { run: 'run', finding: 'finding', fixableFinding: 'finding.fixable' } as const;

/** Scheme of the read-only documents that show a file with a fix applied. */
export const FIX_SCHEME = 'evenkeel-fix';
