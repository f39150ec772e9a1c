import { useEffect, useMemo } from 'preact/hooks';
import type { ScopeText } from '../../address/address.ts';
import type { CallFailed } from '../../api/problem.ts';
import type { AnswerOf } from '../../api/request.ts';
import type { Draft } from '../../form-model/draft.ts';
import { type Editing, hasArrived, isChanged, type Standing, startEditing } from '../../form-model/editing.ts';
import { useApp } from '../../state/app.ts';
import { useAnswer } from '../../state/hooks.ts';

/** One config of one scope: what stands on the server, and what is being made of it here. */
export interface ConfigView {
  readonly scope: ScopeText;
  readonly config: string;
  readonly record: AnswerOf<'configs.get'>;
  readonly definition: AnswerOf<'definitions.get'> | undefined;
  readonly explanation: AnswerOf<'configs.explain'> | undefined;
  readonly standing: Standing;
  readonly editing: Editing;
  readonly isDirty: boolean;
  /** Somebody else wrote while this was being edited. */
  readonly arrived: boolean;
  readonly canEdit: boolean;
  /** Why it cannot be changed, for people; undefined where it can. */
  readonly lock: string | undefined;
  readonly change: (next: (draft: Draft) => Draft) => void;
  readonly put: (editing: Editing | undefined) => void;
  readonly reload: () => void;
}

export type ConfigState =
  | { readonly view: ConfigView }
  | { readonly view?: undefined; readonly problem?: CallFailed | undefined };

export function useConfig(scope: ScopeText, config: string): ConfigState {
  const { drafts, can, does, me } = useApp();
  const names = { scope, config };
  const { answer: record, etag, problem, reload } = useAnswer('configs.get', { names });
  const { answer: definition } = useAnswer('definitions.get', { names });
  const { answer: explanation, reload: reloadExplanation } = useAnswer('configs.explain', { names });
  const kept = drafts.of(scope, config).value;
  const standing: Standing = { json: record?.json, version: record?.version ?? 0, etag };
  // A value of some MB is not read again at each key.
  const untouched = useMemo(() => startEditing(standing), [standing.json, standing.version, etag]);
  const isKept = kept !== undefined && (isChanged(kept) || !hasArrived(kept, standing));
  useEffect(() => {
    // An edit that changed nothing does not hold on to an old version.
    if (kept !== undefined && !isKept) drafts.put(scope, config, undefined);
  }, [kept, isKept]);
  if (record === undefined) return { problem };
  const never = record.masked && !does('secrets') ? 'This server does not write secrets.' : undefined;
  const lock = lockOf(scope, definition, can('edit', scope, config), me.value?.readOnly ?? never);
  const editing = isKept ? kept : untouched;
  const put = (next: Editing | undefined): void => drafts.put(scope, config, next);
  return {
    view: {
      ...{ scope, config, record, definition, explanation, standing, editing, put },
      isDirty: isChanged(editing),
      arrived: isKept && hasArrived(kept, standing),
      ...{ lock, canEdit: lock === undefined },
      change: next => {
        const latest = drafts.of(scope, config).peek() ?? editing;
        put({ ...latest, draft: next(latest.draft), issues: [] });
      },
      reload: () => {
        reload();
        reloadExplanation();
      },
    },
  };
}

function lockOf(
  scope: ScopeText,
  definition: AnswerOf<'definitions.get'> | undefined,
  mayEdit: boolean,
  readOnly: string | undefined,
): string | undefined {
  if (readOnly !== undefined) return readOnly;
  if (!mayEdit) return 'You may look at this value, and not change it.';
  if (definition?.inherit !== 'none' || scope.startsWith('tenants/')) return undefined;
  return 'This config is not inherited: no tenant would read what is set here. It is set for each tenant.';
}
