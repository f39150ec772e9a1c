import type { BackendConfigs } from '@tenantry/admin';
import { type AnyConfig, TenantryError } from '@tenantry/protocol';
import { diffJson, maskSecret, nextValue } from '@tenantry/protocol/internal';
import type { Revision } from '../state/folder-state.ts';
import type { FolderParts } from './folder-parts.ts';
import type { Identities } from './identity.ts';
import { pageOf } from './pages.ts';
import { stateOf } from './scope-state.ts';
import { type WantedWrite, writeScope } from './write-scope.ts';

type Options = NonNullable<Parameters<BackendConfigs['set']>[2]>;
type Version = Awaited<ReturnType<BackendConfigs['revision']>>;

/** The configs of one scope of a folder, as the admin reads and writes them. */
export function scopeConfigs(parts: FolderParts, identities: Identities, tenant: string): BackendConfigs {
  const { state } = parts;

  async function write(wanted: Omit<WantedWrite, 'ifVersion' | 'origin'>, options: Options = {}, origin = 'api') {
    const { ifVersion, expiresAt, readToken: wantsToken = false } = options;
    if (expiresAt != null)
      throw new TenantryError('NOT_SUPPORTED', 'A value in a file does not end by itself: nothing was written.');
    checkKnown(parts, wanted.config);
    const identity = identities.of(options);
    const [written] = await writeScope(parts, tenant, [{ ...wanted, ifVersion, origin }], identity);
    if (!written) throw new TenantryError('UNAVAILABLE', 'Nothing was written.');
    const { revision, readToken } = written;
    const result = { version: revision.version, policy: wanted.config.writePolicy, persisted: true } as const;
    return { ...result, published: 'now' as const, ...(wantsToken && { readToken }) };
  }

  function revisionsOf(config: AnyConfig): readonly Revision[] {
    const stored = state.get(tenant, config);
    if (stored) return stored.revisions;
    throw new TenantryError('NOT_FOUND', `"${config.name}" never was set since the start: it has no history.`);
  }

  function revisionOf(config: AnyConfig, version: number): Revision {
    const found = revisionsOf(config).find(revision => revision.version === version);
    if (found) return found;
    throw new TenantryError(
      'VERSION_NOT_FOUND',
      `The history of "${config.name}" does not have version ${version}: it never was, or is too old.`,
    );
  }

  return {
    set: async (config, value, options) =>
      write({ config, next: nextValue('set', config as AnyConfig, value), mustBeSet: false }, options),
    patch: async (config, patch, options) =>
      write(
        {
          config,
          next: nextValue('patch', config as AnyConfig, patch),
          // What it would be merged into belongs to another scope.
          mustBeSet: config.inherit === 'replace',
        },
        options,
      ),
    unset: async (config, options) => write({ config, next: () => undefined, mustBeSet: true }, options),
    async rollback(config, version, options) {
      const { json } = revisionOf(config, version);
      const next = json === undefined ? () => undefined : nextValue('set', config, JSON.parse(json));
      return write({ config, next, mustBeSet: json === undefined }, options, `rollback of ${version}`);
    },
    async history(config, options) {
      const { items, cursor } = pageOf(revisionsOf(config).toReversed(), ({ version }) => String(version), options);
      return { items: items.map(revision => toVersion(config, revision)), cursor };
    },
    revision: async (config, version) => toVersion(config, revisionOf(config, version)),
    async diff(config, from, to) {
      const [before, after] = [storedValue(revisionOf(config, from)), storedValue(revisionOf(config, to))];
      return diffJson(before, after).map(operation =>
        operation.op === 'remove' ? operation : { ...operation, value: maskSecret(config, operation.value) },
      );
    },
    state: async group => stateOf(parts, tenant, group),
  };
}

/** `NOT_REGISTERED` for a config that the folder was not opened with. */
export function checkKnown({ configs }: Pick<FolderParts, 'configs'>, config: AnyConfig): void {
  if (configs.get(config.name) === config) return;
  throw new TenantryError('NOT_REGISTERED', `"${config.name}" is none of the configs of this folder.`);
}

function storedValue({ json }: Revision): unknown {
  return json === undefined ? undefined : JSON.parse(json);
}

function toVersion(config: AnyConfig, revision: Revision): Version {
  const { version, op, actor, reason, origin, at } = revision;
  return { version, op, value: maskSecret(config, storedValue(revision)), actor, reason, origin, at: new Date(at) };
}
