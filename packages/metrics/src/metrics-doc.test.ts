import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { CATALOGUE, type Metric } from './catalogue.ts';

const PAGE = readFileSync(new URL('../../../docs/reference/metrics.md', import.meta.url), 'utf8');

it('docs/reference/metrics.md lists every metric with its type and labels, and no other', () => {
  const rows = [...PAGE.matchAll(/^\| `(tenantry_\w+)` +\| (\w+) +\| ([^|]*?) *\| ([^|]*?) *\|$/gm)];
  const listed = rows.map(([, name, type, labels, help]) => ({ name, type, labels, help }));
  const expected = Object.entries<Metric>(CATALOGUE).map(([name, { type, labels = [], perTenant, help }]) => ({
    name,
    type,
    labels: [...labels.map(label => `\`${label}\``), ...(perTenant ? ['(`tenant`)'] : [])].join(', '),
    help,
  }));
  expect(listed).toEqual(expected);
});
