import { CallFailed, issuesOf } from '../../api/problem.ts';
import type { AnswerOf } from '../../api/request.ts';
import { continueWith, type Editing, mergeWith, type Standing, startEditing } from '../../form-model/editing.ts';
import type { App } from '../../state/app.ts';
import type { ConfigView } from './use-config.ts';
import type { WriteStep } from './write-step.ts';

type Step = WriteStep | undefined;

/** Saves the draft if what it began with still stands. Answers what is to be shown next. */
export async function saveDraft(
  app: App,
  view: ConfigView,
  { reason, expiresAt }: { reason?: string | undefined; expiresAt?: number | undefined },
): Promise<Step> {
  const { scope, config } = view;
  const editing = latest(app, view);
  const json = editing.draft.text ?? 'null';
  const body = { json, ...(reason && { reason }), ...(expiresAt !== undefined && { expiresAt }) };
  try {
    const { answer } = await app.api.write('configs.set', { names: { scope, config }, body, ...condition(editing) });
    app.drafts.put(scope, config, undefined);
    app.notices.good(writtenText(answer));
    view.reload();
    return undefined;
  } catch (error) {
    return refused(app, view, error);
  }
}

export async function unsetConfig(app: App, view: ConfigView, reason: string | undefined): Promise<Step> {
  const { scope, config, standing, editing } = view;
  try {
    const ifMatch = view.isDirty ? editing.etag : standing.etag;
    const { answer } = await app.api.write('configs.unset', { names: { scope, config }, query: { reason }, ifMatch });
    app.drafts.put(scope, config, undefined);
    app.notices.good(writtenText(answer));
    view.reload();
    return undefined;
  } catch (error) {
    return refused(app, view, error);
  }
}

export async function rollBack(app: App, view: ConfigView, version: number, reason: string | undefined): Promise<void> {
  const { scope, config, standing } = view;
  const body = { version, ...(reason && { reason }) };
  try {
    const names = { scope, config };
    const { answer } = await app.api.write('configs.rollback', { names, body, ifMatch: standing.etag });
    app.notices.good(`v${version} stands again, as v${answer.version}.`);
  } catch (error) {
    const isLate = error instanceof CallFailed && error.status === 412;
    app.notices.bad(isLate ? 'Somebody else wrote meanwhile. Look at the new version first.' : textOf(error));
  }
  app.answers.refresh();
}

/** What is in the draft now: a merge may have changed it since this view was drawn. */
function latest(app: App, { scope, config, editing }: ConfigView): Editing {
  return app.drafts.of(scope, config).peek() ?? editing;
}

function condition({ etag }: { readonly etag: string | undefined }): { ifMatch?: string; ifNoneMatch?: string } {
  return etag === undefined ? { ifNoneMatch: '*' } : { ifMatch: etag };
}

async function refused(app: App, view: ConfigView, error: unknown): Promise<Step> {
  if (error instanceof CallFailed && error.status === 412) return conflict(app, view);
  const issues = error instanceof CallFailed ? issuesOf(error) : [];
  if (issues.length > 0 && view.isDirty) view.put({ ...view.editing, issues });
  app.notices.bad(textOf(error));
  // What is shown may not be shown any more: what is asked again says what to do.
  if (error instanceof CallFailed && error.status === 401) app.answers.refresh();
  return undefined;
}

/** Somebody else was faster: takes what they wrote into the draft, and asks only where both changed the same field. */
async function conflict(app: App, view: ConfigView): Promise<Step> {
  const { scope, config } = view;
  const editing = latest(app, view);
  const { answer, etag } = (await app.api.read('configs.get', { names: { scope, config } })) ?? {};
  view.reload();
  if (answer === undefined) return undefined;
  const standing: Standing = { json: (answer as AnswerOf<'configs.get'>).json, version: answer.version, etag };
  if (!view.isDirty) {
    view.put(startEditing(standing));
    app.notices.bad('Somebody else wrote meanwhile. Look at the new version first.');
    return undefined;
  }
  const merge = mergeWith(editing, standing);
  if (merge.collisions.length > 0) return { step: 'collide', merge };
  view.put(continueWith(editing, standing, merge, new Map()));
  app.notices.good(
    `${answer.updatedBy ?? 'Somebody'} wrote v${answer.version} meanwhile. Both changes are in your draft.`,
  );
  return { step: 'look' };
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function writtenText({ version, published, durable }: AnswerOf<'configs.set'>): string {
  const readers = published ? 'readers have it' : 'readers get it soon';
  return `Saved as v${version}: ${readers}, ${durable ? 'the database has it' : 'the database gets it soon'}.`;
}
