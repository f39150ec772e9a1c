import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  Module,
  Query,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import type { Client } from '@tenantry/sdk';
import { firstValueFrom, map, take, timer } from 'rxjs';
import {
  CurrentTenant,
  InjectClient,
  InjectLive,
  type LiveOf,
  TenantryModule,
  type TenantryModuleOptions,
} from './index.ts';
import { euro, feature, limits } from './nest-world.fixture.ts';

/** A feature that the tenant of the request must have. */
@Injectable()
class ModeGuard implements CanActivate {
  @InjectLive(feature) readonly mode!: LiveOf<typeof feature>;

  canActivate(): boolean {
    return this.mode.value.mode !== 'off';
  }
}

/** Says what it has of its tenant. */
@Controller()
export class ModeController {
  @InjectLive(feature) readonly mode!: LiveOf<typeof feature>;
  @InjectLive(limits) readonly limits!: LiveOf<typeof limits>;
  @InjectLive(euro) readonly euro!: LiveOf<typeof euro>;
  @Inject(CurrentTenant) readonly current!: CurrentTenant;
  @InjectClient() readonly client!: Client;

  @Get('mode')
  async find(@Query('turns') turns = '0') {
    const before = this.mode.value.mode;
    for (let turn = 0; turn < Number(turns); turn++) await nextTurn();
    const inTimer = await firstValueFrom(timer(1).pipe(map(() => this.mode.value.mode)));
    return [this.current.id(), before, inTimer, (await this.current.client().get(feature)).mode];
  }

  @Get('guarded')
  @UseGuards(ModeGuard)
  guarded() {
    return this.mode.value;
  }

  @Get('all')
  all() {
    const answer = { mode: this.mode.value, limits: this.limits.value ?? null, euro: this.euro.value?.digits };
    return timer(1).pipe(
      take(1),
      map(() => ({ tenant: this.current.findId() ?? null, ...answer })),
    );
  }

  @MessagePattern('mode')
  message() {
    return [this.current.findId() ?? null, this.current.findId() ? this.mode.value.mode : null];
  }
}

/** A header that a gateway sets. */
export const tenantOfRequest = (request: { headers: Record<string, string | undefined> }) =>
  request.headers['x-tenant'];

/** As an application would, from whatever kind of context it serves. */
export function tenantOf(context: ExecutionContext): string | undefined {
  if (context.getType() === 'rpc') return context.switchToRpc().getData<{ tenant?: string }>().tenant;
  return tenantOfRequest(context.switchToHttp().getRequest());
}

/** An application with these options, in which another module has the live values. */
export function moduleOf(options: TenantryModuleOptions, providers: unknown[] = []) {
  @Module({
    imports: [TenantryModule.forFeature([feature, limits, euro])],
    controllers: [ModeController],
    providers: [ModeGuard],
  })
  class ModeModule {}

  @Module({ imports: [TenantryModule.forRoot(options), ModeModule], providers: providers as [] })
  class AppModule {}
  return AppModule;
}

/** An application that listens. */
export interface StartedApp extends AsyncDisposable {
  readonly app: INestApplication;
  readonly url: string;
  /** What it answers with. */
  ask(path: string, tenant?: string): Promise<{ readonly status: number; readonly body: unknown }>;
}

export async function startApp(module: unknown): Promise<StartedApp> {
  const app = await NestFactory.create(module as never, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    app,
    url,
    async ask(path, tenant) {
      const headers: Record<string, string> = tenant === undefined ? {} : { 'x-tenant': tenant };
      const response = await fetch(`${url}/${path}`, { headers });
      return { status: response.status, body: await response.json() };
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
