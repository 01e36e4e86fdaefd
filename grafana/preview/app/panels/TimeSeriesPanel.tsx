// Lines over time, with thresholds, annotations, exemplars and a tooltip.
import { type DataFrame, FieldType, cacheFieldDisplayNames, getFieldDisplayName } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import { PanelContextProvider, SeriesVisibilityChangeMode, TimeSeries, usePanelContext } from '@grafana/ui';
import { useMemo, useState } from 'react';

import { AnnotationMarks } from './AnnotationMarks';
import { ExemplarMarks } from './ExemplarMarks';
import { SeriesTooltip } from './SeriesTooltip';
import { PADDING } from './padding';
import type { Drawn } from './panel';

export function TimeSeriesPanel(props: Drawn<Options>) {
  const { options, frames, exemplars, annotations, scene, width, height } = props;
  const [alone, setAlone] = useState<string[]>([]);
  const context = usePanelContext();
  const shown = useMemo(() => graphable(frames, alone), [frames, alone]);
  // As in Grafana: a click shows a series alone, another click all; with Ctrl it joins or leaves.
  const toggle = (label: string | string[] | null, mode: SeriesVisibilityChangeMode) => {
    const names = typeof label === 'string' ? [label] : (label ?? []);
    setAlone((before) => {
      if (mode !== SeriesVisibilityChangeMode.AppendToSelection) {
        return before.length === 1 && before[0] === names[0] ? [] : names;
      }
      return names.every((one) => before.includes(one)) ? before.filter((one) => !names.includes(one)) : [...before, ...names];
    });
  };
  return (
    <PanelContextProvider value={{ ...context, onToggleSeriesVisibility: toggle }}>
      <TimeSeries
        frames={shown}
        timeRange={scene.range}
        timeZone={scene.timeZone}
        legend={options.legend}
        options={options as unknown as Record<string, unknown>}
        width={width}
        height={height}
      >
        {(config, aligned) => {
          config.setPadding(PADDING);
          return (
            <>
              <SeriesTooltip config={config} frame={aligned} options={options.tooltip} scene={scene} />
              <AnnotationMarks config={config} frames={annotations} timeZone={scene.timeZone} />
              <ExemplarMarks config={config} frames={exemplars} scene={scene} />
            </>
          );
        }}
      </TimeSeries>
    </PanelContextProvider>
  );
}

/** Return the frames without what can't be drawn; of the series named, only those where there are any. */
function graphable(frames: DataFrame[], alone: string[]): DataFrame[] {
  const copied = frames
    .filter((frame) => frame.fields.some((field) => field.type === FieldType.time))
    .map((frame) => ({
      ...frame,
      fields: frame.fields.map((field) => {
        if (field.type !== FieldType.number) {
          return field;
        }
        const hidden = alone.length > 0 && !alone.includes(getFieldDisplayName(field, frame, frames));
        const { hideFrom } = field.config.custom;
        const custom = { ...field.config.custom, hideFrom: { ...hideFrom, viz: hideFrom.viz || hidden } };
        // NaN and infinities have no place on an axis: they are gaps.
        const values = field.values.map((value) => (Number.isFinite(value) ? value : null));
        return { ...field, values, config: { ...field.config, custom }, state: { ...field.state } };
      }),
    }));
  cacheFieldDisplayNames(copied);
  return copied;
}
