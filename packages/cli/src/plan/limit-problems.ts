import type { AnswerOf } from '@tenantry/admin-api';
import type { Api } from '../connection/api.ts';
import { aloneBytes, bulkBytes } from './bulk-body.ts';
import type { PlannedScope, PlanProblem } from './plan.ts';

type Limits = NonNullable<AnswerOf<'me.get'>['limits']>;

/** What a server of an earlier release takes, where nobody has told it otherwise. */
const EARLIER: Limits = { bodyBytes: 1_048_576, bulkBytes: 1_048_576, bulkChanges: 1_000 };

/** Scopes that have more to be written than the server takes in one transaction: `apply` would be refused, so nothing of them is planned. */
export async function limitProblems(
  api: Api,
  scopes: readonly PlannedScope[],
): Promise<{ readonly problems: readonly PlanProblem[]; readonly fitting: readonly PlannedScope[] }> {
  if (scopes.length === 0) return { problems: [], fitting: scopes };
  const { limits = EARLIER } = (await api.call('me.get')).answer;
  const problems: PlanProblem[] = [];
  const fitting = scopes.filter(planned => {
    const message = problemOf(planned, limits);
    if (message !== undefined) problems.push({ place: planned.scope, code: 'PAYLOAD_TOO_LARGE', message });
    return message === undefined;
  });
  return { problems, fitting };
}

function problemOf(planned: PlannedScope, { bodyBytes, bulkBytes: most, bulkChanges }: Limits): string | undefined {
  const together = planned.changes.filter(({ isAlone }) => !isAlone).length;
  if (together > bulkChanges)
    return `${together} changes are more than the server takes in one transaction (${bulkChanges})`;
  const bytes = bulkBytes(planned);
  if (bytes > most)
    return `its changes are ${bytes} bytes, and the server takes ${most} in one transaction (\`maxBulkBytes\` of the admin)`;
  const alone = planned.changes.find(change => change.isAlone && aloneBytes(change) > bodyBytes);
  return alone && `${alone.config} is longer than the server takes (${bodyBytes} bytes, \`maxBodyBytes\` of the admin)`;
}
