import type { ScopeText } from '../../address/address.ts';
import { openDraft } from '../../form-model/draft.ts';
import { isChanged, startEditing } from '../../form-model/editing.ts';
import type { App } from '../../state/app.ts';
import type { ConfigView } from '../edit/use-config.ts';

/** The text that a copy takes: what the scope says itself, or else what its readers get. A secret is masked, so there is none to take. */
export function textToCopy({ record }: ConfigView): string | undefined {
  return record.masked ? undefined : (record.json ?? record.effectiveJson);
}

/**
 * Makes the value the draft of another scope, on top of what stands there now. Nothing is written: it is looked at and saved like any other
 * draft. Answers why not, where it is not there to be looked at.
 */
export async function copyTo(app: App, view: ConfigView, scope: ScopeText): Promise<string | undefined> {
  const { config } = view;
  if (app.drafts.of(scope, config).peek() !== undefined)
    return `You have a draft of ${config} in ${scope}. Save it, or throw it away first.`;
  const read = await app.api.read('configs.get', { names: { scope, config } });
  if (read === undefined) return undefined;
  const { json, version } = read.answer;
  const editing = { ...startEditing({ json, version, etag: read.etag }), draft: openDraft(textToCopy(view)) };
  if (!isChanged(editing)) return `${scope} says the same already.`;
  app.drafts.put(scope, config, editing);
  return undefined;
}
