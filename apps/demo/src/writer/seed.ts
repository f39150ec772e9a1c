import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { configStore, grants } from '@tenantry/mikro-orm';
import { GROUP } from '../definitions/service-level.ts';
import { apiKey, appearance, retentionPolicy } from '../definitions/settings.ts';
import { BrandingSchema, FeatureSettingsSchema, PlanSettingsSchema } from '../write-side/entities.ts';

const plans = {
  free: { name: 'Free', seats: 3, limits: { projects: 2, apiCallsPerMinute: 60, storageGb: 1 }, price: '0.00' },
  silver: {
    name: 'Silver',
    seats: 15,
    limits: { projects: 20, apiCallsPerMinute: 600, storageGb: 50 },
    price: '49.00',
  },
  gold: {
    name: 'Gold',
    seats: 80,
    limits: { projects: 200, apiCallsPerMinute: 6000, storageGb: 500 },
    price: '249.50',
  },
} as const;

const tenants = [
  { tenantId: 'acme', slugs: ['free', 'silver', 'gold'], domain: 'app.acme.example', primary: '#b3261e' },
  { tenantId: 'globex', slugs: ['silver', 'gold'], domain: 'globex.example', primary: '#1f6f54' },
  { tenantId: 'initech', slugs: ['free', 'silver'], domain: 'portal.initech.example', primary: '#274c9b' },
] as const;

/** Fills an empty database; false where there was something already. */
export async function seed(orm: MikroORM): Promise<boolean> {
  const em = orm.em.fork();
  await seedGroup(orm);
  await seedGrants(orm);
  if ((await em.count(PlanSettingsSchema)) > 0) return false;
  for (const [i, tenant] of tenants.entries()) createTenant(em, tenant, new Date(Date.UTC(2031, i, 1)));
  await em.flush();
  await seedSettings(orm);
  return true;
}

/** A database that an older demo left has no group. */
async function seedGroup(orm: MikroORM): Promise<void> {
  const { scopes } = configStore(orm);
  if ((await scopes.getGroup(GROUP)) !== undefined) return;
  await scopes.setGroup(GROUP);
  for (const tenant of ['acme', 'globex']) await scopes.set(tenant, [GROUP]);
}

/** All who sign in to the admin may look, and Ann may edit what tenants have. */
async function seedGrants(orm: MikroORM): Promise<void> {
  const rights = grants(orm);
  if ((await rights.all()).length > 0) return;
  await rights.give({ who: '*', verbs: ['view'], scope: '*' });
  await rights.give({ who: 'user:ann', verbs: ['edit'], scope: 'tenants/*' });
}

/** Some settings are set, the others are what they are by default. */
async function seedSettings(orm: MikroORM): Promise<void> {
  await configStore(orm).runAs({ actor: 'seed', reason: 'the first day' }, async () => {
    for (const { tenantId, primary } of tenants) {
      const configs = configStore(orm).tenant(tenantId);
      await configs.set(appearance, {
        theme: 'light',
        accent: primary,
        itemsPerPage: 25,
        greeting: `Hello, ${tenantId}`,
      });
      await configs.set(apiKey, { provider: 'mail.example', key: `key-of-${tenantId}-1234567890` });
    }
    const exports = { keepDays: 90, region: 'eu' } as const;
    await configStore(orm).tenant('acme').set(retentionPolicy, { days: 730, legalHold: true, exports });
  });
}

function createTenant(
  em: EntityManager,
  { tenantId, slugs, domain, primary }: (typeof tenants)[number],
  renewsAt: Date,
): void {
  for (const slug of slugs)
    em.create(PlanSettingsSchema, {
      ...plans[slug],
      tenantId,
      slug,
      renewsAt,
      internalNotes: 'Asked for a discount twice: no reader ever sees this.',
    });
  em.create(FeatureSettingsSchema, {
    tenantId,
    key: 'editor',
    flags: { darkMode: true, comments: tenantId !== 'initech', aiAssist: false },
    rollout: 100,
  });
  em.create(FeatureSettingsSchema, {
    tenantId,
    key: 'billing',
    flags: { invoices: true, sepa: tenantId === 'globex' },
    rollout: 25,
  });
  const colours = { primary, accent: '#f2b705', background: '#fafafa' };
  em.create(BrandingSchema, { tenantId, domain, colours, logoUrl: `https://cdn.example/${tenantId}/logo.svg` });
}
