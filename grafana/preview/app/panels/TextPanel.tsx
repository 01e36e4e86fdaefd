// Markdown or HTML, cleaned as Grafana cleans it.
import { css } from '@emotion/css';
import { type GrafanaTheme2, renderTextPanelMarkdown, textUtil } from '@grafana/data';
import type { Options } from '@grafana/schema/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import { useStyles2 } from '@grafana/ui';

import type { Drawn } from './panel';

export function TextPanel({ options, scene }: Drawn<Options>) {
  const style = useStyles2(styles);
  const text = scene.replace(options.content, undefined, 'html');
  if ((options.mode as string) === 'code') {
    return <pre className={style}>{text}</pre>;
  }
  const html = (options.mode as string) === 'html' ? textUtil.sanitizeTextPanelContent(text) : renderTextPanelMarkdown(text);
  return <div className={`markdown-html ${style}`} dangerouslySetInnerHTML={{ __html: html }} />;
}

const styles = (_: GrafanaTheme2) => css({ height: '100%', overflow: 'auto' });
