/**
 * `npm run test:desktop`: the inside suite in desktop VS Code, which is downloaded on first use. A machine without a
 * display needs one (`xvfb-run -a npm run test:desktop`).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runTests } from '@vscode/test-electron';
import { projectRoot } from '../../scripts/editor/tools.mjs';
import { bundleInsideSuite, insideSuite } from './support/bundle.mjs';
import { report } from './support/runInside.mjs';
import { createSampleWorkspace } from './support/workspace.mjs';

execFileSync(process.execPath, [path.join(projectRoot, 'scripts/build.mjs')], { stdio: 'inherit' });
bundleInsideSuite();
const workspace = await createSampleWorkspace();
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-desktop-'));
const resultFile = path.join(scratch, 'result.json');
let problem = 'the extension host ended without a result';
try {
  await runTests({
    extensionDevelopmentPath: projectRoot,
    extensionTestsPath: path.join(insideSuite, 'index.js'),
    extensionTestsEnv: { EVENKEEL_TEST_RESULT: resultFile },
    launchArgs: [
      workspace.folder,
      '--disable-extensions',
      '--disable-workspace-trust',
      '--user-data-dir',
      path.join(scratch, 'user'),
    ],
  });
} catch (error) {
  problem = error.message;
}
// Only what the suite itself wrote counts, whatever the exit code of the editor was.
const result = existsSync(resultFile) ? JSON.parse(readFileSync(resultFile, 'utf8')) : undefined;
await workspace.remove();
rmSync(scratch, { recursive: true, force: true });
if (result) {
  report(result);
} else {
  console.error(problem);
}
const failed = result ? result.failures.length : 1;
const passed = result?.passed ?? 0;
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed`);
