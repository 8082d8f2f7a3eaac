import path from 'node:path';
import * as vscode from 'vscode';
import type { Disposable } from '../base/disposable.js';
import type { EngineConfiguration } from '../contract/engineProtocol.js';
import type { LabConfiguration } from '../contract/labProtocol.js';
import { SETTINGS, type Setting, type SettingName, type SettingValue } from '../contract/settings.js';
import { searchFolders } from './presentation/searchFolders.js';

/** What the names of all settings begin with. */
const SECTION = 'evenkeel';

/** Settings that the engine is configured with. */
const ENGINE_SETTINGS: readonly SettingName[] = [
  ...(['runFolders', 'runExclude', 'pollInterval', 'roles', 'textPattern'] as const),
  ...(['labProcesses', 'labBudget', 'labSeeds', 'labFolder', 'labPackages'] as const),
];

/**
 * A setting as the user has it, or its default where what they have is not of its type.
 */
export function readSetting<Name extends SettingName>(name: Name, log: vscode.LogOutputChannel): SettingValue<Name> {
  const setting = SETTINGS[name] as Setting<SettingValue<Name>>;
  // The editor copies all that was asked for here with each object that is read: the settings of others are left out.
  const value: unknown = vscode.workspace.getConfiguration(SECTION).get(setting.id.slice(SECTION.length + 1));
  if (value === undefined) {
    return setting.default;
  }
  if (!setting.accepts(value)) {
    log.warn(`The setting ${setting.id} is not of its type and is ignored: ${JSON.stringify(value)}`);
    return setting.default;
  }
  return plainCopy(value);
}

/** The editor hands out proxies, which can't be sent to a worker. */
function plainCopy<Value>(value: Value): Value {
  return typeof value === 'object' ? (JSON.parse(JSON.stringify(value)) as Value) : value;
}

export function onSettingChanged(names: readonly SettingName[], listener: () => void): Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(SETTINGS[name].id))) {
      listener();
    }
  });
}

/** Calls back when something changed that {@link engineConfiguration} is made of. */
export function onEngineConfigurationChanged(listener: () => void): Disposable {
  return vscode.Disposable.from(
    onSettingChanged(ENGINE_SETTINGS, listener),
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    vscode.workspace.onDidGrantWorkspaceTrust(listener),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('files.exclude')) {
        listener();
      }
    }),
  );
}

/** Where the extension keeps things, and which one it is. */
export type StorageContext = Pick<vscode.ExtensionContext, 'storageUri' | 'globalStorageUri' | 'extension'>;

export function engineConfiguration(log: vscode.LogOutputChannel, context: StorageContext): EngineConfiguration {
  const workspaceFolders = (vscode.workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => folder.uri.fsPath);
  return {
    folders: searchFolders(workspaceFolders, readSetting('runFolders', log)),
    roles: readSetting('roles', log),
    patterns: readSetting('textPattern', log),
    exclude: [...readSetting('runExclude', log), ...hiddenByEditor()],
    pollIntervalMs: readSetting('pollInterval', log),
    lab: labConfiguration(log, context),
  };
}

/** Where the lab keeps its runs and the records of its trials. */
export function labFolder(log: vscode.LogOutputChannel, { storageUri, globalStorageUri }: StorageContext): string {
  const folder = readSetting('labFolder', log);
  return folder === ''
    ? vscode.Uri.joinPath(storageUri ?? globalStorageUri, 'lab').fsPath
    : path.resolve(firstFolder() ?? globalStorageUri.fsPath, folder);
}

function firstFolder(): string | undefined {
  return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
}

function labConfiguration(log: vscode.LogOutputChannel, context: StorageContext): LabConfiguration {
  const packages = readSetting('labPackages', log);
  return {
    folder: labFolder(log, context),
    packages: packages === '' ? null : path.resolve(firstFolder() ?? context.globalStorageUri.fsPath, packages),
    processes: readSetting('labProcesses', log),
    seeds: readSetting('labSeeds', log),
    budget: readSetting('labBudget', log),
    version: (context.extension.packageJSON as { readonly version: string }).version,
  };
}

function hiddenByEditor(): readonly string[] {
  const exclude = vscode.workspace.getConfiguration('files').get<Record<string, unknown>>('exclude') ?? {};
  return Object.keys(exclude).filter((glob) => exclude[glob] === true);
}
