import type { AnyConfig } from '@tenantry/protocol';
import { GROUPS_NAME, type Memberships, type SetValues } from '@tenantry/protocol/internal';

/** One version of a config since the start of the process. */
export interface Revision {
  readonly version: number;
  readonly op: 'set' | 'unset';
  /** JSON text; undefined: it was taken away. */
  readonly json: string | undefined;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  /** `file:<path>`, `api`, `rollback of 3`. */
  readonly origin: string;
  /** ms since 1970. */
  readonly at: number;
}

/** What a scope has of a config. */
export interface Stored {
  /** The newest is last; never empty. */
  readonly revisions: readonly Revision[];
  readonly latest: Revision;
  /** The file in which it stands, below the folder. */
  readonly path: string | undefined;
}

/** A version to be. */
export type NewRevision = Omit<Revision, 'version' | 'op'>;

const MOST_REVISIONS = 1_000;

/** What the folder says, as far as it is good, with versions that count from 1 in this process. Scopes are the texts of their tenants. */
export class FolderState {
  /** By scope, then by the config's name. */
  readonly #scopes = new Map<string, Map<string, Stored>>();
  /** The values that stand, by the config's name, then by scope. */
  readonly #values = new Map<string, Map<string, string>>();
  #memberships: Memberships | undefined;

  get(tenant: string, config: Pick<AnyConfig, 'name'>): Stored | undefined {
    return this.#scopes.get(tenant)?.get(config.name);
  }

  /** Puts a new version there, which stands in this file. */
  write(tenant: string, { name }: Pick<AnyConfig, 'name'>, made: NewRevision, path: string | undefined): Revision {
    const configs = this.#scopes.get(tenant) ?? new Map<string, Stored>();
    this.#scopes.set(tenant, configs);
    const before = configs.get(name)?.revisions ?? [];
    const version = (before.at(-1)?.version ?? 0) + 1;
    const latest: Revision = { ...made, version, op: made.json === undefined ? 'unset' : 'set' };
    const values = this.#values.get(name) ?? new Map<string, string>();
    this.#values.set(name, values);
    if (made.json === undefined) values.delete(tenant);
    else values.set(tenant, made.json);
    if (name === GROUPS_NAME) this.#memberships = undefined;
    configs.set(name, { revisions: [...before, latest].slice(-MOST_REVISIONS), latest, path });
    return latest;
  }

  /** The same value stands in another file now. */
  moved(tenant: string, config: Pick<AnyConfig, 'name'>, path: string): void {
    const stored = this.get(tenant, config);
    if (stored) this.#scopes.get(tenant)?.set(config.name, { ...stored, path });
  }

  /** Every config that has a value, of every scope. */
  *standing(): Iterable<{ readonly tenant: string; readonly name: string; readonly stored: Stored }> {
    for (const [tenant, configs] of this.#scopes)
      for (const [name, stored] of configs) if (stored.latest.json !== undefined) yield { tenant, name, stored };
  }

  /** The scopes in which a config has a value. */
  values({ name }: Pick<AnyConfig, 'name'>): SetValues {
    return this.#values.get(name) ?? NO_VALUES;
  }

  memberships(): Memberships {
    const groups = this.values({ name: GROUPS_NAME });
    this.#memberships ??= new Map([...groups].map(([tenant, json]) => [tenant, JSON.parse(json) as string[]]));
    return this.#memberships;
  }
}

const NO_VALUES: SetValues = new Map();
