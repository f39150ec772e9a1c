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
