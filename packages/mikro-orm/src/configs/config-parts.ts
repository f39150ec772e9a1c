import type { MikroORM } from '@mikro-orm/core';
import type { GroupsConfig } from '@tenantry/protocol/internal';
import type { RedisClient, Replica } from '@tenantry/redis';
import type { TransactionCapture } from '../capture/transaction/capture.ts';
import type { Dialect } from '../database/dialect.ts';
import type { DefinitionRegistry } from '../definitions/definition-registry.ts';
import type { ReplicatedDefinition } from '../definitions/replicated-definition.ts';
import type { Installation } from '../outbox/installation.ts';
import type { ReadTokenOf } from '../publish/commits/read-token.ts';
import type { OnReport } from '../reports/report.ts';
import type { AuditWrites } from './config-rows.ts';
import type { Identity } from './identity.ts';

/** The parts that the config store and the write-back are made of. */
export interface ConfigParts {
  readonly orm: MikroORM;
  readonly dialect: Dialect;
  readonly redis: RedisClient;
  readonly replica: Replica;
  readonly installation: Installation;
  readonly registry: DefinitionRegistry;
  /** The config in which tenants and groups say their groups. */
  readonly groups: GroupsConfig;
  readonly capture: TransactionCapture;
  /** Undefined without the option `admin`. */
  readonly auditWrites: AuditWrites | undefined;
  readonly report: OnReport;
  /** ms since 1970 by the clock of Redis. */
  readonly clock: () => number;
  /** Resolves once Redis has told its time, at the first time; `UNAVAILABLE`. */
  knowsTime(): Promise<void>;
  readonly random: () => number;
  readonly readTokenOf: ReadTokenOf;
  /** The most configs that one tenant may have set; undefined: no limit. */
  readonly maxConfigsPerTenant: number | undefined;
  /** Publishes every row that the database has of a definition, as the row is now. */
  publishAll(definition: ReplicatedDefinition): Promise<unknown>;
  /** The identity of the `runAs` around this call. */
  identity(): Identity;
}
