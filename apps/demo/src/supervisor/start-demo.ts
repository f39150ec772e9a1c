import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createPrivateFolder, startFaultProxy, startServices } from '@tenantry/testing';
import { Redis } from 'ioredis';
import type { ReportLine } from '../write-side/report-line.ts';
import { type AdminProcess, startAdmin } from './admin-process.ts';
import { borrowRedis } from './borrowed-redis.ts';
import type { Cleanup } from './cleanup.ts';
import { Demo } from './demo.ts';
import { openDemoDatabase } from './demo-database.ts';
import { addressOf, atAddress } from './demo-redis.ts';
import { startPrivateRedis } from './private-redis.ts';
import { type ReaderEvents, ReaderProcess } from './reader-process.ts';
import { createWorkerProcess } from './worker-process.ts';
import { startWriter } from './writer-process.ts';

export interface DemoOptions {
  /** Keep the database for the next time, where its server stays. */
  readonly stays: boolean;
  /** Where the admin listens; 0: anywhere. */
  readonly adminPort: number;
  /** Undoes what was started, also if the start is not finished. */
  readonly cleanup: Cleanup;
  readonly onProgress: (line: string) => void;
}

/** Starts the servers, where none are given, and every process of the demo. */
export async function startDemo({ stays, adminPort, cleanup, onProgress }: DemoOptions): Promise<Demo> {
  const prefix = stays ? 'tenantry-demo' : `tenantry-demo-${randomBytes(4).toString('hex')}`;
  const services = await startServices({ onProgress });
  await cleanup.add(() => services.close());
  const isGiven = Boolean(process.env.TENANTRY_REDIS_URL);
  const redis = await (isGiven ? borrowRedis(services.redisUrl, prefix) : startPrivateRedis(onProgress));
  await cleanup.add(() => redis.close());
  const database = await openDemoDatabase(services.databaseUrl, stays);
  await cleanup.add(() => database.close());
  const databasePath = await startFaultProxy({ target: addressOf(database.url) });
  await cleanup.add(() => databasePath.close());
  const writerPath = await startFaultProxy({ target: addressOf(redis.url) });
  await cleanup.add(() => writerPath.close());
  const inspector = new Redis(redis.inspectUrl, { enableOfflineQueue: false, retryStrategy: () => 50 });
  inspector.on('error', () => undefined);
  await cleanup.add(() => inspector.disconnect());
  onProgress(`${services.describe()}; the demo's Redis is ${redis.origin}`);

  const folder = createPrivateFolder('demo');
  await cleanup.add(() => folder.remove());

  const events: Demo['events'] = new EventEmitter();
  const environment = {
    databaseUrl: atAddress(database.url, databasePath),
    databaseKind: database.kind,
    redisUrl: redis.url,
    prefix,
    // Somebody at the page wants to see it dirty.
    flushEveryMs: stays ? 2_000 : 200,
    folder: folder.path,
  };
  const onCrash = (sentence: string): void => void events.emit('crash', sentence);
  const readerEvents: ReaderEvents = {
    changed: () => events.emit('changed'),
    status: reader => events.emit('status', reader),
  };
  const onReport = (line: ReportLine): void => void events.emit('report', line);

  // First: it makes the tables.
  const writerRedisUrl = atAddress(redis.url, writerPath);
  const writer = await startWriter({ environment: { ...environment, redisUrl: writerRedisUrl }, onCrash }, onReport);
  await cleanup.add(() => writer.end());
  const worker = createWorkerProcess({ environment, onCrash }, onReport);
  await cleanup.add(() => worker.end());
  const startReader = async (name: string): Promise<ReaderProcess> => {
    const reader = await ReaderProcess.start({ name, environment, onCrash }, readerEvents);
    await cleanup.add(() => reader.end());
    return reader;
  };
  const startAdminProcess = async (): Promise<AdminProcess> => {
    const admin = await startAdmin({ environment, onCrash, wantedPort: adminPort }, onReport);
    await cleanup.add(() => admin.end());
    return admin;
  };
  const [readers, admin] = await Promise.all([
    Promise.all(['reader 1', 'reader 2'].map(startReader)),
    startAdminProcess(),
    worker.start(),
  ]);
  const parts = { prefix, folder: folder.path, database, redis, inspector, writerPath, databasePath };
  const demo = new Demo({ ...parts, writer, worker, readers, admin }, events);
  await demo.watchAll();
  return demo;
}
