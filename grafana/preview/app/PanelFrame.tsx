// A panel: title, description, links, and its data drawn by its type's own component.
import {
  type DataFrame,
  LoadingState,
  applyFieldOverrides,
  cacheFieldDisplayNames,
  getPanelOptionsWithDefaults,
  renderMarkdown,
} from '@grafana/data';
import { ErrorBoundaryAlert, PanelChrome, useTheme2 } from '@grafana/ui';
import { useMemo } from 'react';

import { PanelLinks } from './PanelLinks';
import { useMeasured } from './measured';
import type { Panel, Scene } from './model';
import { Message } from './panels/Message';
import { kinds } from './panels/kinds';
import type { Kind } from './panels/panel';
import { useData } from './useData';

interface Props {
  panel: Panel;
  scene: Scene;
  annotations: DataFrame[];
}

export function PanelFrame({ panel, scene, annotations }: Props) {
  const [ref, { width, height }] = useMeasured<HTMLDivElement>();
  const kind = kinds[panel.type];
  const { data, error, loading, asked } = useData(scene, panel, kind?.queries ? width : 0);
  const state = error ? 'error' : kind?.queries && !data ? 'loading' : 'drawn';
  const title = scene.replace(panel.title ?? '', undefined, 'text');
  return (
    <section ref={ref} style={{ flexGrow: 1, minWidth: 0 }} data-panel={title} data-state={state}>
      {width > 0 && (
        <div style={{ position: 'absolute' }}>
          <PanelChrome
            width={width}
            height={height}
            title={title}
            description={panel.description ? () => renderMarkdown(scene.replace(panel.description!)) : undefined}
            displayMode={panel.transparent ? 'transparent' : 'default'}
            padding={kind?.padding ?? 'md'}
            hoverHeader={!title}
            titleItems={panel.links?.length ? <PanelLinks links={panel.links} scene={scene} /> : undefined}
            loadingState={loading ? LoadingState.Loading : LoadingState.Done}
            statusMessage={error}
          >
            {(innerWidth, innerHeight) => (
              <ErrorBoundaryAlert dependencies={[data]}>
                {kind ? (
                  <Body {...{ kind, panel, scene: asked ?? scene, annotations, width: innerWidth, height: innerHeight }} series={data?.series} exemplars={data?.exemplars} />
                ) : (
                  <Message>{`The preview cannot draw panels of type ${panel.type}. Grafana can.`}</Message>
                )}
              </ErrorBoundaryAlert>
            )}
          </PanelChrome>
        </div>
      )}
    </section>
  );
}

interface BodyProps extends Props {
  kind: Kind;
  series?: DataFrame[];
  exemplars?: DataFrame[];
  width: number;
  height: number;
}

const EMPTY: DataFrame[] = [];

function Body({ kind, panel, scene, annotations, series, exemplars = EMPTY, width, height }: BodyProps) {
  const theme = useTheme2();
  const { options, fieldConfig } = useMemo(
    () =>
      getPanelOptionsWithDefaults({
        plugin: kind.plugin,
        currentOptions: panel.options ?? {},
        currentFieldConfig: structuredClone(panel.fieldConfig ?? { defaults: {}, overrides: [] }) as never,
        isAfterPluginChange: false,
      }),
    [kind, panel]
  );
  const frames = useMemo(() => {
    const applied = applyFieldOverrides({
      data: series ?? EMPTY,
      fieldConfig,
      fieldConfigRegistry: kind.plugin.fieldConfigRegistry,
      replaceVariables: scene.replace,
      theme,
      timeZone: scene.timeZone,
    });
    // Tables and tooltips read the names that this leaves behind.
    cacheFieldDisplayNames(applied);
    return applied;
  }, [series, fieldConfig, kind, scene, theme]);
  if (kind.queries && !series) {
    return null;
  }
  if (kind.queries && !kind.drawsNothing && frames.every((one) => one.length === 0)) {
    return <Message>{fieldConfig.defaults.noValue ?? 'No data'}</Message>;
  }
  const { Drawing } = kind;
  return <Drawing {...{ panel, options, fieldConfig, frames, exemplars, annotations, scene, theme, width, height }} />;
}
