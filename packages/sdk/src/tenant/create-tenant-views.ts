import { type AnyConfig, type Ref, TenantryError } from '@tenantry/protocol';
import {
  checkOptions,
  describeArrived,
  isConfig,
  LONGEST_TIMER_MS,
  optional,
  refuseOption,
  whole,
} from '@tenantry/protocol/internal';
import { map, type Observable, takeUntil } from 'rxjs';
import type { ChangePosition, ChangesOptions } from '../views/change-event.ts';
import { changes } from '../views/changes.ts';
import { iterateChanges } from '../views/iterate-changes.ts';
import { LiveRef } from '../views/live-ref.ts';
import { SwappedResource } from '../views/resource.ts';
import { checkResourceOptions, type ResourceOptions } from '../views/resource-options.ts';
import { type Equals, select } from '../views/select.ts';
import { watchMany } from '../views/watch-many.ts';
import { hearTokens } from '../visibility/hear-tokens.ts';
import { watchable } from './layers/watchable.ts';
import { placeIn } from './place.ts';
import { tappedFeed } from './tapped-feed.ts';
import type { TenantClientParts } from './tenant-client-parts.ts';
import type { TenantSeat } from './tenant-seat.ts';
import type { TenantViews, WhenVisibleOptions } from './tenant-views.ts';

type Refs = readonly Ref<unknown>[] | { readonly [name: string]: Ref<unknown> };

/** The views of one tenant: each is a file of `views/`, given what it watches. */
export function createTenantViews(
  own: TenantSeat,
  global: TenantSeat,
  watch: (ref: Ref<unknown>) => Observable<unknown>,
  parts: TenantClientParts,
): TenantViews {
  const { times, layered, closed$, report, counters, random, resources, repairReader } = parts;
  const { now } = times;
  const placeOf = (ref: Ref<unknown>) => placeIn(own, global, ref);

  function many(refs: readonly Ref<unknown>[]): Observable<readonly unknown[]> {
    return watchMany(
      refs.map(ref => watchable(placeOf(ref), layered)),
      now,
    ).pipe(takeUntil(closed$));
  }

  function byRef(given: readonly Ref<unknown>[]): Observable<ReadonlyMap<Ref<unknown>, unknown>> {
    // A copy: the list is the caller's.
    const refs = [...given];
    return many(refs).pipe(map(values => new Map(refs.map((ref, i) => [ref, values[i]]))));
  }

  const views = {
    select(ref: Ref<unknown>, projection: (value: unknown) => unknown, equals?: Equals<unknown>) {
      for (const [name, given] of Object.entries({ projection, equals }))
        if (typeof given !== 'function' && (name === 'projection' || given !== undefined))
          refuseOption(name, 'a function', given);
      return select(watch(ref), ref.address, projection, equals, report);
    },

    live(ref: Ref<unknown>) {
      const place = placeOf(ref);
      return new LiveRef({ place: watchable(place, layered), fallback: place.config?.default, now, closed$, report });
    },

    watchMany(refs: Refs) {
      if (isList(refs)) return byRef(refs);
      if (typeof refs !== 'object' || refs === null) refuseOption('refs', 'a list or an object of refs', refs);
      const names = Object.keys(refs);
      return many(Object.values(refs)).pipe(
        map(values => Object.freeze(Object.fromEntries(names.map((name, i) => [name, values[i]])))),
      );
    },

    watchGroup(group: string, configs: readonly AnyConfig[]) {
      const members = checkConfigs(configs).filter(({ groups }) => groups.includes(group));
      if (members.length > 0) return byRef(members);
      throw new TenantryError(
        'INVALID_OPTION',
        `None of the ${configs.length} configs is in the group ${describeArrived(group)}.`,
      );
    },

    watchAll: (configs: readonly AnyConfig[]) => byRef(checkConfigs(configs)),

    changes$(options: ChangesOptions = {}) {
      const { from, bufferSize } = checkChangesOptions(options);
      const event$ = changes(() => tappedFeed(own.follower(), repairReader, report), from).pipe(takeUntil(closed$));
      const iterate = () => iterateChanges(event$, bufferSize, () => counters.changesDropped++);
      return Object.assign(event$, { [Symbol.asyncIterator]: iterate });
    },

    async whenVisible(token: string, options: WhenVisibleOptions = {}) {
      await hearTokens(parts, [own], token, { ...checkWhenVisible(options), orInRedis: false });
    },

    useResource(ref: Ref<unknown>, options: ResourceOptions<never, never>) {
      const checked = checkResourceOptions(options);
      const { address } = placeOf(ref);
      const value$ = watch(ref);
      return new SwappedResource({ address, value$, options: checked, random, report, closed$, resources });
    },
  };
  return views as unknown as TenantViews;
}

function isList(refs: Refs): refs is readonly Ref<unknown>[] {
  return Array.isArray(refs);
}

function checkConfigs(configs: readonly AnyConfig[]): readonly AnyConfig[] {
  if (!Array.isArray(configs) || configs.length === 0)
    refuseOption('configs', 'a list of at least one config', configs);
  const other = configs.findIndex(each => !each?.definition || !isConfig(each.definition));
  if (other !== -1) refuseOption(`configs[${other}]`, 'a config, made by `defineConfig`', configs[other]);
  return configs;
}

function checkChangesOptions(options: ChangesOptions) {
  return checkOptions('changes$', options, {
    from: optional('a position: `{ epoch, seq, tag }`', isPosition),
    bufferSize: whole(1, 1_000_000, 1_024),
  });
}

function checkWhenVisible(options: WhenVisibleOptions) {
  return checkOptions('whenVisible', options, {
    timeoutMs: whole(1, LONGEST_TIMER_MS, 5_000),
    signal: optional('an AbortSignal', value => value instanceof AbortSignal),
  });
}

function isPosition(value: unknown): boolean {
  const { epoch, seq, tag } = (value ?? {}) as Partial<ChangePosition>;
  const isTag = tag === undefined || typeof tag === 'string';
  return typeof epoch === 'string' && Number.isSafeInteger(seq) && (seq as number) >= 0 && isTag;
}
