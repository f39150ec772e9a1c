import type { Handler } from '../../calls/call.ts';
import { configNamed, defined, type StoreParts } from '../../calls/handler-parts.ts';

/** Shows a secret. That it was shown is written down before it leaves. */
export function revealConfig(parts: StoreParts): Handler<'configs.reveal'> {
  return async ({ scope, names, body, principal, via }) => {
    const config = configNamed(parts, names.config as string);
    const { stored } = parts.store;
    const own = body.version === undefined ? (await stored.of(scope, [config])).get(config.name) : undefined;
    const version = body.version ?? own?.version ?? 0;
    const json = body.version === undefined ? own?.json : await stored.revision(scope, config, body.version);
    await parts.audit.record({
      ...{ action: 'config.reveal', scope, config: config.name, actor: principal.id, reason: body.reason, via },
      ...(version > 0 && { version }),
    });
    return { body: defined({ json, version }), isSecret: true };
  };
}
