// How a field option is set by a panel or an override. Grafana registers these in its application;
// outside of it the registry is empty, and units, thresholds and colours would have no effect.
import {
  type FieldConfigPropertyItem,
  PanelPlugin,
  ThresholdsMode,
  booleanOverrideProcessor,
  dataLinksOverrideProcessor,
  displayNameOverrideProcessor,
  identityOverrideProcessor,
  numberOverrideProcessor,
  stringOverrideProcessor,
  thresholdsOverrideProcessor,
  unitOverrideProcessor,
  valueMappingsOverrideProcessor,
} from '@grafana/data';

type Process = FieldConfigPropertyItem['process'];

function option(id: string, process: Process, defaultValue?: unknown): FieldConfigPropertyItem {
  return {
    id,
    path: id,
    name: id,
    process,
    defaultValue,
    shouldApply: () => true,
    editor: () => null,
    override: () => null,
  };
}

const DEFAULT_THRESHOLDS = {
  mode: ThresholdsMode.Absolute,
  steps: [
    { value: -Infinity, color: 'green' },
    { value: 80, color: 'red' },
  ],
};

export function standardFieldOptions(): FieldConfigPropertyItem[] {
  return [
    option('displayName', displayNameOverrideProcessor),
    option('unit', unitOverrideProcessor),
    option('min', numberOverrideProcessor),
    option('max', numberOverrideProcessor),
    option('fieldMinMax', booleanOverrideProcessor),
    option('decimals', numberOverrideProcessor),
    option('thresholds', thresholdsOverrideProcessor, DEFAULT_THRESHOLDS),
    option('mappings', valueMappingsOverrideProcessor, []),
    option('noValue', stringOverrideProcessor),
    option('links', dataLinksOverrideProcessor),
    option('color', identityOverrideProcessor),
  ];
}

/**
 * Return what Grafana knows of a panel type: the defaults of its options, of its own (custom) field
 * options, and the colour mode of its fields. A custom option without a default is undefined.
 */
export function plugin(
  colours: string,
  options: Record<string, unknown>,
  custom: Record<string, unknown> = {}
): PanelPlugin {
  const made = new PanelPlugin(null).setPanelOptions((builder) => {
    for (const [path, defaultValue] of Object.entries(options)) {
      builder.addCustomEditor({ id: path, path, name: path, defaultValue, editor: () => null });
    }
  });
  return made.useFieldConfig({
    standardOptions: { color: { defaultValue: { mode: colours } } },
    useCustomConfig: (builder) => {
      for (const [path, defaultValue] of Object.entries(custom)) {
        builder.addCustomEditor({ ...option(path, identityOverrideProcessor, defaultValue), path: path as never });
      }
    },
  });
}

