import { conditionOf, withConflict } from '../../changes/condition.ts';
import { sayPreviewOf } from '../../changes/preview-change.ts';
import { sayEndLost, sayWritten } from '../../changes/write-config.ts';
import { WRITE_OPTIONS } from '../../changes/write-options.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { defineCommand } from '../../program/define-command.ts';
import { CONFIG, required, SCOPE } from '../../program/options.ts';
import { toScope } from '../../values/scope.ts';
import { versionOf } from '../../values/version-of.ts';

/** `rollback SCOPE CONFIG VERSION` */
export const rollback = defineCommand({
  details: [
    'The value of the earlier version becomes a new version: nothing of the history is lost. It does not end by itself.',
  ],
  args: { scope: SCOPE, config: CONFIG, version: required('the version whose value is to be set again') },
  options: WRITE_OPTIONS,
  routes: ['configs.get', 'configs.rollback', 'configs.version', 'configs.preview'],
  examples: ['tenantry history acme plan', 'tenantry rollback acme plan 3 -m "T-18 was wrong"'],
  async run(call) {
    const { args, options, out } = call;
    const names = { scope: toScope(args.scope), config: args.config };
    const version = versionOf(args.version);
    const api = await call.api({ readsOnly: options.dryRun });
    const { answer: record, etag } = await api.call('configs.get', { names });
    const what = `${names.config} of ${names.scope}`;
    const seen = { what, version: record.version, isSet: record.json !== undefined, etag };
    const condition = conditionOf(seen, options);
    sayEndLost(call, seen, record, options.dryRun);
    if (options.dryRun) {
      const { answer: earlier } = await api.call('configs.version', { names: { ...names, version } });
      if (!record.masked) return sayPreviewOf(out, api, record, earlier.json);
      await out.one({ ...names, changed: true, dryRun: true }, `${what}: would be written (a secret is not compared)`);
      return EXIT.wouldChange;
    }
    const body = { version, ...(options.reason !== undefined && { reason: options.reason }) };
    const { answer } = await withConflict(seen, () => api.call('configs.rollback', { names, body, ...condition }));
    await sayWritten(call, seen, names, answer);
    return EXIT.done;
  },
});
