import type { EntityManager, MikroORM } from '@mikro-orm/core';
import { type ConfigStore, configStore } from '@tenantry/mikro-orm';
import type { SeededRandom } from '@tenantry/testing';
import { SHAPED } from '../drawn/write-shapes.ts';
import { SCOPED } from '../scopes/write-scopes.ts';
import { LASTING_IDS, PLAN_IDS, pairId, SLUGS, TENANTS, tenantOfLasting } from './addresses.ts';
import { around, back, configs, paired, type Stamped, through } from './definitions.ts';
import { LimitSchema, PlanSchema } from './entities.ts';
import type { ProcessSettings } from './settings.ts';
import { ALL, draw, inTransaction, type KindOfWrite, UNDO, type WriteParts } from './write-parts.ts';
import { UNHOOKED } from './write-past-the-orm.ts';

/** Every kind of write, and how many of a hundred are of it. */
const KINDS: readonly KindOfWrite[] = [
  ['change', 20, parts => inTransaction(parts, em => change(parts, em, parts.stamp))],
  ['several', 10, parts => inTransaction(parts, em => several(parts, em))],
  ['pair', 16, parts => inTransaction(parts, em => pair(parts, em))],
  ['once', 5, parts => inTransaction(parts, em => once(parts, em))],
  ['swap', 8, parts => inTransaction(parts, em => swap(parts, em))],
  ['move', 6, parts => inTransaction(parts, em => move(parts, em))],
  ['savepoint', 10, parts => inTransaction(parts, em => savepoint(parts, em))],
  ['undo', 10, undo],
  ['config', 12, config],
  ['write-back', 8, writeBack],
  ['late-read', 16, lateRead],
];

export function pickWrite(random: SeededRandom, { writeBack, capture, replica }: ProcessSettings): KindOfWrite {
  const kinds = [...KINDS, SHAPED, ...SCOPED, ...(capture === 'trigger' ? UNHOOKED : [])].filter(
    ([name]) => (writeBack || name !== 'write-back') && (replica !== undefined || name !== 'late-read'),
  );
  // Each kind as often as it weighs.
  return random.pick(kinds.flatMap(kind => Array.from({ length: kind[1] }, () => kind)));
}

/** Creates, changes, renames, enlarges or deletes one plan. */
async function change({ random }: WriteParts, em: EntityManager, stamp: string, ids = PLAN_IDS): Promise<void> {
  const id = random.pick(ids);
  const n = await draw(em, `plans:${id}`, stamp);
  const plan = await em.findOne(PlanSchema, id, ALL);
  const notes = random.chance(0.1) ? random.word(20).repeat(400) : random.word(10);
  const slug = random.chance(0.8) ? random.pick(SLUGS) : null;
  if (!plan) em.create(PlanSchema, { id, tenantId: random.pick(TENANTS), slug, n, stamp, notes });
  else if (random.chance(0.15)) em.remove(plan);
  else em.assign(plan, { n, stamp, ...(random.chance(0.3) ? { slug } : {}), ...(random.chance(0.5) ? { notes } : {}) });
  await em.flush();
}

async function several(parts: WriteParts, em: EntityManager): Promise<void> {
  // In one order everywhere, or nearly every one of them would end in a deadlock.
  const ids = parts.random
    .shuffle(PLAN_IDS)
    .slice(0, parts.random.int(2, 5))
    .sort((a, b) => a - b);
  for (const id of ids) await change(parts, em, parts.stamp, [id]);
}

/** All three have the same `n` in every committed state. */
async function pair({ orm, random, stamp }: WriteParts, em: EntityManager): Promise<void> {
  const tenantId = random.pick(TENANTS);
  await writePair(orm, em, tenantId, stamp);
}

/** Makes the next plan that lasts. */
async function once({ stamp }: WriteParts, em: EntityManager): Promise<void> {
  const made = await em.count(PlanSchema, { id: { $in: LASTING_IDS } }, ALL);
  const id = LASTING_IDS[made];
  if (id === undefined) return;
  const n = await draw(em, `plans:${id}`, stamp);
  // The other writer was first.
  if (n > 1) throw UNDO;
  em.create(PlanSchema, { id, tenantId: tenantOfLasting(id), slug: null, n, stamp, notes: '' });
  await em.flush();
}

export async function writePair(orm: MikroORM, em: EntityManager, tenantId: string, stamp: string): Promise<void> {
  const id = pairId(tenantId);
  const n = await draw(em, `pairs:${id}`, stamp);
  const plan = await em.findOne(PlanSchema, id, ALL);
  const limit = await em.findOne(LimitSchema, id, ALL);
  if (plan) em.assign(plan, { n, stamp });
  else em.create(PlanSchema, { id, tenantId, slug: null, n, stamp, notes: '' });
  if (limit) em.assign(limit, { n, stamp });
  else em.create(LimitSchema, { id, tenantId, n, stamp });
  await em.flush();
  await configStore(orm).tenant(tenantId).set(paired, { n, stamp, tenantId }, { em });
}

