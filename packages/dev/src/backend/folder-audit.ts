import type { AdminBackend } from '@tenantry/admin';
import type { AnyConfig } from '@tenantry/protocol';
import { diffJson, GROUPS_NAME, groupOf, maskSecret, scopeOf } from '@tenantry/protocol/internal';
import type { Change } from '../state/check-change.ts';
import type { Revision } from '../state/folder-state.ts';
import { pageOf } from './pages.ts';

type Audit = AdminBackend['audit'];
type Listed = Awaited<ReturnType<Audit['list']>>['items'][number];
type Filter = NonNullable<Parameters<Audit['export']>[0]>;

const MOST = 10_000;

/** Who did what since the start of the process, in its memory: the last 10,000 entries. */
export class FolderAudit implements Audit {
  /** The newest is last. */
  #entries: Listed[] = [];
  #lastId = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async record(entry: Parameters<Audit['record']>[0]): Promise<void> {
    const { action, scope, config, version, actor, reason, via, origin, diff } = entry;
    this.#add({ action, scope, config, version, actor, reason, via, origin, diff });
  }

  /** A new version: of a page, of a program, or of a file that was saved. */
  wrote({ tenant, config, json }: Change, { before, revision, via }: Wrote): void {
    const { version, actor, reason, origin } = revision;
    const scope = scopeOf(tenant);
    const diff = maskedDiff(config, before, json);
    this.#add({
      action: actionOf(tenant, config, revision),
      scope,
      config: config.name,
      version,
      actor,
      reason,
      via,
      origin,
      diff,
    });
  }

  async list({ limit, cursor, ...filter }: NonNullable<Parameters<Audit['list']>[0]> = {}) {
    return pageOf(this.#matching(filter).toReversed(), ({ id }) => String(id), { limit, cursor });
  }

  async *export(filter: Filter = {}) {
    yield* this.#matching(filter);
  }

  #add(entry: Omit<Listed, 'id' | 'at' | 'truncated' | 'acceptedAt'>): void {
    const id = ++this.#lastId;
    this.#entries.push({ ...entry, id, at: new Date(this.#now()), truncated: 0, acceptedAt: undefined });
    if (this.#entries.length > 2 * MOST) this.#entries = this.#entries.slice(-MOST);
  }

  #matching({ scope, config, actor, action, since, until, via, search }: Filter): Listed[] {
    const text = search?.toLowerCase();
    return this.#entries.filter(entry => {
      if (scope !== undefined && (entry.scope ?? null) !== scope) return false;
      if (config !== undefined && entry.config !== config) return false;
      if (actor !== undefined && entry.actor !== actor) return false;
      if (action !== undefined && entry.action !== action) return false;
      if (since !== undefined && entry.at.getTime() < Number(since)) return false;
      if (until !== undefined && entry.at.getTime() >= Number(until)) return false;
      if (via !== undefined && !entry.via?.startsWith(via)) return false;
      return text === undefined || textOf(entry).includes(text);
    });
  }
}

interface Wrote {
  readonly before: string | undefined;
  readonly revision: Revision;
  readonly via: string | undefined;
}

function actionOf(tenant: string, { name }: AnyConfig, { op, origin }: Revision): string {
  if (name === GROUPS_NAME) {
    if (groupOf(tenant) === undefined) return 'groups.set';
    return op === 'set' ? 'group.set' : 'group.delete';
  }
  return origin.startsWith('rollback of ') ? 'config.rollback' : `config.${op}`;
}

/** What the change does to the value: no old value, and of a secret none at all. */
function maskedDiff(config: AnyConfig, before: string | undefined, after: string | undefined): Listed['diff'] {
  const parse = (json: string | undefined): unknown => (json === undefined ? undefined : JSON.parse(json));
  return diffJson(parse(before), parse(after)).map(operation =>
    operation.op === 'remove' ? operation : { ...operation, value: maskSecret(config, operation.value) },
  );
}

function textOf({ scope, config, actor, reason, origin, via, diff }: Listed): string {
  return JSON.stringify([scope, config, actor, reason, origin, via, diff]).toLowerCase();
}
