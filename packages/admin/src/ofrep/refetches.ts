import type { ToldChange } from '../events/event-stream.ts';
import type { EventText } from '../events/outlet.ts';
import { withIdLast } from '../events/with-id-last.ts';

/**
 * Says of what the admin's own page would be told that flags are to be asked for again: with OFREP a stream says no more. `goesOn`: the caller has
 * come back with the id of an event, and gets what came since.
 */
export function refetches(isFlag: (config: string) => boolean, goesOn: boolean): EventText {
  let mayHaveMissed = !goesOn;
  return (event, data, id) => {
    if (event === 'end') return undefined;
    if (event === 'change' && !isAboutFlags(data as ToldChange, isFlag)) return undefined;
    // Between its flags and this stream something may have changed: no answer says how far it was.
    const isSilent = event === 'ready' && !mayHaveMissed;
    if (event === 'ready') mayHaveMissed = true;
    const told = { type: isSilent ? 'ready' : 'refetchEvaluation' };
    return withIdLast(`data: ${JSON.stringify(told)}\n`, id);
  };
}

function isAboutFlags({ kind, config }: ToldChange, isFlag: (config: string) => boolean): boolean {
  return kind === 'groups' || (config !== undefined && isFlag(config));
}
