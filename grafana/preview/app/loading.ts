// JSON of this page's own server.
import { useEffect, useState } from 'react';

export interface Loaded<T> {
  value?: T;
  error?: string;
}

export async function load<T>(path: string): Promise<T> {
  const answer = await fetch(path);
  if (!answer.ok) {
    throw new Error(answer.status === 404 ? 'Not found' : `HTTP ${answer.status}`);
  }
  return answer.json();
}

/** Return what is at a path, once it is there, or why it is not. */
export function useLoaded<T>(path: string): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({});
  useEffect(() => {
    load<T>(path).then(
      (value) => setState({ value }),
      (error: Error) => setState({ error: error.message })
    );
  }, [path]);
  return state;
}
