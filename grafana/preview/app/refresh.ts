// When a dashboard asks again: at an interval, while it is looked at, and on request.
import { rangeUtil } from '@grafana/data';
import { useCallback, useEffect, useState } from 'react';

import type { Dashboard } from './model';
import { useSearch } from './url';

interface Refresh {
  /** Changes whenever everything is to be asked again. */
  tick: number;
  refresh: string;
  again: () => void;
}

export function useRefresh(dashboard: Dashboard): Refresh {
  const search = useSearch();
  const refresh = search.get('refresh') ?? (dashboard.refresh || '');
  const [tick, setTick] = useState(0);
  const again = useCallback(() => setTick((one) => one + 1), []);
  useEffect(() => {
    if (!rangeUtil.isValidTimeSpan(refresh)) {
      return undefined;
    }
    const timer = window.setInterval(() => {
      if (!document.hidden) {
        again();
      }
    }, rangeUtil.intervalToMs(refresh));
    return () => window.clearInterval(timer);
  }, [refresh, again]);
  return { tick, refresh, again };
}
