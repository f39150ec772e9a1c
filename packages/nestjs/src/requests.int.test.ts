import { type ExecutionContext, UnauthorizedException } from '@nestjs/common';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurrentTenant, type LiveOf, liveToken } from './index.ts';
import { moduleOf, startApp, tenantOf, tenantOfRequest } from './nest-app.fixture.ts';
import { euro, feature, limits, type NestWorld, startNestWorld } from './nest-world.fixture.ts';

let world: NestWorld;

beforeAll(async () => {
  world = startNestWorld();
  await world.set('acme', feature, 1, { mode: 'red' });
  await world.set('globex', feature, 1, { mode: 'blue' });
  await world.set('acme', limits, 1, { most: 3 });
  await world.setEuro(1, 2);
});
afterAll(() => world[Symbol.asyncDispose]());

// R23, want 8 (reader): by ref, with the tenant of the request. `npm test -- versions` does the same on NestJS 11 (CommonJS) and 12 (ES modules).
describe.each([
  ['tenantOfRequest', { tenantOfRequest }],
  ['tenantOf', { tenantOf }],
  ['both', { tenantOfRequest, tenantOf }],
  [
    'both of them asynchronous',
    {
      tenantOfRequest: async (request: Parameters<typeof tenantOfRequest>[0]) => tenantOfRequest(request),
      tenantOf: async (context: ExecutionContext) => tenantOf(context),
    },
  ],
])('an HTTP request whose tenant is found by %s', (_, by) => {
  it('has the tenant in its handler, with every live value in memory from the first request on', async () => {
    await using started = await startApp(moduleOf({ ...world.options, ...by }));
    expect(await started.ask('all', 'acme')).toEqual({
      status: 200,
      body: { tenant: 'acme', mode: { mode: 'red' }, limits: { most: 3 }, euro: 2 },
    });
    expect((await started.ask('all', 'initech')).body).toEqual({
      ...{ tenant: 'initech', mode: { mode: 'off' }, limits: null, euro: 2 },
    });
  });

  it('keeps its tenant beside a hundred requests of others', async () => {
    await using started = await startApp(moduleOf({ ...world.options, ...by }));
    const tenants = Array.from({ length: 100 }, (__, i) => (i % 2 ? 'acme' : 'globex'));
    const answers = await Promise.all(tenants.map((tenant, i) => started.ask(`mode?turns=${i % 7}`, tenant)));
    const of = { acme: ['acme', 'red', 'red', 'red'], globex: ['globex', 'blue', 'blue', 'blue'] };
    expect(answers.map(({ body }) => body)).toEqual(tenants.map(tenant => of[tenant as 'acme']));
  });

  it('has no tenant where none is found, and a live value then says NO_TENANT', async () => {
    await using started = await startApp(moduleOf({ ...world.options, ...by }));
    expect((await started.ask('all')).status).toBe(500);
    expect(() => started.app.get(liveToken(feature), { strict: false }).value).toThrow(
      expect.objectContaining({ code: 'NO_TENANT' }),
    );
  });

  it('is refused where the id is none', async () => {
    await using started = await startApp(moduleOf({ ...world.options, ...by }));
    expect((await started.ask('all', 'x'.repeat(129))).status).toBe(500);
    expect((await started.ask('all', 'acme')).status).toBe(200);
  });
});

describe('what the application throws where it looks for a tenant', () => {
  const refuse = () => {
    throw new UnauthorizedException();
  };

  it.each([
    ['tenantOfRequest', { tenantOfRequest: refuse }],
    ['tenantOf', { tenantOf: refuse }],
    ['a tenantOf that rejects', { tenantOf: async () => refuse() }],
  ])('is the answer to the request: %s', async (_, by) => {
    await using started = await startApp(moduleOf({ ...world.options, ...by }));
    expect((await started.ask('all', 'acme')).status).toBe(401);
  });
});

// R23 (reader)
describe('a guard', () => {
  it('has the tenant that tenantOfRequest found', async () => {
    await using started = await startApp(moduleOf({ ...world.options, tenantOfRequest }));
    expect(await started.ask('guarded', 'acme')).toEqual({ status: 200, body: { mode: 'red' } });
    expect((await started.ask('guarded', 'initech')).status).toBe(403);
  });
});

describe('a live value', () => {
  it('is another one after a change, in the middle of a request', async () => {
    await using started = await startApp(moduleOf({ ...world.options, tenantOfRequest }));
    const current = started.app.get(CurrentTenant);
    const live = started.app.get<LiveOf<typeof feature>>(liveToken(feature), { strict: false });
    await current.run('umbrella', async () => {
      expect(live.value).toEqual({ mode: 'off' });
      expect(await live.get()).toEqual({ mode: 'off' });
      const seen: unknown[] = [];
      live.watch().subscribe(({ mode }) => seen.push([current.findId(), mode]));
      await world.set('umbrella', feature, 1, { mode: 'green' });
      await eventually(() => expect(live.value).toEqual({ mode: 'green' }));
      expect(seen).toEqual([
        ['umbrella', 'off'],
        ['umbrella', 'green'],
      ]);
    });
  });

  it('of what belongs to no tenant needs none, and is there from the start on', async () => {
    await using started = await startApp(moduleOf({ ...world.options, tenantOfRequest }));
    const digits = started.app.get<LiveOf<typeof euro>>(liveToken(euro), { strict: false });
    expect(digits.value?.digits).toBe(2);
    await world.setEuro(2, 3);
    await eventually(() => expect(digits.value?.digits).toBe(3));
    expect((await started.ask('all', 'acme')).body).toMatchObject({ euro: 3 });
  });

  it('is the default while Redis is away, and requests are answered', async () => {
    await using started = await startApp(
      moduleOf({ redis: 'redis://127.0.0.1:1', readTimeoutMs: 20, tenantOfRequest }),
    );
    expect((await started.ask('all', 'acme')).body).toEqual({ tenant: 'acme', mode: { mode: 'off' }, limits: null });
  });
});
