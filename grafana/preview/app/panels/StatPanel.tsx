// Big values, each with its sparkline.
import { type FieldDisplay, getDisplayValueAlignmentFactors, getFieldDisplayValues } from '@grafana/data';
import { BigValue, BigValueGraphMode, BigValueTextMode, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';

import { Linked } from './Linked';
import type { Drawn } from './panel';

type Value = VizRepeaterRenderValueProps<FieldDisplay, ReturnType<typeof getDisplayValueAlignmentFactors>>;

export function StatPanel({ panel, options, fieldConfig, frames, scene, theme, width, height }: Drawn<Options>) {
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables: scene.replace,
      theme,
      data: frames,
      sparkline: (options.graphMode as string) !== BigValueGraphMode.None,
      percentChange: options.showPercentChange,
      timeZone: scene.timeZone,
    });
  const named = options.textMode === ('auto' as never) && (fieldConfig.defaults.displayName || !panel.title);
  const draw = ({ value, alignmentFactors, count, width: w, height: h }: Value) => {
    const sparkline = value.sparkline && { ...value.sparkline, timeRange: scene.range };
    return (
      <Linked value={value}>
        {(onClick) => (
          <BigValue
            value={value.display}
            count={count}
            sparkline={sparkline}
            colorMode={options.colorMode as never}
            graphMode={options.graphMode as never}
            justifyMode={options.justifyMode as never}
            textMode={named ? BigValueTextMode.ValueAndName : (options.textMode as never)}
            percentChangeColorMode={options.percentChangeColorMode}
            disableWideLayout={!options.wideLayout}
            alignmentFactors={alignmentFactors}
            text={options.text}
            hasLinks={value.hasLinks}
            onClick={onClick}
            theme={theme}
            width={w}
            height={h}
          />
        )}
      </Linked>
    );
  };
  return (
    <VizRepeater
      getValues={values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={draw}
      source={frames}
      renderCounter={0}
      orientation={options.orientation as never}
      itemSpacing={3}
      autoGrid
      width={width}
      height={height}
    />
  );
}
