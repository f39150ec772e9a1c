import type { ReplicatedEntity } from './replicated-entity.ts';

/**
 * A sentence for each hidden or omitted property that names a record: what is part of a sync key, of the tenant or of the primary key is
 * readable in Redis names and in the feed, whoever may not see the property itself.
 */
export function warningsOfHiddenKeys({ meta, sync }: ReplicatedEntity): string[] {
  const naming = new Set<string>([...(sync.tenant ? [sync.tenant] : []), ...Object.values(sync.keys).flat()]);
  const isLeftOut = (name: string) =>
    (meta.properties as Record<string, { readonly hidden?: boolean } | undefined>)[name]?.hidden === true ||
    sync.omit?.includes(name as never) === true;
  return [...naming]
    .filter(isLeftOut)
    .map(
      name =>
        `"${sync.name}" leaves "${name}" of ${meta.className} out of its values, and has it in its keys: whoever may list names in ` +
        'Redis or follow the feed can read it there. Use another property as key, or one that is derived from it.',
    );
}
