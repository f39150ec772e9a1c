import { lstat, readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Scope, TenantryError } from '@tenantry/protocol';
import {
  type CheckedOptions,
  checkOptions,
  flag,
  GROUPS_NAME,
  type OptionRules,
  oneOf,
  refuseOption,
  tenantOfScope,
} from '@tenantry/protocol/internal';
import type { FolderFormat } from '../documents/parse-source.ts';
import { encodeName, encodeTwin, isTooLong } from '../folder/encode-name.ts';
import type { FileProblem } from '../folder/file-problem.ts';
import { type FolderLimits, LIMIT_RULES } from '../folder/folder-limits.ts';
import { fileNameOf, folderOf, KINDS, SEVERAL } from '../folder/layout.ts';
import { makeFolder } from './make-folder.ts';
import { namesIn, refuseLink, refuseLinks } from './refuse-links.ts';
import { replaceFile } from './replace-file.ts';
import { toSource } from './to-source.ts';

/** One config of one scope, to be written into a file. */
export interface FolderEntry {
  readonly scope: Scope;
  readonly config: string;
  /** The value as JSON text. Of a secret config: a reference (`secretReference`). */
  readonly json: string;
}

/** Options of `writeFolder`. `maxFileBytes` is that of the loader that is to read the folder. */
export interface WriteFolderOptions extends Pick<FolderLimits, 'maxFileBytes'> {
  /** What TOML cannot hold is written as YAML. Default `yaml`. */
  readonly format?: FolderFormat | undefined;
  /** True: files of the layout that hold nothing of what is written are deleted. Default false: only other files of the same configs are. */
  readonly prune?: boolean | undefined;
}

/** The files that were written and deleted, below the folder. */
export interface WrittenFolder {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  /** How many files had these bytes already. */
  readonly same: number;
  /** Files that would be too large to be read (`TOO_LARGE`): they were not written. Files that say these configs already stay as they are. */
  readonly problems: readonly FileProblem[];
}

/** What the options may be. */
export const WRITE_RULES = {
  format: oneOf(['yaml', 'json', 'toml'], 'yaml, json or toml', 'yaml'),
  prune: flag(false),
  maxFileBytes: LIMIT_RULES.maxFileBytes,
} satisfies OptionRules<WriteFolderOptions>;

/**
 * Writes configs as a folder that `scanFolder` reads: a file for each, with the same bytes for the same value. A file that has them is left
 * alone; every other is replaced in one step. One that would be too large to be read again is left out, and told in `problems`. `INVALID_OPTION`
 * for a bad option or entry, and where the folder has files of several configs and `prune` was not asked for; `UNAVAILABLE` where a file cannot be
 * written: those before it are.
 */
