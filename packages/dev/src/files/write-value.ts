import { readFile, rm, rmdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isVast, MAX_FILE_BYTES, replaceFile, toSource, valuesOfText, writeFolder } from '@tenantry/loader/folder';
import { type Scope, TenantryError } from '@tenantry/protocol';
import { editYaml } from './edit-yaml.ts';

/** One value that is to stand in a file of the folder. */
export interface FileValue {
  readonly scope: Scope;
  readonly config: string;
  /** JSON text; undefined: it is taken away. */
  readonly json: string | undefined;
  /** The file in which it stands, below the folder; undefined: in none. */
  readonly path: string | undefined;
}

/** What was written, and how it is taken back. */
export interface WrittenValue {
  /** The file in which the value stands now; undefined: it stands in none. */
  readonly path: string | undefined;
  undo(): Promise<void>;
}

/**
 * Writes a value into the file in which it stands, or into a new one. YAML keeps its comments, and JSON has none. `NOT_SUPPORTED` for TOML, whose
 * comments would be lost, and where only a person can change the file; `PAYLOAD_TOO_LARGE` where the file would be longer than one that is read;
 * `UNAVAILABLE` where it cannot be written.
 */
export async function writeValue(dir: string, value: FileValue): Promise<WrittenValue> {
  try {
    return value.path === undefined ? await create(dir, value) : await change(dir, value, value.path);
  } catch (error) {
    if (error instanceof TenantryError || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new TenantryError('UNAVAILABLE', `The file of "${value.config}" cannot be written (${code}).`);
  }
}

async function create(dir: string, { scope, config, json }: FileValue): Promise<WrittenValue> {
  if (json === undefined) return { path: undefined, undo: async () => undefined };
  checkLength(config, toSource(JSON.parse(json), 'yaml').text);
  const { written } = await writeFolder(dir, [{ scope, config, json }]);
  const [path] = written;
  return { path, undo: async () => void (path !== undefined && (await rm(join(dir, path), { force: true }))) };
}

async function change(dir: string, value: FileValue, path: string): Promise<WrittenValue> {
  const { json } = value;
  const file = join(dir, path);
  const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'EISDIR') return undefined;
    throw error;
  });
  if (before === undefined) {
    await removeFolder(dir, json === undefined ? path : undefined);
    return create(dir, value);
  }
  const undo = () => replaceFile(file, before);
  const isOneOfSeveral = /(^|\/)@configs\.\w+$/.test(path);
  if (json === undefined && !isOneOfSeveral) {
    await rm(file);
    // An empty folder would be a scope that is there.
    await rmdir(dirname(file)).catch(() => undefined);
    return { path: undefined, undo };
  }
  const bom = before.startsWith('\ufeff') ? '\ufeff' : '';
  const body = edited(value, path, before.slice(bom.length), isOneOfSeveral);
  if (body === undefined)
    throw new TenantryError(
      'NOT_SUPPORTED',
      `"${value.config}" belongs into ${path}, which only a person can change: edit the file. Nothing was written.`,
    );
  const text = bom + body;
  checkLength(value.config, text);
  await replaceFile(file, text);
  return { path: json === undefined ? undefined : path, undo };
}

/** The next look would refuse the file (`TOO_LARGE`), and nobody could write it any more. */
function checkLength(config: string, text: string): void {
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_FILE_BYTES) return;
  throw new TenantryError(
    'PAYLOAD_TOO_LARGE',
    `With "${config}" its file would take ${bytes} bytes, and one of more than ${MAX_FILE_BYTES} is not read: nothing was written.`,
  );
}

/** A group that was its folder alone. */
async function removeFolder(dir: string, path: string | undefined): Promise<void> {
  if (path !== undefined) await rmdir(join(dir, path)).catch(() => undefined);
}

function edited(
  { config, json }: FileValue,
  path: string,
  before: string,
  isOneOfSeveral: boolean,
): string | undefined {
  const value: unknown = json === undefined ? undefined : JSON.parse(json);
  const end = extname(path);
  if (end === '.yaml' || end === '.yml') return editYaml(before, isOneOfSeveral ? config : undefined, value);
  if (end !== '.json') return undefined;
  if (!isOneOfSeveral) return jsonText(value);
  const { [config]: _, ...others } = JSON.parse(before) as Record<string, unknown>;
  return jsonText(value === undefined ? others : { ...others, [config]: value });
}

/** Undefined where the text would not be read as the value. */
function jsonText(value: unknown): string | undefined {
  const text = `${JSON.stringify(value, withExponent, 2)}\n`;
  return isDeepStrictEqual(valuesOfText(text, 'json'), [value]) ? text : undefined;
}

/** A whole number beyond 2^53 that is written with all its digits is refused when the file is read: it may have lost some. */
function withExponent(_: string, value: unknown): unknown {
  return isVast(value) ? rawJson.rawJSON(value.toExponential()) : value;
}

/** What JavaScript has and its declarations do not yet. */
const rawJson = JSON as unknown as { rawJSON(text: string): object };
