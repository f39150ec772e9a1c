import { Module } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { bootstrapValue } from '@tenantry/sdk';
import { eventually } from '@tenantry/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TenantryHealthIndicator, TenantryModule } from './index.ts';
import { startApp } from './nest-app.fixture.ts';
import { feature, type NestWorld, startNestWorld } from './nest-world.fixture.ts';

let world: NestWorld;

beforeAll(() => {
  world = startNestWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

// R23 (reader)
describe('the health indicator', () => {
  it('is up, with terminus and without it, and down after a close', async () => {
    @Module({ imports: [TenantryModule.forRoot(world.options), TerminusModule.forRoot({ logger: false })] })
    class AppModule {}
    await using started = await startApp(AppModule);
    const tenantry = started.app.get(TenantryHealthIndicator);
    await eventually(() => expect(tenantry.check('tenantry', { freshness: 'live' }).tenantry.status).toBe('up'));
    expect(tenantry.check('config')).toEqual({
      config: { status: 'up', state: 'ready', since: expect.any(Number), why: expect.any(String), reasons: [] },
    });
    const health = await started.app.resolve(HealthCheckService);
    expect(await health.check([() => tenantry.check()])).toMatchObject({
      status: 'ok',
      info: { tenantry: { state: 'ready' } },
    });
    await started.app.close();
    expect(tenantry.check().tenantry).toMatchObject({ status: 'down', state: 'closed', reasons: [{ kind: 'closed' }] });
    await expect(health.check([() => tenantry.check()])).rejects.toMatchObject({
      response: { error: { tenantry: { status: 'down' } } },
    });
  });

  it('is down until Redis was reached', async () => {
    @Module({ imports: [TenantryModule.forRoot({ redis: 'redis://127.0.0.1:1', readTimeoutMs: 20 })] })
    class AppModule {}
    await using started = await startApp(AppModule);
    const { tenantry } = started.app.get(TenantryHealthIndicator).check();
    expect(tenantry).toMatchObject({ status: 'down', state: 'connecting' });
    // What an endpoint answers with is JSON.
    expect(JSON.parse(JSON.stringify(tenantry.reasons))).toContainEqual(
      expect.objectContaining({ kind: 'redis', why: expect.any(String), ageMs: expect.any(Number) }),
    );
  });

  it('is up without Redis where there is something to serve, and says what is wrong', async () => {
    const options = { redis: 'redis://127.0.0.1:1', readTimeoutMs: 20 };
    const bootstrap = [bootstrapValue(feature, { mode: 'red' }, 'acme')];
    @Module({ imports: [TenantryModule.forRoot({ ...options, bootstrap })] })
    class AppModule {}
    await using started = await startApp(AppModule);
    const tenantry = started.app.get(TenantryHealthIndicator);
    const health = tenantry.check().tenantry;
    expect(health).toMatchObject({ status: 'up', state: 'connecting' });
    expect(health.reasons.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['redis', 'bootstrap']));
    expect(tenantry.check('tenantry', { freshness: 'live' }).tenantry.status).toBe('down');
  });

  it('refuses options that it does not have', async () => {
    @Module({ imports: [TenantryModule.forRoot(world.options)] })
    class AppModule {}
    await using started = await startApp(AppModule);
    const tenantry = started.app.get(TenantryHealthIndicator);
    const refused = expect.objectContaining({ code: 'INVALID_OPTION' });
    expect(() => tenantry.check('tenantry', { freshness: 'fresh' as never })).toThrow(refused);
    expect(() => tenantry.check('tenantry', { fresh: true } as never)).toThrow(refused);
  });
});