export async function writeFolder(
  dir: string,
  entries: Iterable<FolderEntry> | AsyncIterable<FolderEntry>,
  options: WriteFolderOptions = {},
): Promise<WrittenFolder> {
  const checked = checkOptions('writeFolder', options, WRITE_RULES);
  const writer = new FolderWriter(dir, checked);
  try {
    await makeFolder(dir);
    if (checked.prune) await refuseLinks(dir);
    for await (const entry of entries) await writer.write(entry);
    await writer.removeOthers();
  } catch (error) {
    if (error instanceof TenantryError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const { code = 'unknown', path = dir, dest = path } = error as NodeJS.ErrnoException & { readonly dest?: string };
    throw new TenantryError('UNAVAILABLE', `Writing ${dest} failed (${code}): what comes after it is not written.`, {
      cause: error,
    });
  }
  return writer;
}

class FolderWriter implements WrittenFolder {
  readonly written: string[] = [];
  readonly removed: string[] = [];
  readonly problems: FileProblem[] = [];
  same = 0;
  readonly #dir: string;
  readonly #options: CheckedOptions<WriteFolderOptions, typeof WRITE_RULES>;
  /** The names of folders and files, in small letters, and whose they are. */
  readonly #taken = new Map<string, string>();
  /** By folder: the files of this run, and the configs in them. */
  readonly #folders = new Map<string, { readonly files: Set<string>; readonly configs: Set<string> }>();
  /** By folder: the configs that are too large. What says them already is deleted by nobody: an import would take it for a value that is gone. */
  readonly #left = new Map<string, Set<string>>();

  constructor(dir: string, options: CheckedOptions<WriteFolderOptions, typeof WRITE_RULES>) {
    this.#dir = dir;
    this.#options = options;
  }

  async write({ scope, config, json }: FolderEntry): Promise<void> {
    tenantOfScope(scope);
    const value = parsed(json, scope, config);
    const folder = this.#folderOf(scope);
    const { text, format } = toSource(value, this.#options.format);
    const file = `${config === GROUPS_NAME ? config : this.#spelt(folder, config)}.${format}`;
    if (isTooLong(file)) refuseOption('entries', 'names that fit into a file name', `${folder}/${file}`);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.#options.maxFileBytes) {
      this.#leave({ path: `${folder}/${file}`, scope, config }, folder, bytes);
      return;
    }
    const known = this.#folders.get(folder) ?? (await this.#open(folder));
    if (known.configs.has(config)) refuseOption('entries', 'each config of a scope once', `${scope} ${config}`);
    known.configs.add(config);
    known.files.add(file);
    await this.#replace(`${folder}/${file}`, text);
  }

  #leave(place: Omit<FolderEntry, 'json'> & Pick<FileProblem, 'path'>, folder: string, bytes: number): void {
    const { maxFileBytes } = this.#options;
    const message = `the file would have ${bytes} bytes, and ${maxFileBytes} are the limit (\`maxFileBytes\`): it is not written`;
    this.problems.push({ ...place, code: 'TOO_LARGE', message });
    this.#left.set(folder, (this.#left.get(folder) ?? new Set()).add(place.config));
  }

  async removeOthers(): Promise<void> {
    for (const [folder, { files, configs }] of this.#folders) await this.#clean(folder, files, configs);
    if (!this.#options.prune) return;
    await this.#clean('global', new Set(), new Set());
    for (const kind of KINDS)
      for (const name of await namesIn(join(this.#dir, kind))) {
        const folder = `${kind}/${name}`;
        if (this.#folders.has(folder) || name.startsWith('.')) continue;
        await this.#clean(folder, new Set(), new Set());
        await rmdir(join(this.#dir, folder)).catch(() => undefined);
      }
  }

  #folderOf(scope: Scope): string {
    if (scope === 'global') return scope;
    const kind = scope.slice(0, scope.indexOf('/'));
    const name = scope.slice(kind.length + 1);
    const folder = folderOf(scope);
    if (isTooLong(folder.slice(kind.length + 1))) refuseOption('entries', 'names that fit into a file name', scope);
    return this.#take(folder, name) ? folder : `${kind}/${encodeTwin(name)}`;
  }

  #spelt(folder: string, config: string): string {
    const file = encodeName(config);
    return this.#take(`${folder}/${file}`, config) ? file : encodeTwin(config);
  }

  /** Whether a name is free for this one, where capitals do not count. */
  #take(path: string, name: string): boolean {
    const key = path.toLowerCase();
    const owner = this.#taken.get(key) ?? name;
    this.#taken.set(key, owner);
    return owner === name;
  }

  async #open(folder: string) {
    const path = join(this.#dir, folder);
    await makeFolder(path);
    for (const each of new Set([dirname(path), path])) if (each !== this.#dir) await refuseLink(each);
    const several = (await namesIn(path)).find(name => name.startsWith(`${SEVERAL}.`));
    if (several !== undefined && !this.#options.prune)
      refuseOption('dir', 'a folder without files of several configs, or `prune` set', `${folder}/${several}`);
    const known = { files: new Set<string>(), configs: new Set<string>() };
    this.#folders.set(folder, known);
    return known;
  }

  async #replace(path: string, text: string): Promise<void> {
    const target = join(this.#dir, path);
    if ((await textIn(target)) === text) {
      this.same++;
      return;
    }
    await replaceFile(target, text);
    this.written.push(path);
  }

  async #clean(folder: string, files: ReadonlySet<string>, configs: ReadonlySet<string>): Promise<void> {
    if (this.#folders.has(folder) && files.size === 0) return;
    const left = this.#left.get(folder);
    for (const name of await namesIn(join(this.#dir, folder))) {
      const found = fileNameOf(name);
      if (found.kind !== 'config' || files.has(name)) continue;
      if (left && (found.config === undefined || left.has(found.config))) continue;
      if (!this.#options.prune && !(found.config !== undefined && configs.has(found.config))) continue;
      await rm(join(this.#dir, folder, name));
      this.removed.push(`${folder}/${name}`);
    }
  }
}

/** What a link leads to is another file, which may get another text, and a pipe waits for somebody who writes into it. */
async function textIn(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? readFile(path, 'utf8').catch(() => undefined) : undefined;
}

function parsed(json: string, scope: Scope, config: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return refuseOption('entries', 'configs with JSON text', `${scope} ${config}`);
  }
}
