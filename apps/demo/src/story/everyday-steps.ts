import type { Demo } from '../supervisor/demo.ts';
import type { Operation } from '../writer/apply-operations.ts';
import { findRow, type Step, type StepOutcome } from './step.ts';

async function change(demo: Demo, ...operations: Operation[]): Promise<StepOutcome> {
  const change = await demo.change(operations);
  return { affected: change.affected, ms: await demo.seen(change), seen: 'both readers' };
}

export const create: Step = {
  name: 'create a plan',
  play: demo => {
    const limits = { projects: 1_000, apiCallsPerMinute: 60_000, storageGb: 5_000 };
    const values = { tenantId: 'acme', slug: 'platinum', name: 'Platinum', seats: 500, limits, price: '990.00' };
    const dates = { renewsAt: '2032-05-01T00:00:00.000Z', internalNotes: 'Never leaves the database' };
    return change(demo, { op: 'create', source: 'plan-settings', values: { ...values, ...dates } });
  },
};

export const update: Step = {
  name: "update a feature's flags",
  play: async demo => {
    const { source, id } = await findRow(demo, 'feature-settings', { tenantId: 'acme', key: 'editor' });
    const values = { flags: { darkMode: true, comments: false, aiAssist: true }, rollout: 40 };
    return change(demo, { op: 'update', source, id, values });
  },
};

export const rename: Step = {
  name: 'rename a sync key',
  play: async demo => {
    const { source, id } = await findRow(demo, 'plan-settings', { tenantId: 'globex', slug: 'gold' });
    return change(demo, { op: 'update', source, id, values: { slug: 'gold-2031' } });
  },
};

export const swap: Step = {
  name: 'swap a unique key of two rows',
  play: async demo => change(demo, ...(await swapOf(demo, 'acme', 'silver', 'gold'))),
};

/** Through a third state, which nobody but the transaction sees: a unique key cannot be held by two rows. */
export async function swapOf(demo: Demo, tenantId: string, one: string, other: string): Promise<Operation[]> {
  const source = 'plan-settings';
  const first = await findRow(demo, source, { tenantId, slug: one });
  const second = await findRow(demo, source, { tenantId, slug: other });
  return [
    { op: 'update', source, id: first.id, values: { slug: null } },
    { op: 'update', source, id: second.id, values: { slug: one } },
    { op: 'update', source, id: first.id, values: { slug: other } },
  ];
}

export const move: Step = {
  name: 'move a row to another tenant',
  play: async demo => {
    const { source, id } = await findRow(demo, 'plan-settings', { tenantId: 'initech', slug: 'free' });
    return change(demo, { op: 'update', source, id, values: { tenantId: 'globex' } });
  },
};

export const remove: Step = {
  name: 'delete a row',
  play: async demo => {
    const { source, id } = await findRow(demo, 'plan-settings', { tenantId: 'acme', slug: 'platinum' });
    return change(demo, { op: 'delete', source, id });
  },
};
