import type { StoredText } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import type { FolderDocument } from '../folder/folder-document.ts';
import { type LoadAction, type LoadItem, WRITES } from './load-item.ts';
import { GONE, originOf, originPrefix, saysGone } from './origin.ts';
import { isSameJson } from './same-json.ts';

/** What a file does to a value that is not as it says. */
export type LoadPolicy = 'seed' | 'report' | 'overwrite';

/** What a file says of a config, for the store. */
export interface Wanted extends Pick<FolderDocument, 'scope' | 'config' | 'path' | 'sha256' | 'json'> {
  /** True: that the group of this folder exists. Nothing is said of its groups. */
  readonly isImplied?: boolean | undefined;
}

/** A config that the loader has set, and that no file speaks of. */
export interface Orphan {
  readonly scope: Scope;
  readonly config: string;
  readonly path: string;
}

/** What is to be done about one config. */
export interface PlannedItem extends LoadItem {
  /** Undefined: nothing is written, or the value is taken away. */
  readonly json: string | undefined;
  readonly origin: string;
  readonly reason: string | undefined;
}

/** Decides what the files of one scope do, by what is stored. */
export function planScope(
  wanted: readonly Wanted[],
  stored: ReadonlyMap<string, StoredText> | undefined,
  { loader, policy }: { readonly loader: string; readonly policy: LoadPolicy },
): PlannedItem[] {
  const prefix = originPrefix(loader);
  return wanted.map(document => {
    const { scope, config, path, json } = document;
    const found = stored?.get(config);
    const action = actionOf(document, found, policy, prefix);
    const isForeign = action === 'overwrite' || action === 'drift' || action === 'kept';
    return {
      ...{ scope, config, path, action, json, version: found?.version ?? 0 },
      endLost: WRITES.has(action) && found?.json !== undefined ? found.expiresAt?.getTime() : undefined,
      by: isForeign ? found?.updatedBy : undefined,
      origin: originOf(loader, path, document.sha256),
      reason: action === 'overwrite' ? `file over v${found?.version}${byText(found?.updatedBy)}` : undefined,
    };
  });
}

/** What is taken away: it must still be what this loader has set. */
export function planOrphan(
  { scope, config, path }: Orphan,
  found: StoredText | undefined,
  loader: string,
): PlannedItem | undefined {
  if (found?.json === undefined || !found.origin?.startsWith(originPrefix(loader))) return undefined;
  return {
    ...{ scope, config, path, action: 'prune', version: found.version, json: undefined },
    origin: originOf(loader, path, GONE),
    reason: 'no file says it any more',
  };
}

function actionOf(wanted: Wanted, found: StoredText | undefined, policy: LoadPolicy, prefix: string): LoadAction {
  const { json, isImplied } = wanted;
  if (found?.json !== undefined && (isImplied || isSameJson(found.json, json))) return 'same';
  const isMine = found?.origin?.startsWith(prefix) ?? false;
  // What any loader has taken away is nobody's: its file may have come from the folder of another one.
  if (found === undefined || saysGone(found.origin) || (found.json === undefined && isMine)) return 'create';
  if (policy === 'seed') return 'kept';
  if (isMine) return 'update';
  if (policy === 'report') return 'drift';
  return 'overwrite';
}

function byText(by: string | undefined): string {
  return by === undefined ? '' : ` by ${by}`;
}
