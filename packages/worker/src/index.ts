export { startWorker, type TenantryWorker } from './start-worker.ts';
export type { WorkerOptions } from './worker-options.ts';
