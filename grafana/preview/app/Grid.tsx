// The panels in their places; one below the other where the screen is narrow.
import { css } from '@emotion/css';
import type { DataFrame, GrafanaTheme2 } from '@grafana/data';
import { Icon, useStyles2 } from '@grafana/ui';
import { useState } from 'react';

import { PanelFrame } from './PanelFrame';
import { CELL, COLUMNS, GAP, placed } from './layout';
import { type RowPanel, type Scene, isRow } from './model';

export function Grid({ scene, annotations }: { scene: Scene; annotations: DataFrame[] }) {
  const style = useStyles2(styles);
  const [toggled, setToggled] = useState<Set<number>>(new Set());
  const isClosed = (row: RowPanel) => row.collapsed !== toggled.has(row.id);
  const toggle = (row: RowPanel) =>
    setToggled((before) => new Set(before.has(row.id) ? [...before].filter((id) => id !== row.id) : [...before, row.id]));
  return (
    <main className={style}>
      {placed(scene.dashboard.panels ?? [], isClosed).map(({ panel, x, y, w, h }) => (
        <div
          key={panel.id}
          className="cell"
          style={{ gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}`, minHeight: h * (CELL + GAP) - GAP }}
        >
          {isRow(panel) ? (
            <button className="row-title" aria-expanded={!isClosed(panel)} onClick={() => toggle(panel)}>
              <Icon name={isClosed(panel) ? 'angle-right' : 'angle-down'} />
              <h2>{scene.replace(panel.title ?? '', undefined, 'text')}</h2>
            </button>
          ) : (
            <PanelFrame panel={panel} scene={scene} annotations={annotations} />
          )}
        </div>
      ))}
    </main>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({
    display: 'grid',
    gridTemplateColumns: `repeat(${COLUMNS}, minmax(0, 1fr))`,
    gridAutoRows: CELL,
    gap: GAP,
    padding: theme.spacing(1, 2, 2),
    '.cell': { display: 'flex', minWidth: 0, position: 'relative' },
    '.row-title': { display: 'flex', alignItems: 'center', gap: theme.spacing(1), width: '100%', padding: 0, border: 0, background: 'none' },
    h2: { ...theme.typography.h5, margin: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
    [theme.breakpoints.down('md')]: { display: 'flex', flexDirection: 'column', padding: theme.spacing(1) },
  });
