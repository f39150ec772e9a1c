/**
 * The fill state of a Redis: the token of a fill while that is under way, `filled` and a token once everything was
 * published, with another token after each repair. A reader that remembers the states it has seen can tell a fill or a
 * repair since from a state that Redis went back to.
 */
export const fillStateOf = (token: string): string => `filled ${token}`;

/** Whether this fill state says that everything was published. */
export const isFilledState = (state: string | null): state is string => state?.startsWith('filled ') === true;
