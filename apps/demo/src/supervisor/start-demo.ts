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
import { startDemoServices } from './start-demo-services.ts';
import type { Transcript } from './transcript.ts';
import { createWorkerProcess } from './worker-process.ts';
import { startWriter } from './writer-process.ts';

export interface DemoOptions {
  /** Keep the database for the next time, where its server stays. */
  readonly stays: boolean;
  /** Where the admin listens; 0: anywhere. */
  readonly adminPort: number;
  /** Is told what the processes print and report. */
  readonly transcript?: Transcript;
  /** Undoes what was started, also if the start is not finished. */
  readonly cleanup: Cleanup;
  readonly onProgress: (line: string) => void;
}

/** Starts the servers, where none are given, and every process of the demo. */
export async function startDemo({ stays, adminPort, transcript, cleanup, onProgress }: DemoOptions): Promise<Demo> {
  const prefix = stays ? 'tenantry-demo' : `tenantry-demo-${randomBytes(4).toString('hex')}`;
  const servers = await startServices({ onProgress });
  await cleanup.add(() => servers.close());
  const isGiven = Boolean(process.env.TENANTRY_REDIS_URL);
  const redis = await (isGiven ? borrowRedis(servers.redisUrl, prefix) : startPrivateRedis(onProgress));
  await cleanup.add(() => redis.close());
  const database = await openDemoDatabase(servers.databaseUrl, stays);
  await cleanup.add(() => database.close());
  const databasePath = await startFaultProxy({ target: addressOf(database.url) });
  await cleanup.add(() => databasePath.close());
  const writerPath = await startFaultProxy({ target: addressOf(redis.url) });
  await cleanup.add(() => writerPath.close());
  const inspector = new Redis(redis.inspectUrl, { enableOfflineQueue: false, retryStrategy: () => 50 });
  inspector.on('error', () => undefined);
  await cleanup.add(() => inspector.disconnect());
  onProgress(`${servers.describe()}; the demo's Redis is ${redis.origin}`);

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
  const onReport = (line: ReportLine): void => {
    transcript?.add(`${line.by}: ${line.text}`);
    events.emit('report', line);
  };
  const child = { environment, onCrash, onLine: transcript?.add };

  // First: it makes the tables.
  const writerRedisUrl = atAddress(redis.url, writerPath);
  const writer = await startWriter({ ...child, environment: { ...environment, redisUrl: writerRedisUrl } }, onReport);
  await cleanup.add(() => writer.end());
  const worker = createWorkerProcess(child, onReport);
  await cleanup.add(() => worker.end());
  const startReader = async (name: string): Promise<ReaderProcess> => {
    const reader = await ReaderProcess.start({ ...child, name }, readerEvents);
    await cleanup.add(() => reader.end());
    return reader;
  };
  const startAdminProcess = async (): Promise<AdminProcess> => {
    const admin = await startAdmin({ ...child, wantedPort: adminPort }, onReport);
    await cleanup.add(() => admin.end());
    return admin;
  };
  const [readers, admin, services] = await Promise.all([
    Promise.all(['reader 1', 'reader 2'].map(startReader)),
    startAdminProcess(),
    stays ? undefined : startDemoServices({ database, writer, child, cleanup }),
    worker.start(),
  ]);
  const parts = { prefix, folder: folder.path, database, redis, inspector, writerPath, databasePath };
  const demo = new Demo({ ...parts, writer, worker, readers, admin, services, transcript }, events);
  await demo.watchAll();
  return demo;
}
