import { expect, it } from 'vitest';
import { groupedRows, type ListedConfig } from './config-groups.ts';

const config = (name: string, ...groups: string[]) => ({ name, groups }) as unknown as ListedConfig;
const texts = (...configs: ListedConfig[]) =>
  groupedRows(configs).map(row => (row.kind === 'group' ? `# ${row.group} ${row.count}` : row.config.name));

it('configs stand below their first group, and those without one come last', () => {
  expect(texts(config('z'), config('b', 'mail'), config('a', 'billing', 'mail'))).toEqual([
    ...['# billing 1', 'a', '# mail 1', 'b', '#  1', 'z'],
  ]);
  expect(texts(config('z'), config('a'))).toEqual(['z', 'a']);
});
