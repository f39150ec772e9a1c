import { Redis } from 'ioredis';
import { startRedisServer } from '../start-redis-server.ts';

const server = await startRedisServer();
const redis = new Redis(server.url);
const [, folder] = (await redis.config('GET', 'dir')) as string[];
redis.disconnect();
process.stdout.write(`redis ${server.pid} ${folder}\n`);
process.on('message', () => process.exit(0));
