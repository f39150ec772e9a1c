import { defineConfig } from '@tenantry/protocol';
import { z } from 'zod';
import { openPageLab, type PageLab } from '../../packages/admin/src/page/page-lab.fixture.ts';
import { Plan } from '../../packages/mikro-orm/src/plans.fixture.ts';
import { workerFor } from '../../packages/worker/src/worker.fixture.ts';

const patient = { cacheTimeout: '30s', databaseTimeout: '30s' } as const;

export const limits = defineConfig({
  ...patient,
  name: 'billing/limits',
  schema: z.object({
    seats: z.number().int().min(1).max(100_000).describe('How many people may sign in.'),
    plan: z.enum(['free', 'team', 'enterprise']).optional(),
    storageGb: z.number().int().min(1).optional(),
    overage: z.boolean().optional().describe('Whether more may be used than is paid for.'),
    regions: z.array(z.enum(['eu-west', 'us-east', 'ap-south'])).optional(),
  }),
  default: { seats: 3 },
  inherit: 'merge',
  group: 'billing',
});
const invoices = defineConfig({
  ...patient,
  name: 'billing/invoices',
  schema: z.object({ currency: z.enum(['EUR', 'USD']), dueDays: z.number().int() }),
  default: { currency: 'EUR', dueDays: 30 },
  inherit: 'merge',
  group: 'billing',
});
const checkout = defineConfig({
  ...patient,
  name: 'features/checkout',
  schema: z.object({ mode: z.enum(['off', 'beta', 'on']), rollout: z.number().min(0).max(100).optional() }),
  default: { mode: 'off' },
  inherit: 'merge',
  group: 'features',
});
const search = defineConfig({
  ...patient,
  name: 'features/search',
  schema: z.enum(['classic', 'vectors']),
  default: 'classic',
  inherit: 'replace',
  group: 'features',
});
const smtp = defineConfig({
  ...patient,
  name: 'mail/smtp',
  schema: z.object({ host: z.string(), port: z.number().int(), password: z.string() }),
  secret: true,
  inherit: 'replace',
  group: 'mail',
});
const branding = defineConfig({
  ...patient,
  name: 'look/branding',
  schema: z.object({ title: z.string(), colour: z.string(), logo: z.string().optional() }),
  inherit: 'merge',
  group: 'look',
});

const TENANTS = ['acme', 'birch', 'cedar', 'delta', 'elm', 'fjord', 'grove', 'harbor', 'iris', 'juniper'];

/** An admin as it looks after a while of use: with history, groups, records, a worker and rights. */
export async function openPicturedAdmin(): Promise<PageLab> {
  const opened = await openPageLab({ configs: [limits, invoices, checkout, search, smtp, branding] });
  const { store, system } = opened.lab;
  const worker = await workerFor(system);
  await store.scopes.setGroup('europe', []);
  await store.scopes.setGroup('early-adopters', []);
  for (const [i, tenant] of TENANTS.entries()) {
    const groups = [...(i % 3 === 0 ? ['early-adopters'] : []), ...(i % 2 === 0 ? ['europe'] : [])];
    await store.scopes.set(tenant, groups);
    await store.tenant(tenant).set(branding, { title: tenant, colour: '#2456c4' }, { actor: 'sign-up' });
  }
  const [europe, early, acme] = [store.group('europe'), store.group('early-adopters'), store.tenant('acme')];
  await store.global().set(limits, { seats: 5, plan: 'free', storageGb: 10 }, { actor: 'ops' });
  await store.global().set(checkout, { mode: 'off' }, { actor: 'ops' });
  await europe.set(limits, { seats: 5, regions: ['eu-west'] }, { actor: 'ops', reason: 'data stays in Europe' });
  await europe.set(invoices, { currency: 'EUR', dueDays: 14 }, { actor: 'billing' });
  await early.set(checkout, { mode: 'beta', rollout: 20 }, { actor: 'release' });
  await store.tenant('cedar').set(limits, { seats: 80, plan: 'team' }, { actor: 'sales' });
  await store.tenant('harbor').set(limits, { seats: 400, plan: 'enterprise' }, { actor: 'sales' });
  await acme.set(limits, { seats: 20, plan: 'team' }, { actor: 'sales', reason: 'signed for a year' });
  await acme.set(limits, { seats: 25, plan: 'team' }, { actor: 'support', reason: 'five more, by phone' });
  await acme.set(limits, { seats: 40, plan: 'enterprise', overage: true }, { actor: 'sales', reason: 'upgrade' });
  await acme.set(checkout, { mode: 'on' }, { actor: 'release' });
  await acme.set(smtp, { host: 'mail.example.com', port: 587, password: 'not shown' }, { actor: 'support' });
  const root = opened.lab.as('root');
  await root.send('POST', '/grants', { who: 'group:support', verbs: ['view'], scope: 'tenants/*' });
  await root.send('POST', '/grants', { who: 'group:sales', verbs: ['edit'], scope: 'tenants/*', config: 'billing/*' });
  const em = system.em();
  for (const [i, name] of ['Free', 'Team', 'Enterprise'].entries())
    em.create(Plan, { tenantId: 'acme', slug: name.toLowerCase(), name, notes: `since 202${i + 2}` });
  await em.flush();
  return {
    ...opened,
    async [Symbol.asyncDispose]() {
      await worker.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}
