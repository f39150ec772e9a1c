import { expect, it } from 'vitest';
import { lab, useLab } from '../../admin.fixture.ts';

useLab();

const root = () => lab.as('root');

it('a preview of many names all changes that are bad by themselves at once, without their values', async () => {
  const change = (i: number, config: string, json: string) => ({ scope: `tenants/bad${i}`, config, json });
  const changes = [
    change(1, 'app/limit', '1'),
    change(2, 'app/limit', '"bad-value"'),
    change(3, 'seats', '{"seats":2}'),
    change(4, 'app/limit', '["bad-value"]'),
  ];
  const refused = await root().send('POST', '/preview', { changes });
  expect(refused).toMatchObject({ status: 422, body: { code: 'INVALID_VALUE' } });
  expect(refused.body.details.refused.map(({ change: at, code }: never) => [at, code])).toEqual([
    ...[
      [1, 'INVALID_VALUE'],
      [3, 'INVALID_VALUE'],
    ],
  ]);
  expect(refused.text).not.toContain('bad-value');
});

it('a preview takes whatever a bulk writes, its groups too, and leaves the values out where they are not wanted', async () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `tenants/p${i}`);
  const changes = names.map(scope => ({ scope, config: 'app/limit', json: '1' }));
  const groups = { scope: 'tenants/p0', groups: [] };
  const { body } = await root().send('POST', '/preview', {
    changes: [groups, ...changes],
    limit: 10_000,
    values: false,
  });
  expect(body).toMatchObject({ tenants: 10_000, complete: true });
  expect(body.changed[0]).toEqual({ scope: 'tenants/p0', config: 'app/limit' });
  const more = await root().send('POST', '/preview', { changes: [groups, groups, ...changes] });
  expect(more.status).toBe(400);
});
