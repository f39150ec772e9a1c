import type { FileProblem } from '../folder/file-problem.ts';
import type { FolderDocument } from '../folder/folder-document.ts';
import { type FoundSecret, secretOfFile, secretOfJson } from './secret-file.ts';
import { referencesIn, replaceReferences, type SecretReference } from './secret-reference.ts';

/** Which secrets the files may have. Whoever writes the files can have them put into secret configs. */
export interface SecretOptions {
  /** The environment variables that may be named. Default: all. */
  readonly env?: readonly string[] | undefined;
  /** The files that may be named. Default: all. */
  readonly files?: readonly string[] | undefined;
}

/** Documents whose references are replaced by the secrets. They hold secrets in clear: for the store alone, and for no output. */
export interface ResolvedSecrets {
  readonly documents: readonly FolderDocument[];
  readonly problems: readonly FileProblem[];
}

/** Replaces the references in documents. A document with one that leads to nothing is left out, and is a problem. */
export async function resolveSecrets(
  documents: readonly FolderDocument[],
  options: SecretOptions = {},
): Promise<ResolvedSecrets> {
  // Of thousands of documents few refer to a secret, and mostly none does.
  if (!documents.some(({ json }) => json.includes('$secret'))) return { documents, problems: [] };
  const resolved: FolderDocument[] = [];
  const problems: FileProblem[] = [];
  for (const document of documents) {
    const value: unknown = document.json.includes('$secret') ? JSON.parse(document.json) : undefined;
    const found = referencesIn(value);
    if (found.length === 0) {
      resolved.push(document);
      continue;
    }
    const secrets = new Map<string, unknown>();
    const missing: FileProblem[] = [];
    for (const { pointer, reference } of found) {
      const secret = await secretOf(reference, options);
      if ('why' in secret) missing.push(problemOf(document, pointer, secret.why));
      else secrets.set(pointer, secret.value);
    }
    if (missing.length > 0) problems.push(...missing);
    else {
      const whole = replaceReferences(value, ({ pointer }) => secrets.get(pointer));
      resolved.push({ ...document, json: JSON.stringify(whole) });
    }
  }
  return { documents: resolved, problems };
}

async function secretOf(reference: SecretReference | undefined, options: SecretOptions): Promise<FoundSecret> {
  if (!reference) return { why: 'it is no reference to a secret' };
  const found = 'env' in reference ? fromEnvironment(reference.env, options) : await fromFile(reference.file, options);
  return 'why' in found || reference.as !== 'json' ? found : secretOfJson(found.value);
}

function fromEnvironment(name: string, { env }: SecretOptions): { value: string } | { why: string } {
  if (env && !env.includes(name)) return { why: `the variable ${name} is none of those that may be named` };
  const value = process.env[name];
  if (value === undefined) return { why: `the variable ${name} is not set` };
  // So Docker Compose and shells say that a variable of theirs is not set.
  return value === '' ? { why: `the variable ${name} is empty` } : { value };
}

async function fromFile(path: string, { files }: SecretOptions): Promise<{ value: string } | { why: string }> {
  if (files && !files.includes(path)) return { why: `the file ${path} is none of those that may be named` };
  return secretOfFile(path);
}

function problemOf({ path, scope, config, place }: FolderDocument, pointer: string, message: string): FileProblem {
  return { path, scope, config, ...place(pointer), code: 'SECRET_MISSING', message };
}
