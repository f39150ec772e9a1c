import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** `tenantry` in `XDG_CONFIG_HOME`, else in `~/.config`; undefined where there is neither. */
export function configFolder(env: Env): string | undefined {
  return ownFolder(env.XDG_CONFIG_HOME, env, '.config');
}

/** `tenantry` in `XDG_CACHE_HOME`, else in `~/.cache`; undefined where there is neither. */
export function cacheFolder(env: Env): string | undefined {
  return ownFolder(env.XDG_CACHE_HOME, env, '.cache');
}

/**
 * A path that is relative would be one of the folder that the program is called in: whoever has made that could name the server for a token, and what is
 * run. The specification of these variables says to ignore it, too.
 */
function ownFolder(base: string | undefined, env: Env, ofHome: string): string | undefined {
  if (base && isAbsolute(base)) return join(base, 'tenantry');
  const home = env.HOME || homeOfUser();
  return home && isAbsolute(home) ? join(home, ofHome, 'tenantry') : undefined;
}

/** A user without a name, as many containers have one, has no home. */
function homeOfUser(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
