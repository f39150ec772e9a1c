import type { AnswerOf } from '../api/request.ts';

export type ListedConfig = AnswerOf<'configs.list'>['items'][number];

export type ListRow =
  | { readonly kind: 'group'; readonly group: string; readonly count: number }
  | { readonly kind: 'config'; readonly group: string; readonly config: ListedConfig };

/** The rows of a list by group of configs, each under its first group; those without one come last. */
export function groupedRows(configs: readonly ListedConfig[]): ListRow[] {
  const groups = Map.groupBy(configs, ({ groups: [first] }) => first ?? '');
  const names = [...groups.keys()].sort(
    (one, other) => Number(one === '') - Number(other === '') || one.localeCompare(other),
  );
  // A single heading over everything would say nothing.
  if (names.length === 1 && names[0] === '') return configs.map(config => ({ kind: 'config', group: '', config }));
  return names.flatMap((group): ListRow[] => {
    const members = groups.get(group) ?? [];
    return [
      { kind: 'group', group, count: members.length },
      ...members.map((config): ListRow => ({ kind: 'config', group, config })),
    ];
  });
}
