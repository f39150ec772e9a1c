/** Whether an origin says that the loader of a run has written the version. */
export const isOfAFile = (origin: string | undefined): boolean => origin?.startsWith('file:') ?? false;
