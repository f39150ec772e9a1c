import type { Scope } from '@tenantry/protocol';
import { GROUPS_NAME, scopeOf, tenantOfScope } from '@tenantry/protocol/internal';
import { FORMATS, type FolderFormat } from '../documents/parse-source.ts';
import { decodeName, encodeName } from './encode-name.ts';

/** The name, without its end, of a file that holds several configs of its scope. */
export const SEVERAL = '@configs';

/** The folders of scopes that have names. */
export const KINDS = ['groups', 'tenants'] as const;

/** What the name of a file in a scope's folder says. */
export type FileName =
  | { readonly kind: 'config'; readonly config: string | undefined; readonly format: FolderFormat }
  | { readonly kind: 'misspelt'; readonly why: string; readonly config?: string | undefined }
  | { readonly kind: 'other' };

/** Reads the name of a file. Of no interest are names that editors and tools make for a moment, and ends of no format. */
export function fileNameOf(file: string): FileName {
  const dot = file.lastIndexOf('.');
  const end = file.slice(dot + 1);
  // Capitals of other systems, and the carriage return that a script of Windows leaves behind a name.
  const known = end.trim().toLowerCase();
  if (dot <= 0 || !Object.hasOwn(FORMATS, known) || file.startsWith('.')) return { kind: 'other' };
  const format = FORMATS[known as keyof typeof FORMATS];
  const stem = file.slice(0, dot);
  // A file that an editor keeps beside the one it edits: #limits.yaml#, .#limits.yaml, limits.yaml~.
  if (stem.startsWith('#') || stem.startsWith('~')) return { kind: 'other' };
  if (known !== end) {
    const meant = fileNameOf(`${stem}.${known}`);
    const why = `the end of \`${file}\` is not spelt so: write \`${stem}.${known}\``;
    return { kind: 'misspelt', why, config: meant.kind === 'config' ? meant.config : undefined };
  }
  if (stem === SEVERAL) return { kind: 'config', config: undefined, format };
  if (stem === GROUPS_NAME) return { kind: 'config', config: GROUPS_NAME, format };
  const config = decodeName(stem);
  if (config !== undefined) return { kind: 'config', config, format };
  return { kind: 'misspelt', why: `\`${file}\` is not spelt as the name of a config is${suggestion(stem, `.${end}`)}` };
}

/** The scope of a folder; where it is none, what is wrong with it, and which scope may be meant. */
export function scopeOfFolder(
  kind: (typeof KINDS)[number],
  folder: string,
): { readonly scope: Scope } | { readonly why: string; readonly meant?: Scope | undefined } {
  const name = decodeName(folder);
  if (name === undefined) {
    const meant = scopeNamed(kind, unspelt(folder).normalize('NFC'));
    const why = `\`${folder}\` is not spelt as a name is${suggestion(folder, '')}`;
    return { why, meant: 'scope' in meant ? meant.scope : undefined };
  }
  return scopeNamed(kind, name);
}

function scopeNamed(kind: (typeof KINDS)[number], name: string): { readonly scope: Scope } | { readonly why: string } {
  try {
    return { scope: scopeOf(tenantOfScope(`${kind}/${name}`)) };
  } catch (error) {
    return { why: (error as Error).message };
  }
}

/** The folder of a scope, with `/`. */
export function folderOf(scope: Scope): string {
  const slash = scope.indexOf('/');
  return slash < 0 ? scope : `${scope.slice(0, slash)}/${encodeName(scope.slice(slash + 1))}`;
}

function suggestion(file: string, end: string): string {
  const spelt = `${encodeName(unspelt(file).normalize('NFC'))}${end}`;
  return spelt === `${file}${end}` ? '' : `: write \`${spelt}\``;
}

/** A percent sign that begins no byte stands for itself. */
function unspelt(file: string): string {
  try {
    return decodeURIComponent(file);
  } catch {
    return file;
  }
}
