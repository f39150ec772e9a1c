import type { JSX } from 'preact';
import { FlagMarks } from '../../../parts/marks.tsx';
import type { SetConfig } from './plan-copy.ts';

interface ChooseConfigsProps {
  readonly configs: readonly SetConfig[];
  readonly chosen: ReadonlySet<string>;
  readonly set: (chosen: ReadonlySet<string>) => void;
}

/** Which of a scope's own configs. */
export function ChooseConfigs({ configs, chosen, set }: ChooseConfigsProps): JSX.Element {
  const isAll = chosen.size === configs.length;
  return (
    <fieldset class="verbs">
      <legend>Configs</legend>
      {configs.length === 0 && <p class="quiet">It sets none that you may see.</p>}
      {configs.length > 1 && (
        <label class="choice">
          <input
            type="checkbox"
            checked={isAll}
            onChange={() => set(new Set(isAll ? [] : configs.map(({ name }) => name)))}
          />
          <span>all {configs.length}</span>
        </label>
      )}
      <div class="impact-list">
        {configs.map(({ name, secret }) => (
          <label class="choice" key={name}>
            <input
              type="checkbox"
              checked={chosen.has(name)}
              onChange={({ currentTarget }) => {
                const next = new Set(chosen);
                if (currentTarget.checked) next.add(name);
                else next.delete(name);
                set(next);
              }}
            />
            <span>{name}</span>
            <FlagMarks secret={secret} />
          </label>
        ))}
      </div>
    </fieldset>
  );
}
