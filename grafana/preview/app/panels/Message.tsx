import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import type { ReactNode } from 'react';

/** Words in the middle of a panel that has nothing to draw. */
export function Message({ children }: { children: ReactNode }) {
  return <div className={useStyles2(styles)}>{children}</div>;
}

const styles = (theme: GrafanaTheme2) =>
  css({
    display: 'grid',
    placeContent: 'center',
    height: '100%',
    textAlign: 'center',
    color: theme.colors.text.secondary,
  });
