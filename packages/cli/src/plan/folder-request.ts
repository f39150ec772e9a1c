import { stat } from 'node:fs/promises';
import { type FolderScan, scanFolder } from '@tenantry/loader/folder';
import { Failure, wrongUse } from '../failures/failure.ts';
import { desiredOfDocument } from './desired.ts';
import type { PlanRequest } from './make-plan.ts';

/**
 * What a folder asks for. With `prune`, all scopes lose what was set from it, and what it does not say any more. A file that cannot be read keeps what it is about; one of which
 * nobody knows that keeps the whole scope. `INVALID_OPTION` where there is no folder, and an empty one takes nothing away.
 */
export async function folderRequest(
  dir: string,
  { prune }: { readonly prune: boolean },
): Promise<Omit<PlanRequest, 'name' | 'policy' | 'secrets'>> {
  if (!(await stat(dir).catch(() => undefined))?.isDirectory()) throw wrongUse(`${dir} is no folder that can be read.`);
  const scan = await scanFolder(dir);
  if (!scan.isThere)
    throw wrongUse(`${dir} could not be read: ${scan.problems[0]?.message ?? 'it does not hold still'}.`);
  if (prune && scan.documents.length === 0)
    throw new Failure(
      'EMPTY_FOLDER',
      `${dir} says nothing, and with --prune everything would be taken away. Nothing was written.`,
    );
  return {
    from: dir,
    desired: scan.documents.map(desiredOfDocument),
    problems: scan.problems.map(({ path, line, column, code, message }) => ({
      ...{ code, message, place: line === undefined ? path : `${path}:${line}:${column ?? 1}` },
    })),
    pruned: new Set(prune ? scan.scopes : []),
    // Of a problem of which nobody knows the scope, it may be any.
    prunesOthers: prune && scan.problems.every(({ scope }) => scope !== undefined),
    strays: new Set(scan.ignored),
    kept: keptOf(scan),
  };
}

function keptOf({ problems, scopes }: FolderScan): ReadonlySet<string> {
  const kept = problems.flatMap(({ scope, config }): readonly string[] => {
    // Of what scope it is nobody knows: it may be any.
    if (scope === undefined) return scopes;
    return [config === undefined ? scope : `${config} of ${scope}`];
  });
  return new Set(kept);
}
