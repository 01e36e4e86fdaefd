// A value with data links: one opens at once, several are a menu.
import type { FieldDisplay } from '@grafana/data';
import { DataLinksContextMenu } from '@grafana/ui';
import type { MouseEventHandler, ReactElement } from 'react';

interface Props {
  value: FieldDisplay;
  children: (onClick: MouseEventHandler<HTMLElement> | undefined) => ReactElement;
}

export function Linked({ value, children }: Props) {
  const { hasLinks, getLinks } = value;
  if (!hasLinks || !getLinks) {
    return children(undefined);
  }
  return (
    <DataLinksContextMenu links={getLinks} style={{ flexGrow: 1 }}>
      {({ openMenu }) => children(openMenu)}
    </DataLinksContextMenu>
  );
}
