import { ROUTES, type RouteId } from '@tenantry/admin-api';
import { PATHS } from '@tenantry/admin-api/paths';
import { describe, expect, it } from 'vitest';
import { CallFailed, issuesOf, problemOf } from './problem.ts';
import { addressOfCall } from './request.ts';

it('the page knows exactly the routes of the table', () => {
  const table = Object.entries(ROUTES).map(([id, { method, path }]) => [id, `${method} ${path}`]);
  expect(PATHS).toEqual(Object.fromEntries(table));
});

describe('the address of a call', () => {
  it.each<[id: RouteId, names: Record<string, string>, path: string]>([
    ['configs.get', { scope: 'tenants/a b', config: 'app/x' }, '/tenants/a%20b/configs/app%2Fx'],
    ['configs.get', { scope: 'groups/eu/west', config: 'x' }, '/groups/eu%2Fwest/configs/x'],
    ['configs.get', { scope: 'global', config: '../x' }, '/global/configs/..%2Fx'],
    ['configs.version', { scope: 'global', config: 'x', version: '3' }, '/global/configs/x/versions/3'],
  ])('%s', (id, names, path) => {
    expect(addressOfCall(id, { names })[1]).toBe(path);
  });

  it('leaves out what is not asked', () => {
    expect(addressOfCall('tenants.list', { query: { search: '', cursor: undefined, limit: '5' } })[1]).toBe(
      '/tenants?limit=5',
    );
  });
});

describe('a refusal', () => {
  it('has its issues at pointers, in whichever way they are written', () => {
    const details = {
      issues: [
        { path: 'limits.seats[0]', message: 'a' },
        { path: ['x', 1], message: 'b' },
        { path: '', message: 'c' },
      ],
    };
    const problem = problemOf(422, { code: 'INVALID_VALUE', detail: 'no', details });
    expect(issuesOf(problem).map(({ path }) => path)).toEqual(['/limits/seats/0', '/x/1', '']);
  });

  it('is of the value, not of the body around it', () => {
    const details = { issues: [{ path: 'json.a[1]', message: 'is a number that is too large' }] };
    expect(issuesOf(problemOf(400, { code: 'NOT_JSON', details }))).toEqual([
      { path: '/a/1', message: 'is a number that is too large' },
    ]);
  });

  it('is said in words also where the answer is none of ours', () => {
    expect(problemOf(502, undefined).message).toBe('The server answered 502.');
    expect(problemOf(502, '<html>')).toBeInstanceOf(CallFailed);
  });
});
