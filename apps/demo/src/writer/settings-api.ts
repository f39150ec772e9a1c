import type { MikroORM } from '@mikro-orm/core';
import { configStore, type TenantConfigs, type WriteOptions, type WriteResult } from '@tenantry/mikro-orm';
import { type SettingRequest, settingOf } from '../definitions/settings.ts';
import type { CommitClock } from './commit-clock.ts';
import { timedWrite, type WriteAnswer } from './timed-write.ts';

/** One write of one setting, as it comes in JSON. */
export type SettingWrite = SettingRequest & {
  readonly options?: Pick<WriteOptions, 'actor' | 'reason' | 'ifVersion'>;
} & (
    | { readonly verb: 'set' | 'patch'; readonly value: unknown }
    | { readonly verb: 'unset' }
    | { readonly verb: 'rollback'; readonly version: number }
  );

/** One version of a setting, in JSON. */
export type SettingVersion = Omit<ConfigVersion, 'at'> & { readonly at: number };
type ConfigVersion = Awaited<ReturnType<TenantConfigs['history']>>['items'][number];

const HISTORY_LENGTH = 20;

/** What the application does with its tenants' settings: the config store's verbs, in JSON. */
export function createSettingsApi(orm: MikroORM, clock: CommitClock) {
  const store = configStore(orm);
  return {
    write: (request: SettingWrite): Promise<WriteAnswer> => timedWrite(clock, () => write(request)),

    /** The newest versions, with who and why; empty for what never was set. */
    async history({ tenant, setting }: SettingRequest): Promise<SettingVersion[]> {
      const configs = store.tenant(tenant);
      const page = await configs.history(settingOf(setting), { limit: HISTORY_LENGTH }).catch(error => {
        if (error.code === 'NOT_FOUND') return { items: [] };
        throw error;
      });
      return page.items.map(({ at, ...version }) => ({ ...version, at: at.getTime() }));
    },

    diff({ tenant, setting, from, to }: SettingRequest & { from: number; to: number }): Promise<readonly unknown[]> {
      return store.tenant(tenant).diff(settingOf(setting), from, to);
    },
  };

  function write(request: SettingWrite): Promise<WriteResult> {
    const configs = store.tenant(request.tenant);
    const definition = settingOf(request.setting);
    const { options = {} } = request;
    switch (request.verb) {
      case 'set':
        return configs.set(definition, request.value, options);
      case 'patch':
        return configs.patch(definition, request.value as never, options);
      case 'unset':
        return configs.unset(definition, options);
      case 'rollback':
        return configs.rollback(definition, request.version, options);
    }
  }
}
