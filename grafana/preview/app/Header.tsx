// Where we are, and how to get to the list of all.
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, ToolbarButton, useStyles2, useTheme2 } from '@grafana/ui';

import { chooseTheme } from './theme';

export function Header({ folder, title }: { folder?: string; title?: string }) {
  const style = useStyles2(styles);
  const { isDark } = useTheme2();
  return (
    <header className={style}>
      <nav aria-label="Breadcrumbs">
        {title ? <a href="/dashboards">Dashboards</a> : <h1>Dashboards</h1>}
        {folder && <Icon name="angle-right" className="folder" />}
        {folder && <span className="folder">{folder}</span>}
        {title && <Icon name="angle-right" />}
        {title && <h1>{title}</h1>}
      </nav>
      <ToolbarButton
        icon="palette"
        aria-label={isDark ? 'Light theme' : 'Dark theme'}
        tooltip={isDark ? 'Light theme' : 'Dark theme'}
        onClick={() => chooseTheme(isDark ? 'light' : 'dark')}
      />
    </header>
  );
}

const styles = (theme: GrafanaTheme2) =>
  css({
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    minHeight: 40,
    padding: theme.spacing(0, 2),
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    nav: { display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), minWidth: 0, whiteSpace: 'nowrap' },
    a: { color: theme.colors.text.secondary, '&:hover': { textDecoration: 'underline' } },
    h1: { ...theme.typography.body, fontWeight: 500, margin: 0, overflow: 'hidden', textOverflow: 'ellipsis' },
    '.folder': { color: theme.colors.text.secondary },
    [theme.breakpoints.down('md')]: { padding: theme.spacing(0, 1), '.folder': { display: 'none' } },
  });
