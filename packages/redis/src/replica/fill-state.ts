/**
 * The replica's marker: the token of a fill while it is under way, `filled` and a token once everything was published, with another
 * token after each repair. So who has seen it knows whether it is of a fill or a repair since, or one that a Redis went back to.
 */
export const markerOf = (token: string): string => `filled ${token}`;

export const saysFilled = (marker: string | null): marker is string => marker?.startsWith('filled ') === true;
