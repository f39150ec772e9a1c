import type { JSX } from 'preact';
import type { ScopeText } from '../address/address.ts';
import type { AnswerOf } from '../api/request.ts';
import { Go } from '../parts/go.tsx';

interface EntitiesTabProps {
  readonly scope: ScopeText;
  readonly entities: AnswerOf<'entities.list'>['items'];
}

/** The entities of which a scope can have records. */
export function EntitiesTab({ scope, entities }: EntitiesTabProps): JSX.Element {
  return (
    <table class="plain">
      <caption class="sr">Entities</caption>
      <thead>
        <tr>
          {['Entity', 'Found by', 'Fields'].map(text => (
            <th scope="col" key={text}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {entities.map(({ definition, keys, fields }) => (
          <tr key={definition}>
            <th scope="row">
              <Go to={{ page: 'records', scope, entity: definition, query: {} }}>{definition}</Go>
            </th>
            <td>{keys.map(key => key.join(' and ')).join(', or ')}</td>
            <td>{fields.join(', ')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
