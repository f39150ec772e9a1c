import { ReplaySubject, Subject } from 'rxjs';
import { SwappedResource } from './resource.ts';
import { checkResourceOptions, type ResourceOptions } from './resource-options.ts';

export interface Pool {
  readonly url: string;
  isOpen: boolean;
}

/** A resource whose values come from the test, and the pools that it opens. */
export class PoolLab {
  readonly value$ = new Subject<unknown>();
  readonly closed$ = new ReplaySubject<void>(1);
  readonly resources = new Set<AsyncDisposable>();
  readonly pools: Pool[] = [];
  readonly troubles: unknown[] = [];

  use(options: Partial<ResourceOptions<string, Pool>> = {}) {
    const open = (url: string) => this.openPool(url);
    const close = (pool: Pool) => {
      pool.isOpen = false;
    };
    const checked = checkResourceOptions({ open, close, ...options } as never);
    const { value$, closed$, resources } = this;
    const report = (error: unknown) => this.troubles.push(error);
    const parts = { address: 'db', value$, closed$, resources, options: checked, random: () => 0, report };
    return new SwappedResource(parts);
  }

  openPool(url: string): Pool {
    this.pools.push({ url, isOpen: true });
    return this.pools.at(-1) as Pool;
  }

  get open(): string[] {
    return this.pools.filter(({ isOpen }) => isOpen).map(({ url }) => url);
  }
}
