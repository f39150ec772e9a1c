// For the packages of Tenantry, and for no application: any release may change these names without notice.

export { LOADS_QUEUE, type LoadReply, type LoadRequest } from './load-request.ts';
export { openQueueConnection, type QueueConnection } from './queue-connection.ts';
