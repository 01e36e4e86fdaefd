// A dashboard's links: to an address, or to all dashboards that share its tags.
import { type LinkModel, textUtil } from '@grafana/data';
import { type IconName, LinkButton } from '@grafana/ui';

import { queryParameters } from './interpolation';
import { useLoaded } from './loading';
import type { DashboardLink, Listed, Scene } from './model';

const ICONS: Record<string, IconName> = {
  'external link': 'external-link-alt',
  dashboard: 'apps',
  question: 'question-circle',
  info: 'info-circle',
  bolt: 'bolt',
  doc: 'file-alt',
  cloud: 'cloud',
};

/** Return an address with the time range and variables that a link takes along. */
export function target(scene: Scene, url: string, link: Pick<DashboardLink, 'keepTime' | 'includeVars'>): string {
  const more = [
    link.keepTime ? scene.replace('$__url_time_range') : '',
    link.includeVars ? queryParameters(scene.variables) : '',
  ].filter((one) => one);
  const whole = scene.replace(url, undefined, 'uriencode');
  return textUtil.sanitizeUrl(more.length > 0 ? `${whole}${whole.includes('?') ? '&' : '?'}${more.join('&')}` : whole);
}

export function DashboardLinks({ scene }: { scene: Scene }) {
  const links = scene.dashboard.links ?? [];
  const listing = links.some((one) => one.type === 'dashboards');
  return (
    <>
      {links.map((link, index) =>
        link.type === 'dashboards' ? null : (
          <Button key={index} link={link} title={scene.replace(link.title)} href={target(scene, link.url ?? '', link)} />
        )
      )}
      {listing && <Tagged scene={scene} links={links.filter((one) => one.type === 'dashboards')} />}
    </>
  );
}

function Tagged({ scene, links }: { scene: Scene; links: DashboardLink[] }) {
  const { value = [] } = useLoaded<Listed[]>('/api/search?type=dash-db');
  return links.flatMap((link) =>
    value
      .filter((one) => one.uid !== scene.dashboard.uid && link.tags.every((tag) => one.tags.includes(tag)))
      .map((one) => (
        <Button key={one.uid} link={{ ...link, icon: 'dashboard' }} title={one.title} href={target(scene, one.url, link)} />
      ))
  );
}

function Button({ link, title, href }: { link: DashboardLink; title: string; href: LinkModel['href'] }) {
  return (
    <LinkButton
      variant="secondary"
      size="sm"
      icon={ICONS[link.icon] ?? 'external-link-alt'}
      href={href}
      target={link.targetBlank ? '_blank' : undefined}
      tooltip={link.tooltip || undefined}
    >
      {title}
    </LinkButton>
  );
}
