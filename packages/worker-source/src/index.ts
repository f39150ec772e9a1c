// For readers without a database. `./internal` is for our own packages.

export { type WorkerSource, type WorkerSourceOptions, workerSource } from './worker-source.ts';
