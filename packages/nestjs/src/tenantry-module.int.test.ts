import { Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Client, createClient } from '@tenantry/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CurrentTenant, InjectClient, InjectLive, TenantryModule, type TenantryModuleOptions } from './index.ts';
import { ModeController, moduleOf, startApp, tenantOfRequest } from './nest-app.fixture.ts';
import { currencies, euro, feature, limits, type NestWorld, startNestWorld } from './nest-world.fixture.ts';

let world: NestWorld;

beforeAll(async () => {
  world = startNestWorld();
  await world.set('acme', feature, 1, { mode: 'red' });
  await world.set('globex', feature, 1, { mode: 'blue' });
  await world.set('acme', limits, 1, { most: 3 });
  await world.setEuro(1, 2);
});
afterAll(() => world[Symbol.asyncDispose]());

// R23 (reader). That a signal does it is in `tools/nestjs-guide`.
describe('the end of an application', () => {
  /** Reads as late as Nest lets it. */
  @Injectable()
  class LateReader implements OnApplicationShutdown {
    @InjectClient() readonly client!: Client;
    answer: unknown;

    async onApplicationShutdown() {
      this.answer = await this.client.tenant('acme').get(feature);
    }
  }

  it('closes the client last, and once', async () => {
    await using started = await startApp(moduleOf(world.options, [LateReader]));
    const reader = started.app.get(LateReader);
    await started.app.close();
    expect(reader.answer).toEqual({ mode: 'red' });
    await expect(reader.client.tenant('acme').get(limits)).rejects.toMatchObject({ code: 'CLOSED' });
    await started.app.close();
  });

  it('leaves a client that it was given open', async () => {
    await using client = await createClient(world.options);
    await using started = await startApp(moduleOf({ client, tenantOfRequest }));
    expect((await started.ask('mode', 'acme')).status).toBe(200);
    await started.app.close();
    expect(await client.tenant('acme').get(feature)).toEqual({ mode: 'red' });
  });

  it('closes the client of an application without a server, too', async () => {
    const context = await NestFactory.createApplicationContext(moduleOf(world.options), {
      logger: false,
    });
    const current = context.get(CurrentTenant);
    expect(await current.run('acme', () => current.client().get(feature))).toEqual({ mode: 'red' });
    await context.close();
    await expect(current.run('acme', () => current.client().get(limits))).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('the options', () => {
  const CONFIG = Symbol('config');

  it('come from other providers in forRootAsync', async () => {
    @Module({ providers: [{ provide: CONFIG, useValue: world.options }], exports: [CONFIG] })
    class ConfigModule {}
    @Module({
      imports: [
        TenantryModule.forRootAsync({
          imports: [ConfigModule],
          inject: [CONFIG],
          useFactory: async (config: TenantryModuleOptions) => ({ ...config, tenantOfRequest }),
        }),
        TenantryModule.forFeature([feature, limits, euro]),
      ],
      controllers: [ModeController],
    })
    class AppModule {}
    await using started = await startApp(AppModule);
    expect((await started.ask('mode', 'acme')).body).toEqual(['acme', 'red', 'red', 'red']);
  });

  it('are checked when the application starts', async () => {
    await using client = await createClient(world.options);
    const wrong: unknown[] = [
      null,
      {},
      { redis: 5 },
      { ...world.options, tenantOf: 'x' },
      { ...world.options, tenantOfRequest: 5 },
      { ...world.options, isGlobal: true },
      { client: {} },
      { client, prefix: 'other' },
      { client, redis: world.options.redis },
    ];
    for (const options of wrong) {
      const starting = startApp({ module: class {}, imports: [TenantryModule.forRoot(options as never)] });
      await expect(starting, String(Object.keys(options ?? {}))).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    }
  });

  it('take no live value of what is no ref', () => {
    const refused = expect.objectContaining({ code: 'INVALID_KEY' });
    for (const wrong of [undefined, null, 'feature', {}, currencies]) {
      expect(() => InjectLive(wrong as never)).toThrow(refused);
      expect(() => TenantryModule.forFeature([wrong as never])).toThrow(refused);
    }
  });
});
