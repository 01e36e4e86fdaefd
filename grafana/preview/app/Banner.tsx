import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

/** Says what this is not. One line, on a phone too. */
export function Banner() {
  return <div className={useStyles2(styles)}>Preview: drawn with Grafana’s libraries, not Grafana</div>;
}

const styles = (theme: GrafanaTheme2) =>
  css({
    padding: theme.spacing(0.25, 1),
    background: theme.colors.warning.transparent,
    borderBottom: `1px solid ${theme.colors.warning.border}`,
    color: theme.colors.warning.text,
    fontSize: theme.typography.bodySmall.fontSize,
    lineHeight: '18px',
    textAlign: 'center',
    whiteSpace: 'nowrap',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
  });
