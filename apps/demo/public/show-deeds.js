import { element, keep } from './document.js';
import { post } from './post.js';

const parent = document.getElementById('deeds');

/** Transactions worth a button of their own. */
export function showDeeds(tenantId, rows) {
  const plans = rows.filter(row => row.source === 'plan-settings');
  const [one, other] = plans.toSorted((a, b) => b.values.seats - a.values.seats);
  const source = 'plan-settings';
  const set = ({ id }, values) => ({ op: 'update', source, id, values });
  const deeds = [
    // Through a third state: a unique key cannot be held by two rows.
    other && [
      `Swap slugs “${one.values.slug}” and “${other.values.slug}”`,
      [set(one, { slug: null }), set(other, { slug: one.values.slug }), set(one, { slug: other.values.slug })],
    ],
    other && [
      `Move 5 seats from “${one.values.slug}” to “${other.values.slug}”`,
      [set(one, { seats: one.values.seats - 5 }), set(other, { seats: other.values.seats + 5 })],
    ],
    one && [`Set “${one.values.slug}” to 9999 seats and roll back`, [set(one, { seats: 9999 })], true],
    [`New plan for ${tenantId}`, [{ op: 'create', source, values: newPlan(tenantId, plans) }]],
  ];
  const buttons = deeds
    .filter(deed => deed !== undefined)
    .map(([label, operations, rollback]) =>
      element('button', { onclick: () => post('/transactions', { operations, rollback }) }, label),
    );
  keep(parent, JSON.stringify([tenantId, plans.map(({ values }) => values)]), buttons);
}

function newPlan(tenantId, plans) {
  const isFree = slug => !plans.some(({ values }) => values.slug === slug);
  const slug = ['platinum', 'team', 'school', 'trial'].find(isFree) ?? `plan-${Date.now()}`;
  const limits = { projects: 10, apiCallsPerMinute: 100, storageGb: 5 };
  return { tenantId, slug, name: slug, seats: 5, limits, price: '19.00', renewsAt: '2032-01-01T00:00:00.000Z' };
}
