import { access } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';

/** What is used of the Python extension's interface. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable?: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

const ON_WINDOWS = process.platform === 'win32';
/** Where projects keep their environment. */
const ENVIRONMENT_FOLDERS = ['.venv', 'venv', 'env'];
const IN_ENVIRONMENT = ON_WINDOWS ? ['Scripts', 'python.exe'] : ['bin', 'python'];

/** The Python that the user has chosen for a file; else the project's own environment, else the one on the path. */
export async function pythonFor(uri: vscode.Uri): Promise<string> {
  return (
    (await chosenPython(uri)) ??
    configuredPython(uri) ??
    (await projectPython(uri)) ??
    (ON_WINDOWS ? 'python' : 'python3')
  );
}

async function chosenPython(uri: vscode.Uri): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>('ms-python.python');
  try {
    const { environments } = (await extension?.activate()) ?? {};
    const resolved = await environments?.resolveEnvironment(environments.getActiveEnvironmentPath(uri));
    return resolved?.executable?.uri?.fsPath;
  } catch {
    return undefined; // An interface that has changed is no reason not to run.
  }
}

function configuredPython(uri: vscode.Uri): string | undefined {
  const configured = vscode.workspace.getConfiguration('python', uri).get<unknown>('defaultInterpreterPath');
  return typeof configured === 'string' && path.isAbsolute(configured) ? configured : undefined;
}

async function projectPython(uri: vscode.Uri): Promise<string | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? path.dirname(uri.fsPath);
  for (const name of ENVIRONMENT_FOLDERS) {
    const python = path.join(folder, name, ...IN_ENVIRONMENT);
    if (await isThere(python)) {
      return python;
    }
  }
  return undefined;
}

/** The command that runs a file as the editor's own Run would; undefined for a file of another kind. */
export async function commandFor(uri: vscode.Uri): Promise<readonly string[] | undefined> {
  const file = uri.fsPath;
  switch (path.extname(file).toLowerCase()) {
    case '.py':
      return [await pythonFor(uri), file];
    case '.ipynb':
      return [await pythonFor(uri), '-m', 'jupyter', 'execute', file];
    case '.js':
    case '.mjs':
    case '.cjs':
      return ['node', file];
    case '.ts':
    case '.mts':
    case '.cts':
      return [ON_WINDOWS ? 'npx.cmd' : 'npx', 'tsx', file];
    default:
      return undefined;
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
