// Starts a database and a Redis, prints where they are, and ends them on Ctrl-C:
//   npm run services -- --database=mysql
import { parseArgs } from 'node:util';
import { namedDatabase } from '../packages/testing/src/database/named-database.ts';
import { startServices } from '../packages/testing/src/servers/start-services.ts';
import { exitOnSignals } from './exit-on-signals.ts';

const { values } = parseArgs({ options: { database: { type: 'string' } } });
if (values.database) process.env.TENANTRY_DATABASE = values.database;

exitOnSignals();
const services = await startServices({ onProgress: line => console.error(line) });
console.error(`# ${services.describe()}; Ctrl-C ends them`);
console.log(`TENANTRY_DATABASE_URL=${services.databaseUrl}`);
console.log(`TENANTRY_REDIS_URL=${services.redisUrl}`);
// To paste, for the programs of README and guides.
console.log(`export DATABASE_URL=${await namedDatabase(services.databaseUrl, 'app')} REDIS_URL=${services.redisUrl}`);
setInterval(() => {}, 2 ** 30); // the servers are no reason for Node to stay
