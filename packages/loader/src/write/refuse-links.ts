import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refuseOption } from '@tenantry/protocol/internal';
import { KINDS } from '../folder/layout.ts';
import { isGone } from '../folder/list-entries.ts';

/** `INVALID_OPTION` for a link to a folder: it would lead what is written and deleted out of the folder. */
export async function refuseLink(path: string): Promise<void> {
  const isLink = (await lstat(path)).isSymbolicLink();
  if (isLink && (await stat(path)).isDirectory()) refuseOption('dir', 'a folder without links to folders', path);
}

/** The same for every folder in which files may be deleted. */
export async function refuseLinks(dir: string): Promise<void> {
  const paths = ['global', ...KINDS].map(name => join(dir, name));
  for (const path of paths) await refuseLinkIfThere(path);
  for (const path of paths.slice(1))
    for (const name of await namesIn(path)) if (!name.startsWith('.')) await refuseLinkIfThere(join(path, name));
}

/** The names in a folder; none where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function refuseLinkIfThere(path: string): Promise<void> {
  try {
    await refuseLink(path);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
