import Type, { type Static } from 'typebox';
import { exact, Name, PageQuery, pageOf, Reason, ScopeText } from './common.ts';

export const SearchQuery = exact({ ...PageQuery, search: Type.Optional(Type.String({ maxLength: 200 })) });

export const TenantPage = pageOf(exact({ id: Type.String(), groups: Type.Array(Name) }));

/** A tenant: its groups in order of precedence, and how many configs it has. The ETag is of its groups. */
export const TenantAnswer = exact({
  id: Type.String(),
  groups: Type.Array(Name),
  chain: Type.Array(ScopeText, { description: 'every scope it inherits from, the nearest first' }),
  configs: Type.Integer(),
});

/** A group of tenants. The ETag is of its own groups. */
export const GroupAnswer = exact({ name: Name, groups: Type.Array(Name), members: Type.Integer() });
export type GroupAnswer = Static<typeof GroupAnswer>;
export const GroupPage = pageOf(GroupAnswer);
export const MemberPage = pageOf(exact({ scope: ScopeText }));
export const GroupsBody = exact({
  groups: Type.Array(Name, { maxItems: 64, description: 'in order of precedence' }),
  reason: Type.Optional(Reason),
});
export const GroupsWritten = exact({ groups: Type.Array(Name) });
