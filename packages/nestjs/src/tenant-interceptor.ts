import { type CallHandler, type ExecutionContext, Inject, type NestInterceptor } from '@nestjs/common';
import { defer, mergeMap, Observable } from 'rxjs';
import { TenantryParts } from './tenantry-parts.ts';

/**
 * Runs each handler as the tenant that the option `tenantOf` finds. The module makes it an interceptor of the whole application; a microservice
 * that was connected without `inheritAppConfig` takes it by `@UseInterceptors(TenantInterceptor)`.
 */
export class TenantInterceptor implements NestInterceptor {
  static {
    Inject(TenantryParts)(TenantInterceptor, undefined, 0);
  }

  readonly #parts: TenantryParts;

  constructor(parts: TenantryParts) {
    this.#parts = parts;
  }

  /** Called by Nest. */
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { options, context } = this.#parts;
    const { tenantOf } = options;
    if (!tenantOf) return next.handle();
    return defer(async () => {
      const tenant = (await tenantOf(execution)) ?? undefined;
      // The middleware may have found it already.
      if (tenant === undefined || String(tenant) === context.findId()) return undefined;
      return this.#parts.workFor(tenant);
    }).pipe(mergeMap(run => (run ? subscribedIn(run, next) : next.handle())));
  }
}

/** Nest binds the handler to the chain of calls in which `handle` is called; what the handler answers with is subscribed in the same. */
function subscribedIn(run: (call: () => unknown) => unknown, next: CallHandler): Observable<unknown> {
  return new Observable(subscriber => {
    run(() => next.handle().subscribe(subscriber));
  });
}
