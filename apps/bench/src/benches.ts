import type { BenchContext } from './bench-context.ts';
import type { Figure } from './figures/figure.ts';

/** One benchmark: what a reader of its figures must know, and how to run it. */
export interface Bench {
  readonly title: string;
  /** What is compared with what, and how each is set up: prose of the page. */
  readonly about: string;
  load(): Promise<(context: BenchContext) => Promise<Figure[]>>;
}

/** All of them, by the name that the command takes, in the order of the page. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  'memory-reads': {
    title: 'A hit in memory',
    about:
      'The value is in the memory of this process. `peek` is synchronous and stands beside a `Map` and `lru-cache`; `await get` stands beside what can only be awaited. `bentocache` keeps JSON by default and parses it at each hit; with `serialize: false` it hands out the object, as `peek`, `Map` and `lru-cache` do. `node-redis` answers text from its client-side cache, which is parsed.',
    load: async () => (await import('./rows/memory-reads.ts')).benchMemoryReads,
  },
  scopes: {
    title: 'A value of several scopes',
    about:
      'Read from memory: a config that a tenant has alone, and one that is merged of what the tenant, a group of it and all tenants have. Then a config changes that all tenants inherit, in another process: the messages are those of all feeds together, and the reader, which watches it for some of the tenants, stands beside itself when each of these tenants changes a config of its own.',
    load: async () => (await import('./rows/scopes.ts')).benchScopes,
  },
  'open-feature': {
    title: 'A flag by OpenFeature',
    about:
      'The same call of the client of `@openfeature/server-sdk`, with our provider and a value in memory, and with the provider that OpenFeature brings along, which looks nothing up and answers the caller’s default.',
    load: async () => (await import('./rows/open-feature.ts')).benchOpenFeature,
  },
  'redis-reads': {
    title: 'A miss in memory that Redis answers',
    about:
      'Every memory is empty, every connection open, the feed of the tenant followed. GET + decode reads our own records with ioredis, GET + JSON.parse the same rows as JSON. `bentocache` and `cacheable` have Redis as their second layer; `bentocache` has no call for several keys.',
    load: async () => (await import('./rows/redis-reads.ts')).benchRedisReads,
  },
  latency: {
    title: 'From the commit to another process',
    about:
      'From the commit in the database to the observable of another process, beside a bare PUBLISH to that process.',
    load: async () => (await import('./rows/latency.ts')).benchLatency,
  },
  changes: {
    title: 'From a write to Redis to another process',
    about:
      'Without a database: from the call that writes to the new value in the memory of another process. PUBLISH → SUBSCRIBE is the floor: it carries the row as JSON, keeps nothing and repairs nothing. `bentocache` sets Redis and sends an invalidation over its Redis bus, upon which the reader reads; `node-redis` is told by Redis that its key is no longer valid, and reads it again.',
    load: async () => (await import('./rows/changes.ts')).benchChanges,
  },
  flush: {
    title: 'What replication adds to a flush',
    about:
      'The same rows through the same ORM: bare; with a hand-written subscriber that SETs each changed row as JSON under three keys, in one pipeline after the commit; with Tenantry writing its outbox only; and with Tenantry publishing before the flush returns. The hand-written one loses a change when the process or Redis fails between commit and SET, lets an older flush overwrite a newer one, and tells no reader.',
    load: async () => (await import('./rows/flush.ts')).benchFlush,
  },
  bulk: {
    title: 'A whole table, and a backlog',
    about: 'Backfill of a whole table into Redis, and a relay that catches up with the outbox.',
    load: async () => (await import('./rows/bulk.ts')).benchBulk,
  },
  'cold-crowd': {
    title: 'A crowd that wants what only a slow source has',
    about:
      'A thousand callers of one process ask at the same moment for a key that neither memory nor Redis has. The source takes 20 ms. `bentocache` and `cacheable` have memory and Redis as their layers.',
    load: async () => (await import('./rows/cold-crowd.ts')).benchColdCrowd,
  },
  'cold-reads': {
    title: 'Processes that all want what only the database has',
    about:
      'Eight processes, each with twenty callers, ask at the same moment for a config that nobody has read. Every way loads it with the same query. `bentocache` has memory, Redis and its bus; `cacheable` memory and Redis. Neither says that it holds processes back: their locks are those of one process.',
    load: async () => (await import('./rows/cold-reads.ts')).benchColdReads,
  },
  'write-back': {
    title: 'Writes that Redis acknowledges',
    about:
      'A write-back is acknowledged once Redis has it, and reaches the database later; a job of BullMQ for each write is the usual other way.',
    load: async () => (await import('./rows/write-back.ts')).benchWriteBack,
  },
  'many-tenants': {
    title: 'One process that watches many tenants',
    about: 'Memory and time of a process that watches everything of many tenants.',
    load: async () => (await import('./rows/many-tenants.ts')).benchManyTenants,
  },
  'mass-change': {
    title: 'A hit while everything else changes',
    about:
      'A process watches many records, all of which another process changes at once, fifty in one transaction: pushed, and with the feeds lost, so that the reader compares all it has with Redis. Meanwhile one caller reads what is in memory, once in each turn of the event loop. The p99 of those turns is that of callers who wait for one hit before the next; most turns are short, whatever happens in the others. Who comes at any moment comes the more often in a long turn: that is the wait. What one transaction changed is taken in one turn, whatever it costs. At rest is the same loop for the same time without a change.',
    load: async () => (await import('./rows/mass-change.ts')).benchMassChange,
  },
  'bad-redis': {
    title: 'A Redis that misbehaves',
    about:
      'A proxy before Redis holds bytes back, closes connections or swallows everything. Each way makes ten reads, one after another, of what memory does not have, with the timeouts that it documents: `readTimeoutMs` 250 of ours; `timeout`, `hardTimeout` and `lockTimeout` 250 ms, `suppressL2Errors` and a circuit breaker of `bentocache`, once with the defaults of ioredis and once with its `commandTimeout`; `cacheable` as it opens, and `nonBlocking` with `createKeyvNonBlocking` as its documentation advises against hangs.',
    load: async () => (await import('./rows/bad-redis.ts')).benchBadRedis,
  },
  'watch-cost': {
    title: 'What a subscriber costs',
    about:
      'Many subscribers of one ref in one process, beside as many of a bare `BehaviorSubject` of RxJS. An emission is counted from the first subscriber to the last.',
    load: async () => (await import('./rows/watch-cost.ts')).benchWatchCost,
  },
  'record-memory': {
    title: 'What a record costs in memory, and a reader to start',
    about:
      'Memory of Redis is the difference of `used_memory`; the hand-written sync stores JSON under each key; Tenantry its envelope under each key, what it knows of the record, and the feed. Memory of a reader is its heap and its buffers after a collection.',
    load: async () => (await import('./rows/record-memory.ts')).benchRecordMemory,
  },
  start: {
    title: 'A reader that begins',
    about:
      'From the call of `createClient` until the last of the values is there. The file has what the reader before has read, and nothing has changed since. What `peek` answers is stale until the feed is live; what `getMany` answers is confirmed by the feed, without a read of Redis.',
    load: async () => (await import('./rows/start.ts')).benchStart,
  },
  'delivery-cost': {
    title: 'What a change costs Redis for each reader',
    about:
      'CPU of the Redis process (`INFO cpu`) for a change, divided by the connections that it is brought to; the write itself is in it. One change at a time.',
    load: async () => (await import('./rows/delivery-cost.ts')).benchDeliveryCost,
  },
  loader: {
    title: 'A folder of files',
    about:
      'The folder has a file for each config of each tenant, and lies on the disk of the machine that the loader runs on. The first import writes a transaction for each tenant. A saved file is written beside the old one and renamed; from then on counts what its settle time leaves: noticing it, looking through the folder twice, the transaction, and the way to the reader, which is in the same process.',
    load: async () => (await import('./rows/loader.ts')).benchLoader,
  },
  admin: {
    title: 'The admin',
    about:
      'The page is opened in a headless Chromium that has nothing of it, and so is bull-board’s page of a queue; the times are from the start of the navigation. Streams of events have their clients in another process; the server and the writer are one. Answers go over HTTP, server and caller in one process. bull-board is served by its adapter for express, over a queue of 100 jobs; its page is beside what is most like it: it has no records, no conditions and no rights.',
    load: async () => (await import('./rows/admin/admin.ts')).benchAdmin,
  },
  cli: {
    title: 'The command line',
    about:
      'Each round is a process of its own, from its start until its end, with the admin in another process on the same machine. `node -e 0` starts Node and nothing else. A folder that is planned or applied has four configs for each tenant, two of which tenants inherit. Node keeps what it compiled of the program from one start to the next (`module.enableCompileCache`).',
    load: async () => (await import('./rows/command-line.ts')).benchCommandLine,
  },
};
