// What is shown is written in the address: `from`, `to`, `refresh`, `theme`, `var-<name>`.
import { useMemo, useSyncExternalStore } from 'react';

type Change = Record<string, string | string[] | undefined>;

const CHANGED = 'search-changed';

function subscribe(listener: () => void): () => void {
  for (const event of ['popstate', CHANGED]) {
    window.addEventListener(event, listener);
  }
  return () => {
    for (const event of ['popstate', CHANGED]) {
      window.removeEventListener(event, listener);
    }
  };
}

/** Return the address' parameters as they are now; the component follows their changes. */
export function useSearch(): URLSearchParams {
  const text = useSyncExternalStore(subscribe, () => window.location.search);
  return useMemo(() => new URLSearchParams(text), [text]);
}

/** Change parameters, undefined removes one; the browser's Back button goes back to what was. */
export function changeSearch(change: Change): void {
  const search = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(change)) {
    search.delete(name);
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) {
      search.append(name, one);
    }
  }
  window.history.pushState(null, '', `${window.location.pathname}?${search}`);
  window.dispatchEvent(new Event(CHANGED));
}
