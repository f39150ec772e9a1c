import { Controller, Inject, Module, UseInterceptors } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, type MicroserviceOptions, Transport } from '@nestjs/microservices';
import { freePort } from '@tenantry/testing';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurrentTenant, TenantInterceptor, TenantryModule } from './index.ts';
import { ModeController, moduleOf, type StartedApp, startApp, tenantOf } from './nest-app.fixture.ts';
import { feature, limits, type NestWorld, startNestWorld } from './nest-world.fixture.ts';

let world: NestWorld;

beforeAll(async () => {
  world = startNestWorld();
  await world.set('acme', feature, 1, { mode: 'red' });
  await world.set('globex', feature, 1, { mode: 'blue' });
  await world.set('acme', limits, 1, { most: 3 });
  await world.setEuro(1, 2);
});
afterAll(() => world[Symbol.asyncDispose]());

// R23 (reader)
describe('a microservice', () => {
  async function send({ app }: StartedApp, inherit: boolean, data: object): Promise<unknown> {
    const options = { transport: Transport.TCP, options: { host: '127.0.0.1', port: await freePort() } } as const;
    app.connectMicroservice<MicroserviceOptions>(options, { inheritAppConfig: inherit });
    await app.startAllMicroservices();
    const proxy = ClientProxyFactory.create(options);
    try {
      return await firstValueFrom(proxy.send('mode', data));
    } finally {
      proxy.close();
    }
  }

  it('has the tenant of its message, in an application that hands its interceptors on', async () => {
    await using started = await startApp(moduleOf({ ...world.options, tenantOf }));
    expect(await send(started, true, { tenant: 'globex' })).toEqual(['globex', 'blue']);
  });

  it('has none in one that does not', async () => {
    await using started = await startApp(moduleOf({ ...world.options, tenantOf }));
    expect(await send(started, false, { tenant: 'globex' })).toEqual([null, null]);
  });

  it('has it there, too, where its controller uses the interceptor', async () => {
    @Controller()
    @UseInterceptors(TenantInterceptor)
    class MessageController {
      @Inject(CurrentTenant) readonly current!: CurrentTenant;

      @MessagePattern('mode')
      message() {
        return this.current.id();
      }
    }
    @Module({ imports: [TenantryModule.forRoot({ ...world.options, tenantOf })], controllers: [MessageController] })
    class AppModule {}
    await using started = await startApp(AppModule);
    expect(await send(started, false, { tenant: 'globex' })).toBe('globex');
  });
});

// R23 (reader)
describe('a resolver of GraphQL', () => {
  it('has the tenant of its context, as every other kind of context that Nest makes', async () => {
    // What @nestjs/graphql does, without a schema: resolvers are called by a context of their own kind, whose third argument is shared.
    await using started = await startApp(
      moduleOf({ ...world.options, tenantOf: context => context.getArgByIndex<{ tenant: string }>(2).tenant }),
    );
    const controller = started.app.get(ModeController, { strict: false });
    const resolve = started.app
      .get(ExternalContextCreator)
      .create(
        controller,
        controller.message,
        'message',
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        'graphql',
      );
    const answers = await Promise.all(['acme', 'globex', 'acme'].map(tenant => resolve({}, {}, { tenant }, {})));
    expect(answers).toEqual([
      ['acme', 'red'],
      ['globex', 'blue'],
      ['acme', 'red'],
    ]);
  });
});
