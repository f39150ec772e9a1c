/**
 * The replica's marker: the token of a fill while it is under way, `filled` and another token once everything was published, and anew
 * when what was lost was brought back. So who has seen it knows whether that happened since.
 */
const FILLED = 'filled';

export const markerOf = (token: string): string => `${FILLED} ${token}`;

/** Releases before this one wrote no token. */
export const saysFilled = (marker: string | null): marker is string =>
  marker === FILLED || marker?.startsWith(`${FILLED} `) === true;
