import { table } from '../../base/table.js';
import { parseYaml } from './documents.js';
import type { Settings, SettingsFormat, SettingsPlace } from './settingsFormat.js';
import { isObject } from '../json/flatten.js';
import { settingOf } from './values.js';

/** Where a file lies in an MLflow store. */
export interface MlflowPlace {
  readonly runFolder: string;
  readonly kind: 'metrics' | 'params' | 'tags';
  /** Of the metric, parameter or tag; it may hold slashes. */
  readonly name: string;
}

/** Runs are called by 32 hexadecimal digits; inside `mlruns` any name will do. */
const STORED = /^(.*[/\\](?:[0-9a-f]{32}|mlruns[/\\][^/\\]+[/\\][^/\\]+))[/\\](metrics|params|tags)[/\\](.+)$/;
const META = /^(.*[/\\](?:[0-9a-f]{32}|mlruns[/\\][^/\\]+[/\\][^/\\]+))[/\\]meta\.yaml$/;

/** @param path absolute. Undefined for files that are not part of a run in an MLflow file store. */
export function mlflowPlace(path: string): MlflowPlace | undefined {
  const match = STORED.exec(path);
  return match
    ? {
        runFolder: match[1] as string,
        kind: match[2] as MlflowPlace['kind'],
        name: (match[3] as string).replaceAll('\\', '/'),
      }
    : undefined;
}

/** `RunStatus` of mlflow/protos/service.proto: what the file store keeps of it are numbers, older ones words. */
const OUTCOMES = table<'finished' | 'failed'>({
  3: 'finished',
  4: 'failed',
  5: 'failed',
  FINISHED: 'finished',
  FAILED: 'failed',
  KILLED: 'failed',
});

const RUN_NAME_TAG = 'mlflow.runName';
/** Of the tags that MLflow writes itself, those that tell people something. */
const TELLING_TAGS = /^mlflow\.(?:source\.(?:name|git\.commit)|note\.content|parentRunId)$/;

export const mlflowParameter: SettingsFormat = {
  id: 'mlflow-parameter',
  savedBy: 'MLflow (params/*)',
  place: (path) => placeOf(path, 'params'),
  read: (path, text) => {
    const place = mlflowPlace(path);
    return { values: place ? { [place.name]: settingOf(text.trim()) } : {} };
  },
};

export const mlflowTag: SettingsFormat = {
  id: 'mlflow-tag',
  savedBy: 'MLflow (tags/*)',
  namesRun: (path) => mlflowPlace(path)?.name === RUN_NAME_TAG,
  place: (path) => placeOf(path, 'tags'),
  read: readTag,
};

export const mlflowMeta: SettingsFormat = {
  id: 'mlflow-meta',
  savedBy: 'MLflow (meta.yaml)',
  namesRun: () => true,
  place: (path) => {
    const folder = META.exec(path)?.[1];
    return folder === undefined ? undefined : { folder, reach: 'inside' };
  },
  read: (_path, text) => {
    const parsed = parseYaml(text);
    const meta = 'value' in parsed && isObject(parsed.value) ? parsed.value : {};
    const outcome = OUTCOMES[String(meta['status'])];
    const name = meta['run_name'];
    return {
      values: {},
      ...(typeof name === 'string' && name.trim() !== '' ? { runName: name.trim() } : {}),
      ...(outcome ? { outcome } : {}),
      ...(parsed.problem === undefined ? {} : { problem: parsed.problem }),
    };
  },
};

function placeOf(path: string, kind: MlflowPlace['kind']): SettingsPlace | undefined {
  const place = mlflowPlace(path);
  return place?.kind === kind ? { folder: place.runFolder, reach: 'inside' } : undefined;
}

function readTag(path: string, text: string): Settings {
  const name = mlflowPlace(path)?.name ?? '';
  const value = text.trim();
  if (name === RUN_NAME_TAG) {
    return { values: {}, ...(value === '' ? {} : { runName: value }) };
  }
  const isTold = !name.startsWith('mlflow.') || TELLING_TAGS.test(name);
  return { values: isTold && value.length <= 2000 ? { [`tags/${name}`]: settingOf(value) } : {} };
}
