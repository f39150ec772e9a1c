import { type EntitySchema, type EventSubscriber, MikroORM } from '@mikro-orm/core';
import { type OnReport, tenantry } from '@tenantry/mikro-orm';
import type { Cluster, Redis } from 'ioredis';
import { ormOptions } from '../drawn/drawn-options.ts';
import { type OpenShapes, openShapes } from '../drawn/shape-entities.ts';
import { shapes } from '../drawn/shapes.ts';
import { layeredConfigs } from '../scopes/layered-configs.ts';
import { configs, largePlans, limits, plans } from './definitions.ts';
import { entities, LimitSchema, PlanSchema } from './entities.ts';
import { BUDGETS, type ProcessSettings } from './settings.ts';

export interface OrmParts {
  readonly redis: Redis | Cluster;
  readonly onReport: OnReport;
  readonly subscribers?: EventSubscriber[];
  /** The world's own entities, where the caller writes to them. */
  readonly shapes?: OpenShapes;
  readonly onQuery?: (sql: string) => string;
}

/** The application that writers and workers share. */
export async function openOrm(settings: ProcessSettings, parts: OrmParts): Promise<MikroORM> {
  const { databaseUrl, databaseKind, prefix, feedLength, clockSkewMs, capture, replica, drawn } = settings;
  const open = parts.shapes ?? openShapes(drawn.shapes);
  const all = [...entities, ...[...open.values()].flatMap(shape => shape.all)] as EntitySchema[];
  const driver =
    databaseKind === 'mysql'
      ? (await import('@mikro-orm/mysql')).MySqlDriver
      : (await import('@mikro-orm/mariadb')).MariaDbDriver;
  return MikroORM.init({
    driver,
    clientUrl: databaseUrl,
    ...ormOptions(drawn, all),
    pool: { min: 0, max: 8 },
    ...(replica ? { replicas: [{ name: 'lags', ...replica }] } : {}),
    // Faults make errors by the thousand; the history has those that matter.
    logger: () => undefined,
    subscribers: parts.subscribers ?? [],
    ...(parts.onQuery ? { onQuery: parts.onQuery } : {}),
    extensions: [
      tenantry({
        redis: parts.redis,
        prefix,
        feedLength,
        capture,
        publish: drawn.tenantry.publishInBackground ? 'background' : 'await',
        publishTimeoutMs: BUDGETS.publishMs,
        relayGraceMs: 200,
        // Only what does not fit into a row's five attempts is a row's own fault: here nothing is.
        onReport: parts.onReport,
        clock: () => Date.now() + clockSkewMs,
        sync: [
          [PlanSchema, plans],
          [PlanSchema, largePlans],
          [LimitSchema, limits],
          ...[...open].map(([name, { root }]) => [root, shapes[name].definition] as never),
        ],
        configs: [...Object.values(configs), ...Object.values(layeredConfigs)],
      }),
    ],
  });
}
