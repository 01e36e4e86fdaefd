// Grafana's grid: 24 columns, rows of 30 pixels, 8 pixels apart; rows open and close.
import { type Panel, type RowPanel, isRow } from './model';

export const COLUMNS = 24;
export const CELL = 30;
export const GAP = 8;

export interface Placed {
  panel: Panel | RowPanel;
  x: number;
  y: number;
  w: number;
  h: number;
}

/** Return what is visible, in reading order; panels of closed rows are not. */
export function placed(panels: Array<Panel | RowPanel>, isClosed: (row: RowPanel) => boolean): Placed[] {
  const found: Placed[] = [];
  let [closed, shift, end] = [false, 0, 0];
  for (const panel of inOrder(panels)) {
    const { x = 0, y = 0, w = COLUMNS, h = 8 } = panel.gridPos ?? {};
    if (isRow(panel)) {
      // What a closed row hides takes no room: everything below moves up.
      shift = closed ? y - end : shift;
      closed = isClosed(panel);
      end = y - shift + h;
      found.push({ panel, x: 0, y: y - shift, w: COLUMNS, h });
    } else if (!closed) {
      found.push({ panel, x, y: y - shift, w, h });
    }
  }
  return found;
}

/** Rows that were saved closed hold their panels themselves. */
function inOrder(panels: Array<Panel | RowPanel>): Array<Panel | RowPanel> {
  const position = (one: Panel | RowPanel) => [one.gridPos?.y ?? 0, one.gridPos?.x ?? 0] as const;
  const sorted = [...panels].sort((one, other) => {
    const [[y, x], [otherY, otherX]] = [position(one), position(other)];
    return y - otherY || x - otherX;
  });
  let shift = 0;
  return sorted.flatMap((one) => {
    const moved = moveDown(one, shift);
    if (!isRow(one) || one.panels.length === 0) {
      return [moved];
    }
    // Their own places are those they had when the row was open.
    const top = (one.gridPos?.y ?? 0) + 1;
    const first = Math.min(...one.panels.map((inner) => inner.gridPos?.y ?? top));
    const inner = one.panels.map((panel) => moveDown(panel, shift + top - first));
    shift += Math.max(...one.panels.map((panel) => (panel.gridPos?.y ?? top) + (panel.gridPos?.h ?? 8))) - first;
    return [moved, ...inner];
  });
}

function moveDown<T extends Panel | RowPanel>(panel: T, by: number): T {
  return { ...panel, gridPos: { x: 0, w: COLUMNS, h: 8, ...panel.gridPos, y: (panel.gridPos?.y ?? 0) + by } };
}
