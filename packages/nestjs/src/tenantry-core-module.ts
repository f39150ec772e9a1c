import { Inject, type MiddlewareConsumer, type NestModule, type OnApplicationShutdown } from '@nestjs/common';
import { TenantryParts } from './tenantry-parts.ts';

/** The one global module of an application. */
export class TenantryCoreModule implements NestModule, OnApplicationShutdown {
  static {
    Inject(TenantryParts)(TenantryCoreModule, undefined, 0);
  }

  readonly #parts: TenantryParts;

  constructor(parts: TenantryParts) {
    this.#parts = parts;
  }

  configure(consumer: MiddlewareConsumer): void {
    const { tenantOfRequest } = this.#parts.options;
    if (!tenantOfRequest) return;
    const middleware = async (request: unknown, _response: unknown, next: (error?: unknown) => void): Promise<void> => {
      let run = (call: () => void): void => call();
      try {
        const tenant = (await tenantOfRequest(request)) ?? undefined;
        if (tenant !== undefined) run = await this.#parts.workFor(tenant);
      } catch (error) {
        next(error);
        return;
      }
      run(() => next());
    };
    consumer.apply(middleware).forRoutes('*');
  }

  /** The last hook of Nest, after its servers have ended; and of all modules the global ones come last. */
  onApplicationShutdown(): Promise<void> {
    return this.#parts.close();
  }
}
