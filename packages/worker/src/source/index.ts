// What readers import: neither an ORM nor the worker itself.

export { type WorkerSource, type WorkerSourceOptions, workerSource } from './worker-source.ts';
