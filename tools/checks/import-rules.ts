export interface ImportRule {
  /** Every package that the sources may import, and nothing else. */
  readonly packages: readonly string[];
  /** False where no I/O is allowed. */
  readonly node: boolean;
  /** What a build puts into one file: development needs these packages, users do not. No I/O of Node's there. */
  readonly bundled?: { readonly below: string; readonly packages: readonly string[] };
}

/** Which way the packages point. A line here is a decision: add one only together with a reason. */
export const importRules: Readonly<Record<string, ImportRule>> = {
  protocol: { packages: ['msgpackr', '@standard-schema/spec'], node: false },
  redis: { packages: ['@tenantry/protocol', 'ioredis'], node: true },
  'mikro-orm': { packages: ['@tenantry/protocol', '@tenantry/redis', '@mikro-orm/core', 'ioredis'], node: true },
  // What readers without a database import: a queue, and no ORM.
  'worker-source': { packages: ['@tenantry/protocol', '@tenantry/redis', 'bullmq', 'ioredis'], node: true },
  worker: {
    packages: [
      ...['@tenantry/protocol', '@tenantry/redis', '@tenantry/worker-source', '@tenantry/mikro-orm'],
      ...['@mikro-orm/core', 'bullmq', 'ioredis'],
    ],
    node: true,
  },
  // What readers import must not bring an ORM or a queue along.
  sdk: { packages: ['@tenantry/protocol', '@tenantry/redis', 'ioredis', 'rxjs'], node: true },
  // A reader in an application of NestJS: its container and the SDK, and no server of its own.
  nestjs: {
    packages: ['@tenantry/protocol', '@tenantry/sdk', '@nestjs/common', '@nestjs/core', 'rxjs'],
    node: false,
  },
  // Whatever an application flags with OpenFeature: a reader, too.
  openfeature: { packages: ['@tenantry/protocol', '@tenantry/sdk', '@openfeature/server-sdk', 'rxjs'], node: true },
  // What server, page and command line share. No I/O, and `./rights` imports nothing at run time: the page bundles it.
  'admin-api': { packages: ['@tenantry/protocol', 'typebox'], node: false },
  // The server of the admin: it writes through the ORM and reads through the SDK.
  admin: {
    packages: [
      ...['@tenantry/protocol', '@tenantry/redis', '@tenantry/mikro-orm', '@tenantry/sdk'],
      ...['@tenantry/admin-api', '@tenantry/admin-ui', '@tenantry/metrics'],
      ...['@cfworker/json-schema', '@mikro-orm/core', 'ioredis', 'jose', 'openid-client', 'rxjs'],
    ],
    node: true,
  },
  // Static files, which its build makes: users install nothing with them. Of ours the page has the rights, and types.
  'admin-ui': {
    packages: [],
    node: true,
    bundled: {
      below: 'src/page/',
      packages: [
        ...['@tenantry/admin-api', 'typebox', 'preact', 'preact-iso', '@preact/signals', '@tanstack/virtual-core'],
        ...['@cfworker/json-schema', '@lezer/highlight', '@codemirror/autocomplete', '@codemirror/commands'],
        ...['@codemirror/lang-json', '@codemirror/language', '@codemirror/lint', '@codemirror/merge'],
        ...['@codemirror/state', '@codemirror/view'],
      ],
    },
  },
  // For writers, workers and readers alike: of the ORM's side and the reader's it imports types alone, so that neither brings the other along.
  metrics: { packages: ['@tenantry/protocol', '@tenantry/redis', '@tenantry/mikro-orm', '@tenantry/sdk'], node: true },
  // Metrics and traces in the words of OpenTelemetry.
  otel: { packages: ['@tenantry/protocol', '@tenantry/redis', '@opentelemetry/api'], node: true },
  // A program that speaks HTTP: of ours it has the paths of the routes, and types. The parts that it can run are loaded when it is told to.
  cli: {
    packages: [
      '@tenantry/admin-api',
      '@tenantry/admin',
      '@tenantry/dev',
      '@tenantry/worker',
      '@tenantry/loader',
      '@tenantry/protocol',
      '@cfworker/json-schema',
      'commander',
      'eventsource-parser',
      'properties-file',
      'yaml',
    ],
    node: true,
  },
  // Files into the store. Its `./folder` is for the command line and for readers as well: it imports no ORM.
  loader: {
    packages: ['@tenantry/protocol', '@tenantry/mikro-orm', '@mikro-orm/core', 'rxjs', 'smol-toml', 'yaml'],
    node: true,
  },
  // A folder in the place of the servers. The admin and its page are loaded where they are asked for.
  dev: {
    packages: [
      ...['@tenantry/protocol', '@tenantry/redis', '@tenantry/sdk', '@tenantry/loader', '@tenantry/admin'],
      ...['@tenantry/admin-ui', 'rxjs', 'yaml'],
    ],
    node: true,
  },
  // Imports none of ours, so that it cannot share their mistakes.
  testing: { packages: ['ioredis', 'mysql2', 'pg', 'playwright-core'], node: true },
};
