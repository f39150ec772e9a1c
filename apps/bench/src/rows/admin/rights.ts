import { type Grant, may, rightsOf } from '@tenantry/admin-api';
import type { BenchContext } from '../../bench-context.ts';
import { type Figure, figure } from '../../figures/figure.ts';

const GRANTS = 10_000;
const ASKED = 100_000;

/** What one question of rights costs somebody who holds ten thousand of them. */
export function benchRights({ rounds }: BenchContext): Figure[] {
  const grants = Array.from({ length: GRANTS }, (_, i): Grant => {
    const config = i % 3 === 0 ? `app${i % 100}/*` : i % 3 === 1 ? `plan${i % 100}` : '*';
    return {
      ...{ id: String(i), who: 'user:ann', verbs: ['view'], scope: `tenants/t${i % 5_000}`, config },
      ...{ createdAt: 0, createdBy: 'root' },
    };
  });
  const rights = rightsOf({ id: 'ann', groups: [] }, grants);
  const scopes = Array.from({ length: 1_000 }, (_, i) => `tenants/t${i * 7}` as const);
  const costs: number[] = [];
  for (let round = 0; round < rounds(30); round++) {
    const before = process.cpuUsage();
    let held = 0;
    for (let i = 0; i < ASKED; i++)
      if (may(rights, 'view', scopes[i % 1_000] as (typeof scopes)[number], 'plan7', 1)) held++;
    const { user, system } = process.cpuUsage(before);
    if (held === 0 || held === ASKED) throw new Error('The question was none');
    // The first is not compiled yet.
    if (round > 0) costs.push((user + system) / 1_000 / ASKED);
  }
  return [
    figure({ what: 'may(), of somebody with 10,000 grants: processor time', unit: 'ns', budget: '≤ 1,000 ns' }, costs),
  ];
}
