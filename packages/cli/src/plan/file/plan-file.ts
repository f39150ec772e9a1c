import { open } from 'node:fs/promises';
import { Failure, wrongUse } from '../../failures/failure.ts';
import { parseJson, toJson } from '../../json/raw-numbers.ts';
import type { Io } from '../../program/io.ts';
import { textOf } from '../../values/given-value.ts';
import { readInput } from '../../values/read-input.ts';
import { utf8Text } from '../../values/utf8-text.ts';
import type { Plan } from '../plan.ts';
import { hasReference } from '../secrets.ts';
import { isPlan } from './is-plan.ts';

/**
 * Writes a plan as a file, for `tenantry apply FILE`. It holds the values of configs, and of secrets references alone: one that stands in its file in clear is
 * `SECRET_IN_CLEAR`.
 */
export async function writePlan(path: string, plan: Plan): Promise<void> {
  if (path === '-') throw wrongUse('--save names a file: -o json prints the plan.');
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

/** The plan of a file, or of stdin (`-`). `INVALID_OPTION` for what is none, or is of another release. */
export async function readPlan(path: string, io: Pick<Io, 'stdin' | 'signal'>): Promise<Plan> {
  const plan = planOf(
    path === '-'
      ? await textOf(io)
      : utf8Text(await readInput(path, code => `The plan ${path} cannot be read (${code}).`, io), path),
  );
  const from = path === '-' ? 'Stdin' : path;
  if (typeof plan !== 'object' || plan === null || !Array.isArray(plan.scopes) || typeof plan.url !== 'string')
    throw wrongUse(`${from} is no plan: \`tenantry plan DIR --save FILE\` writes one.`);
  if (plan.format !== 2) throw wrongUse(`${from} is a plan of another release of this program: make it anew.`);
  if (!isPlan(plan)) throw wrongUse(`${from} is no plan any more: somebody has changed it. Make it anew.`);
  return plan;
}

function planOf(text: string): Partial<Plan> | undefined {
  try {
    return parseJson(text) as Partial<Plan>;
  } catch {
    return undefined;
  }
}
