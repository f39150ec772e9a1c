import { wrongUse } from '../failures/failure.ts';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import type { Io } from '../program/io.ts';
import type { PlannedScope, PlanProblem } from './plan.ts';

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

/** The references of a plan that lead to no secret here: `apply` would refuse their scopes. No value is kept. */
export async function missingSecrets(scopes: readonly PlannedScope[], env: Io['env']): Promise<readonly PlanProblem[]> {
  const changes = scopes.flatMap(({ changes }) => changes).filter(({ op, isSecret }) => isSecret && op === 'set');
  const referring = changes.filter(({ json }) => hasReference(json as string));
  if (referring.length === 0) return [];
  const { referencesIn } = await import('@tenantry/loader/folder');
  const missing: PlanProblem[] = [];
  for (const { json, place, references } of referring)
    for (const { pointer, reference } of referencesIn(JSON.parse(json as string))) {
      const found = await findSecret(reference, env);
      const at = references?.[pointer] ?? place;
      if ('why' in found) missing.push({ place: at, code: 'SECRET_MISSING', message: found.why });
    }
  return missing;
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
  const found = await findSecret(reference, env);
  if ('why' in found) throw wrongUse(`A secret is missing: ${found.why}.`);
  return found.value;
}

/** The secret that a reference leads to, or why there is none. */
async function findSecret(
  reference: unknown,
  env: Io['env'],
): Promise<{ readonly value: unknown } | { readonly why: string }> {
  const { env: name, file, as } = (reference ?? {}) as Partial<Record<'env' | 'file' | 'as', string>>;
  const found = name === undefined ? await inFile(file) : inVariable(name, env);
  if ('why' in found || as !== 'json') return found;
  try {
    return { value: parseJson(found.value) };
  } catch {
    return { why: `the secret in ${name ?? file} is to be JSON, and is none` };
  }
}

function inVariable(name: string, env: Io['env']): { readonly value: string } | { readonly why: string } {
  const value = env[name];
  if (value === undefined) return { why: `the variable ${name} is not set` };
  // As for `tenantry load`.
  return value === '' ? { why: `the variable ${name} is empty` } : { value };
}

async function inFile(path: string | undefined): Promise<{ readonly value: string } | { readonly why: string }> {
  if (typeof path !== 'string')
    return { why: 'a reference to a secret names neither a variable (`env`) nor a file (`file`)' };
  const { secretOfFile } = await import('@tenantry/loader/folder');
  return secretOfFile(path);
}
