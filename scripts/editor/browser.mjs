import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const COMMANDS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'chrome'];
const FIXED_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * The browser that the tests drive: what the environment variable CHROMIUM names, else one that is installed.
 * @returns {string | undefined} absolute path
 */
export function findChromium() {
  const named = process.env.CHROMIUM;
  if (named) {
    return path.resolve(named);
  }
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const onPath = COMMANDS.flatMap((command) => folders.map((folder) => path.join(folder, command)));
  return [...onPath, ...FIXED_PLACES, chromium.executablePath()].find((file) => file && isExecutable(file));
}

/**
 * Finds a browser; where none is installed and this is Debian's root (a container, as a rule), installs Chromium by
 * apt-get, unless EVENKEEL_NO_INSTALL is set.
 * @param {(line: string) => void} say
 * @returns {{ executable: string } | { missing: string }} the reason in words when there is none
 */
export function ensureChromium(say) {
  const found = findChromium();
  if (found) {
    return { executable: found };
  }
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && !process.env.EVENKEEL_NO_INSTALL;
  if (mayInstall) {
    say('installing chromium by apt-get');
    apt(['update']);
    apt(['install', '-y', '--no-install-recommends', 'chromium']);
  }
  const executable = findChromium();
  const remedy = 'install Chromium or Chrome, or name its executable in the environment variable CHROMIUM';
  return executable ? { executable } : { missing: `no browser was found: ${remedy}` };
}

function apt(parameters) {
  spawnSync('apt-get', ['-qq', ...parameters], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} executablePath */
export const openBrowser = (executablePath) => chromium.launch({ executablePath, args: FLAGS });
