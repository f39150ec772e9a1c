import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { configFolder } from './own-folders.ts';

/** A server, and how to say who calls. */
export interface Profile {
  readonly url: string;
  readonly token?: string | undefined;
  /** A file that has the token: read anew each time. */
  readonly tokenFile?: string | undefined;
}

/** What the file of profiles holds. */
export interface Profiles {
  /** The one that is used where none is named. */
  readonly current?: string | undefined;
  readonly profiles: Readonly<Record<string, Profile>>;
}

/** Where the profiles are: `tenantry/config.json` in `XDG_CONFIG_HOME`, or in `~/.config`; undefined where there is neither. */
export function profilesPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folder = configFolder(env);
  return folder === undefined ? undefined : join(folder, 'config.json');
}

/** The profiles; none where there is no file. `UNSAFE_FILE` where others can read a token in it, `INVALID_OPTION`. */
export async function readProfiles(path: string | undefined): Promise<Profiles> {
  const text = path === undefined ? undefined : await readSafely(path, content => /"token"\s*:/.test(content));
  if (text === undefined) return { profiles: {} };
  try {
    // Editors on Windows put the mark of a byte order before it.
    const found: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (areProfiles(found)) return found;
  } catch {
    // As below: the text is not shown, it may hold a token.
  }
  throw new Failure('INVALID_OPTION', `${path} is not what \`tenantry profile add\` writes: correct it, or remove it.`);
}

/** A profile with its name. */
export interface NamedProfile {
  readonly name: string;
  readonly profile: Profile;
}

/** The profile of this name. `NOT_CONFIGURED` where there is none. */
export function profileNamed(name: string, { profiles }: Profiles, path: string | undefined): NamedProfile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile) return { name, profile };
  const where = path === undefined ? '' : ` in ${path}`;
  throw new Failure('NOT_CONFIGURED', `There is no profile "${name}"${where}: see \`tenantry profile list\`.`);
}

/** People correct the file by hand, too. */
function areProfiles(found: unknown): found is Profiles {
  if (!isObject(found) || !isObject(found.profiles) || !isTextOrNone(found.current)) return false;
  return Object.values(found.profiles).every(
    each => isObject(each) && typeof each.url === 'string' && isTextOrNone(each.token) && isTextOrNone(each.tokenFile),
  );
}

function isTextOrNone(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

/** A file with a token in it; undefined where there is none. `UNSAFE_FILE` where others than its owner can read it. */
export async function readSafely(path: string, isSecret: (content: string) => boolean): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, 'r');
  } catch (error) {
    // The home of some users is no folder, but `/dev/null`.
    if (['ENOENT', 'ENOTDIR'].includes(String((error as { code?: string }).code))) return undefined;
    throw new Failure('INVALID_OPTION', `${path} cannot be read (${(error as { code?: string }).code}).`);
  }
  try {
    const stat = await file.stat();
    const { mode } = stat;
    if (stat.isDirectory()) throw new Failure('INVALID_OPTION', `${path} is a folder, and no file.`);
    const content = await file.readFile('utf8');
    // Windows has no such bits.
    if (process.platform === 'win32' || (mode & 0o077) === 0 || !isSecret(content)) return content;
    throw new Failure(
      'UNSAFE_FILE',
      `${path} has a token, and others than you can read it (mode ${(mode & 0o777).toString(8)}): chmod 600 it. Consider the token as seen.`,
    );
  } finally {
    await file.close();
  }
}

/** The text of a file that a profile or the environment names. */
export async function readTokenFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
    throw new Failure('INVALID_OPTION', `The token file ${path} cannot be read (${error.code}).`);
  });
  return text.trim();
}
