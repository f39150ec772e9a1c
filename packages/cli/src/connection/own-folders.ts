import { mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** `tenantry` in `XDG_CONFIG_HOME`, else in `~/.config`; undefined where there is neither. */
export function configFolder(env: Env): string | undefined {
  return ownFolder(env.XDG_CONFIG_HOME, env, '.config');
}

/** `tenantry` in `XDG_CACHE_HOME`, else in `~/.cache`; undefined where there is neither. */
export function cacheFolder(env: Env): string | undefined {
  return ownFolder(env.XDG_CACHE_HOME, env, '.cache');
}

/** The same, and it is there now; undefined where it cannot be made: the program runs without. */
export function madeCacheFolder(env: Env): string | undefined {
  const folder = cacheFolder(env);
  try {
    if (folder !== undefined) makeOwnFolder(folder);
    return folder;
  } catch {
    return undefined;
  }
}

/**
 * A relative path is ignored, as the specification of these variables says. It would lead below the folder that the program is called in, and the files there
 * may be of others: a profile could send a token to their server, and a cache could have code that is then run.
 */
function ownFolder(base: string | undefined, env: Env, ofHome: string): string | undefined {
  if (base && isAbsolute(base)) return join(base, 'tenantry');
  const home = env.HOME || homeOfUser();
  return home && isAbsolute(home) ? join(home, ofHome, 'tenantry') : undefined;
}

/** Undefined for a user without a name, as many containers have one: that has no home. */
function homeOfUser(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}

/**
 * Makes one of them, and what is above it, for its owner alone. Throws the error of the file system. Not Node's `recursive`: below a folder that says of
 * itself that it is not there, as `/proc` does, that one asks for ever (Node 24.21), and so does its cache of compiled code where it makes its folder.
 */
export function makeOwnFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (isFolder(path)) return;
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || isFolder(above)) throw error;
    makeOwnFolder(above);
    makeOwnFolder(path);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
