import { defineSync } from '@tenantry/protocol';

/** What a tenant's plan allows. */
export interface PlanSettings {
  id: number;
  tenantId: string;
  /** Unique within the tenant. Null while it gives its slug to another plan. */
  slug: string | null;
  name: string;
  seats: number;
  limits: { readonly projects: number; readonly apiCallsPerMinute: number; readonly storageGb: number };
  /** Per month, exact: decimals come as text. */
  price: string;
  renewsAt: Date;
  /** For the sales team only. */
  internalNotes: string | null;
}

export const planSettings = defineSync<PlanSettings>()({
  name: 'plan-settings',
  tenant: 'tenantId',
  keys: { id: ['id'], slug: ['slug'], idAndSlug: ['id', 'slug'] },
  omit: ['internalNotes'],
});
