import { open, readFile } from 'node:fs/promises';
import { Failure, wrongUse } from '../failures/failure.ts';
import { parseJson, toJson } from '../json/raw-numbers.ts';
import type { Plan, PlannedChange, PlannedScope } from './plan.ts';
import { hasReference } from './secrets.ts';

/**
 * Writes a plan as a file, for `tenantry apply FILE`. It holds the values of configs, and of secrets references alone: one that stands in its file in clear is
 * `SECRET_IN_CLEAR`.
 */
export async function writePlan(path: string, plan: Plan): Promise<void> {
  for (const { scope, changes } of plan.scopes)
    for (const change of changes)
      if (change.isSecret && change.op === 'set' && !hasReference(change.json as string))
        throw new Failure(
          'SECRET_IN_CLEAR',
          `${change.place} has the secret ${change.config} of ${scope} in clear, and a plan would have it, too: put a reference there ({ $secret: { env: NAME } }), or apply the folder itself.`,
        );
  await writePrivate(path, `${toJson(plan, 2)}\n`).catch((error: { code?: string }) => {
    throw wrongUse(`The plan cannot be written to ${path} (${error.code}).`);
  });
}

/** For its owner alone, because it has values: also where an earlier plan stands there, which others could read. */
async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    // Not of a device, such as /dev/stdout.
    if ((await file.stat()).isFile()) await file.chmod(0o600);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** The plan of a file. `INVALID_OPTION` for a file that is none, or is of a later release. */
export async function readPlan(path: string): Promise<Plan> {
  const text = await readFile(path, 'utf8').catch((error: { code?: string }) => {
    throw wrongUse(`The plan ${path} cannot be read (${error.code}).`);
  });
  let plan: Partial<Plan> | undefined;
  try {
    plan = parseJson(text) as Partial<Plan>;
  } catch {
    plan = undefined;
  }
  if (typeof plan !== 'object' || plan === null || !Array.isArray(plan.scopes) || typeof plan.url !== 'string')
    throw wrongUse(`${path} is no plan: \`tenantry plan DIR --save ${path}\` writes one.`);
  if (plan.format !== 2) throw wrongUse(`${path} is a plan of another release of this program: make it anew.`);
  for (const planned of plan.scopes as readonly (Partial<PlannedScope> | null)[])
    if (!isScope(planned)) throw wrongUse(`${path} is no plan any more: somebody has changed it. Make it anew.`);
  return plan as Plan;
}

function isScope(planned: Partial<PlannedScope> | null): boolean {
  const { scope, changes, groups } = planned ?? {};
  const isGrouped = groups === undefined || (Array.isArray(groups?.groups) && Number.isSafeInteger(groups.ifVersion));
  return typeof scope === 'string' && Array.isArray(changes) && changes.every(isChange) && isGrouped;
}

function isChange(given: unknown): given is PlannedChange {
  const change = (given ?? {}) as Partial<PlannedChange>;
  const isSet = change.op === 'set' && typeof change.json === 'string';
  return (
    typeof change.config === 'string' && Number.isSafeInteger(change.ifVersion) && (isSet || change.op === 'unset')
  );
}
