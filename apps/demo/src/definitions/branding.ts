import { defineSync } from '@tenantry/protocol';

/** How a tenant's pages look. */
export interface Branding {
  id: number;
  tenantId: string;
  /** Unique everywhere. */
  domain: string;
  colours: { readonly primary: string; readonly accent: string; readonly background: string };
  logoUrl: string | null;
}

export const branding = defineSync<Branding>()({
  name: 'branding',
  tenant: 'tenantId',
  keys: { id: ['id'], domain: ['domain'] },
});
