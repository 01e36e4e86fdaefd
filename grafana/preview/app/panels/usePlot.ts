import type { UPlotConfigBuilder } from '@grafana/ui';
import { type RefObject, useLayoutEffect, useRef } from 'react';
import type uPlot from 'uplot';

/** Return the plot that is made of a configuration, and draw on it after everything else. */
export function usePlot(config: UPlotConfigBuilder, draw: (plot: uPlot) => void): RefObject<uPlot | null> {
  const plot = useRef<uPlot>(null);
  const latest = useRef(draw);
  latest.current = draw;
  useLayoutEffect(() => {
    config.addHook('init', (made: uPlot) => {
      plot.current = made;
    });
    config.addHook('draw', (made: uPlot) => latest.current(made));
  }, [config]);
  return plot;
}