/** Two plans of one tenant take each other's slug: a unique key changes hands within one transaction. */
async function swap({ random, stamp }: WriteParts, em: EntityManager): Promise<void> {
  const tenantId = random.pick(TENANTS);
  const plans = await em.find(PlanSchema, { tenantId, slug: { $ne: null } }, { ...ALL, orderBy: { id: 'asc' } });
  if (plans.length < 2) return;
  const [one, two] = random.shuffle(plans) as [(typeof plans)[0], (typeof plans)[0]];
  for (const plan of [one, two].sort((a, b) => a.id - b.id)) plan.n = await draw(em, `plans:${plan.id}`, stamp);
  const slugs = [one.slug, two.slug] as const;
  em.assign(one, { slug: null, stamp });
  await em.flush();
  em.assign(two, { slug: slugs[0], stamp });
  await em.flush();
  em.assign(one, { slug: slugs[1] });
  await em.flush();
}

async function move({ random, stamp }: WriteParts, em: EntityManager): Promise<void> {
  const plan = await em.findOne(PlanSchema, random.pick(PLAN_IDS), ALL);
  if (!plan) return;
  const n = await draw(em, `plans:${plan.id}`, stamp);
  em.assign(plan, { tenantId: random.pick(TENANTS), n, stamp });
  await em.flush();
}

/** Changes what was read before its transaction, and so from the read replica, as it was long ago. */
async function lateRead({ orm, random, stamp }: WriteParts): Promise<void> {
  const em = orm.em.fork();
  const plan = await em.findOne(PlanSchema, random.pick(PLAN_IDS), ALL);
  if (!plan) return;
  await em.transactional(async inside => {
    const n = await draw(inside, `plans:${plan.id}`, stamp);
    const present = inside.getReference(PlanSchema, plan.id);
    if (random.chance(0.1)) inside.remove(present);
    else inside.assign(present, { n, stamp, ...(random.chance(0.3) ? { tenantId: random.pick(TENANTS) } : {}) });
    await inside.flush();
  });
}

/** What is in the savepoint is rolled back half of the time; what is around it never. */
async function savepoint(parts: WriteParts, em: EntityManager): Promise<void> {
  const { random, stamp } = parts;
  const [outer, inner] = random.shuffle(PLAN_IDS) as [number, number];
  await change(parts, em, stamp, [outer]);
  const nested = em.transactional(async inside => {
    await change(parts, inside, `${stamp}.inner`, [inner]);
    if (random.chance(0.5)) throw UNDO;
  });
  await nested.catch(error => {
    if (error !== UNDO) throw error;
  });
}

async function undo(parts: WriteParts): Promise<void> {
  await inTransaction(parts, async em => {
    if (parts.random.chance(0.3)) await pair(parts, em);
    else await change(parts, em, parts.stamp);
    throw UNDO;
  });
}

/** The verbs of the config store, each in a transaction of its own or in the caller's. */
async function config({ orm, random, stamp }: WriteParts): Promise<void> {
  const tenantId = random.pick(TENANTS);
  const configs = configStore(orm).tenant(tenantId);
  const definition = random.chance(0.7) ? through : around;
  const value: Stamped = { n: 0, stamp, tenantId };
  switch (random.int(0, 5)) {
    case 0:
      await configs.unset(definition).catch(unlessNotFound);
      return;
    case 1:
      await configs.setMany([
        [through, value],
        [around, value],
      ]);
      return;
    case 2:
      await orm.em.fork().transactional(async em => {
        await configs.set(definition, value, { em });
        if (random.chance(0.4)) throw UNDO;
      });
      return;
    default:
      await configs.set(definition, value);
  }
}

async function writeBack({ orm, random, stamp, attempted, acknowledged }: WriteParts): Promise<void> {
  const tenantId = random.pick(TENANTS);
  await attempted(tenantId, 'back');
  const { version } = await configStore(orm).tenant(tenantId).set(back, { n: 0, stamp, tenantId });
  acknowledged(tenantId, 'back', version);
}

/** Whether the store can write back. */
export async function canWriteBack(store: ConfigStore): Promise<boolean> {
  try {
    await store.tenant('probe').set(configs.back, { n: 0, stamp: 'probe', tenantId: 'probe' });
    return true;
  } catch {
    return false;
  }
}

function unlessNotFound(error: { code?: string }): void {
  if (error.code !== 'NOT_FOUND') throw error;
}
