import { defineSync } from '@tenantry/protocol';

/** Which flags of a feature are on for a tenant. */
export interface FeatureSettings {
  id: number;
  tenantId: string;
  /** Unique within the tenant. */
  key: string;
  flags: { readonly [flag: string]: boolean };
  /** For how many percent of the users. */
  rollout: number;
}

export const featureSettings = defineSync<FeatureSettings>()({
  name: 'feature-settings',
  tenant: 'tenantId',
  keys: { id: ['id'], key: ['key'] },
});
