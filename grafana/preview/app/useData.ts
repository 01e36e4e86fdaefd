import { useEffect, useState } from 'react';

import type { Panel, Scene } from './model';
import { type Result, run } from './queries';

const NONE: Result = { series: [], exemplars: [] };

interface State {
  data?: Result;
  /** For which range and variables the data was asked. */
  asked?: Scene;
  error?: string;
  loading: boolean;
}

/** Return a panel's data; what was there stays until the new is. Nothing is asked for width 0. */
export function useData(scene: Scene, panel: Panel, width: number): State {
  const [state, setState] = useState<State>({ loading: false });
  useEffect(() => {
    let current = true;
    if (width > 0) {
      setState((one) => ({ ...one, loading: true }));
      run(scene, panel, width).then(
        (data) => current && setState({ data, asked: scene, loading: false }),
        (error: Error) => current && setState({ data: NONE, asked: scene, error: error.message, loading: false })
      );
    }
    return () => {
      current = false;
    };
  }, [scene, panel, width]);
  return state;
}
