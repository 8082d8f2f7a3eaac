/**
 * Every command that the manifest declares, once. A test holds package.json against this table in both directions,
 * and the extension's handlers are a record over its keys, so that a command without a handler does not compile.
 */
export interface CommandDefinition {
  readonly id: `evenkeel.${string}`;
  /** As menus show it: title case, an ellipsis where the command asks or shows something before it acts. */
  readonly title: string;
  /** Name of a codicon; needed where the command stands as a button. */
  readonly icon?: string;
  /** When the palette offers it: always, never (it needs an argument), or under this context expression. */
  readonly palette: true | false | string;
  /** When it can be pressed wherever it stands; omitted: always. */
  readonly enablement?: string;
}

/** The word before every title in the palette. */
export const COMMAND_CATEGORY = 'Evenkeel';

const TRUSTED = 'isWorkspaceTrusted';
/** Languages in which training loops are found. */
const SOURCE = 'editorLangId =~ /^(python|javascript|typescript)$/';

/** Files that are run as they are. */
const RUNNABLE = 'resourceExtname =~ /^\\.(py|ipynb|[mc]?[jt]s)$/';

export const COMMANDS = {
  openLog: { id: 'evenkeel.openLog', title: 'Open Log…', icon: 'folder-opened', palette: true },
  previewPattern: {
    id: 'evenkeel.previewPattern',
    title: 'Read a Log by a Pattern…',
    icon: 'regex',
    palette: true,
    enablement: TRUSTED,
  },
  showFindings: { id: 'evenkeel.showFindings', title: 'Show Findings', icon: 'list-tree', palette: true },
  openRun: { id: 'evenkeel.openRun', title: 'Open Run Page', icon: 'graph-line', palette: true },
  rescan: { id: 'evenkeel.rescan', title: 'Rescan for Runs', icon: 'refresh', palette: true },
  showLog: { id: 'evenkeel.showLog', title: 'Show Log', icon: 'output', palette: true },
  openSample: { id: 'evenkeel.openSample', title: 'Open the Sample Run', icon: 'beaker', palette: true },
  howToLog: { id: 'evenkeel.howToLog', title: 'How to Log a Run', icon: 'question', palette: true },
  walkthrough: { id: 'evenkeel.walkthrough', title: 'Get Started', icon: 'mortar-board', palette: true },
  openSettings: { id: 'evenkeel.openSettings', title: 'Open Settings', icon: 'settings-gear', palette: true },
  fixesForLoop: {
    id: 'evenkeel.fixesForLoop',
    title: 'Fixes for This Loop…',
    icon: 'lightbulb',
    palette: `${SOURCE} && ${TRUSTED}`,
    enablement: TRUSTED,
  },
  chooseRun: {
    id: 'evenkeel.chooseRun',
    title: 'Choose the Run of This File…',
    icon: 'link',
    palette: SOURCE,
  },
  previewFix: {
    id: 'evenkeel.previewFix',
    title: 'Show Fix…',
    icon: 'diff',
    palette: false,
    enablement: TRUSTED,
  },
  applyFix: {
    id: 'evenkeel.applyFix',
    title: 'Apply Fix',
    icon: 'check',
    palette: `evenkeel.previewingFix && ${TRUSTED}`,
    enablement: TRUSTED,
  },
  changeFixValues: {
    id: 'evenkeel.changeFixValues',
    title: 'Change Values of Fix…',
    icon: 'settings',
    palette: `evenkeel.previewingFix && ${TRUSTED}`,
    enablement: TRUSTED,
  },
  discardFix: {
    id: 'evenkeel.discardFix',
    title: 'Discard Fix',
    icon: 'discard',
    palette: 'evenkeel.previewingFix',
  },
  runFile: {
    id: 'evenkeel.runFile',
    title: 'Run with Evenkeel',
    icon: 'play',
    palette: `${RUNNABLE} && ${TRUSTED}`,
    enablement: TRUSTED,
  },
  runCommand: {
    id: 'evenkeel.runCommand',
    title: 'Run a Command with Evenkeel…',
    icon: 'terminal',
    palette: true,
    enablement: TRUSTED,
  },
  showJob: { id: 'evenkeel.showJob', title: 'Show Output of Job', icon: 'terminal', palette: true },
  stopJob: { id: 'evenkeel.stopJob', title: 'Stop Job', icon: 'debug-stop', palette: true },
  pauseJob: { id: 'evenkeel.pauseJob', title: 'Pause Job', icon: 'debug-pause', palette: true },
  resumeJob: { id: 'evenkeel.resumeJob', title: 'Resume Job', icon: 'debug-continue', palette: true },
  saveCheckpoint: {
    id: 'evenkeel.saveCheckpoint',
    title: 'Save a Checkpoint Now',
    icon: 'save',
    palette: true,
    enablement: TRUSTED,
  },
  rescueJob: {
    id: 'evenkeel.rescueJob',
    title: 'Rescue Run…',
    icon: 'debug-restart-frame',
    palette: true,
    enablement: TRUSTED,
  },
  relaunch: {
    id: 'evenkeel.relaunch',
    title: 'Relaunch',
    icon: 'debug-restart',
    palette: `evenkeel.rescuing && ${TRUSTED}`,
    enablement: TRUSTED,
  },
  editRescue: {
    id: 'evenkeel.editRescue',
    title: 'Edit Command of Rescue…',
    icon: 'edit',
    palette: `evenkeel.rescuing && ${TRUSTED}`,
    enablement: TRUSTED,
  },
  discardRescue: {
    id: 'evenkeel.discardRescue',
    title: 'Discard Rescue',
    icon: 'discard',
    palette: 'evenkeel.rescuing',
  },
  openAsRun: { id: 'evenkeel.openAsRun', title: 'Open as Training Run', icon: 'graph-line', palette: false },
  openLogFile: { id: 'evenkeel.openLogFile', title: 'Open Log File', icon: 'go-to-file', palette: false },
  copyPath: { id: 'evenkeel.copyPath', title: 'Copy Path', palette: false },
  revealRun: { id: 'evenkeel.revealRun', title: 'Reveal in Explorer', palette: false },
  selectCheckpoint: {
    id: 'evenkeel.selectCheckpoint',
    title: 'Select Checkpoint for Compare',
    palette: "activeCustomEditorId == 'evenkeel.checkpoint'",
  },
  compareCheckpoints: {
    id: 'evenkeel.compareCheckpoints',
    title: 'Compare with Selected Checkpoint…',
    palette: "activeCustomEditorId == 'evenkeel.checkpoint'",
  },
  resetCheckpointMomentum: {
    id: 'evenkeel.resetCheckpointMomentum',
    title: 'Reset Momentum of Checkpoint…',
    palette: "activeCustomEditorId == 'evenkeel.checkpoint'",
  },
  compareAroundFinding: {
    id: 'evenkeel.compareAroundFinding',
    title: 'Compare Checkpoints Before and After Finding',
    icon: 'diff',
    palette: true,
  },
  exportRun: { id: 'evenkeel.exportRun', title: 'Export Run…', icon: 'export', palette: true },
  copyIssueText: { id: 'evenkeel.copyIssueText', title: 'Copy Run as Issue Text', icon: 'issues', palette: true },
  compareRuns: { id: 'evenkeel.compareRuns', title: 'Compare Run With…', icon: 'diff', palette: true },
  tryFix: {
    id: 'evenkeel.tryFix',
    title: 'Try This Fix',
    icon: 'beaker',
    palette: TRUSTED,
    enablement: TRUSTED,
  },
  sweepLearningRates: {
    id: 'evenkeel.sweepLearningRates',
    title: 'Sweep Learning Rates on a Proxy…',
    icon: 'graph-scatter',
    palette: TRUSTED,
    enablement: TRUSTED,
  },
  copyFinding: { id: 'evenkeel.copyFinding', title: 'Copy Finding', icon: 'copy', palette: false },
  openSelectedFinding: { id: 'evenkeel.openSelectedFinding', title: 'Open Selected Finding', palette: false },
  openSelectedRun: { id: 'evenkeel.openSelectedRun', title: 'Open Selected Run', palette: false },
  showMoreRuns: { id: 'evenkeel.showMoreRuns', title: 'Show More Runs', palette: false },
} as const satisfies Record<string, CommandDefinition>;

export type CommandName = keyof typeof COMMANDS;

/** Context keys that the extension sets and `when` clauses of the manifest read. */
export const CONTEXT_KEYS = {
  /** 'waiting' until the first search has ended, then 'empty' or 'runs'. */
  discovery: 'evenkeel.discovery',
  previewingFix: 'evenkeel.previewingFix',
  fixHasValues: 'evenkeel.fixHasValues',
  rescuing: 'evenkeel.rescuing',
  checkpointSelected: 'evenkeel.checkpointSelected',
} as const;
