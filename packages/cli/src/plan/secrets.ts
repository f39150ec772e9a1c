import { wrongUse } from '../failures/failure.ts';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import type { Io } from '../program/io.ts';

const NAME = '$secret';

/** Whether anything in this JSON text stands in another place. */
export function hasReference(json: string): boolean {
  return json.includes(`"${NAME}"`) && isIn(parseJson(json));
}

function isIn(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.hasOwn(value, NAME) || Object.values(value).some(isIn);
}

/** The JSON text with each secret in the place of its reference. `SECRET_MISSING`-like refusals are `INVALID_OPTION`, and name no value. */
export async function resolved(json: string, env: Io['env']): Promise<string> {
  if (!hasReference(json)) return json;
  return toJson(await replaced(parseJson(json), env));
}

async function replaced(value: unknown, env: Io['env']): Promise<unknown> {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, NAME)) return secretOf((value as Record<string, unknown>)[NAME], env);
  if (Array.isArray(value)) return Promise.all(value.map(each => replaced(each, env)));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = Object.entries(value).map(async ([name, each]) => [name, await replaced(each, env)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function secretOf(reference: unknown, env: Io['env']): Promise<unknown> {
  const { env: name, file, as } = (reference ?? {}) as Partial<Record<'env' | 'file' | 'as', string>>;
  const text = name === undefined ? await fileText(file) : env[name];
  if (text === undefined) throw wrongUse(`The variable ${name} is not set: a secret is to come from it.`);
  if (as !== 'json') return text;
  try {
    return parseJson(text);
  } catch {
    throw wrongUse(`The secret in ${name ?? file} is to be JSON, and is none.`);
  }
}

async function fileText(path: string | undefined): Promise<string> {
  if (typeof path !== 'string')
    throw wrongUse('A reference to a secret names neither a variable (`env`) nor a file (`file`).');
  const { secretOfFile } = await import('@tenantry/loader/folder');
  const found = await secretOfFile(path);
  if ('why' in found) throw wrongUse(`A secret is to come from a file, and ${found.why}.`);
  return found.value;
}
