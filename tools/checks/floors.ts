/**
 * The folders of each package, the lowest floor first. A folder imports only from lower floors, and `.` is the face: the
 * files of `src/` itself, which nothing imports. A folder that is not named here belongs to the nearest one above it.
 */
export const floors: Readonly<Record<string, readonly (readonly string[])[]>> = {
  protocol: [['errors'], ['wire'], ['definitions'], ['scopes'], ['.']],
  redis: [['connection', 'scripts/parts'], ['scripts'], ['replica', 'feed/pushes'], ['feed', 'configs'], ['.']],
  'mikro-orm': [
    ['database', 'paging', 'reports'],
    ['tables'],
    ['definitions'],
    ['outbox'],
    ['publish', 'capture/transaction', 'reconcile/compare'],
    ['configs', 'backfill', 'capture/hooks', 'capture/triggers'],
    ['scopes'],
    ['config-store/writes', 'write-back', 'reconcile/repair'],
    ['config-store/views', 'config-store/janitors', 'reconcile/audit'],
    ['config-store', 'reconcile/rewind', 'audit-log', 'grants'],
    ['reconcile'],
    ['.'],
  ],
  sdk: [
    ['memory', 'protection'],
    ['admission', 'warmth'],
    ['snapshot', 'reads', 'scopes'],
    ['repair'],
    ['views'],
    ['visibility'],
    ['tenant'],
    ['lifecycle', 'preload', 'current-tenant', 'flags'],
    ['.'],
  ],
  worker: [['cli'], ['queues'], ['schedule'], ['tasks'], ['.']],
  'worker-source': [['.']],
  nestjs: [['.']],
  openfeature: [['.']],
  'admin-api': [['rights'], ['answers'], ['routes'], ['.']],
  admin: [
    ['http'],
    ['auth', 'database', 'access', 'events'],
    ['calls', 'ofrep'],
    ['handlers'],
    ['openapi', 'listener', 'cli'],
    ['.'],
  ],
};
