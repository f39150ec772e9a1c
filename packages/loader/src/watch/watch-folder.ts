import { checkOptions } from '@tenantry/protocol/internal';
import { Observable } from 'rxjs';
import type { FolderScan } from '../folder/folder-scan.ts';
import { FolderWatch } from './folder-watch.ts';
import { WATCH_RULES, type WatchOptions } from './watch-options.ts';

/**
 * What a folder says, now and whenever that changes. Each scope counts once its files have settled; a scan has of every scope what counts.
 * Each subscription looks at the folder by itself, and ends with `unsubscribe`. It never errors: a folder that is gone is a scan that is not
 * there. Throws `INVALID_OPTION`.
 */
export function watchFolder(dir: string, options: WatchOptions = {}): Observable<FolderScan> {
  const checked = checkOptions('watchFolder', options, WATCH_RULES);
  return new Observable(subscriber => {
    const watch = new FolderWatch(dir, checked, scan => subscriber.next(scan));
    return () => void watch.close();
  });
}
