import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canInstallDebianPackages, installDebianPackages } from '../servers/install/debian-packages.ts';
import { findProgram } from '../servers/install/find-program.ts';
import { withProgress } from '../servers/install/with-progress.ts';
import { runToEnd } from '../servers/process/run-to-end.ts';

const NAMES = [
  ...['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'],
  ...['microsoft-edge', 'microsoft-edge-stable'],
];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'];

/**
 * The path of a browser of Chromium's kind: `CHROMIUM_PATH`, else one of this machine's, else one that is installed now, where that needs
 * nobody's permission. Where there is none, an error that says what to do.
 */
export async function ensureChromium(onProgress?: (line: string) => void): Promise<string> {
  const given = process.env.CHROMIUM_PATH;
  if (given) {
    if (await runs(given)) return given;
    throw new Error(`CHROMIUM_PATH is "${given}", which does not run as a Chromium.`);
  }
  const found = await findChromium();
  if (found) return found;
  let why: unknown;
  try {
    await installChromium(onProgress);
    const installed = await findChromium();
    if (installed) return installed;
  } catch (error) {
    why = error;
  }
  const command = process.platform === 'darwin' ? 'brew install --cask google-chrome' : 'apt-get install chromium';
  throw new Error(
    `No Chromium is installed: install it or Google Chrome (${command}), or point CHROMIUM_PATH at one.${why ? ` ${why}` : ''}`,
    { cause: why },
  );
}

async function findChromium(): Promise<string | undefined> {
  const programs = NAMES.flatMap(name => findProgram(name) ?? []);
  const apps = ['/Applications', join(homedir(), 'Applications')].flatMap(folder =>
    MAC_APPS.map(name => join(folder, `${name}.app/Contents/MacOS/${name}`)).filter(path => existsSync(path)),
  );
  for (const path of [...programs, ...apps]) if (await runs(path)) return path;
  return undefined;
}

/** On Ubuntu there may be a script that only says that a snap is missing. */
async function runs(path: string): Promise<boolean> {
  const asked = promisify(execFile)(path, ['--version'], { timeout: 60_000 });
  return asked.then(
    ({ stdout }) => /chrom|edge/i.test(stdout),
    () => false,
  );
}

async function installChromium(onProgress: ((line: string) => void) | undefined): Promise<void> {
  if (canInstallDebianPackages()) {
    const install = () => installDebianPackages(['chromium'], () => findProgram('chromium'));
    await withProgress('installing chromium', onProgress, install);
    return;
  }
  const brew = process.platform === 'darwin' ? findProgram('brew') : undefined;
  if (brew)
    await withProgress('installing google-chrome', onProgress, () =>
      runToEnd(brew, ['install', '--cask', 'google-chrome'], { endWith: 'SIGTERM' }),
    );
}
