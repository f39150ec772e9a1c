import { may, type Rights, type Verb } from '@tenantry/admin-api';
import type { AnyConfig, Scope } from '@tenantry/protocol';
import { GROUPS_NAME } from '@tenantry/protocol/internal';
import { configAddress } from '@tenantry/protocol/wire';
import type { RecordChanged } from '@tenantry/sdk';
import type { ToldChange } from './event-stream.ts';

/** Who is told: a stream of a scope, whose caller needs this verb to hear of a config. */
export interface ToldTo {
  readonly scope: Scope;
  readonly verb: Verb;
  readonly rights: Rights;
}

const GROUPS_RECORD = configAddress(GROUPS_NAME);

/** What callers may know of a change. All that may know the same get the same object. */
export class ChangeTelling {
  readonly #definitions: () => ReadonlyMap<string, AnyConfig>;
  readonly #told = new WeakMap<RecordChanged, ToldChange>();
  /** The names of the configs, by their records. */
  #names: ReadonlyMap<string, string> = new Map();

  constructor(definitions: () => ReadonlyMap<string, AnyConfig>) {
    this.#definitions = definitions;
  }

  /** Undefined: the caller may know nothing of it. `scope`: of the feed. */
  tell({ scope: own, verb, rights }: ToldTo, scope: Scope, change: RecordChanged, now: number): ToldChange | undefined {
    const mayHear = (at: Scope, config: string | undefined) => may(rights, verb, at, config, now);
    const { record, version, op } = change;
    if (record === GROUPS_RECORD)
      return mayHear(scope, undefined) ? this.#once(change, { scope, version, kind: 'groups' }) : undefined;
    if (!record.startsWith('@')) {
      const entity = record.slice(0, record.indexOf(':'));
      return mayHear(scope, entity) ? this.#once(change, { scope, record, version, kind: 'record' }) : undefined;
    }
    const config = this.#configOf(record);
    // A config that this server does not know: nobody can say who may see it.
    if (config === undefined) return undefined;
    if (mayHear(scope, config))
      return this.#once(change, { scope, config, version, kind: op === 'delete' ? 'unset' : 'set' });
    return mayHear(own, config) ? { scope: own, config, kind: 'inherited' } : undefined;
  }

  #once(change: RecordChanged, told: ToldChange): ToldChange {
    const known = this.#told.get(change);
    if (known) return known;
    this.#told.set(change, told);
    return told;
  }

  /** Each stream asks this of each change. A config may be registered at any time: what is not known is looked for again. */
  #configOf(record: string): string | undefined {
    if (!this.#names.has(record))
      this.#names = new Map(Array.from(this.#definitions().values(), ({ address, name }) => [address, name]));
    return this.#names.get(record);
  }
}
