// A bar for each value.
import {
  type DisplayValue,
  type FieldDisplay,
  VizOrientation,
  getDisplayProcessor,
  getDisplayValueAlignmentFactors,
  getFieldDisplayValues,
} from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import { BarGauge, VizRepeater, type VizRepeaterRenderValueProps } from '@grafana/ui';

import { Linked } from './Linked';
import type { Drawn } from './panel';

type Value = VizRepeaterRenderValueProps<FieldDisplay, ReturnType<typeof getDisplayValueAlignmentFactors>>;

// A single bar needs no name unless it was given one: the panel's title is it.
function named(count: number, { display, field }: FieldDisplay): DisplayValue {
  return count === 1 && !field.displayName ? { ...display, title: undefined } : display;
}

export function BarGaugePanel({ options, fieldConfig, frames, scene, theme, width, height }: Drawn<Options>) {
  const values = () =>
    getFieldDisplayValues({
      fieldConfig,
      reduceOptions: options.reduceOptions,
      replaceVariables: scene.replace,
      theme,
      data: frames,
      timeZone: scene.timeZone,
    });
  const draw = ({ value, alignmentFactors, orientation, count, width: w, height: h }: Value) => {
    const { field } = value;
    const processor = getDisplayProcessor({ field: { config: field } as never, theme, timeZone: scene.timeZone });
    return (
      <Linked value={value}>
        {(onClick) => (
          <BarGauge
            value={named(count, value)}
            field={field}
            display={processor}
            orientation={orientation}
            displayMode={options.displayMode}
            valueDisplayMode={options.valueMode}
            namePlacement={options.namePlacement}
            showUnfilled={options.showUnfilled}
            alignmentFactors={alignmentFactors}
            text={options.text}
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
      orientation={options.orientation as unknown as VizOrientation}
      itemSpacing={8}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
      width={width}
      height={height}
    />
  );
}
