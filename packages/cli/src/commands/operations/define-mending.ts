import { DRY_OPTIONS } from '../../changes/write-options.ts';
import type { Api } from '../../connection/api.ts';
import { EXIT } from '../../failures/exit-codes.ts';
import { wrongUse } from '../../failures/failure.ts';
import { defineCommand } from '../../program/define-command.ts';
import { flag, many } from '../../program/options.ts';

type ListId = 'deadRows.list' | 'deadLetters.list';
type MendId = 'deadRows.retry' | 'deadRows.discard' | 'deadLetters.retry' | 'deadLetters.discard';

/** A command that does something with some of what was given up on, or with all of it. */
export function defineMending(what: string, listId: ListId, id: MendId, done: string, examples: readonly string[]) {
  return defineCommand({
    args: { ids: many(`ids of ${what}`) },
    options: { all: flag(`all ${what}`), ...DRY_OPTIONS },
    routes: [id, listId],
    examples,
    async run({ args: { ids }, options: { all, dryRun }, out, api: connect }) {
      if (all === ids.length > 0) throw wrongUse('Name ids, or say --all.');
      const api = await connect({ readsOnly: dryRun });
      if (dryRun) {
        const count = await countOf(api, listId, ids);
        await out.one({ count, dryRun: true }, `${count} ${what} would be ${done}`);
        return count > 0 ? EXIT.wouldChange : EXIT.done;
      }
      const { answer } = await api.call(id, { body: all ? {} : { ids: [...ids] } });
      await out.one(answer, `${answer.count} ${what} ${done}`);
      // Some of the ids were none, or somebody else was faster.
      return !all && answer.count < ids.length ? EXIT.partly : EXIT.done;
    },
  });
}

async function countOf(api: Api, listId: ListId, ids: readonly string[]): Promise<number> {
  const wanted = new Set(ids);
  let count = 0;
  for await (const page of api.pages(listId))
    count += ids.length === 0 ? page.length : page.filter(({ id }) => wanted.has(id)).length;
  return count;
}
