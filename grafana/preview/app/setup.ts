// What Grafana's libraries expect of the application around them.
import {
  type GrafanaConfig,
  locationUtil,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
} from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';

import { standardFieldOptions } from './fieldOptions';

declare global {
  interface Window {
    __grafana_public_path__: string;
  }
}

export async function setUp(): Promise<void> {
  window.__grafana_public_path__ = '/public/';
  standardFieldConfigEditorRegistry.setInit(standardFieldOptions);
  standardTransformersRegistry.setInit(() => {
    // joinByField is listed twice, once under its old name.
    const known = new Map(Object.values(standardTransformers).map((one) => [one.id, one]));
    return [...known.values()].map((one) => ({
      id: one.id,
      name: one.name,
      transformation: () => Promise.resolve(one),
      editor: () => null,
      imageDark: '',
      imageLight: '',
    }));
  });
  locationUtil.initialize({
    config: { appSubUrl: '' } as GrafanaConfig,
    getTimeRangeForUrl: () => ({ from: 'now-6h', to: 'now' }),
    getVariablesUrlParams: () => ({}),
  });
  await initPluginTranslations('preview');
}
