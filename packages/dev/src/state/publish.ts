import type { AnyConfig, ConfigSource } from '@tenantry/protocol';
import { configTimes, encodeConfigEnvelope, tenantOfText } from '@tenantry/protocol/internal';
import { createPayloadCodec } from '@tenantry/protocol/wire';
import type { LocalChange, LocalReplica } from '@tenantry/redis';
import type { FolderState, Revision } from './folder-state.ts';

/** A new version of a config of one scope. */
export interface Published {
  readonly config: AnyConfig;
  readonly revision: Revision;
}

const codec = createPayloadCodec();

/** Tells readers of new versions of one scope, in one message. */
export function publish(replica: Pick<LocalReplica, 'apply'>, tenant: string, published: readonly Published[]): void {
  replica.apply(
    tenantOfText(tenant),
    published.map(({ config, revision }) => toRecordChange(config, revision)),
  );
}

/** As the write side with a database publishes a row. */
function toRecordChange(config: AnyConfig, { version, json, at }: Revision): LocalChange {
  const { address, cache, writePolicy } = config;
  const owner = address;
  if (json === undefined) return { owner, version, op: 'delete', addresses: [] };
  const put = { owner, version, op: 'put', addresses: [address] } as const;
  // Only announced: whoever needs it loads it.
  if (cache !== 'replicated' || writePolicy === 'write-around') return put;
  const times = timesOf(config);
  const envelope = encodeConfigEnvelope(codec, address, { version, updatedAt: at, json, ...times });
  return { ...put, expiresAt: times.dropAt, envelope };
}

/** What only Redis would have ends there with its ttl. In a folder it stands in a file, and stays. */
function timesOf(config: AnyConfig) {
  if (config.persistence === 'none') return { expiresAt: 0, freshUntil: 0, dropAt: 0 };
  return configTimes(config, 0, Date.now(), Math.random);
}

/** What the folder says, for configs whose values no replica keeps for ever. */
export function sourceOf(state: FolderState): ConfigSource {
  return {
    load: async (tenant, configs) =>
      configs.map(config => {
        const latest = state.get(tenant, config)?.latest;
        return latest && { version: latest.version, updatedAt: latest.at, expiresAt: 0, json: latest.json };
      }),
  };
}
