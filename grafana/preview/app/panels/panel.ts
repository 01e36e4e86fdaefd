// What a panel type is, and what its component gets.
import type { DataFrame, FieldConfigSource, GrafanaTheme2, PanelPlugin } from '@grafana/data';
import type { ComponentType } from 'react';

import type { Panel, Scene } from '../model';

export interface Drawn<Options = Record<string, unknown>> {
  panel: Panel;
  options: Options;
  fieldConfig: FieldConfigSource;
  /** The data with the panel's field options applied. */
  frames: DataFrame[];
  exemplars: DataFrame[];
  annotations: DataFrame[];
  scene: Scene;
  theme: GrafanaTheme2;
  width: number;
  height: number;
}

export interface Kind {
  plugin: PanelPlugin;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each type has options of its own
  Drawing: ComponentType<Drawn<any>>;
  /** Whether it shows the answers of the panel's queries. */
  queries: boolean;
  /** Whether it has words of its own for an answer without data. */
  drawsNothing?: boolean;
  padding?: 'none' | 'md';
}
