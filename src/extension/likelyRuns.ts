import * as vscode from 'vscode';

/** Names that logs of training have and hardly anything else: a reason to start the engine without being asked. */
const LIKELY_LOGS =
  '**/{*.tfevents.*,trainer_state.json,trainer_log.jsonl,metrics.jsonl,metrics.csv,results.csv,progress.csv,output.log,train.log}';
const PASSED_OVER = '**/{node_modules,.venv,venv,site-packages,.git}/**';

/** Whether the workspace holds what looks like a run. Stops at the first one. */
export async function hasLikelyRun(): Promise<boolean> {
  const found = await vscode.workspace.findFiles(LIKELY_LOGS, PASSED_OVER, 1);
  return found.length > 0;
}
