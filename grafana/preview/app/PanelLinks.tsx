// A panel's links, beside its title: one opens at once, several are a menu.
import type { DashboardLink, Scene } from './model';
import { Dropdown, Icon, Menu, PanelChrome } from '@grafana/ui';

import { target } from './DashboardLinks';

export function PanelLinks({ links, scene }: { links: DashboardLink[]; scene: Scene }) {
  const resolved = links.map((one) => ({
    title: scene.replace(one.title, undefined, 'text'),
    href: target(scene, one.url ?? '', one),
    target: one.targetBlank ? '_blank' : undefined,
  }));
  const [only] = resolved;
  if (resolved.length === 1 && only) {
    return (
      <PanelChrome.TitleItem href={only.href} target={only.target as '_blank'} title={only.title}>
        <Icon name="external-link-alt" size="md" title={only.title} />
      </PanelChrome.TitleItem>
    );
  }
  const menu = () => (
    <Menu>
      {resolved.map((one) => (
        <Menu.Item key={one.title} label={one.title} url={one.href} target={one.target as '_blank'} />
      ))}
    </Menu>
  );
  return (
    <Dropdown overlay={menu}>
      <PanelChrome.TitleItem title="Panel links">
        <Icon name="external-link-alt" size="md" title="Panel links" />
      </PanelChrome.TitleItem>
    </Dropdown>
  );
}
