import type { JSX } from 'preact';
import { treeOf } from '../../form-model/editing.ts';
import { type Json, valueAt } from '../../json/json-tree.ts';
import { pathOf, spokenPath } from '../../json/pointer.ts';
import { printJson, printShort } from '../../json/print-json.ts';
import { ScopeLink } from '../../parts/go.tsx';
import { Badge, StateMark } from '../../parts/marks.tsx';
import { Empty, Waiting } from '../../parts/quiet.tsx';
import type { ConfigView } from '../edit/use-config.ts';

type Explained = NonNullable<ConfigView['explanation']>;

/** Thousands would take a browser seconds, and nobody reads them. */
const MOST_SHOWN = 500;

/** The effective value, which scope gives each part of it, and what each scope says. */
export function ExplainTab({ view }: { readonly view: ConfigView }): JSX.Element {
  const { explanation } = view;
  if (explanation === undefined) return <Waiting />;
  return (
    <div class="columns">
      <section aria-label="By field">
        <h2>What readers get</h2>
        {explanation.effectiveJson === undefined ? (
          <Empty title="Nothing: no scope sets it, and it has no default." />
        ) : (
          <Fields explanation={explanation} />
        )}
      </section>
      <section aria-label="By scope">
        <h2>What each scope says</h2>
        <ol class="layers">
          {explanation.layers.map(layer => (
            <LayerItem key={layer.scope} layer={layer} />
          ))}
        </ol>
      </section>
    </div>
  );
}

function Fields({ explanation }: { readonly explanation: Explained }): JSX.Element {
  const tree = treeOf(explanation.effectiveJson);
  const more = explanation.fields.length - MOST_SHOWN;
  return (
    <>
      <Rows fields={explanation.fields.slice(0, MOST_SHOWN)} tree={tree} />
      {more > 0 && <p class="quiet">And {more} more fields.</p>}
    </>
  );
}

interface RowsProps {
  readonly fields: Explained['fields'];
  readonly tree: Json | undefined;
}

function Rows({ fields, tree }: RowsProps): JSX.Element {
  return (
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Value</th>
          <th scope="col">From</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ path, scope }) => (
          <tr key={path}>
            <th scope="row">{spokenPath(path)}</th>
            <td>
              <code>{printShort(valueAt(tree, pathOf(path)), 200)}</code>
            </td>
            <td>
              <ScopeLink scope={scope} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ABOUT: Readonly<Record<string, string>> = {
  unset: 'It had a value here, and has none now.',
  inherited: 'It never had a value here.',
  null: 'Null is a value: it covers what is above.',
};

function LayerItem({ layer }: { readonly layer: Explained['layers'][number] }): JSX.Element {
  const tree = treeOf(layer.json);
  return (
    <li class="panel layer">
      <div class="facts">
        <strong>
          <ScopeLink scope={layer.scope} />
        </strong>
        <StateMark state={layer.kind === 'inherited' ? 'silent' : layer.kind} />
        {layer.version !== undefined && <span class="quiet">v{layer.version}</span>}
        {layer.hidden && <Badge icon="secret" text="you may not see it" />}
      </div>
      {ABOUT[layer.kind] && <p class="quiet">{ABOUT[layer.kind]}</p>}
      {tree !== undefined && tree !== null && <pre class="value">{printJson(tree)}</pre>}
    </li>
  );
}
