import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import type { AddressOf } from '../../address/address.ts';
import { Field } from '../../form/field.tsx';
import { FormContext, type FormState } from '../../form/form-state.ts';
import { setField } from '../../form-model/draft.ts';
import { type Issue, keptIssues } from '../../form-model/hints.ts';
import { Inheritance } from '../../form-model/inheritance.ts';
import { readSchema } from '../../form-model/read-schema.ts';
import { startingValue } from '../../form-model/starting-value.ts';
import type { Json } from '../../json/json-tree.ts';
import { spokenPath } from '../../json/pointer.ts';
import { printJson } from '../../json/print-json.ts';
import { readJson } from '../../json/read-json.ts';
import { Go, ScopeLink, useGo, withQuery } from '../../parts/go.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Empty, Waiting } from '../../parts/quiet.tsx';
import type { ConfigView } from '../edit/use-config.ts';

interface FormTabProps {
  readonly view: ConfigView;
  readonly at: AddressOf<'config'>;
}

/** The value as fields, by the schema that the config was registered with. */
export function FormTab({ view, at }: FormTabProps): JSX.Element {
  const { definition, editing } = view;
  const toText = <Go to={withQuery(at, { tab: 'json' })}>Edit it as JSON</Go>;
  if (definition === undefined) return <Waiting />;
  if (definition.schema === undefined)
    return (
      <Empty title="There is no form for this config.">
        <p>{definition.schemaProblem ?? 'Its schema cannot be written as JSON Schema.'}</p>
        <p>{toText}</p>
      </Empty>
    );
  if (editing.draft.problem !== undefined)
    return (
      <Empty title="The JSON text cannot be read, so there is no form of it.">
        <p>{toText}</p>
      </Empty>
    );
  return editing.draft.tree === undefined ? <NothingYet view={view} /> : <Form view={view} at={at} />;
}

function Form({ view, at }: FormTabProps): JSX.Element {
  const go = useGo();
  const { definition, editing, explanation, change, canEdit, scope } = view;
  const model = useMemo(() => readSchema(definition?.schema), [definition?.schema]);
  const hints = useHints(definition?.schema, editing.draft.tree, view.isDirty, definition?.inherit === 'merge');
  const inheritance = useMemo(
    () => new Inheritance(scope, definition?.inherit ?? 'none', explanation?.layers ?? []),
    [scope, definition?.inherit, explanation],
  );
  const isSet = editing.draft.tree !== undefined;
  const form: FormState = {
    ...{ draft: editing.draft, change, readOnly: !canEdit, Field },
    issues: editing.issues.length > 0 ? editing.issues : hints,
    inherited: path => inheritance.at(path, isSet),
    openText: () => go(withQuery(at, { tab: 'json' })),
  };
  return (
    <FormContext.Provider value={form}>
      <form class="form" noValidate onSubmit={event => event.preventDefault()}>
        {view.record.masked && (
          <p class="quiet">
            <code>******</code> stands for what is there: leave it, or write something new.
          </p>
        )}
        <IssueSummary issues={editing.issues} />
        <Field model={model} path={[]} name="" required value={editing.draft.tree} />
      </form>
    </FormContext.Provider>
  );
}

/** What the server refused, with the way to each field. */
function IssueSummary({ issues }: { readonly issues: readonly Issue[] }): JSX.Element | null {
  if (issues.length === 0) return null;
  const go = (path: string): void =>
    (document.getElementById(`field${path}`) ?? document.getElementById(`field${path} block`))?.focus();
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <div>
        <p>The server did not take it:</p>
        <ul>
          {issues.map(({ path, message }) => (
            <li key={path + message}>
              <button type="button" class="link-button" onClick={() => go(path)}>
                {spokenPath(path)}
              </button>
              : {message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Nothing is set in this scope: what holds instead, and how to begin. */
function NothingYet({ view }: { readonly view: ConfigView }): JSX.Element {
  const { record, definition, change, canEdit } = view;
  const start = (value: Json): void => change(draft => setField(draft, [], value));
  const above = record.effectiveJson === undefined ? undefined : readJson(record.effectiveJson).tree;
  const isMerged = definition?.inherit === 'merge';
  return (
    <Empty title="Nothing is set in this scope.">
      {above === undefined ? (
        <p>Readers get nothing either.</p>
      ) : (
        <>
          <p>
            Readers get this, {record.state === 'default' ? 'the default' : 'inherited'}
            {record.from !== undefined && record.from !== 'default' && (
              <>
                {' '}
                from <ScopeLink scope={record.from} />
              </>
            )}
            :
          </p>
          <pre class="value">{printJson(above)}</pre>
        </>
      )}
      {canEdit && (
        <div class="actions">
          <button type="button" class="primary" onClick={() => start(startingValue(readSchema(definition?.schema)))}>
            {isMerged ? 'Override some fields' : 'Set a value'}
          </button>
          {above !== undefined && !view.record.masked && (
            <button type="button" onClick={() => start(above)}>
              Begin with a copy
            </button>
          )}
        </div>
      )}
    </Empty>
  );
}

/** What the schema would say, guessed in the browser; the server decides. */
function useHints(schema: unknown, tree: Json | undefined, isWanted: boolean, isPart: boolean): readonly Issue[] {
  const found = useSignal<readonly Issue[]>([]);
  useEffect(() => {
    if (!isWanted || tree === undefined) {
      found.value = [];
      return undefined;
    }
    let isCurrent = true;
    const timer = window.setTimeout(async () => {
      // Where it cannot be loaded the server alone says it.
      const hints = await import('./schema-hints.ts').catch(() => undefined);
      if (isCurrent) found.value = [...keptIssues(tree), ...(hints?.schemaHints(schema, tree, isPart) ?? [])];
    }, 250);
    return () => {
      isCurrent = false;
      window.clearTimeout(timer);
    };
  }, [schema, tree, isWanted, isPart]);
  return found.value;
}
