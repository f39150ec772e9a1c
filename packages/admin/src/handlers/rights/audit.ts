import { isOver, may, mayAnywhere, type rights } from '@tenantry/admin-api';
import type { AuditEntry } from '@tenantry/mikro-orm';
import type { Scope } from '@tenantry/protocol';
import { notSignedIn } from '../../auth/caller-of.ts';
import type { Call, Handler } from '../../calls/call.ts';
import { defined, type StoreParts } from '../../calls/handler-parts.ts';
import { visiblePage } from '../../calls/visible-page.ts';
import { scopeText } from '../../http/canonical-path.ts';
import { forbidden } from '../../http/refused.ts';

/** Who did what, newest first: of what the caller may audit. */
export function listAudit(parts: StoreParts): Handler<'audit.list'> {
  return async call => {
    const { limit: _, cursor: __, ...filter } = call.query;
    return {
      body: await visiblePage(
        call,
        page => parts.audit.list({ ...page, ...toFilter(filter) }),
        entry => toAnswer(call as unknown as Call, entry),
      ),
    };
  };
}

/** The same as lines of JSON, oldest first, as fast as they are taken. */
export function exportAudit(parts: StoreParts): Handler<'audit.export'> {
  return async call => {
    // Whoever reads slowly reads for long: each line is for those who may have it when it leaves.
    const { principal } = call;
    const mayNow: Call['may'] = (...asked) => may(parts.rights.rightsOf(principal), ...asked, parts.now());
    const current = { ...(call as unknown as Call), may: mayNow };
    const entries = parts.audit.export(toFilter(call.query))[Symbol.asyncIterator]();
    // Before the head is sent: an answer that has begun can say no more than that it breaks off.
    let next: Promise<IteratorResult<AuditEntry>> | undefined = Promise.resolve(await entries.next());
    const encoder = new TextEncoder();
    const lines = new ReadableStream<Uint8Array>({
      async pull(controller) {
        // Until there is one that may be seen: else nothing asks for more.
        for (;;) {
          const { done, value } = await (next ?? entries.next()).catch(error => {
            parts.report(error);
            throw error;
          });
          next = undefined;
          if (done) return controller.close();
          // Broken off, not ended: nobody takes it for all that there is.
          if (isOver(principal, parts.now())) throw notSignedIn();
          if (!mayAnywhere(parts.rights.rightsOf(principal), 'audit', undefined, parts.now())) throw forbidden('audit');
          const answer = toAnswer(current, value);
          if (answer) return controller.enqueue(encoder.encode(`${JSON.stringify(answer)}\n`));
        }
      },
      async cancel() {
        await entries.return?.();
      },
    });
    const headers = { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' };
    return new Response(lines, {
      headers: { ...headers, 'content-disposition': 'attachment; filename="audit.ndjson"' },
    });
  };
}

type Filter = Omit<Call<'audit.list'>['query'], 'limit' | 'cursor'>;

function toFilter({ scope, ...filter }: Filter) {
  if (scope === undefined) return filter;
  return { ...filter, scope: scope === 'installation' ? null : (scopeText(scope) as Scope) };
}

/** The entry, where the caller may audit what it is about. Values of configs that the caller may not view stay out of it. */
function toAnswer(call: Call, entry: AuditEntry): rights.AuditEntry | undefined {
  const { id, at, acceptedAt, diff, truncated, ...rest } = entry;
  // Of a scope and no config: it is about all of them, or about a beginning of names. Who may audit some of them is not told.
  const config = entry.config ?? (entry.scope === undefined ? undefined : '@all');
  if (!call.may('audit', entry.scope ?? 'installation', config)) return undefined;
  const isConfig = entry.scope !== undefined && entry.config !== undefined;
  const seesValues = !isConfig || call.may('view', entry.scope as Scope, entry.config);
  const shown = seesValues ? diff : diff?.map(({ op, path }) => ({ op, path }));
  return defined({
    ...rest,
    id: String(id),
    at: at.getTime(),
    acceptedAt: acceptedAt?.getTime(),
    diff: shown && truncated > 0 ? [...shown, { truncated }] : shown,
  });
}
