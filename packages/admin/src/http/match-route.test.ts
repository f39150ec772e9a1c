import { pathsOf, ROUTES, type Route, type RouteId } from '@tenantry/admin-api';
import { describe, expect, it } from 'vitest';
import { matchRoute, methodsOf } from './match-route.ts';

function outcome(path: string, method = 'GET'): unknown {
  try {
    const { id, names } = matchRoute(method, path);
    return [id, names];
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('each path of the table', () => {
  it.each(Object.entries(ROUTES) as [RouteId, Route][])('%s is found', (id, route) => {
    for (const path of pathsOf(route)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
      const filled = path.replaceAll(/\{\w+\}/g, '7');
      expect(outcome(filled, route.method)).toEqual([id, Object.fromEntries(names.map(name => [name, '7']))]);
    }
  });

  it('answers HEAD as GET, and says what it takes', () => {
    expect(outcome('/me', 'HEAD')).toEqual(['me.get', {}]);
    expect(methodsOf('/tenants/acme/configs/plan')).toEqual(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'PUT']);
    expect(outcome('/me', 'POST')).toBe('METHOD_NOT_ALLOWED');
    expect(outcome('/me', 'TRACE')).toBe('METHOD_NOT_ALLOWED');
    expect(methodsOf('/nothing')).toBeUndefined();
  });
});

// B3
describe('a name has one form', () => {
  it.each<[path: string, outcome: unknown]>([
    ['/tenants/Acme/configs/plan', ['configs.get', { tenant: 'Acme', config: 'plan' }]],
    ['/tenants/%61cme/configs', ['configs.list', { tenant: 'acme' }]],
    ['/tenants/%2561cme/configs', ['configs.list', { tenant: '%61cme' }]],
    ['/groups/eu%2Fwest/configs/app%2Fdb', ['configs.get', { group: 'eu/west', config: 'app/db' }]],
    ['/tenants/a%2Fb/configs', ['configs.list', { tenant: 'a/b' }]],
    ['/tenants/a%2Fconfigs%2Fplan', ['tenants.get', { tenant: 'a/configs/plan' }]],
    ['/tenants/acme./configs', ['configs.list', { tenant: 'acme.' }]],
    ['/tenants/acme%2E/configs', ['configs.list', { tenant: 'acme.' }]],
    ['/tenants/acme%2F/configs', ['configs.list', { tenant: 'acme/' }]],
    ['/tenants/%2F%2F/configs', ['configs.list', { tenant: '//' }]],
    ['/tenants/a%5Cb/configs', ['configs.list', { tenant: 'a\\b' }]],
    ['/tenants/../configs', 'NOT_CANONICAL'],
    ['/tenants/%2E/configs', 'NOT_CANONICAL'],
    ['/tenants/acme/configs/', 'NOT_CANONICAL'],
    ['/tenants//configs', 'NOT_CANONICAL'],
    ['/tenants/acme/', 'NOT_CANONICAL'],
    ['/tenants/%FF/configs', 'NOT_CANONICAL'],
    ['/tenants/%C0%AFx/configs', 'NOT_CANONICAL'],
    ['/tenants/%/configs', 'NOT_CANONICAL'],
    ['/tenants/e%CC%81/configs', 'NOT_CANONICAL'],
    ['/tenants/%C3%A9/configs', ['configs.list', { tenant: 'é' }]],
    ['/tenants/acme%20/configs', 'NOT_CANONICAL'],
    ['/tenants/ac%00me/configs', 'NOT_CANONICAL'],
    ['/tenants/ac%E2%80%AEme/configs', 'NOT_CANONICAL'],
    ['/%67lobal/configs', 'NOT_FOUND'],
    ['/Global/configs', 'NOT_FOUND'],
    ['/global/Configs', 'NOT_FOUND'],
    ['/global/configs/plan/versions/01', 'INVALID_VERSION'],
    ['/global/configs/plan/versions/1e3', 'INVALID_VERSION'],
    ['/global/configs/plan/versions/-1', 'INVALID_VERSION'],
    ['/global/configs/plan/versions/12', ['configs.version', { config: 'plan', version: '12' }]],
  ])('%s', (path, expected) => {
    expect(outcome(path)).toEqual(expected);
  });
});
