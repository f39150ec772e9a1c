// A loader: keeps the store as a folder says, beside writers that write the same configs.
import { startLoader } from '@tenantry/loader';
import { SETTLE_MS } from '../files/file-places.ts';
import { type ArmedFailpoint, Failpoints } from './failpoints.ts';
import { openOrm } from './open-orm.ts';
import { openRedis } from './open-redis.ts';
import { reportsTo } from './reports-to.ts';
import { processSettings } from './settings.ts';
import { Teller, type ToProcess } from './tell.ts';

const settings = processSettings();
const teller = new Teller(settings.name);
const failpoints = new Failpoints();
const orm = await openOrm(settings, {
  redis: openRedis(settings),
  onReport: reportsTo(teller),
  subscribers: [failpoints],
  onQuery: failpoints.onQuery,
});
process.on('message', (message: ToProcess) => {
  if (message.kind === 'arm') failpoints.arm(message.failpoint as ArmedFailpoint);
});
const loader = startLoader({
  orm,
  dir: settings.folder,
  policy: 'overwrite',
  prune: true,
  maxPrune: '100%',
  settleMs: SETTLE_MS,
  scanMs: 400,
  hashMs: 2_000,
  compareMs: 1_200,
  onError: ({ code, message }) => teller.event({ kind: 'warning', text: `${code}: ${message}` }),
});
let imports = 0;
loader.status$.subscribe(({ report, imports: now }) => {
  if (!report || now === imports) return;
  imports = now;
  const { items, problems, transactions } = report;
  if (transactions > 0) teller.event({ kind: 'imported', transactions });
  for (const { path, code } of problems) teller.event({ kind: 'warning', text: `${path}: ${code}` });
  for (const { scope, config, code, message } of items)
    if (code !== undefined) teller.event({ kind: 'warning', text: `${scope} ${config}: ${code} ${message}` });
});
await teller.say({ kind: 'ready' });
