import { conditionOf, withConflict } from '../../changes/condition.ts';
import { sayPreviewOf } from '../../changes/preview-change.ts';
import { sayWritten } from '../../changes/write-config.ts';
import { WRITE_OPTIONS } from '../../changes/write-options.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';

/** `unset SCOPE CONFIG` */
export const unset = defineCommand({
  details: ['The scope then has what it inherits, or the default.'],
  args: { scope: SCOPE, config: CONFIG },
  options: WRITE_OPTIONS,
  routes: ['configs.get', 'configs.unset', 'configs.preview'],
  examples: ['tenantry unset acme plan -m "as everybody"', 'tenantry unset groups/eu plan --dry-run'],
  async run(call) {
    const { args, options, out } = call;
    const names = { scope: toScope(args.scope), config: args.config };
    const api = await call.api({ readsOnly: options.dryRun });
    const { answer: record, etag } = await api.call('configs.get', { names });
    const what = `${names.config} of ${names.scope}`;
    const seen = { what, version: record.version, isSet: record.json !== undefined, etag };
    const condition = conditionOf(seen, options);
    if (!seen.isSet) {
      await out.one({ ...names, changed: false, version: seen.version }, `${what}: not set`);
      return EXIT.done;
    }
    if (options.dryRun && record.masked) {
      await out.one({ ...names, changed: true, dryRun: true }, `${what}: would be taken away`);
      return EXIT.wouldChange;
    }
    if (options.dryRun) return sayPreviewOf(out, api, record, undefined);
    const query = { reason: options.reason };
    const { answer } = await withConflict(seen, () => api.call('configs.unset', { names, query, ...condition }));
    await sayWritten(call, seen, names, answer);
    return EXIT.done;
  },
});
